import CIPsecMB
import Cases

/// An expanded key. Owns its memory, wipes it when it goes, and must outlive every `AEAD` made from it.
///
/// The expanded key is only read afterwards, so any number of threads may use it, each with a scratch of its
/// own.
public final class AEADKey: @unchecked Sendable {
  /// What the key is for.
  public let algorithm: AEADAlgorithm
  let library: CryptoLibrary
  /// Where the expanded key lies.
  package let held: SecretMemory
  var memory: UnsafeMutableRawPointer { held.start }

  /// Bytes that one key occupies, expanded.
  public static var memoryBytes: Int { Int(cimb_key_bytes()) }

  /// Expands a key.
  /// - Parameter bytes: as many as `algorithm.keyBytes`.
  /// - Throws: `CryptoError`.
  public convenience init(_ algorithm: AEADAlgorithm, bytes: [UInt8]) throws {
    try self.init(algorithm, KeyBytes(bytes))
  }

  /// Expands a key that is wiped when it is not needed any longer.
  /// - Parameter key: has `algorithm.keyBytes`.
  /// - Throws: `CryptoError`.
  public init(_ algorithm: AEADAlgorithm, _ key: KeyBytes) throws {
    try AEADKey.check(algorithm, key)
    library = try CryptoLibrary.shared()
    self.algorithm = algorithm
    held = SecretMemory(count: AEADKey.memoryBytes)
    AEADKey.expand(algorithm, key, into: held.start, library)
  }

  /// Whether a key has its algorithm's length.
  /// - Throws: `CryptoError.keyLength`.
  static func check(_ algorithm: AEADAlgorithm, _ key: KeyBytes) throws {
    guard key.count == algorithm.keyBytes else {
      throw CryptoError.keyLength(algorithm: algorithm, bytes: key.count)
    }
  }

  /// Writes the expanded key to `memory`; `key` has been checked.
  static func expand(
    _ algorithm: AEADAlgorithm, _ key: KeyBytes, into memory: UnsafeMutableRawPointer,
    _ library: CryptoLibrary
  ) {
    let bytes = UnsafeRawPointer(key.memory.start)
    switch algorithm {
    case .aes128GCM: cimb_expand_aes128(library.manager, bytes, memory)
    case .aes192GCM: cimb_expand_aes192(library.manager, bytes, memory)
    case .aes256GCM: cimb_expand_aes256(library.manager, bytes, memory)
    case .chaCha20Poly1305: memory.copyMemory(from: bytes, byteCount: key.count)
    }
  }
}

/// Working memory of the library's calls: one for each thread that seals or opens, never shared.
public final class AEADScratch: @unchecked Sendable {
  /// It holds key stream and hash keys of the last packet.
  package let held: SecretMemory
  var context: UnsafeMutableRawPointer { held.start }
  /// All of it, which its thread writes with each packet.
  package var memory: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: held.start, count: held.count) }

  /// Working memory for any algorithm.
  /// - Throws: `CryptoError.library`.
  public init() throws {
    held = SecretMemory(count: Int(cimb_context_bytes()))
    cimb_context_init(held.start, try CryptoLibrary.shared().manager)
  }
}

import CIPsecMB

/// An expanded key. Owns its memory, wipes it when it goes, and must outlive every `AEAD` made from it.
///
/// The expanded key is only read afterwards, so any number of threads may use it, each with a scratch of its
/// own.
public final class AEADKey: @unchecked Sendable {
  /// What the key is for.
  public let algorithm: AEADAlgorithm
  let library: CryptoLibrary
  let memory: UnsafeMutableRawPointer

  /// Bytes that one key occupies, expanded.
  public static var memoryBytes: Int { Int(cimb_key_bytes()) }

  /// Expands a key.
  /// - Parameter bytes: as many as `algorithm.keyBytes`.
  /// - Throws: `CryptoError`.
  public init(_ algorithm: AEADAlgorithm, bytes: [UInt8]) throws {
    try AEADKey.check(algorithm, bytes)
    library = try CryptoLibrary.shared()
    self.algorithm = algorithm
    memory = .allocate(byteCount: AEADKey.memoryBytes, alignment: Int(CIMB_ALIGNMENT))
    AEADKey.expand(algorithm, bytes, into: memory, library)
  }

  /// Whether a key has its algorithm's length.
  /// - Throws: `CryptoError.keyLength`.
  static func check(_ algorithm: AEADAlgorithm, _ bytes: [UInt8]) throws {
    guard bytes.count == algorithm.keyBytes else {
      throw CryptoError.keyLength(algorithm: algorithm, bytes: bytes.count)
    }
  }

  /// Writes the expanded key to `memory`; `bytes` have been checked.
  static func expand(
    _ algorithm: AEADAlgorithm, _ bytes: [UInt8], into memory: UnsafeMutableRawPointer,
    _ library: CryptoLibrary
  ) {
    switch algorithm {
    case .aes128GCM: cimb_expand_aes128(library.manager, bytes, memory)
    case .aes256GCM: cimb_expand_aes256(library.manager, bytes, memory)
    case .chaCha20Poly1305: memory.copyMemory(from: bytes, byteCount: bytes.count)
    }
  }

  deinit {
    cimb_wipe(memory, UInt64(AEADKey.memoryBytes))
    memory.deallocate()
  }
}

/// Working memory of the library's calls: one for each thread that seals or opens, never shared.
public final class AEADScratch: @unchecked Sendable {
  let context: UnsafeMutableRawPointer

  /// Working memory for any algorithm.
  /// - Throws: `CryptoError.library`.
  public init() throws {
    context = .allocate(byteCount: Int(cimb_context_bytes()), alignment: Int(CIMB_ALIGNMENT))
    cimb_context_init(context, try CryptoLibrary.shared().manager)
  }

  deinit {
    // It holds key stream and hash keys of the last packet.
    cimb_wipe(context, cimb_context_bytes())
    context.deallocate()
  }
}

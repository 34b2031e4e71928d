import CIPsecMB
import Cases

/// The expanded keys of many associations in one piece of memory, which is wiped when it goes.
///
/// Each key occupies whole cache lines and lies in them such that a packet needs as few as possible
/// (`AEADKeyLines`). A key is set, or wiped, while no packet needs it; then any number of threads may read
/// it.
public final class AEADKeyArena: @unchecked Sendable {
  /// What the keys are for.
  public let algorithm: AEADAlgorithm
  /// How many keys there is room for.
  public let count: Int
  let library: CryptoLibrary
  private let arena: PageArena

  /// Room for `count` keys.
  /// - Throws: `CryptoError`.
  public init(_ algorithm: AEADAlgorithm, count: Int, pages: PageArena.Pages = .huge) throws {
    precondition(count > 0, "an arena has at least a key")
    library = try CryptoLibrary.shared()
    self.algorithm = algorithm
    self.count = count
    arena = try PageArena(bytes: count * AEADKeyArena.keyBytes(algorithm), pages: pages)
  }

  /// Bytes that a key occupies: whole cache lines, and an odd number of them.
  ///
  /// Packets use the same few lines of each key. A cache chooses a line's set by its address, and with a
  /// power of two from key to key those few would share a part of the sets, with the rest left unused.
  public static func keyBytes(_ algorithm: AEADAlgorithm) -> Int {
    let lines = AEADKeyLines(algorithm)
    return ((lines.offset + lines.expandedBytes + CacheLine.bytes - 1) / CacheLine.bytes | 1)
      * CacheLine.bytes
  }

  /// Expands a key into slot `index`.
  /// - Parameter bytes: as many as `algorithm.keyBytes`.
  /// - Throws: `CryptoError.keyLength`.
  public func set(_ index: Int, _ bytes: [UInt8]) throws { try set(index, KeyBytes(bytes)) }

  /// Expands a key, of `algorithm.keyBytes`, into slot `index`.
  /// - Throws: `CryptoError.keyLength`.
  public func set(_ index: Int, _ key: KeyBytes) throws {
    try AEADKey.check(algorithm, key)
    AEADKey.expand(algorithm, key, into: self.key(index), library)
  }

  /// Wipes key `index`, which no packet needs any more.
  public func wipe(_ index: Int) {
    cimb_wipe(key(index), UInt64(AEADKeyLines(algorithm).expandedBytes))
  }

  /// Where key `index` lies.
  package func key(_ index: Int) -> UnsafeMutableRawPointer {
    precondition((0..<count).contains(index), "there are \(count) keys, and \(index) is none of them")
    return arena.start + index * AEADKeyArena.keyBytes(algorithm) + AEADKeyLines(algorithm).offset
  }
}

/// The expanded keys of one association: one, or one for each of its windows, an arena's bytes apart.
public final class AEADKeys: @unchecked Sendable {
  private let one: AEADKey?
  private let many: AEADKeyArena?

  /// Expands keys.
  /// - Throws: `CryptoError`.
  public init(_ algorithm: AEADAlgorithm, _ keys: [KeyBytes]) throws {
    one = keys.count == 1 ? try AEADKey(algorithm, keys[0]) : nil
    many = keys.count == 1 ? nil : try AEADKeyArena(algorithm, count: keys.count)
    for (index, key) in keys.enumerated() { try many?.set(index, key) }
  }

  /// The first of them, ready for a thread with this scratch.
  public func aead(_ scratch: AEADScratch) -> AEAD {
    if let one { return AEAD(one, scratch: scratch) }
    guard let many else { preconditionFailure("there is one key, or there are many") }
    return AEAD(many, 0, scratch: scratch)
  }
}

/// Which lines of an expanded key a packet needs, so that they can be fetched beforehand.
///
/// ```
/// struct gcm_key_data, 16 bytes into its first line:
///     16       192        256               256 + 720      960         1024
///  …  | round keys | unused | H^48 … H^16 | … | H^8 … H^5 | H^4 … H^1 |
/// ```
/// This is the layout of the library's code for VAES and AVX-512; with other code some fetches are for
/// nothing. A packet of n blocks needs the round keys (16 bytes a round and 16 more) and the powers
/// of the hash key from H^1 up to H^n+1, at most 48: the last block is the lengths'. They end where the key
/// ends, and moved by 16 bytes the last four, all that a packet of up to 48 bytes needs, share a line; as the
/// library's header has it they would lie in two.
public struct AEADKeyLines: Equatable, Sendable {
  /// Where an expanded key starts in its first line.
  let offset: Int
  /// Bytes of an expanded key.
  let expandedBytes: Int
  /// Bytes from the first line's start through the round keys, whole lines.
  @usableFromInline let roundBytes: Int
  /// The key's end, from the first line's start; 0 without powers of a hash key.
  @usableFromInline let end: Int
  /// Where the powers begin, from the first line's start.
  @usableFromInline let powers: Int
  /// From an expanded key to the start of its first line.
  @usableFromInline let back: Int

  /// The lines of an algorithm's keys in an `AEADKeyArena`.
  public init(_ algorithm: AEADAlgorithm) {
    switch algorithm {
    case .aes128GCM, .aes192GCM, .aes256GCM:
      offset = Int(cimb_key_bytes()) % CacheLine.bytes == 48 ? 16 : 0
      expandedBytes = Int(cimb_key_bytes())
      // 10, 12 or 14 rounds, and a round key before the first (FIPS 197, section 5).
      roundBytes = offset + 16 * (algorithm.keyBytes / 4 + 7)
      powers = offset + Int(cimb_key_powers_offset())
      end = offset + expandedBytes
    case .chaCha20Poly1305:
      offset = 0
      expandedBytes = algorithm.keyBytes
      roundBytes = algorithm.keyBytes
      (powers, end) = (0, 0)
    }
    back = -offset
  }

  /// Fetches what a packet of `count` bytes needs of the key at `key`.
  @inlinable @inline(__always)
  func prefetch(_ key: UnsafeRawPointer, count: Int) {
    let first = key + back
    CacheLine.fetchToRead(first)
    if roundBytes > CacheLine.bytes {
      CacheLine.fetchToRead(first + CacheLine.bytes)
      CacheLine.fetchToRead(first + 2 &* CacheLine.bytes)
      if roundBytes > 3 &* CacheLine.bytes { CacheLine.fetchToRead(first + 3 &* CacheLine.bytes) }
    }
    // The lengths are a block of their own, and a part of a block is one.
    let least = max(powers, end &- (count &+ 31) & ~15)
    var offset = end &- 1
    while offset >= least {
      CacheLine.fetchToRead(first + offset)
      offset &-= CacheLine.bytes
    }
  }
}

import CIPsecMB
import Cases

/// A key ready for use by one thread: plain pointers, so that a packet pays one indirect call and nothing
/// else. Valid while the key and the scratch that it was made from live.
public struct AEAD {
  @usableFromInline let sealing: cimb_aead_fn
  @usableFromInline let opening: cimb_aead_fn
  @usableFromInline let key: UnsafeMutableRawPointer
  @usableFromInline let context: UnsafeMutableRawPointer

  /// Binds a key to a thread's scratch.
  public init(_ key: AEADKey, scratch: AEADScratch) {
    self.init(key.algorithm, key.memory, key.library, scratch)
  }

  /// Binds key `index` of an arena, which must have been set, to a thread's scratch.
  public init(_ keys: AEADKeyArena, _ index: Int, scratch: AEADScratch) {
    self.init(keys.algorithm, keys.key(index), keys.library, scratch)
  }

  private init(
    _ algorithm: AEADAlgorithm, _ key: UnsafeMutableRawPointer, _ library: CryptoLibrary,
    _ scratch: AEADScratch
  ) {
    self.init(algorithm, key, library.manager, scratch.context)
  }

  init(
    _ algorithm: AEADAlgorithm, _ key: UnsafeMutableRawPointer, _ manager: UnsafeRawPointer,
    _ context: UnsafeMutableRawPointer
  ) {
    switch algorithm {
    case .aes128GCM:
      sealing = cimb_aes128_seal(manager)
      opening = cimb_aes128_open(manager)
    case .aes192GCM:
      sealing = cimb_aes192_seal(manager)
      opening = cimb_aes192_open(manager)
    case .aes256GCM:
      sealing = cimb_aes256_seal(manager)
      opening = cimb_aes256_open(manager)
    case .chaCha20Poly1305:
      sealing = cimb_chacha20_poly1305_seal()
      opening = cimb_chacha20_poly1305_open()
    }
    self.key = key
    self.context = context
  }

  @inlinable @inline(__always)
  init(_ other: AEAD, key: UnsafeMutableRawPointer) {
    (sealing, opening, context) = (other.sealing, other.opening, other.context)
    self.key = key
  }

  /// The same with the key that lies `index` times `bytes` bytes behind this one's, as in an `AEADKeyArena`.
  @inlinable @inline(__always)
  public func next(_ index: Int, bytes: Int) -> AEAD { AEAD(self, key: key + index &* bytes) }

  /// Fetches the lines of a key of an arena that a packet of `count` bytes needs.
  @inlinable @inline(__always)
  public func prefetchKey(_ lines: AEADKeyLines, count: Int) { lines.prefetch(key, count: count) }

  /// Encrypts `count` bytes at `data` in place and writes the 16-byte tag.
  /// - Parameters:
  ///   - nonce: 12 bytes, never used before with this key.
  ///   - additional: `additionalCount` bytes that are authenticated only; may be nil where that is 0.
  @inlinable @inline(__always)
  public func seal(
    _ data: UnsafeMutableRawPointer, count: Int, nonce: UnsafeRawPointer,
    additional: UnsafeRawPointer?, additionalCount: Int, tag: UnsafeMutableRawPointer
  ) {
    let bytes = data.assumingMemoryBound(to: UInt8.self)
    sealing(
      key, context, bytes, bytes, UInt64(truncatingIfNeeded: count),
      nonce.assumingMemoryBound(to: UInt8.self), additional?.assumingMemoryBound(to: UInt8.self),
      UInt64(truncatingIfNeeded: additionalCount), tag.assumingMemoryBound(to: UInt8.self), 16)
  }

  /// Decrypts `count` bytes at `data` in place and compares the 16-byte tag in constant time.
  /// - Returns: false where the tag does not fit; `data` then holds garbage that must not be used.
  @inlinable @inline(__always)
  public func open(
    _ data: UnsafeMutableRawPointer, count: Int, nonce: UnsafeRawPointer,
    additional: UnsafeRawPointer?, additionalCount: Int, tag: UnsafeRawPointer
  ) -> Bool {
    let bytes = data.assumingMemoryBound(to: UInt8.self)
    var computed = SIMD2<UInt64>.zero
    return withUnsafeMutableBytes(of: &computed) {
      let computed = $0.baseAddress.unsafelyUnwrapped
      opening(
        key, context, bytes, bytes, UInt64(truncatingIfNeeded: count),
        nonce.assumingMemoryBound(to: UInt8.self), additional?.assumingMemoryBound(to: UInt8.self),
        UInt64(truncatingIfNeeded: additionalCount), computed.assumingMemoryBound(to: UInt8.self), 16)
      return cimb_equal_tags(computed, tag)
    }
  }
}

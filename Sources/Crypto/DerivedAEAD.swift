import CIPsecMB
import Cases

/// A cipher whose key is another for each packet, for one thread: AES-CMAC (RFC 4493) over one block under a
/// master key of AES-256 gives the key's bytes, which the library expands into memory of the thread's
/// scratch.
public struct DerivedAEAD {
  @usableFromInline let aead: AEAD
  /// The master key's expanded: its round keys begin it.
  @usableFromInline let master: UnsafeRawPointer
  @usableFromInline let library: UnsafeRawPointer
  /// What a whole last block is changed by (RFC 4493 section 2.3).
  @usableFromInline let subkey: SIMD2<UInt64>
  @usableFromInline let isAES256: Bool

  /// - Parameters:
  ///   - master: of a key of AES-256-GCM, with which nothing is sealed.
  ///   - cipher: one of AES-GCM.
  public init(_ master: AEAD, for cipher: AEADAlgorithm) {
    precondition(cipher != .chaCha20Poly1305, "a key is derived for AES-GCM")
    let library = UnsafeRawPointer(cimb_library_of(master.context))
    self.library = library
    self.master = UnsafeRawPointer(master.key)
    isAES256 = cipher == .aes256GCM
    aead = AEAD(cipher, cimb_room_of(master.context), library, master.context)
    // Doubled, the first byte the highest.
    let zero = DerivedAEAD.encrypted(.zero, self.master, library)
    let (high, low) = (zero.x.bigEndian, zero.y.bigEndian)
    subkey = SIMD2((high << 1 | low >> 63).bigEndian, (low << 1 ^ (high >> 63) * 0x87).bigEndian)
  }

  @inlinable @inline(__always)
  static func encrypted(
    _ block: SIMD2<UInt64>, _ master: UnsafeRawPointer, _ library: UnsafeRawPointer
  ) -> SIMD2<UInt64> {
    var block = block
    var result = SIMD2<UInt64>.zero
    cimb_aes256_block(library, master, &block, &result)
    return result
  }

  /// The message authentication code of a block.
  @inlinable @inline(__always)
  public func mac(_ block: SIMD2<UInt64>) -> SIMD2<UInt64> {
    DerivedAEAD.encrypted(block ^ subkey, master, library)
  }

  /// The cipher under a key of these bytes, of which AES-128 has the first half; until the next call.
  @inlinable @inline(__always)
  public func expanded(_ first: SIMD2<UInt64>, _ second: SIMD2<UInt64>) -> AEAD {
    var bytes = (first, second)
    if isAES256 {
      cimb_expand_aes256(library, &bytes, aead.key)
    } else {
      cimb_expand_aes128(library, &bytes, aead.key)
    }
    return aead
  }
}

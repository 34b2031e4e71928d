import CIPsecMB
import Cases

/// A key ready for use by one thread over data that lie in several buffers: `begin`, a call for each piece
/// of any length in their order, and the tag. What comes out is what `AEAD` makes of the same bytes in one
/// piece. Valid while what the `AEAD` was made from lives.
public struct SegmentedAEAD {
  @usableFromInline let calls: cimb_calls
  @usableFromInline let key: UnsafeMutableRawPointer
  @usableFromInline let context: UnsafeMutableRawPointer

  /// The calls for `aead`'s key, which is one of `algorithm`.
  public init(_ aead: AEAD, _ algorithm: AEADAlgorithm) {
    let library = cimb_library_of(aead.context)
    calls =
      switch algorithm {
      case .aes128GCM: cimb_aes128_calls(library)
      case .aes192GCM: cimb_aes192_calls(library)
      case .aes256GCM: cimb_aes256_calls(library)
      case .chaCha20Poly1305: cimb_chacha20_poly1305_calls(library)
      }
    (key, context) = (aead.key, aead.context)
  }

  /// Begins with the first piece of data that is sealed or opened under `nonce`; arguments as of `AEAD`.
  @inlinable @inline(__always)
  public func begin(nonce: UnsafeRawPointer, additional: UnsafeRawPointer?, additionalCount: Int) {
    calls.begin(
      key, context, nonce.assumingMemoryBound(to: UInt8.self),
      additional?.assumingMemoryBound(to: UInt8.self), UInt64(truncatingIfNeeded: additionalCount))
  }

  /// Encrypts the next `count` bytes in place.
  @inlinable @inline(__always)
  public func seal(_ data: UnsafeMutableRawPointer, count: Int) {
    let bytes = data.assumingMemoryBound(to: UInt8.self)
    calls.seal(key, context, bytes, bytes, UInt64(truncatingIfNeeded: count))
  }

  /// Decrypts the next `count` bytes in place.
  @inlinable @inline(__always)
  public func open(_ data: UnsafeMutableRawPointer, count: Int) {
    let bytes = data.assumingMemoryBound(to: UInt8.self)
    calls.open(key, context, bytes, bytes, UInt64(truncatingIfNeeded: count))
  }

  /// Writes the 16-byte tag of what was sealed.
  @inlinable @inline(__always)
  public func endSealing(tag: UnsafeMutableRawPointer) {
    calls.seal_end(key, context, tag.assumingMemoryBound(to: UInt8.self), 16)
  }

  /// Compares the tag of what was opened in constant time.
  /// - Returns: false where it does not fit; what was decrypted is then garbage that must not be used.
  @inlinable @inline(__always)
  public func endOpening(tag: SIMD2<UInt64>) -> Bool {
    var computed = SIMD2<UInt64>.zero
    withUnsafeMutableBytes(of: &computed) { computed in
      calls.open_end(
        key, context, computed.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self), 16)
    }
    let difference = computed ^ tag
    return difference.x | difference.y == 0
  }
}

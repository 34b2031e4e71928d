extension AEAD {
  /// Decrypts as `open` does, where only the first `tagBytes` of the tag were sent: ESP's integrity check
  /// value may have 8 or 12 bytes (RFC 4106 section 6).
  /// - Returns: false where they do not fit; `data` then holds garbage that must not be used.
  package func open(
    _ data: UnsafeMutableRawPointer, count: Int, nonce: UnsafeRawPointer,
    additional: UnsafeRawPointer, additionalCount: Int, tag: UnsafeRawPointer, tagBytes: Int
  ) -> Bool {
    let bytes = data.assumingMemoryBound(to: UInt8.self)
    var computed = SIMD16<UInt8>.zero
    return withUnsafeMutableBytes(of: &computed) { computed in
      // All of it is asked for: a tag that was cut is the beginning of the whole one (SP 800-38D section 7).
      opening(
        key, context, bytes, bytes, UInt64(truncatingIfNeeded: count),
        nonce.assumingMemoryBound(to: UInt8.self), additional.assumingMemoryBound(to: UInt8.self),
        UInt64(truncatingIfNeeded: additionalCount),
        computed.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self), 16)
      var difference: UInt8 = 0
      for index in 0..<tagBytes {
        difference |= computed[index] ^ tag.load(fromByteOffset: index, as: UInt8.self)
      }
      return difference == 0
    }
  }
}

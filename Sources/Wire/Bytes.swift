/// Fields in a packet: unaligned loads and stores in a stated byte order.
///
/// Nothing here checks bounds; each caller states beforehand how many bytes it needs.
extension UnsafeRawPointer {
  /// The big-endian (network order) integer at `offset` bytes.
  @inlinable @inline(__always)
  public func loadBig<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
    T(bigEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
  }

  /// The little-endian integer at `offset` bytes.
  @inlinable @inline(__always)
  public func loadLittle<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T
  {
    T(littleEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
  }
}

extension UnsafeMutableRawPointer {
  /// The big-endian (network order) integer at `offset` bytes.
  @inlinable @inline(__always)
  public func loadBig<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T {
    UnsafeRawPointer(self).loadBig(offset)
  }

  /// The little-endian integer at `offset` bytes.
  @inlinable @inline(__always)
  public func loadLittle<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int, as type: T.Type = T.self) -> T
  {
    UnsafeRawPointer(self).loadLittle(offset)
  }

  /// Writes `value` in big-endian (network) order at `offset` bytes.
  @inlinable @inline(__always)
  public func storeBig<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, _ offset: Int) {
    storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self)
  }

  /// Writes `value` in little-endian order at `offset` bytes.
  @inlinable @inline(__always)
  public func storeLittle<T: FixedWidthInteger & BitwiseCopyable>(_ value: T, _ offset: Int) {
    storeBytes(of: value.littleEndian, toByteOffset: offset, as: T.self)
  }

  /// Writes 16 bytes, `low` first, both as they lie in a little-endian register: one vector store.
  ///
  /// A header written in one piece can be forwarded from the store buffer to the load of the nonce that
  /// overlaps it; one written field by field cannot, and costs tens of cycles.
  @inlinable @inline(__always)
  public func storeVector(_ low: UInt64, _ high: UInt64, _ offset: Int = 0) {
    storeBytes(of: SIMD2(low.littleEndian, high.littleEndian), toByteOffset: offset, as: SIMD2<UInt64>.self)
  }
}

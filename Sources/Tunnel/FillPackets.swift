import Wire

// Fill packets: sealed as others, and discarded by the receiver (`dummy`). In ESP the next header says so
// (RFC 4303 section 2.6). VPE has none, and tells packets by their version: there it is 0, which no IP has;
// that is ours, for the paper (section 5.1) leaves it open.

/// A sealer of fill packets beside others.
public protocol FillingSealer: PacketSealer {
  /// In place of the first step, for `count` zeros at `inner`.
  mutating func prepareFill(_ inner: UnsafeMutableRawPointer, count: Int, in work: WorkPlace)
}

extension ESPSealer: FillingSealer {
  /// As `prepare`, but for the next header.
  @inlinable @inline(__always)
  public mutating func prepareFill(_ inner: UnsafeMutableRawPointer, count: Int, in work: WorkPlace) {
    prepare(inner, count: count, at: 0, in: work)
    guard work.pointee.reason == .none else { return }
    inner.storeBytes(of: IPv4.protocolNone, toByteOffset: work.pointee.count &- 1, as: UInt8.self)
  }
}

extension VPESealer: FillingSealer {
  /// As `prepare`: of zeros the version is 0.
  @inlinable @inline(__always)
  public mutating func prepareFill(_ inner: UnsafeMutableRawPointer, count: Int, in work: WorkPlace) {
    prepare(inner, count: count, at: 0, in: work)
  }
}

extension PaddingSealer: FillingSealer where Sealer: FillingSealer {
  /// As the format does: a fill packet is as long as it shall be.
  @inlinable @inline(__always)
  public mutating func prepareFill(_ inner: UnsafeMutableRawPointer, count: Int, in work: WorkPlace) {
    sealer.prepareFill(inner, count: count, in: work)
  }
}

extension Opened {
  /// As `inner`, in a format without a next header.
  @inlinable @inline(__always)
  public static func innerOrFill(_ start: UnsafeMutableRawPointer, count: Int) -> Opened {
    let opened = inner(start, count: count)
    guard opened.reason == .innerVersion, start.load(as: UInt8.self) >> 4 == 0 else { return opened }
    return Opened(.dummy, at: start)
  }
}

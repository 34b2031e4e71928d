import Wire

// Fill packets: sealed like others, and discarded by the receiver (`dummy`). ESP marks them by the next
// header (RFC 4303 section 2.6). VPE has none, and recognizes inner packets by their version: a fill packet
// has version 0, which no IP packet has. This is our choice, for the paper (section 5.1) leaves it open.

/// A sealer that also seals fill packets.
public protocol FillingSealer: PacketSealer {
  /// Replaces `prepare` for a fill packet: `count` zeros at `inner`.
  mutating func prepareFill(_ inner: UnsafeMutableRawPointer, count: Int, in work: WorkPointer)
}

extension ESPSealer: FillingSealer {
  /// `prepare` with another next header.
  @inlinable @inline(__always)
  public mutating func prepareFill(_ inner: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) {
    prepare(inner, count: count, sa: 0, in: work)
    guard work.pointee.reason == .none else { return }
    inner.storeBytes(of: IPv4.protocolNone, toByteOffset: work.pointee.count &- 1, as: UInt8.self)
  }
}

extension VPESealer: FillingSealer {
  /// `prepare`: the zeros of a fill packet have IP version 0.
  @inlinable @inline(__always)
  public mutating func prepareFill(_ inner: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) {
    prepare(inner, count: count, sa: 0, in: work)
  }
}

extension PaddingSealer: FillingSealer where Sealer: FillingSealer {
  /// Forwards to the format's sealer without padding, for a fill packet has its final length.
  @inlinable @inline(__always)
  public mutating func prepareFill(_ inner: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) {
    sealer.prepareFill(inner, count: count, in: work)
  }
}

extension Opened {
  /// Like `inner`, but recognizes fill packets, in a format without a next header.
  @inlinable @inline(__always)
  public static func innerOrFill(_ start: UnsafeMutableRawPointer, count: Int) -> Opened {
    let opened = inner(start, count: count)
    guard opened.reason == .innerVersion, start.load(as: UInt8.self) >> 4 == 0 else { return opened }
    return Opened(.dummy, at: start)
  }
}

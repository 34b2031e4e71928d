import Wire

// No encryption and no header: the inner packet goes straight into the outer IP header, as protocol 4 (RFC
// 2003) or, one of IPv6, 41 (RFC 4213). It shows what the harness costs without a security protocol. It
// protects nothing.

// MARK: - Seal

/// Leaves the packet unchanged.
public struct NullSealer: PacketSealer {
  /// No header.
  public static var headerBytes: Int { 0 }
  /// No trailer.
  public static var tailroomBytes: Int { 0 }
  /// Only the outer protocol gives the inner packet's version.
  @inlinable public static var isBare: Bool { true }

  /// A sealer that does nothing.
  public init() {}

  /// There is nothing to wait for.
  @inlinable public static var lead: Int { 0 }

  /// Accepts the packet unchanged.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) { work.pointee.accept(inner, count) }

  /// Returns the packet unchanged.
  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Sealed(work.pointee.reason, at: inner) }
    return Sealed(inner, work.pointee.count)
  }
}

// MARK: - Open

/// Only checks that there is an inner packet.
public struct NullOpener: PacketOpener {
  @inlinable public static var isBare: Bool { true }

  /// An opener that only checks for an inner packet.
  public init() {}

  /// There is nothing to wait for.
  @inlinable public static var lead: Int { 0 }

  /// Accepts the packet unchanged.
  @inlinable @inline(__always)
  public func prepare(
    _ outer: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) { work.pointee.accept(outer, count) }

  /// Finds the inner packet by its own length.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: inner) }
    return Opened.inner(inner, count: work.pointee.count)
  }
}

import Wire

// No encryption and no header: the inner packet goes straight into the outer IP header (RFC 2003). It shows
// what the harness costs without a security protocol. It protects nothing.

// MARK: - Seal

/// Leaves the packet as it is.
public struct NullSealer: PacketSealer {
  /// No header.
  public static var headerBytes: Int { 0 }
  /// No trailer.
  public static var tailroomBytes: Int { 0 }

  /// A sealer that does nothing.
  public init() {}

  /// Returns the packet as it lies.
  @inlinable @inline(__always)
  public mutating func seal(_ inner: UnsafeMutableRawPointer, count: Int) -> Sealed { Sealed(inner, count) }
}

// MARK: - Open

/// Only checks that there is an inner packet.
public struct NullOpener: PacketOpener {
  /// An opener that does next to nothing.
  public init() {}

  /// Finds the inner packet by its own length.
  @inlinable @inline(__always)
  public mutating func open(_ outer: UnsafeMutableRawPointer, count: Int) -> Opened {
    Opened.inner(outer, count: count)
  }
}

import Wire

/// The result of sealing: where the sealed packet lies, or why there is none.
public struct Sealed {
  /// The first byte of the sealed packet (the format's header).
  public let start: UnsafeMutableRawPointer
  /// Bytes of the sealed packet.
  public let count: Int
  /// `.none`, or why nothing was sealed; `start` and `count` then mean nothing.
  public let reason: DropReason

  @inlinable @inline(__always)
  init(_ start: UnsafeMutableRawPointer, _ count: Int) {
    self.start = start
    self.count = count
    reason = .none
  }

  @inlinable @inline(__always)
  init(_ reason: DropReason, at start: UnsafeMutableRawPointer) {
    self.start = start
    count = 0
    self.reason = reason
  }
}

/// The result of opening: where the inner packet lies, or why there is none.
public struct Opened {
  /// The first byte of the inner IP packet.
  public let start: UnsafeMutableRawPointer
  /// Bytes of the inner packet by its own length field: padding behind it is cut off.
  public let count: Int
  /// The inner packet's IP version, 4 or 6.
  public let version: UInt8
  /// `.none`, or why the packet is refused; the rest then means nothing.
  public let reason: DropReason

  @inlinable @inline(__always)
  init(_ start: UnsafeMutableRawPointer, _ count: Int, version: UInt8) {
    self.start = start
    self.count = count
    self.version = version
    reason = .none
  }

  /// A packet that is refused.
  @inlinable @inline(__always)
  public init(_ reason: DropReason, at start: UnsafeMutableRawPointer) {
    self.start = start
    count = 0
    version = 0
    self.reason = reason
  }

  /// Finds the inner packet in `count` bytes of plaintext (RFC 4303 section 2.7: what follows it is padding
  /// for traffic-flow confidentiality).
  @inlinable @inline(__always)
  static func inner(_ start: UnsafeMutableRawPointer, count: Int) -> Opened {
    guard count > 0 else { return Opened(.innerLength, at: start) }
    let version = start.load(as: UInt8.self) >> 4
    let length: Int?
    switch version {
    case 4: length = IPv4.packetLength(start, count: count)
    case 6: length = IPv6.packetLength(start, count: count)
    default: return Opened(.innerVersion, at: start)
    }
    guard let length else { return Opened(.innerLength, at: start) }
    return Opened(start, length, version: version)
  }
}

/// Where a stage of many associations has found a packet's.
public typealias AssociationPlace = UInt16

/// Turns inner IP packets into sealed ones, in place, for one thread.
///
/// The caller guarantees `headerBytes` writable bytes before the packet and `tailroomBytes` behind it, and
/// that the packet is a whole IPv4 or IPv6 packet.
public protocol PacketSealer {
  /// Bytes that are written before the inner packet.
  static var headerBytes: Int { get }
  /// The most that is written behind the inner packet.
  static var tailroomBytes: Int { get }
  /// Whether packets come of so many associations that it pays to fetch what belongs to them some packets
  /// ahead: first `find`, then `fetch`, then `seal(_:count:at:)`.
  static var fetchesAhead: Bool { get }
  /// Finds the packet's association, and fetches what says where the rest lies. The memory at `inner` can be
  /// read up to the end of an IPv4 header, but need not hold a packet.
  /// - Returns: its place, which means something to `fetch` and `seal` alone.
  func find(_ inner: UnsafeRawPointer) -> AssociationPlace
  /// Fetches the rest for a packet of `count` bytes, when that is there.
  func fetch(_ place: AssociationPlace, count: Int)
  /// Seals a packet of which `find` has returned `place`.
  mutating func seal(_ inner: UnsafeMutableRawPointer, count: Int, at place: AssociationPlace) -> Sealed
  /// Seals `count` bytes at `inner`.
  mutating func seal(_ inner: UnsafeMutableRawPointer, count: Int) -> Sealed
}

/// One association: it is in the cache anyway.
extension PacketSealer {
  /// No.
  @inlinable public static var fetchesAhead: Bool { false }
  /// Nothing to find.
  @inlinable @inline(__always)
  public func find(_ inner: UnsafeRawPointer) -> AssociationPlace { 0 }
  /// Nothing to fetch.
  @inlinable @inline(__always)
  public func fetch(_ place: AssociationPlace, count: Int) {}
  /// Seals under the one association.
  @inlinable @inline(__always)
  public mutating func seal(
    _ inner: UnsafeMutableRawPointer, count: Int, at place: AssociationPlace
  ) -> Sealed { seal(inner, count: count) }
}

/// Turns sealed packets back into inner IP packets, in place, for one thread.
public protocol PacketOpener {
  /// As of `PacketSealer`.
  static var fetchesAhead: Bool { get }
  /// As of `PacketSealer`, but that the memory at `outer` can be read up to the end of the format's header.
  func find(_ outer: UnsafeRawPointer) -> AssociationPlace
  /// As of `PacketSealer`.
  func fetch(_ place: AssociationPlace, _ outer: UnsafeRawPointer, count: Int)
  /// Opens a packet of which `find` has returned `place`.
  mutating func open(_ outer: UnsafeMutableRawPointer, count: Int, at place: AssociationPlace) -> Opened
  /// Authenticates, decrypts and checks `count` bytes at `outer`, the format's header first.
  ///
  /// Whatever the bytes are, nothing outside them is read or written.
  mutating func open(_ outer: UnsafeMutableRawPointer, count: Int) -> Opened
}

/// One association: it is in the cache anyway.
extension PacketOpener {
  /// No.
  @inlinable public static var fetchesAhead: Bool { false }
  /// Nothing to find.
  @inlinable @inline(__always)
  public func find(_ outer: UnsafeRawPointer) -> AssociationPlace { 0 }
  /// Nothing to fetch.
  @inlinable @inline(__always)
  public func fetch(_ place: AssociationPlace, _ outer: UnsafeRawPointer, count: Int) {}
  /// Opens under the one association.
  @inlinable @inline(__always)
  public mutating func open(
    _ outer: UnsafeMutableRawPointer, count: Int, at place: AssociationPlace
  ) -> Opened { open(outer, count: count) }
}

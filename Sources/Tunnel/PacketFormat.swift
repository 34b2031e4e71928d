import Wire

/// The result of sealing: where the sealed packet lies, or why there is none.
public struct Sealed {
  /// The first byte of the sealed packet (the format's header).
  public let start: UnsafeMutableRawPointer
  /// Bytes of the sealed packet.
  public let count: Int
  /// `.none`, or why nothing was sealed; `start` and `count` then mean nothing.
  public let reason: DropReason

  /// A packet that is sealed.
  @inlinable @inline(__always)
  public init(_ start: UnsafeMutableRawPointer, _ count: Int) {
    self.start = start
    self.count = count
    reason = .none
  }

  /// A packet that is not.
  @inlinable @inline(__always)
  public init(_ reason: DropReason, at start: UnsafeMutableRawPointer) {
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

  /// Finds the inner packet in `count` bytes of plaintext; bytes behind it are padding for traffic-flow
  /// confidentiality (RFC 4303 section 2.7).
  @inlinable @inline(__always)
  public static func inner(_ start: UnsafeMutableRawPointer, count: Int) -> Opened {
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

/// The index of a security association in a thread's table.
public typealias SAIndex = UInt16

/// Turns inner IP packets into sealed ones, in place, for one thread, in two steps: `prepare`, then `seal`.
/// Between the two, other packets may take their steps, each with a `PacketWork` of its own; packets take
/// each step in the same order.
///
/// The caller guarantees `headerBytes` writable bytes before the packet and `tailroomBytes` behind it, and
/// that the packet is a whole IPv4 or IPv6 packet.
public protocol PacketSealer: SendableMetatype {
  /// Bytes that are written before the inner packet.
  static var headerBytes: Int { get }
  /// The most that is written behind the inner packet.
  static var tailroomBytes: Int { get }
  /// The least that is written behind the inner packet.
  static var tailBytesMin: Int { get }
  /// Bytes that may be written behind an inner packet of `count` bytes.
  func tailroom(behind count: Int) -> Int
  /// How many packets ahead of the second step it pays to take the first.
  static var lead: Int { get }
  /// Whether the outer packet contains the bare inner packet, whose version follows from the outer protocol.
  static var isBare: Bool { get }
  /// Whether there are so many associations that prefetching their state some packets ahead pays: first
  /// `find`, then `prefetch`, then `prepare`.
  static var prefetches: Bool { get }
  /// Finds the packet's association, and fetches its entry, which points to its other state. The memory at
  /// `inner` can be read up to the end of an IPv4 header, but need not hold a packet.
  /// - Returns: its index, which means something to `prefetch` and `prepare` alone.
  func find(_ inner: UnsafeRawPointer) -> SAIndex
  /// Fetches the association's other state for a packet of `count` bytes, once the entry is in the cache.
  func prefetch(_ saIndex: SAIndex, count: Int)
  /// Notes that a burst of `count` packets comes.
  mutating func begin(burst count: Int)
  /// Notes that a packet is dropped before it reaches the sealer. If another thread has given it a number,
  /// that number is skipped.
  mutating func skip()
  /// The first step, for `count` bytes at `inner`, a packet of which `find` has returned `saIndex`. Sets
  /// `work.reason`.
  mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer)
  /// The second step.
  mutating func seal(_ work: WorkPointer) -> Sealed
}

/// Defaults for a single association: no prefetch.
extension PacketSealer {
  /// The same for every packet: `tailroomBytes`.
  @inlinable public static var tailBytesMin: Int { tailroomBytes }
  /// The same for every packet: `tailroomBytes`.
  @inlinable @inline(__always)
  public func tailroom(behind count: Int) -> Int { Self.tailroomBytes }
  /// Far enough that the first step's stores have reached the cache when the second step reads them.
  @inlinable public static var lead: Int { PacketWork.lead }
  /// No: the format has a header.
  @inlinable public static var isBare: Bool { false }
  @inlinable public static var prefetches: Bool { false }
  /// 0, for there is one association.
  @inlinable @inline(__always)
  public func find(_ inner: UnsafeRawPointer) -> SAIndex { 0 }
  /// Does nothing by default.
  @inlinable @inline(__always)
  public func prefetch(_ saIndex: SAIndex, count: Int) {}
  /// Does nothing by default.
  @inlinable @inline(__always)
  public mutating func begin(burst count: Int) {}
  /// Does nothing by default.
  @inlinable @inline(__always)
  public mutating func skip() {}

  /// Both steps: seals `count` bytes at `inner`.
  @inlinable @inline(__always)
  public mutating func seal(_ inner: UnsafeMutableRawPointer, count: Int) -> Sealed {
    seal(inner, count: count, sa: find(inner))
  }

  /// Both steps for a packet of the association with the index `saIndex`.
  @inlinable @inline(__always)
  public mutating func seal(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex
  ) -> Sealed {
    var work = PacketWork()
    return withUnsafeMutablePointer(to: &work) {
      prepare(inner, count: count, sa: saIndex, in: $0)
      return seal($0)
    }
  }
}

/// A sealer around others, which lays packets out as these do.
public protocol WrappingSealer: PacketSealer {
  associatedtype Sealer: PacketSealer
}

extension WrappingSealer {
  public static var headerBytes: Int { Sealer.headerBytes }
  public static var tailroomBytes: Int { Sealer.tailroomBytes }
  public static var tailBytesMin: Int { Sealer.tailBytesMin }
  @inlinable public static var lead: Int { Sealer.lead }
  @inlinable public static var isBare: Bool { Sealer.isBare }
}

/// Turns sealed packets back into inner IP packets, in place, for one thread, in two steps: `prepare`, then
/// `open`; as `PacketSealer`.
///
/// The first step only reads the packet. It refuses numbers that are known as seen or too old by then; the
/// second one checks again, for the same number may have come between the two.
public protocol PacketOpener: BurstSettler {
  static var lead: Int { get }
  static var isBare: Bool { get }
  static var prefetches: Bool { get }
  /// See `PacketSealer.find`; the memory at `outer` can be read up to the end of the format's header.
  func find(_ outer: UnsafeRawPointer) -> SAIndex
  func prefetch(_ saIndex: SAIndex, _ outer: UnsafeRawPointer, count: Int)
  /// The first step, for a packet of `count` bytes at `outer`, the format's header first, of which `find` has
  /// returned `saIndex`. Sets `work.reason`.
  ///
  /// Whatever the bytes contain, neither step accesses memory outside them.
  mutating func prepare(
    _ outer: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer)
  /// The second step: authenticates, decrypts and checks.
  mutating func open(_ work: WorkPointer) -> Opened
  /// Both steps.
  mutating func open(_ outer: UnsafeMutableRawPointer, count: Int) -> Opened
}

/// Defaults for a single association: no prefetch.
extension PacketOpener {
  @inlinable public static var lead: Int { PacketWork.lead }
  /// No: the format has a header.
  @inlinable public static var isBare: Bool { false }
  @inlinable public static var prefetches: Bool { false }
  /// 0, for there is one association.
  @inlinable @inline(__always)
  public func find(_ outer: UnsafeRawPointer) -> SAIndex { 0 }
  /// Does nothing by default.
  @inlinable @inline(__always)
  public func prefetch(_ saIndex: SAIndex, _ outer: UnsafeRawPointer, count: Int) {}

  /// Opens under the one association.
  @inlinable @inline(__always)
  public mutating func open(_ outer: UnsafeMutableRawPointer, count: Int) -> Opened {
    open(outer, count: count, sa: 0)
  }

  /// Both steps for a packet of the association with the index `saIndex`.
  @inlinable @inline(__always)
  public mutating func open(
    _ outer: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex
  ) -> Opened {
    var work = PacketWork()
    return withUnsafeMutablePointer(to: &work) {
      prepare(outer, count: count, sa: saIndex, in: $0)
      return open($0)
    }
  }
}

/// An opener whose first step is a check of the packet, and knows one association.
public protocol CheckingOpener: PacketOpener {
  /// The first step.
  /// - Returns: `.none`, or why the packet is refused.
  func check(_ outer: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> DropReason
}

extension CheckingOpener {
  /// Stores the check's result in `work`.
  @inlinable @inline(__always)
  public func prepare(
    _ outer: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    work.pointee.reason = check(outer, count: count, in: work)
  }
}

import Cases
import Crypto
import Wire

// Packets in several buffers, sealed and opened piece by piece without merging them (paper, section 3.2).

/// Turns inner IP packets in several buffers into sealed ones, in place, for one thread, in two steps: as
/// `PacketSealer`.
public protocol SegmentSealer {
  /// The most that is written behind the inner packet.
  static var tailroomBytes: Int { get }
  /// The first step, for an inner packet that begins with at least 20 bytes in its first piece, and
  /// `headerBytes` writable bytes before them. Sets `work.reason`. A packet whose pieces have no
  /// room for the trailer is refused before it gets a number.
  mutating func prepare(_ inner: Segments, in work: WorkPointer)
  /// The second step: the packet then begins with the format's header.
  /// - Returns: `.none`, or why it is not sealed.
  mutating func seal(_ packet: Segments, _ work: WorkPointer) -> DropReason
}

/// Turns sealed packets in several buffers back into inner IP packets, in place, for one thread, in two
/// steps: as `PacketOpener`.
///
/// The first piece must hold the format's header and the inner packet's; a NIC's buffers hold far more.
/// Otherwise the packet is refused as too short.
public protocol SegmentOpener {
  /// The first step. Sets `work.reason`. Whatever the bytes are, neither step reads or writes any outside
  /// them.
  mutating func prepare(_ outer: Segments, in work: WorkPointer)
  /// The second step: authenticates, decrypts and checks. The packet then is the inner one.
  /// - Returns: `.none`, or why it is refused.
  mutating func open(_ packet: Segments, _ work: WorkPointer) -> DropReason
}

/// A format whose packets can be sealed and opened piece by piece.
public protocol SegmentFormat: TunnelFormat {
  /// Seals packets of one association.
  associatedtype OfSegmentsSealer: SegmentSealer
  /// Opens packets of one association.
  associatedtype OfSegmentsOpener: SegmentOpener

  /// A sealer for packets in segments with the state of `sealer`, whose key is for `cipher`.
  static func segmentSealer(_ sealer: Sealer, _ cipher: AEADAlgorithm) -> OfSegmentsSealer
  /// An opener for packets in segments with the state of `opener`, whose key is for `cipher`.
  static func segmentOpener(_ opener: Opener, _ cipher: AEADAlgorithm) -> OfSegmentsOpener
}

/// Generic work on a format for segments that is chosen at run time.
public protocol SegmentVisitor {
  /// The visitor's result.
  associatedtype Result
  /// The visitor's error.
  associatedtype Failure: Error
  /// Does the work for one format.
  func visit<Format: SegmentFormat>(_ format: Format.Type) throws(Failure) -> Result
}

extension Segments {
  /// The inner IPv4 or IPv6 header's bytes that the first piece must hold.
  @inlinable static var innerBytes: Int { IPv6.headerBytes }

  /// Whether the first piece holds the format's header, of `header` bytes, and the inner packet's, or the
  /// whole packet, of `bytes` bytes.
  @inlinable @inline(__always)
  func holds(_ header: Int, of bytes: Int) -> Bool {
    segments[0].count >= min(header &+ Segments.innerBytes, bytes)
  }
}

import Crypto
import Tunnel
import Wire

/// The timed work on a packet that may lie in several buffers, in the two steps of a format.
protocol SegmentStep {
  /// Whether the step works on all buffers of the packet, not only on the first one.
  static var isChained: Bool { get }
  /// Whether the step copies the packet into its target buffer.
  static var merges: Bool { get }
  /// The most bytes that the step writes behind the packet.
  static var tailBytes: Int { get }
  /// The first step.
  /// - Parameter target: the address to which the packet may be copied.
  mutating func begin(_ packet: Segments, target: UnsafeMutableRawPointer, in work: WorkPointer)
  /// The second step.
  /// - Returns: whether it worked.
  mutating func finish(_ packet: Segments, target: UnsafeMutableRawPointer, in work: WorkPointer) -> Bool
}

extension SegmentStep {
  static var isChained: Bool { true }
  static var merges: Bool { false }
  static var tailBytes: Int { 0 }
}

/// Works on a packet in one buffer.
struct WholeStep<Step: CostStep>: SegmentStep {
  static var isChained: Bool { false }
  static var tailBytes: Int { Step.tailBytes }

  var step: Step
  /// Bytes of which the step is told.
  let count: Int

  @inline(__always)
  mutating func begin(_ packet: Segments, target: UnsafeMutableRawPointer, in work: WorkPointer) {
    step.begin(packet[0].start, count: count, sa: 0, in: work)
  }

  @inline(__always)
  mutating func finish(_ packet: Segments, target: UnsafeMutableRawPointer, in work: WorkPointer) -> Bool {
    step.finish(packet[0].start, count: count, in: work)
  }
}

/// Copies a packet from several buffers into one. The first step copies and reads only the packet's
/// beginning; the rest is copied right before the cipher, which then finds it in the nearest cache.
struct MergingStep<Step: CostStep>: SegmentStep {
  static var merges: Bool { true }

  var step: Step
  /// Bytes of which the step is told.
  let count: Int
  /// Bytes before the packet that belong to it.
  let front: Int

  /// At least as many bytes as the first step reads.
  private static var beginning: Int { 64 }

  @inline(__always)
  mutating func begin(_ packet: Segments, target: UnsafeMutableRawPointer, in work: WorkPointer) {
    let part = min(MergingStep.beginning, packet[0].count) &+ front
    (target - front).copyMemory(from: packet[0].start - front, byteCount: part)
    step.begin(target, count: count, sa: 0, in: work)
  }

  @inline(__always)
  mutating func finish(_ packet: Segments, target: UnsafeMutableRawPointer, in work: WorkPointer) -> Bool {
    var (end, index) = (target, 0)
    while index < packet.count {
      end.copyMemory(from: packet[index].start, byteCount: packet[index].count)
      end += packet[index].count
      index &+= 1
    }
    return step.finish(target, count: count, in: work)
  }
}

/// A format's sealer, piece by piece.
struct SegmentSealStep<Sealer: SegmentSealer>: SegmentStep {
  static var tailBytes: Int { Sealer.tailroomBytes }

  var sealer: Sealer

  @inline(__always)
  mutating func begin(_ packet: Segments, target: UnsafeMutableRawPointer, in work: WorkPointer) {
    sealer.prepare(packet, in: work)
  }

  @inline(__always)
  mutating func finish(_ packet: Segments, target: UnsafeMutableRawPointer, in work: WorkPointer) -> Bool {
    sealer.seal(packet, work) == .none
  }
}

/// A format's opener, piece by piece.
struct SegmentOpenStep<Opener: SegmentOpener>: SegmentStep {
  var opener: Opener

  @inline(__always)
  mutating func begin(_ packet: Segments, target: UnsafeMutableRawPointer, in work: WorkPointer) {
    opener.prepare(packet, in: work)
  }

  @inline(__always)
  mutating func finish(_ packet: Segments, target: UnsafeMutableRawPointer, in work: WorkPointer) -> Bool {
    opener.open(packet, work) == .none
  }
}

/// The library's bare calls for several parts. The tag lies where `RawSealStep` puts it.
struct RawSegmentStep: SegmentStep {
  static var tailBytes: Int { 16 }

  let aead: SegmentedAEAD
  let fixed: UnsafeMutableRawPointer
  let additionalCount: Int
  let isSealing: Bool

  @inline(__always)
  private var tail: Int { additionalCount == 0 ? 0 : 16 }

  @inline(__always)
  mutating func begin(_ packet: Segments, target: UnsafeMutableRawPointer, in work: WorkPointer) {
    if isSealing { packet.extend(by: tail) }
  }

  @inline(__always)
  mutating func finish(_ packet: Segments, target: UnsafeMutableRawPointer, in work: WorkPointer) -> Bool {
    let count = packet.bytes &- tail
    aead.begin(
      nonce: fixed, additional: tail == 0 ? nil : UnsafeRawPointer(fixed + 16),
      additionalCount: additionalCount)
    let before = packet[0].start - 16
    if isSealing {
      packet.seal(aead, count: count)
      if tail == 0 { aead.endSealing(tag: before) } else { packet.endSealing(aead, tag: count) }
      return true
    }
    packet.open(aead, count: count)
    return tail == 0
      ? aead.endOpening(tag: before.loadUnaligned(as: SIMD2<UInt64>.self))
      : packet.endOpening(aead, tag: count)
  }
}

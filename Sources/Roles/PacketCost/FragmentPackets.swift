import Dataplane
import Tunnel
import Wire

/// The packets to be cut, each in a buffer of its own.
struct FragmentPackets {
  let wholes: UnsafeMutablePointer<Packet>
  /// Bytes before a packet in its buffer.
  let headroom: Int
  /// Bytes of each packet.
  let bytes: Int
  let pieces: CutPieces

  /// Writes packet `index`.
  func fill(_ index: Int, from packet: UnsafeRawPointer) {
    wholes[index].setFrame(headroom: headroom, count: bytes)
    wholes[index].data.copyMemory(from: packet, byteCount: bytes)
  }

  /// Cuts and seals a burst of packets from `first` on, timed; the fragments remain in `pieces` until it is
  /// cleared.
  ///
  /// - Parameters:
  ///   - limit: ticks above which the burst counts as interrupted.
  ///   - histogram: counts the burst if it was uninterrupted.
  @inline(never)
  func pass<Step: CutStep>(
    _ step: inout Step, from first: Int, limit: UInt64, into tally: inout CostReport.Tally,
    _ histogram: TickHistogram
  ) {
    let end = first &+ Burst.capacity
    let margin = FrameMargin(before: 64, after: Step.tailBytes)
    let start = EAL.ticks
    var failures: UInt64 = 0
    var index = first
    while index < first &+ Burst.headerLookahead {
      margin.prefetch(wholes[index].data, count: bytes)
      index &+= 1
    }
    index = first
    while index < end {
      if index &+ Burst.headerLookahead < end {
        margin.prefetch(wholes[index &+ Burst.headerLookahead].data, count: bytes)
      }
      let reason = step.seal(wholes[index], UInt32(truncatingIfNeeded: index), into: pieces)
      if reason != .none { failures &+= 1 }
      index &+= 1
    }
    let ticks = EAL.ticks &- start
    if tally.count(Burst.capacity, ticks: ticks, limit: limit) { histogram.count(burstTicks: ticks) }
    tally.failures &+= failures
  }
}

import Dataplane
import Tunnel
import Wire

/// Packets that are cut, each in a buffer of its own.
struct FragmentPackets {
  let wholes: UnsafeMutablePointer<Packet>
  /// Bytes before a packet in its buffer.
  let headroom: Int
  /// Bytes of each packet.
  let bytes: Int
  /// Bytes of the longest piece.
  let room: Int
  let pieces: CutPieces

  /// Writes packet `index`.
  func fill(_ index: Int, from packet: UnsafeRawPointer) {
    wholes[index].setFrame(headroom: headroom, count: bytes)
    wholes[index].data.copyMemory(from: packet, byteCount: bytes)
  }

  /// Cuts a burst of packets from `first` on, timed; the pieces are there until they are cleared.
  ///
  /// - Parameters:
  ///   - limit: ticks above which it was evidently interrupted.
  ///   - histogram: counts it if it was not.
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
      let whole = wholes[index]
      let cut = CutPacket(
        whole.data, count: whole.count, room: room, identification: UInt32(truncatingIfNeeded: index))
      let reason = cut.reason == .none ? step.seal(whole, cut, into: pieces) : cut.reason
      if reason != .none { failures &+= 1 }
      index &+= 1
    }
    let ticks = EAL.ticks &- start
    if tally.count(Burst.capacity, ticks: ticks, limit: limit) { histogram.count(burstTicks: ticks) }
    tally.failures &+= failures
  }
}

/// The sealed pieces of packets as they arrive, each in a buffer of its own. Plain memory without an owner:
/// call `deallocate()` once.
struct ArrivedPieces {
  private let buffers: UnsafeMutablePointer<Packet>
  private let packets: Int
  /// Of each packet.
  private let pieces: Int
  private let headroom: Int
  private let works = PacketWorks()

  /// - Parameters:
  ///   - buffers: `Fragmentation.most` for each packet.
  ///   - headroom: bytes before a piece in its buffer.
  init(_ buffers: UnsafeMutablePointer<Packet>, packets: Int, pieces: Int, headroom: Int) {
    (self.buffers, self.packets, self.pieces, self.headroom) = (buffers, packets, pieces, headroom)
  }

  func deallocate() { works.deallocate() }

  /// Writes piece `index` of a packet.
  func fill(_ packet: Int, _ index: Int, from sealed: Sealed) {
    let buffer = buffers[packet * pieces + index]
    buffer.setFrame(headroom: headroom, count: sealed.count)
    buffer.data.copyMemory(from: sealed.start, byteCount: sealed.count)
  }

  /// Opens all, in bursts of packets that are timed.
  @inline(never)
  func pass<Opener: PacketOpener>(
    _ opener: inout Opener, limit: UInt64, into tally: inout CostReport.Tally, _ histogram: TickHistogram
  ) {
    let burst = Burst.capacity &* pieces
    var first = 0
    while first < packets &* pieces {
      let end = first &+ burst
      let start = EAL.ticks
      var failures: UInt64 = 0
      var place = first
      while place < first &+ Burst.headerLookahead {
        fetch(place)
        place &+= 1
      }
      place = first
      while place < first &+ PacketWork.lead {
        prepare(&opener, place)
        place &+= 1
      }
      place = first
      while place < end {
        if place &+ Burst.headerLookahead < end { fetch(place &+ Burst.headerLookahead) }
        if place &+ PacketWork.lead < end { prepare(&opener, place &+ PacketWork.lead) }
        if opener.open(works[place]).reason != .none { failures &+= 1 }
        place &+= 1
      }
      let ticks = EAL.ticks &- start
      if tally.count(Burst.capacity, ticks: ticks, limit: limit) { histogram.count(burstTicks: ticks) }
      tally.failures &+= failures
      first = end
    }
  }

  @inline(__always)
  private func fetch(_ place: Int) {
    FrameMargin.whole.prefetch(buffers[place].data, count: buffers[place].count)
  }

  @inline(__always)
  private func prepare<Opener: PacketOpener>(_ opener: inout Opener, _ place: Int) {
    let buffer = buffers[place]
    opener.prepare(buffer.data, count: buffer.count, at: 0, in: works[place])
  }

  /// What opening has left of each piece of packets that were cut so, behind its format's header.
  func contents(of cut: CutPacket, behind headerBytes: Int) -> [[UInt8]] {
    (0..<packets * pieces).map { place in
      let count = cut.headerBytes + cut.count(place % pieces)
      return Array(UnsafeRawBufferPointer(start: buffers[place].data + headerBytes, count: count))
    }
  }
}

import Dataplane
import Tunnel
import Wire

/// Arrived fragments of packets, each in a buffer of its own. Plain memory without an owner: call
/// `deallocate()` once.
struct ArrivedPieces {
  private let source: PacketSource
  private let buffers: UnsafeMutablePointer<Packet>
  private let taken = Burst()
  private let packets: Int
  /// Fragments of each packet.
  private let pieces: Int
  private let headroom: Int
  /// Bytes before a reassembled packet.
  private let headers: Int
  private let works = PacketWorks()
  private let lists: UnsafeMutablePointer<Segments>
  /// Reassembled packets.
  private let wholes: UnsafeMutablePointer<Packet>
  private let wholeCount: UnsafeMutablePointer<Int>

  /// Lists in the ring: more than there are packets between the two steps.
  private static var listCount: Int { 4 }

  /// - Parameters:
  ///   - source: has a buffer for each piece of all packets.
  ///   - headroom: bytes before a piece in its buffer.
  ///   - headers: bytes before a sealed packet in its frame.
  init(_ source: PacketSource, packets: Int, pieces: Int, headroom: Int, before headers: Int) {
    (self.source, self.packets, self.pieces, self.headroom) = (source, packets, pieces, headroom)
    self.headers = headers
    buffers = .allocateLines(packets * pieces)
    wholes = .allocateLines(packets)
    wholeCount = .allocateLines(1)
    wholeCount.initialize(to: 0)
    lists = .allocateLines(ArrivedPieces.listCount)
    for index in 0..<ArrivedPieces.listCount { (lists + index).initialize(to: Segments()) }
  }

  func deallocate() {
    for index in 0..<ArrivedPieces.listCount { lists[index].deallocate() }
    lists.deallocate()
    buffers.deallocate()
    wholes.deallocate()
    wholeCount.deallocate()
    taken.deallocate()
    works.deallocate()
  }

  // MARK: Untimed

  /// Writes piece `index` of a packet into a fresh buffer.
  func fill(_ packet: Int, _ index: Int, from start: UnsafeRawPointer, count: Int) {
    guard source.allocate(taken, count: 1) else { preconditionFailure("there is a buffer for each piece") }
    let slot = buffers + (packet * pieces + index)
    slot.initialize(to: taken[0])
    slot.pointee.setFrame(headroom: headroom, count: count)
    slot.pointee.data.copyMemory(from: start, byteCount: count)
  }

  /// Frees the buffers of fragments that were opened one by one.
  func clear() {
    for index in 0..<packets * pieces { buffers[index].free() }
  }

  /// Frees the reassembled packets; fragments of others are already freed.
  func clearWholes() {
    for index in 0..<wholeCount.pointee { wholes[index].free() }
    wholeCount.pointee = 0
  }

  /// The contents of each opened fragment behind the format's header, if packets were cut like `cut`.
  func contents(of cut: CutPacket, behind headerBytes: Int) -> [[UInt8]] {
    (0..<packets * pieces).map { index in
      let count = cut.headerBytes + cut.count(index % pieces)
      return Array(UnsafeRawBufferPointer(start: buffers[index].data + headerBytes, count: count))
    }
  }

  /// The contents of the opened, reassembled packets.
  var wholeContents: [[UInt8]] { (0..<wholeCount.pointee).map { wholes[$0].contents } }

  // MARK: Timed

  /// Opens all fragments one by one, and times them in bursts of packets.
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
      fetchFirst(first)
      var index = first
      while index < first &+ PacketWork.lead {
        prepare(&opener, index)
        index &+= 1
      }
      index = first
      while index < end {
        if index &+ Burst.headerLookahead < end { fetch(index &+ Burst.headerLookahead) }
        if index &+ PacketWork.lead < end { prepare(&opener, index &+ PacketWork.lead) }
        if opener.open(works[index]).reason != .none { failures &+= 1 }
        index &+= 1
      }
      let ticks = EAL.ticks &- start
      if tally.count(Burst.capacity, ticks: ticks, limit: limit) { histogram.count(burstTicks: ticks) }
      tally.failures &+= failures
      first = end
    }
  }

  /// Reassembles packets, and opens each one in the buffers of its fragments.
  @inline(never)
  func pass<Opener: SegmentOpener>(
    _ opener: inout Opener, by reassembly: Reassembly, limit: UInt64, into tally: inout CostReport.Tally,
    _ histogram: TickHistogram
  ) {
    let burst = Burst.capacity &* pieces
    var first = 0
    while first < packets &* pieces {
      let end = first &+ burst
      let start = EAL.ticks
      let before = wholeCount.pointee
      var (found, done, opened) = (before, before, 0)
      fetchFirst(first)
      var index = first
      while index < end {
        if index &+ Burst.headerLookahead < end { fetch(index &+ Burst.headerLookahead) }
        if let whole = reassembly.add(buffers[index], now: start) {
          (wholes + found).initialize(to: whole)
          opener.prepare(gather(whole, found), in: works[found])
          found &+= 1
          if found &- done > PacketWork.lead {
            opened &+= open(&opener, done)
            done &+= 1
          }
        }
        index &+= 1
      }
      while done < found {
        opened &+= open(&opener, done)
        done &+= 1
      }
      let ticks = EAL.ticks &- start
      if tally.count(Burst.capacity, ticks: ticks, limit: limit) { histogram.count(burstTicks: ticks) }
      tally.failures &+= UInt64(truncatingIfNeeded: Burst.capacity &- opened)
      wholeCount.pointee = found
      first = end
    }
  }

  @inline(__always)
  private func fetchFirst(_ first: Int) {
    var index = first
    while index < first &+ Burst.headerLookahead {
      fetch(index)
      index &+= 1
    }
  }

  @inline(__always)
  private func fetch(_ index: Int) {
    FrameMargin.whole.prefetch(buffers[index].data, count: buffers[index].count)
  }

  @inline(__always)
  private func prepare<Opener: PacketOpener>(_ opener: inout Opener, _ index: Int) {
    let buffer = buffers[index]
    opener.prepare(buffer.data, count: buffer.count, sa: 0, in: works[index])
  }

  @inline(__always)
  private func list(_ index: Int) -> Segments { lists[index & (ArrivedPieces.listCount &- 1)] }

  /// Lists the parts of a sealed packet in the buffers of its outer packet.
  @inline(__always)
  private func gather(_ whole: Packet, _ index: Int) -> Segments {
    let list = list(index)
    list.begin(Segment(start: whole.data + headers, count: whole.count &- headers, room: 0))
    var buffer = whole.next
    while let own = buffer {
      list.append(Segment(start: own.data, count: own.count, room: 0))
      buffer = own.next
    }
    return list
  }

  /// Opens a packet, and updates its buffers' descriptors.
  /// - Returns: 1 if it is opened.
  @inline(__always)
  private func open<Opener: SegmentOpener>(_ opener: inout Opener, _ index: Int) -> Int {
    let list = list(index)
    let reason = opener.open(list, works[index])
    var (buffer, segment) = (Optional(wholes[index]), 0)
    while let own = buffer {
      own.setSegment(start: list[segment].start, count: list[segment].count)
      (buffer, segment) = (own.next, segment &+ 1)
    }
    wholes[index].setSegments(list.count, countOfAll: list.bytes)
    return reason == .none ? 1 : 0
  }
}

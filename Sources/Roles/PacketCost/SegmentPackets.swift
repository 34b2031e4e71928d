import Dataplane
import Tunnel
import Wire

/// The long packets of a measurement: frames in buffers as their shape says. Plain memory without an owner:
/// call `deallocate()` once.
struct SegmentPackets {
  private let shape: SegmentShape
  private let count: Int
  private let segments: Int
  /// The first buffer of each packet, `distance` apart; the packet's other buffers follow, and a spare one.
  private let heads: UnsafeMutablePointer<Packet>
  private let distance: Int
  private let wholes: UnsafeMutablePointer<Packet>
  /// For each packet the address in the buffer into which it may be copied.
  private let targets: UnsafeMutablePointer<UnsafeMutableRawPointer>
  /// For the packets in progress: lists of their parts, and the buffers of these.
  private let lists: UnsafeMutablePointer<Segments>
  private let handles: UnsafeMutablePointer<Packet>
  private let works = PacketWorks()

  /// Lists in the ring: more than there are packets between `gather` and the second step.
  private static var listCount: Int { 8 }

  init(_ buffers: SegmentBuffers, _ shape: SegmentShape) {
    self.shape = shape
    (count, segments) = (buffers.count, shape.segments)
    (heads, distance) = shape.isChained ? (buffers.chains, SegmentBuffers.chain) : (buffers.wholes, 1)
    wholes = buffers.wholes
    targets = .allocateLines(buffers.count)
    for index in 0..<buffers.count {
      wholes[index].setFrame(headroom: shape.headroom + shape.headers, count: 0)
      (targets + index).initialize(to: wholes[index].data)
    }
    lists = .allocateLines(SegmentPackets.listCount)
    for index in 0..<SegmentPackets.listCount { (lists + index).initialize(to: Segments()) }
    handles = .allocateLines(SegmentPackets.listCount * Segments.most)
    handles.initialize(repeating: heads[0], count: SegmentPackets.listCount * Segments.most)
  }

  func deallocate() {
    for index in 0..<SegmentPackets.listCount { lists[index].deallocate() }
    lists.deallocate()
    handles.deallocate()
    targets.deallocate()
    works.deallocate()
  }

  // MARK: Untimed

  /// Copies a packet, from `start` on with the bytes that belong to it, into the frame of packet `index`.
  func fill(_ index: Int, from start: UnsafeRawPointer) {
    arrive(index)
    var offset = shape.headers - shape.front
    var (from, left) = (start, shape.front + shape.bytes)
    var buffer: Packet? = heads[index * distance]
    while let own = buffer, left > 0 {
      if offset < own.count {
        let part = min(left, own.count - offset)
        (own.data + offset).copyMemory(from: from, byteCount: part)
        from += part
        left -= part
      }
      offset = max(0, offset - own.count)
      buffer = own.next
    }
  }

  /// Writes the descriptors of packet `index` as a driver does for a received frame.
  @inline(__always)
  private func arrive(_ index: Int) {
    let head = heads + index &* distance
    var (left, segment) = (shape.frame, 0)
    while segment < segments {
      let part = shape.isChained ? min(left, ChainedBuffers.bytes) : left
      head[segment].setSegment(headroom: shape.headroom, count: part)
      head[segment].link(to: segment &+ 1 < segments ? head[segment &+ 1] : nil)
      left &-= part
      segment &+= 1
    }
    head[0].setSegments(segments, countOfAll: shape.frame)
  }

  /// The contents of packet `index` after a step, by its descriptors.
  func result(_ index: Int, merged: Bool) -> [UInt8] {
    (merged ? wholes[index] : heads[index * distance]).contents
  }

  /// The address of packet `index`.
  func address(_ index: Int) -> UInt { UInt(bitPattern: heads[index * distance].data) }

  // MARK: Timed

  /// Processes all packets once in bursts, each timed from the moment at which its descriptors are ready.
  ///
  /// - Parameters:
  ///   - limit: ticks above which a burst counts as interrupted.
  ///   - histogram: counts the uninterrupted bursts.
  @inline(never)
  func pass<Step: SegmentStep>(
    _ step: inout Step, limit: UInt64, into tally: inout CostReport.Tally, _ histogram: TickHistogram
  ) {
    var first = 0
    while first < count {
      let end = first &+ Burst.capacity
      var index = first
      while index < end {
        arrive(index)
        index &+= 1
      }
      let start = EAL.ticks
      var failures: UInt64 = 0
      index = first
      while index < first &+ Burst.headerLookahead {
        gather(Step.self, index)
        index &+= 1
      }
      index = first
      while index < first &+ PacketWork.lead {
        step.begin(list(index), target: target(Step.self, index), in: works[index])
        index &+= 1
      }
      index = first
      while index < end {
        if index &+ Burst.headerLookahead < end { gather(Step.self, index &+ Burst.headerLookahead) }
        let next = index &+ PacketWork.lead
        if next < end { step.begin(list(next), target: target(Step.self, next), in: works[next]) }
        let isDone = step.finish(list(index), target: target(Step.self, index), in: works[index])
        if isDone { bound(Step.self, index) } else { failures &+= 1 }
        index &+= 1
      }
      let ticks = EAL.ticks &- start
      if tally.count(Burst.capacity, ticks: ticks, limit: limit) { histogram.count(burstTicks: ticks) }
      tally.failures &+= failures
      first = end
    }
  }

  @inline(__always)
  private func list(_ index: Int) -> Segments { lists[index & (SegmentPackets.listCount &- 1)] }

  @inline(__always)
  private func target<Step: SegmentStep>(_ step: Step.Type, _ index: Int) -> UnsafeMutableRawPointer {
    Step.merges ? targets[index] : list(index)[0].start
  }

  @inline(__always)
  private func handle(_ index: Int) -> UnsafeMutablePointer<Packet> {
    handles + (index & (SegmentPackets.listCount &- 1)) &* Segments.most
  }

  @inline(__always)
  private func segment(_ buffer: Packet, from skip: Int) -> Segment {
    let count = buffer.count
    return Segment(
      start: buffer.data + skip, count: count &- skip,
      room: shape.limit &- buffer.headroom &- count)
  }

  /// Lists the parts of packet `index`, and prefetches the lines that will be written first.
  @inline(__always)
  private func gather<Step: SegmentStep>(_ step: Step.Type, _ index: Int) {
    let (list, handle) = (list(index), handle(index))
    var buffer = heads[index &* distance]
    list.begin(segment(buffer, from: shape.headers))
    handle[0] = buffer
    if Step.isChained {
      var (left, position) = (buffer.segments &- 1, 1)
      while left > 0, let next = buffer.next {
        list.append(segment(next, from: 0))
        handle[position] = next
        buffer = next
        left &-= 1
        position &+= 1
      }
      // A trailer that does not fit behind the packet goes into the spare buffer.
      if Step.tailBytes > 0, list[position &- 1].room < Step.tailBytes, distance > 1 {
        let spare = heads[index &* distance &+ segments]
        spare.setSegment(headroom: shape.headroom, count: 0)
        spare.link(to: nil)
        list.append(segment(spare, from: 0))
        handle[position] = spare
      }
    }
    FrameMargin(before: 64, after: Step.tailBytes).prefetch(list[0].start, count: list[0].count)
    if Step.merges {
      EAL.prefetchForWriting(targets[index])
      EAL.prefetchForWriting(targets[index] + 64)
    }
    if Step.tailBytes > 0, list.count > 1 {
      let last = list[list.count &- 1]
      FrameMargin(before: 0, after: Step.tailBytes).prefetch(last.start, count: last.count)
    }
  }

  /// Updates the descriptors of packet `index` after the step.
  @inline(__always)
  private func bound<Step: SegmentStep>(_ step: Step.Type, _ index: Int) {
    if Step.merges {
      return wholes[index].setFrame(start: targets[index] + shape.result.shift, count: shape.result.bytes)
    }
    let (list, handle) = (list(index), handle(index))
    if !Step.isChained {
      return handle[0].setFrame(start: list[0].start + shape.result.shift, count: shape.result.bytes)
    }
    var (position, used) = (0, list.count)
    while position < used {
      handle[position].setSegment(start: list[position].start, count: list[position].count)
      position &+= 1
    }
    if used > segments {
      // The spare buffer belongs to the packet only if it holds bytes.
      if list[used &- 1].count > 0 { handle[used &- 2].link(to: handle[used &- 1]) } else { used &-= 1 }
    }
    handle[0].setSegments(used, countOfAll: shape.result.bytes)
  }
}

import Dataplane
import Wire

/// The tester's loop of a trial, on one core: 1. read the clock, 2. take arrivals, 3. offer the frames that
/// are due.
///
/// A frame's number is in the tag of its packet buffer, which the DUT processes in place. By it the loop
/// tells first copies from second ones, and sees reordering, whatever the DUT does to the content. A probe's
/// tag is its stamp, which no frame has as its number.
struct TrialLoop {
  let frame: TestFrame
  let source: PacketSource
  let output: PortQueue
  let input: PortQueue
  let samples: ArrivalSamples
  let dut: TurnWatch.Count
  /// The number before the first frame's.
  let base: UInt64
  let flows: UInt64
  let schedule: TrialSchedule
  /// How many due frames may wait to be offered; older ones count as unsent.
  let late: UInt64
  /// Bytes before a frame in its buffer.
  let headroom: Int
  /// Latencies of frames and of probes, from when they are due; nil in a trial that is not timed.
  let times: (frames: LatencyHistogram, probes: LatencyHistogram)?
  /// The number before the first probe's.
  let probeBase: UInt64

  /// Sealed frames; nil if frames are written when they are due.
  private var ready: ReadyFrames?
  private let going = Burst()
  private let coming = Burst()
  /// Due frames that were offered or given up.
  private var due: UInt64 = 0
  /// Due probes that were offered.
  private var probesDue: UInt64 = 0
  private var start: UInt64 = 0
  private var before: UInt64 = 0
  private var highest: UInt64 = 0
  private var flow: UInt64 = 0
  private var arrived = 0
  private let awayLimit = TrialPace.ticks(TrialPace.testerAwayMicroseconds)
  private(set) var counts = Counts()

  /// The counts of the hot path.
  struct Counts {
    var unsent: UInt64 = 0
    var refused: UInt64 = 0
    var received: UInt64 = 0
    var duplicated: UInt64 = 0
    var reordered: UInt64 = 0
    var awayTicks: UInt64 = 0
    var probesRefused: UInt64 = 0
    var probesReceived: UInt64 = 0
  }

  init(
    frame: TestFrame, source: PacketSource, output: PortQueue, input: PortQueue, samples: ArrivalSamples,
    dut: TurnWatch.Count, base: UInt64, flows: Int, schedule: TrialSchedule, late: UInt64, headroom: Int,
    ready: ReadyFrames? = nil, times: (frames: LatencyHistogram, probes: LatencyHistogram)? = nil,
    probeBase: UInt64 = 0
  ) {
    (self.frame, self.source, self.output, self.input) = (frame, source, output, input)
    (self.samples, self.dut, self.base, self.flows) = (samples, dut, base, UInt64(flows))
    (self.schedule, self.late, self.headroom) = (schedule, late, headroom)
    (self.ready, self.times, self.probeBase) = (ready, times, probeBase)
    highest = base
    flow = (base &+ 1) % self.flows
  }

  private var total: UInt64 { schedule.total }

  func deallocate() {
    going.deallocate()
    coming.deallocate()
  }

  /// Waits until the DUT takes its turns, or patience ends.
  func waitForDUT() {
    let limit = EAL.ticks &+ TrialPace.ticks(TrialPace.patienceMicroseconds)
    while dut.turns < TrialPace.quietTurns, EAL.ticks < limit {}
  }

  /// Offers every frame at its time.
  @inline(never)
  mutating func offer() {
    start = EAL.ticks
    let turn =
      times == nil
      ? TrialPace.ticks(TrialPace.turnMicroseconds)
      : TrialPace.ticks(TrialPace.timedTurnNanoseconds) / 1000
    var last = start
    before = start
    let hasProbes = schedule.probes > 0
    while due < total || probesDue < schedule.probes {
      let now = EAL.ticks
      note(now)
      // Each poll of a ring moves its cache lines between the cores: polled all the time, for a frame or two.
      if now &- last < turn { continue }
      last = now
      receive()
      let wanted = schedule.frames(after: now &- start)
      if hasProbes {
        offerProbes(wanted, now &- start)
      } else if wanted > due {
        send(wanted, before: wanted)
      }
    }
  }

  /// Offers due frames and probes, each probe behind the frames that are due before it: the order in which
  /// prepared frames were sealed.
  @inline(never)
  private mutating func offerProbes(_ wanted: UInt64, _ ticks: UInt64) {
    // A tester that lags must take arrivals before it offers more, as in a trial without probes.
    let end = due &+ probesDue &+ UInt64(Burst.capacity)
    while probesDue < schedule.probes, ticks >= schedule.ticks(ofProbe: probesDue &+ 1) {
      guard due &+ probesDue < end else { return }
      let before = schedule.frames(beforeProbe: probesDue &+ 1)
      if due < before { send(wanted, before: before) } else { sendProbe() }
    }
    if wanted > due, due &+ probesDue < end { send(wanted, before: wanted) }
  }

  @inline(__always)
  private mutating func sendProbe() {
    let stamp = TestFrame.probeStamp &+ probeBase &+ probesDue &+ 1
    var taken = 0
    if let sent = ready?.transmit(from: due &+ probesDue, count: 1, tag: stamp, to: output) {
      taken = sent
    } else if source.allocate(going, count: 1) {
      let packet = going[0]
      packet.setFrame(headroom: headroom, count: frame.bytes(of: stamp))
      frame.writeHeaders(to: packet.data, stamp: stamp, flow: UInt16(truncatingIfNeeded: flows))
      packet.tag = stamp
      taken = output.transmit(going, count: 1)
      if taken == 0 { going.free(from: 0, to: 1) }
    }
    if taken == 0 { counts.probesRefused &+= 1 }
    probesDue &+= 1
  }

  /// Takes late arrivals until all are back or no more come.
  @inline(never)
  mutating func drain() {
    let limit = EAL.ticks &+ TrialPace.ticks(TrialPace.patienceMicroseconds)
    let quiet = TrialPace.ticks(TrialPace.quietMicroseconds)
    var last = EAL.ticks
    var turns = dut.turns
    let sent = total &- counts.unsent &- counts.refused &+ probesDue &- counts.probesRefused
    while true {
      // Read before the arrivals: this thread may be off its core in between.
      let turn = dut.turns
      let taken = receive()
      let now = EAL.ticks
      note(now)
      if taken > 0 {
        (last, turns) = (now, dut.turns)
      } else if turn > turns &+ TrialPace.quietTurns,
        counts.received &+ counts.probesReceived >= sent || now &- last > quiet
      {
        // A DUT that is off its core still holds the missing frames, and a second copy may follow the last
        // frame: so the DUT must have taken turns, too.
        break
      }
      if now > limit { break }
    }
  }

  @inline(__always)
  private mutating func note(_ now: UInt64) {
    let passed = now &- before
    if passed > awayLimit { counts.awayTicks &+= passed }
    before = now
  }

  /// Takes up to two bursts: twice what a turn offers, so that the DUT's ring is never full for long.
  @inline(__always)
  @discardableResult
  private mutating func receive() -> Int {
    let first = take()
    return first < Burst.capacity ? first : first &+ take()
  }

  @inline(__always)
  private mutating func take() -> Int {
    let count = input.receive(coming)
    guard count > 0 else { return 0 }
    let now = times == nil ? 0 : EAL.ticks
    samples.note(coming, count: count, arrived: arrived)
    arrived &+= count
    var index = 0
    while index < min(Burst.descriptorLookahead, count) {
      coming.prefetchDescriptor(index)
      index &+= 1
    }
    index = 0
    while index < count {
      if index &+ Burst.descriptorLookahead < count {
        coming.prefetchDescriptor(index &+ Burst.descriptorLookahead)
      }
      let packet = coming[index]
      let number = packet.tag
      packet.tag = 0
      if number &- base &- 1 >= total {
        if !takeProbe(number, now: now) { counts.duplicated &+= 1 }
      } else {
        counts.received &+= 1
        if number < highest { counts.reordered &+= 1 } else { highest = number }
        if let times {
          let due = start &+ schedule.ticks(ofFrame: number &- base)
          times.frames.note(now > due ? now &- due : 0)
        }
      }
      index &+= 1
    }
    if ready != nil { ready?.packets.takeBack(coming, count: count) } else { coming.free(from: 0, to: count) }
    return count
  }

  /// Counts a probe of this trial by its tag; false for any other tag. A second copy has none, for the caller
  /// clears the tag of each packet buffer that arrives.
  @inline(never)
  private mutating func takeProbe(_ tag: UInt64, now: UInt64) -> Bool {
    let number = tag &- TestFrame.probeStamp &- probeBase
    guard number &- 1 < probesDue else { return false }
    counts.probesReceived &+= 1
    let due = start &+ schedule.ticks(ofProbe: number)
    times?.probes.note(now > due ? now &- due : 0)
    return true
  }

  /// Offers at most a burst of the frames that are due; frames that are too late count as unsent.
  /// - Parameters:
  ///   - wanted: all frames that are due by now.
  ///   - end: the frames due before the next probe; at most `wanted`.
  @inline(__always)
  private mutating func send(_ wanted: UInt64, before end: UInt64) {
    if wanted &- due > late {
      let skipped = min(wanted &- due &- late, end &- due)
      counts.unsent &+= skipped
      due &+= skipped
      flow = (base &+ due &+ 1) % flows
    }
    let count = min(Int(truncatingIfNeeded: end &- due), Burst.capacity)
    guard count > 0 else { return }
    if let taken = ready?.transmit(from: due &+ probesDue, count: count, tag: base &+ due &+ 1, to: output) {
      counts.refused &+= UInt64(truncatingIfNeeded: count &- taken)
      due &+= UInt64(truncatingIfNeeded: count)
      return
    }
    guard source.allocate(going, count: count) else {
      // All buffers are in the rings or in the DUT.
      counts.refused &+= UInt64(truncatingIfNeeded: count)
      due &+= UInt64(truncatingIfNeeded: count)
      flow = (base &+ due &+ 1) % flows
      return
    }
    var index = 0
    while index < count {
      let packet = going[index]
      let stamp = base &+ due &+ UInt64(truncatingIfNeeded: index &+ 1)
      packet.setFrame(headroom: headroom, count: frame.bytes(of: stamp))
      // The DUT's core wrote these lines last.
      EAL.prefetchForWriting(packet.data)
      EAL.prefetchForWriting(packet.data + Ethernet.headerBytes)
      index &+= 1
    }
    index = 0
    while index < count {
      due &+= 1
      let packet = going[index]
      packet.tag = base &+ due
      frame.writeHeaders(
        to: packet.data, stamp: base &+ due, flow: UInt16(truncatingIfNeeded: flow))
      flow = flow &+ 1 < flows ? flow &+ 1 : 0
      index &+= 1
    }
    let taken = output.transmit(going, count: count)
    if taken < count {
      counts.refused &+= UInt64(truncatingIfNeeded: count &- taken)
      going.free(from: taken, to: count)
    }
  }
}

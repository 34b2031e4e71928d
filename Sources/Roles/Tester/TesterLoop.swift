import Dataplane

/// The loop of a tester's turn, on one core: 1. take what has arrived, 2. send as much as the DUT's port
/// takes, 3. note the time.
///
/// Arrivals first: a DUT whose output is full drops, and that would be the tester's fault.
struct TesterLoop<Carrier: FrameCarrier> {
  var carrier: Carrier
  /// Prepared frames; if more must be sent, they are sent again.
  let frames: Int
  let copies: Int
  /// Frames to send, copies included.
  let total: Int
  /// The most frames under way: fewer than the ring behind the DUT holds, so that none is lost there while
  /// the tester is off its core.
  let underWay: Int
  var input: PortQueue
  let samples: ArrivalSamples
  /// The DUT's stages, where they are in this process.
  let watch: StageWatch
  let burst = Burst()
  private(set) var sent = 0
  private(set) var arrived = 0
  private(set) var report = TesterReport()

  init(
    _ carrier: Carrier, frames: Int, copies: Int, total: Int, underWay: Int, input: PortQueue,
    samples: ArrivalSamples, watch: StageWatch
  ) {
    (self.carrier, self.frames, self.copies, self.total) = (carrier, frames, copies, total)
    (self.underWay, self.input, self.samples, self.watch) = (underWay, input, samples, watch)
    report.lapTicks.reserveCapacity(total / TesterPace.lapFrames + 1)
  }

  func deallocate() { burst.deallocate() }

  mutating func run() {
    let start = EAL.ticks
    let second = Double(EAL.ticksPerSecond)
    let end = start &+ UInt64(TesterPace.longest * second)
    let patience = UInt64(TesterPace.patience.lost * second)
    let giveUp = UInt64(TesterPace.patience.stuck * second)
    // In the first eighth caches, rings and clocks are not steady; at the end the DUT drains, and the tester,
    // with nothing left to send, has less to do.
    let edge = total / 8
    let steady = edge..<max(edge, total - max(edge, underWay))
    var lastArrival = start
    var before = start
    var lap = (start: 0 as UInt64, frames: 0)
    var isOver = false
    while arrived < total {
      let received = receive()
      let taken = sent < total ? send() : 0
      let now = EAL.ticks
      let passed = now &- before
      before = now
      if received > 0 { lastArrival = now }
      if steady.contains(arrived) {
        if lap.start == 0 {
          lap = (now, arrived)
          (report.steadyStart, report.steadyFirst) = (now, UInt64(arrived))
          watch.begin()
        } else {
          report.ticks &+= passed
          if received == 0 && taken == 0 { report.idleTicks &+= passed }
          if arrived &- lap.frames >= TesterPace.lapFrames {
            report.lapTicks.append(
              (now &- lap.start) &* UInt64(TesterPace.lapFrames) / UInt64(arrived &- lap.frames))
            lap = (now, arrived)
            report.steadyFrames = UInt64(arrived) &- report.steadyFirst
            report.steadyTicks = now &- report.steadyStart
            watch.mark()
          }
        }
      } else if lap.start != 0, !isOver {
        isOver = true
        watch.end()
      }
      let quiet = now &- lastArrival
      if quiet > (sent == total ? patience : giveUp) || now > end { break }
    }
    report.sent = UInt64(sent)
    report.arrived = UInt64(arrived)
    report.lapFrames = UInt64(TesterPace.lapFrames)
    report.ticksPerSecond = EAL.ticksPerSecond
    if !isOver { watch.end() }
    report.dut = watch.counts
  }

  /// Takes arrivals, at most as many as a DUT's output ring holds.
  @inline(__always)
  private mutating func receive() -> Int {
    var sum = 0
    while sum < 1024 {
      let count = input.receive(burst)
      if count == 0 { break }
      samples.note(burst, count: count, arrived: arrived)
      carrier.takeBack(burst, count: count)
      arrived &+= count
      sum &+= count
    }
    return sum
  }

  @inline(__always)
  private mutating func send() -> Int {
    if copies == 1 {
      let first = sent % frames
      let room = underWay &- (sent &- arrived)
      let count = min(Burst.capacity, total &- sent, frames &- first, room)
      if count <= 0 { return 0 }
      let taken = carrier.send(from: first, count: count)
      sent &+= taken
      return taken
    }
    // Copies of a frame follow each other at once.
    let taken = carrier.send(from: sent / copies % frames, count: 1)
    sent &+= taken
    return taken
  }
}

/// The measures of a tester's turn.
enum TesterPace {
  /// Arrivals in a lap, which takes a fraction of a millisecond, so that most laps are undisturbed.
  static let lapFrames = 1024
  /// Seconds without an arrival after which missing frames are lost, or, with frames left to send, the DUT is
  /// stuck. A DUT may be off its core for some tens of milliseconds.
  static let patience = (lost: 0.3, stuck: 2.0)
  /// The longest turn, seconds.
  static let longest = 20.0
}

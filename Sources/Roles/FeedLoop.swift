import Dataplane

/// The loop of a feed's turn, on one core: 1. take what has arrived, 2. send as much as the gateway's port
/// takes, 3. note the time.
///
/// Arrivals first: a gateway whose output is full drops, and that would be the feed's fault.
struct FeedLoop {
  let slots: FrameSlots
  /// Frames that lie ready; where there are more to send, they are sent again.
  let frames: Int
  /// Where frames lie in their slots, and how long they are.
  let offset: Int
  let bytes: Int
  let copies: Int
  /// Frames to send, copies included.
  let total: Int
  let output: PortQueue
  var input: PortQueue
  let samples: ArrivalSamples
  let burst = Burst()
  private(set) var sent = 0
  private(set) var arrived = 0
  private(set) var report = FeedReport()

  /// Frames under way at most: as many as the ring behind the gateway holds, so that nothing is lost there
  /// while the feed is off its core.
  static let underWay = 1024
  /// Arrivals of a lap: a fraction of a millisecond, so that most laps are undisturbed.
  static let lapFrames = 4096
  /// Nothing has arrived for so long, seconds: what is missing is lost, or the gateway takes nothing.
  static let patience = (lost: 0.05, stuck: 2.0)
  /// The longest turn, seconds.
  static let longest = 20.0

  init(
    slots: FrameSlots, frames: Int, offset: Int, bytes: Int, copies: Int, total: Int, output: PortQueue,
    input: PortQueue,
    samples: ArrivalSamples
  ) {
    (self.slots, self.frames, self.offset, self.bytes) = (slots, frames, offset, bytes)
    (self.copies, self.total, self.output, self.input) = (copies, total, output, input)
    self.samples = samples
    report.lapTicks.reserveCapacity(total / FeedLoop.lapFrames + 1)
  }

  func deallocate() { burst.deallocate() }

  mutating func run() {
    let start = EAL.ticks
    let second = Double(EAL.ticksPerSecond)
    let end = start &+ UInt64(FeedLoop.longest * second)
    let patience = UInt64(FeedLoop.patience.lost * second)
    let giveUp = UInt64(FeedLoop.patience.stuck * second)
    // The first arrivals find caches, rings and clocks in no steady state, the last ones an emptying gateway.
    let steady = total / 8..<total - total / 8
    var lastArrival = start
    var before = start
    var lap = (start: 0 as UInt64, frames: 0)
    while arrived < total {
      let received = receive()
      let taken = sent < total ? send() : 0
      let now = EAL.ticks
      let passed = now &- before
      before = now
      if received > 0 { lastArrival = now }
      if steady.contains(arrived) {
        report.ticks &+= passed
        if received == 0 && taken == 0 { report.idleTicks &+= passed }
        if lap.start == 0 {
          lap = (now, arrived)
        } else if arrived &- lap.frames >= FeedLoop.lapFrames {
          report.lapTicks.append(
            (now &- lap.start) &* UInt64(FeedLoop.lapFrames) / UInt64(arrived &- lap.frames))
          lap = (now, arrived)
        }
      }
      let quiet = now &- lastArrival
      if quiet > (sent == total ? patience : giveUp) || now > end { break }
    }
    report.sent = UInt64(sent)
    report.arrived = UInt64(arrived)
    report.lapFrames = UInt64(FeedLoop.lapFrames)
    report.ticksPerSecond = EAL.ticksPerSecond
  }

  /// Takes what has arrived, at most as much as a gateway's output holds.
  @inline(__always)
  private mutating func receive() -> Int {
    var sum = 0
    while sum < 1024 {
      let count = input.receive(burst)
      if count == 0 { break }
      samples.note(burst, count: count, arrived: arrived)
      burst.free(from: 0, to: count)
      arrived &+= count
      sum &+= count
    }
    return sum
  }

  @inline(__always)
  private mutating func send() -> Int {
    if copies == 1 {
      let first = sent % frames
      let room = FeedLoop.underWay &- (sent &- arrived)
      let count = min(Burst.capacity, total &- sent, frames &- first, room)
      if count <= 0 { return 0 }
      let taken = slots.transmit(from: first, count: count, offset: offset, bytes: bytes, to: output)
      sent &+= taken
      return taken
    }
    // Copies of a frame follow each other at once.
    let taken = slots.transmit(
      from: sent / copies % frames, count: 1, offset: offset, bytes: bytes, to: output)
    sent &+= taken
    return taken
  }
}

/// Copies of some of the frames that arrived, to be looked into when the turn is over.
final class ArrivalSamples {
  /// Every so many arrivals one is kept.
  static let interval = 509
  static let slotBytes = 2048
  let room: Int
  private let memory: UnsafeMutableRawPointer
  private let lengths: UnsafeMutablePointer<Int>
  /// How many are kept.
  private(set) var count = 0

  init(room: Int = 4096) {
    self.room = room
    memory = .allocate(byteCount: room * Self.slotBytes, alignment: 64)
    memory.initializeMemory(as: UInt8.self, repeating: 0, count: room * Self.slotBytes)
    lengths = .allocate(capacity: room)
    lengths.initialize(repeating: 0, count: room)
  }

  deinit {
    memory.deallocate()
    lengths.deallocate()
  }

  func clear() { count = 0 }

  /// A kept frame.
  subscript(index: Int) -> UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(start: memory + index * Self.slotBytes, count: lengths[index])
  }

  /// Keeps the frame of a burst that is the next in turn, if it is in this one.
  @inline(__always)
  func note(_ burst: Burst, count received: Int, arrived: Int) {
    let next = count &* Self.interval
    guard next &- arrived < received, count < room else { return }
    let packet = burst[next &- arrived]
    let bytes = packet.isWhole ? min(packet.count, Self.slotBytes) : 0
    (memory + count &* Self.slotBytes).copyMemory(from: packet.data, byteCount: bytes)
    lengths[count] = bytes
    count &+= 1
  }
}

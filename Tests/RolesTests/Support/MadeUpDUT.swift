import Dataplane

/// A DUT that hands frames on as they are, and does harm to some.
struct Harm: Stage {
  /// Every so-many-th frame; 0 for none.
  struct Share {
    var lost = 0
    var doubled = 0
    /// Goes behind the next one.
    var delayed = 0
    var damaged = 0
    /// What each frame costs, microseconds.
    var microseconds: UInt64 = 0
  }

  private let share: Share
  private let input, output: PortQueue
  /// Of a pool that only it has.
  private let source: PacketSource
  private let counters: StageCounters
  private let burst = Burst()
  private let one = Burst()
  private var seen = 0
  private var held: Packet?

  static func make(
    _ share: Share, from input: PortQueue, to output: PortQueue, _ pool: PacketPool
  ) -> AnyStage {
    let counters = StageCounters()
    return AnyStage.make(Harm(share, input, output, pool.source, counters), counters: counters)
  }

  private init(
    _ share: Share, _ input: PortQueue, _ output: PortQueue, _ source: PacketSource, _ counters: StageCounters
  ) {
    (self.share, self.source, self.counters) = (share, source, counters)
    (self.input, self.output) = (input, output)
  }

  mutating func poll() -> Int {
    let received = input.receive(burst)
    for index in 0..<received {
      let end = EAL.ticks &+ EAL.ticksPerSecond / 1_000_000 * share.microseconds
      while EAL.ticks < end {}
      pass(burst[index])
    }
    return received
  }

  private mutating func pass(_ packet: Packet) {
    seen += 1
    func isDue(_ interval: Int) -> Bool { interval > 0 && seen % interval == 0 }
    if isDue(share.lost) {
      packet.free()
      return
    }
    if isDue(share.damaged) { packet.data.storeBytes(of: 0xFF, toByteOffset: 30, as: UInt8.self) }
    if isDue(share.delayed), held == nil {
      held = packet
      return
    }
    let bytes = packet.frame
    send(packet)
    if isDue(share.doubled), source.allocate(one, count: 1) {
      let copy = one[0]
      copy.put(bytes)
      send(copy)
    }
    if let late = held {
      held = nil
      send(late)
    }
  }

  private func send(_ packet: Packet) {
    one[0] = packet
    if output.transmit(one, count: 1) == 0 { packet.free() }
  }

  func deallocate() {
    held?.free()
    burst.deallocate()
    one.deallocate()
  }
}

/// A DUT that hands frames on as they are, and counts those whose length is not that of their turn.
struct LengthWatch: Stage {
  /// Frames so far, and those of them with another length. Plain memory: call `deallocate()` once the stage
  /// has gone.
  struct Count {
    fileprivate let values: UnsafeMutablePointer<Int>
    fileprivate let lengths: UnsafeMutableBufferPointer<Int>

    /// - Parameter lengths: of frames in memory, in turn.
    init(_ lengths: [Int]) {
      values = .allocate(capacity: 2)
      values.initialize(repeating: 0, count: 2)
      self.lengths = .allocate(capacity: lengths.count)
      _ = self.lengths.initialize(from: lengths)
    }

    func deallocate() {
      values.deallocate()
      lengths.deallocate()
    }

    var seen: Int { values[0] }
    var wrong: Int { values[1] }
  }

  private let count: Count
  private let input, output: PortQueue
  private let burst = Burst()

  static func make(_ count: Count, from input: PortQueue, to output: PortQueue) -> AnyStage {
    AnyStage.make(LengthWatch(count, input, output), counters: StageCounters())
  }

  private init(_ count: Count, _ input: PortQueue, _ output: PortQueue) {
    (self.count, self.input, self.output) = (count, input, output)
  }

  mutating func poll() -> Int {
    let received = input.receive(burst)
    for index in 0..<received {
      let packet = burst[index]
      // The number is the stamp's, from 1.
      let number = Int(packet.data.loadUnaligned(fromByteOffset: 42, as: UInt64.self))
      count.values[0] += 1
      if packet.count != count.lengths[(number - 1) % count.lengths.count] { count.values[1] += 1 }
    }
    let taken = output.transmit(burst, count: received)
    burst.free(from: taken, to: received)
    return received
  }

  func deallocate() { burst.deallocate() }
}

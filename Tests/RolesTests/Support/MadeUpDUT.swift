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

/// A DUT that hands frames on as they are, and looks at each.
struct Watch: Stage {
  private let look: (Packet) -> Void
  private let input, output: PortQueue
  private let burst = Burst()

  static func make(
    from input: PortQueue, to output: PortQueue, _ look: @escaping (Packet) -> Void
  ) -> AnyStage {
    AnyStage.make(Watch(look, input, output), counters: StageCounters())
  }

  private init(_ look: @escaping (Packet) -> Void, _ input: PortQueue, _ output: PortQueue) {
    (self.look, self.input, self.output) = (look, input, output)
  }

  mutating func poll() -> Int {
    let received = input.receive(burst)
    for index in 0..<received { look(burst[index]) }
    let taken = output.transmit(burst, count: received)
    burst.free(from: taken, to: received)
    return received
  }

  func deallocate() { burst.deallocate() }
}

import Basics
import Cases
import Dataplane
import Wire

/// Carries packets of one queue of the black link and impairs them as an `Impairment` says: 1. receive, 2.
/// lose some, 3. add forgeries and replays, 4. make some late, 5. shuffle, 6. transmit, 7. count.
///
/// `counters` counts the packets of gateways, `attack` those that the attacker made, and `late` those of the
/// gateways that came late.
struct ImpairStage: Stage {
  /// Held packets are released after so many seconds without an arrival: longer than a busy machine keeps a
  /// sender off its core, shorter than a run waits for frames under way.
  private static let patienceSeconds = 0.05

  let input: PortQueue
  let counters: StageCounters
  let attack: StageCounters
  /// nil where no packet is late.
  let late: StageCounters?
  private let source: PacketSource
  private let burst = Burst()
  private let spare = Burst()
  private var out: MixedBurst
  private var history: FrameHistory
  private var random: SplitMix64
  private let replayedPercent: Int
  private let forgedPercent: Int
  /// How many of 2^32 packets are lost.
  private let lossOf32: UInt64
  private let records: Bool
  private let replaysAtOnce: Bool
  /// Replays and forgeries that are due and not yet made, in hundredths of a packet.
  private var replaysOwed = 0
  private var forgeriesOwed = 0
  /// Packets that are held back.
  private let held: UnsafeMutablePointer<Packet>
  private let heldMax: Int
  private var heldCount = 0
  private var line: DelayLine
  /// Packets that came late and are not counted yet.
  private var lateSent = 0
  private var lastTicks: UInt64 = 0

  init(
    _ impairment: Impairment, seed: UInt64, frameBytes: Int, from input: PortQueue, to output: PortQueue,
    source: PacketSource, counters: StageCounters, attack: StageCounters, late: StageCounters?
  ) {
    self.input = input
    self.counters = counters
    self.attack = attack
    self.late = late
    line = DelayLine(
      delay: impairment.latePackets, classes: impairment.classes, paths: impairment.paths)
    self.source = source
    out = MixedBurst(output)
    replaysAtOnce = impairment.replayAgePackets == 0
    records = impairment.hasAttacker || (impairment.replayedPercent > 0 && !replaysAtOnce)
    history = FrameHistory(frames: max(impairment.replayAgePackets, 1), frameBytes: frameBytes)
    random = SplitMix64(state: seed)
    replayedPercent = impairment.replayedPercent
    forgedPercent = impairment.forgedPercent
    lossOf32 = UInt64(impairment.lossRatio * 0x1_0000_0000)
    heldMax = impairment.shuffleFrames
    held = .allocateLines(max(heldMax, 1))
  }

  mutating func poll() -> Int {
    let received = input.receive(burst)
    guard received > 0 else { return releaseWhenIdle() }

    if heldMax > 0 || line.isOn { lastTicks = EAL.ticks }
    counters.count(received: received, transmitted: 0)
    burst.prefetchFirst(of: received)
    var index = 0
    while index < received {
      burst.prefetchAhead(of: index, count: received)
      carry(burst[index])
      index &+= 1
    }
    flush()
    return received
  }

  private mutating func flush() {
    if let late, lateSent > 0 { late.count(received: lateSent, transmitted: lateSent) }
    lateSent = 0
    out.flush(counters, attack)
  }

  func deallocate() {
    for index in 0..<heldCount { held[index].free() }
    held.deallocate()
    burst.deallocate()
    spare.deallocate()
    out.deallocate()
    line.deallocate()
    history.deallocate()
  }

  @inline(__always)
  private mutating func carry(_ packet: Packet) {
    if lossOf32 > 0, random.next() >> 32 < lossOf32 {
      packet.free()
      counters.drop(DropReason.impaired.rawValue)
      return
    }
    forgeriesOwed &+= forgedPercent
    if forgeriesOwed >= 100, let forgery = fresh() {
      forgeriesOwed &-= 100
      forgery.setFrame(headroom: packet.headroom, count: packet.count)
      forgery.data.copyMemory(from: packet.data, byteCount: packet.count)
      let last = forgery.data + (packet.count &- 1)
      last.storeBytes(of: last.load(as: UInt8.self) ^ 0x10, as: UInt8.self)
      send(forgery, isMade: true)
    }
    // Copy the packet now: once it is sent, it belongs to the gateway.
    let replay = replay(of: packet)
    if records { history.record(packet) }
    if line.isOn { delay(packet) } else { pass(packet) }
    if let replay { send(replay, isMade: true) }
  }

  /// Sends the packet unless it is late, and then the late packets that are due.
  @inline(__always)
  private mutating func delay(_ packet: Packet) {
    if !line.take(packet, ip: Ethernet.headerBytes) { pass(packet) }
    while let next = line.next() { passLate(next) }
  }

  @inline(__always)
  private mutating func passLate(_ packet: Packet) {
    lateSent &+= 1
    pass(packet)
  }

  @inline(__always)
  private mutating func pass(_ packet: Packet) {
    send(heldMax > 0 ? exchange(packet) : packet, isMade: false)
  }

  /// A copy of this packet, or of an earlier one, if one is due.
  @inline(__always)
  private mutating func replay(of packet: Packet) -> Packet? {
    guard replayedPercent > 0 else { return nil }
    var copy: Packet?
    if let (bytes, count) = replaysAtOnce ? (UnsafeRawPointer(packet.data), packet.count) : history.oldest {
      replaysOwed &+= replayedPercent
      if replaysOwed >= 100, let made = fresh() {
        replaysOwed &-= 100
        made.setFrame(headroom: packet.headroom, count: count)
        made.data.copyMemory(from: bytes, byteCount: count)
        copy = made
      }
    }
    return copy
  }

  /// A buffer for the attacker; nil if the pool is empty, which postpones the attack.
  @inline(__always)
  private func fresh() -> Packet? { source.allocate(spare, count: 1) ? spare[0] : nil }

  /// Holds the packet back, and releases a random held one if as many are held as should be.
  @inline(__always)
  private mutating func exchange(_ packet: Packet) -> Packet? {
    guard heldCount == heldMax else {
      held[heldCount] = packet
      heldCount &+= 1
      return nil
    }
    let slot = Int(truncatingIfNeeded: ((random.next() >> 32) &* UInt64(heldMax)) >> 32)
    defer { held[slot] = packet }
    return held[slot]
  }

  @inline(__always)
  private mutating func send(_ packet: Packet?, isMade: Bool) {
    guard let packet else { return }
    if out.isFull { out.flush(counters, attack) }
    out.append(packet, isMade: isMade)
  }

  /// Releases all held packets once nothing has come for a while.
  private mutating func releaseWhenIdle() -> Int {
    guard heldCount > 0 || line.count > 0,
      Double(EAL.ticks &- lastTicks) > Self.patienceSeconds * Double(EAL.ticksPerSecond)
    else { return 0 }
    let count = heldCount &+ line.count
    while let packet = line.any() { passLate(packet) }
    while heldCount > 0 {
      heldCount &-= 1
      send(held[heldCount], isMade: false)
    }
    flush()
    return count
  }
}

/// A burst of packets of the gateways and of the attacker, which are counted separately.
private struct MixedBurst {
  private let output: PortQueue
  private let burst = Burst()
  private let isMade: UnsafeMutablePointer<Bool>
  private var count = 0
  private var made = 0

  init(_ output: PortQueue) {
    self.output = output
    isMade = .allocateLines(Burst.capacity)
    isMade.initialize(repeating: false, count: Burst.capacity)
  }

  @inline(__always)
  var isFull: Bool { count == Burst.capacity }

  @inline(__always)
  mutating func append(_ packet: Packet, isMade made: Bool) {
    burst[count] = packet
    isMade[count] = made
    count &+= 1
    self.made &+= made ? 1 : 0
  }

  @inline(__always)
  mutating func flush(_ counters: StageCounters, _ attack: StageCounters) {
    guard count > 0 else { return }
    let taken = output.transmit(burst, count: count)
    burst.free(from: taken, to: count)
    var madeLost = 0
    var index = taken
    while index < count {
      madeLost &+= isMade[index] ? 1 : 0
      index &+= 1
    }
    let sentLost = count &- taken &- madeLost
    if sentLost > 0 { counters.drop(DropReason.queueFull.rawValue, sentLost) }
    if madeLost > 0 { attack.drop(DropReason.queueFull.rawValue, madeLost) }
    counters.count(received: 0, transmitted: count &- made &- sentLost)
    if made > 0 { attack.count(received: made, transmitted: made &- madeLost) }
    count = 0
    made = 0
  }

  func deallocate() {
    burst.deallocate()
    isMade.deallocate()
  }
}

/// The attacker's recording of the last packets.
private struct FrameHistory {
  private let frames: Int
  private let stride: Int
  private let memory: UnsafeMutableRawPointer
  private let counts: UnsafeMutablePointer<Int>
  private var next = 0

  /// - Parameters:
  ///   - frames: at least one.
  ///   - frameBytes: the length of the longest frame.
  init(frames: Int, frameBytes: Int) {
    self.frames = frames
    stride = (frameBytes + 63) / 64 * 64
    memory = .allocate(byteCount: frames * stride, alignment: 64)
    counts = .allocateLines(frames)
    counts.initialize(repeating: 0, count: frames)
  }

  /// The packet that came `frames` before the next one to be recorded; nil if there is none yet.
  @inline(__always)
  var oldest: (UnsafeRawPointer, Int)? {
    counts[next] > 0 ? (UnsafeRawPointer(memory + next &* stride), counts[next]) : nil
  }

  @inline(__always)
  mutating func record(_ packet: Packet) {
    counts[next] = min(packet.count, stride)
    (memory + next &* stride).copyMemory(from: packet.data, byteCount: counts[next])
    next = next &+ 1 < frames ? next &+ 1 : 0
  }

  func deallocate() {
    memory.deallocate()
    counts.deallocate()
  }
}

/// A stage that has counters but does nothing.
struct NoStage: Stage {
  func poll() -> Int { 0 }
  func deallocate() {}
}

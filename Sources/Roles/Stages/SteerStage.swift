import Dataplane
import Tunnel
import Wire

/// Chooses the target of a packet.
package protocol PacketChooser {
  /// The offset of the byte in a frame whose cache line the chooser reads; nil if it changes packets.
  static var looksAt: Int? { get }
  /// - Returns: the target and `.none`, or the reason why the packet is dropped.
  mutating func choose(_ packet: Packet) -> (target: Int, reason: DropReason)
  /// Gives back the memory that the chooser made for itself.
  func deallocate()
}

extension PacketChooser {
  package func deallocate() {}
}

/// A stage with one input and several outputs: 1. receive a burst, 2. choose each packet's target, 3.
/// transmit to each target, 4. count.
package struct SteerStage<Input: BurstInput, Output: BurstOutput, Chooser: PacketChooser>: Stage {
  var input: Input
  let outputs: Fan<Output>
  let counters: StageCounters
  let burst: Burst
  /// The packets for each target.
  let batches: UnsafeMutablePointer<Burst>
  let counts: UnsafeMutablePointer<Int>
  var chooser: Chooser

  private init(_ chooser: Chooser, from input: Input, to outputs: [Output], counters: StageCounters) {
    self.input = input
    self.outputs = Fan(outputs)
    self.counters = counters
    self.chooser = chooser
    burst = Burst()
    batches = .allocateLines(outputs.count)
    for index in outputs.indices { (batches + index).initialize(to: Burst()) }
    counts = .allocateLines(outputs.count)
    counts.initialize(repeating: 0, count: outputs.count)
  }

  /// The stage, ready to be run by a core.
  package static func make(_ chooser: Chooser, from input: Input, to outputs: [Output]) -> AnyStage {
    let counters = StageCounters()
    return AnyStage.make(
      SteerStage(chooser, from: input, to: outputs, counters: counters), counters: counters)
  }

  package mutating func poll() -> Int {
    let received = input.receive(burst)
    guard received > 0 else { return 0 }

    burst.prefetchFirst(of: received, reading: Chooser.looksAt)
    var index = 0
    while index < received {
      burst.prefetchAhead(of: index, count: received, reading: Chooser.looksAt)
      let packet = burst[index]
      let choice = chooser.choose(packet)
      if choice.reason == .none {
        batches[choice.target][counts[choice.target]] = packet
        counts[choice.target] &+= 1
      } else {
        packet.free()
        counters.drop(choice.reason.rawValue)
      }
      index &+= 1
    }

    var sent = 0
    var target = 0
    while target < outputs.count {
      let count = counts[target]
      if count > 0 {
        let taken = outputs[target].transmit(batches[target], count: count)
        if taken < count {
          batches[target].free(from: taken, to: count)
          counters.drop(DropReason.queueFull.rawValue, count &- taken)
        }
        sent &+= taken
        counts[target] = 0
      }
      target &+= 1
    }
    counters.count(received: received, transmitted: sent)
    return received
  }

  package func deallocate() {
    input.deallocate()
    burst.deallocate()
    for index in 0..<outputs.count { batches[index].deallocate() }
    batches.deallocate()
    counts.deallocate()
    outputs.deallocate()
    chooser.deallocate()
  }
}

// MARK: - Choosers

/// Steers by blocks of sequence numbers (paper, section 5.1: RSS on the sequence number field), through a
/// table of weights. A number always goes to the same target. A packet too short for a number goes to target
/// 0, which refuses it.
package struct SequenceChooser<Format: SharedFormat>: PacketChooser {
  package static var looksAt: Int? { Ethernet.headerBytes + IPv4.headerBytes + Format.numberEnd - 4 }

  private let outerBytes: Int
  private let table: ShareTable

  /// - Parameter outerBytes: bytes before the format's header in a frame.
  package init(outerBytes: Int, table: ShareTable) {
    self.outerBytes = outerBytes
    self.table = table
  }

  @inline(__always)
  package mutating func choose(_ packet: Packet) -> (target: Int, reason: DropReason) {
    guard packet.count >= outerBytes &+ Format.numberEnd else { return (0, .none) }
    let number = Format.number(packet.data + outerBytes)
    return (table[Int(truncatingIfNeeded: number >> SequenceBlock.bits)], .none)
  }

  package func deallocate() { table.deallocate() }
}

/// Consecutive numbers that go to one target: a burst sealed at once is mostly opened at once.
enum SequenceBlock {
  /// The binary logarithm of the block's size.
  static var bits: UInt64 { 6 }
}

/// Steers by the sealing thread, whose packets so stay in order: by the window ID or, in a format with parts,
/// by the part of the number. Window or part w belongs to target w modulo targets.
package struct WindowChooser<Format: TunnelFormat>: PacketChooser {
  package static var looksAt: Int? {
    Ethernet.headerBytes + IPv4.headerBytes + (Format.hasParts ? UDP.headerBytes : 0)
  }

  private let outerBytes: Int
  private let targets: UInt16

  /// - Parameter outerBytes: bytes before the format's header in a frame.
  package init(outerBytes: Int, targets: UInt16) {
    self.outerBytes = outerBytes
    self.targets = targets
  }

  @inline(__always)
  package mutating func choose(_ packet: Packet) -> (target: Int, reason: DropReason) {
    let end = Format.hasParts ? Format.headerBytes : Format.windowEnd
    guard packet.count >= outerBytes &+ end else { return (0, .none) }
    let outer = UnsafeRawPointer(packet.data + outerBytes)
    let window =
      Format.hasParts ? UInt16(truncatingIfNeeded: Format.number(outer) >> 48) : Format.window(outer)
    return (Int(window % targets), .none)
  }
}

/// Steers by ESP's SPI: child association c belongs to target c modulo targets.
package struct SPIChooser: PacketChooser {
  package static var looksAt: Int? { Ethernet.headerBytes + IPv4.headerBytes }

  private let outerBytes: Int
  private let firstSPI: UInt32
  private let targets: UInt32

  /// - Parameter outerBytes: bytes before the ESP header in a frame.
  package init(outerBytes: Int, firstSPI: UInt32, targets: UInt32) {
    self.outerBytes = outerBytes
    self.firstSPI = firstSPI
    self.targets = targets
  }

  @inline(__always)
  package mutating func choose(_ packet: Packet) -> (target: Int, reason: DropReason) {
    let offset = outerBytes &+ ESPLayout.spiOffset
    guard packet.count >= offset &+ 4 else { return (0, .none) }
    let child = packet.data.loadBig(offset, as: UInt32.self) &- firstSPI
    return (Int(child % targets), .none)
  }
}

/// Reflects a frame and chooses its queue by its flow, as RSS in the gateway's NIC would.
package struct ReflectChooser: PacketChooser {
  package static var looksAt: Int? { nil }

  private let queues: FlowQueues
  private var reflect = Reflect()

  /// - Parameter queues: the chooser takes ownership.
  package init(_ queues: FlowQueues) { self.queues = queues }

  @inline(__always)
  package mutating func choose(_ packet: Packet) -> (target: Int, reason: DropReason) {
    reflect.choose(packet, queues)
  }

  package func deallocate() { queues.deallocate() }
}

extension Reflect {
  @inline(__always)
  fileprivate mutating func choose(
    _ packet: Packet, _ queues: FlowQueues
  ) -> (target: Int, reason: DropReason) {
    let reason = apply(packet)
    guard reason == .none else { return (0, reason) }
    let offset = TestFrame.returnedFlowPortOffset(in: packet.data)
    let port = packet.data.loadBig(offset, as: UInt16.self)
    return (queues[Int(TestFrame.flow(ofPort: port))], .none)
  }
}

/// A `ReflectChooser` for a hash key that changes.
package struct ChangingReflectChooser: PacketChooser {
  package static var looksAt: Int? { nil }

  private let tables: UnsafeMutablePointer<FlowQueues>
  private var clock: HashKeyClock
  private var reflect = Reflect()

  /// - Parameter tables: a table for each key; the chooser takes ownership.
  package init(_ tables: [FlowQueues], _ clock: HashKeyClock) {
    precondition(tables.count == ReceiveSideScaling.keys, "there is a table for each key")
    self.tables = .allocateLines(tables.count)
    self.tables.initialize(from: tables, count: tables.count)
    self.clock = clock
  }

  @inline(__always)
  package mutating func choose(_ packet: Packet) -> (target: Int, reason: DropReason) {
    _ = clock.hasChanged(now: EAL.ticks)
    return reflect.choose(packet, tables[clock.key])
  }

  package func deallocate() {
    for key in 0..<ReceiveSideScaling.keys { tables[key].deallocate() }
    tables.deallocate()
  }
}

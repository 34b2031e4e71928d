import Cases
import Dataplane
import Tunnel
import Wire

// Elements put into a link on request, between an end and the rest of it. No role counts them, so that
// whatever they do to a frame must show in the accounts of the roles at both sides.

/// Lets every frame pass but one, which is lost, doubled or damaged.
struct FaultTransform: PacketTransform {
  let fault: Fault
  let source: PacketSource
  let output: PortQueue
  let spare = Burst()
  var frames: UInt64 = 0

  init(_ fault: Fault, source: PacketSource, output: PortQueue) {
    self.fault = fault
    self.source = source
    self.output = output
  }

  mutating func finish(_ packet: Packet, in work: WorkPlace) -> DropReason {
    frames &+= 1
    guard frames == fault.frame else { return .none }
    switch fault.kind {
    case .drop:
      return .damaged
    case .stall, .hold: break
    case .damage:
      let last = packet.data + (packet.count - 1)
      last.storeBytes(of: last.load(as: UInt8.self) ^ 0x10, as: UInt8.self)
    case .double:
      guard source.allocate(spare, count: 1) else { break }
      spare[0].setFrame(headroom: packet.headroom, count: packet.count)
      spare[0].data.copyMemory(from: packet.data, byteCount: packet.count)
      if output.transmit(spare, count: 1) == 0 { spare.free(from: 0, to: 1) }
    }
    return .none
  }

  func deallocate() { spare.deallocate() }
}

/// Lets frames pass up to one, from which on it leaves them where they are, or takes and keeps them.
struct BlockStage: Stage {
  private let input: PortQueue
  private let output: PortQueue
  private let counters: StageCounters
  private let burst = Burst()
  private let holds: Bool
  /// Frames that still pass.
  private var left: UInt64
  private let held: UnsafeMutablePointer<Packet>
  private var heldCount = 0

  /// - Parameter most: packets that there are to hold.
  static func make(_ fault: Fault, from input: PortQueue, to output: PortQueue, most: Int) -> AnyStage {
    let counters = StageCounters()
    return AnyStage.make(
      BlockStage(fault, from: input, to: output, most: most, counters: counters), counters: counters)
  }

  private init(
    _ fault: Fault, from input: PortQueue, to output: PortQueue, most: Int, counters: StageCounters
  ) {
    self.input = input
    self.output = output
    self.counters = counters
    holds = fault.kind == .hold
    left = fault.frame &- 1
    held = .allocateLines(most)
  }

  mutating func poll() -> Int {
    if left == 0, !holds { return 0 }
    let received = input.receive(burst)
    // Of the burst in which the first frame lies that shall not pass, none does.
    if left >= UInt64(received) {
      left &-= UInt64(received)
      let sent = output.transmit(burst, count: received)
      burst.free(from: sent, to: received)
      counters.count(received: received, transmitted: sent)
    } else {
      left = 0
      for index in 0..<received { held[heldCount &+ index] = burst[index] }
      heldCount &+= received
    }
    return received
  }

  func deallocate() {
    for index in 0..<heldCount { held[index].free() }
    held.deallocate()
    burst.deallocate()
  }
}

/// Copies every frame to a file.
struct CaptureTransform: PacketTransform {
  let capture: Unmanaged<Capture>
  /// The side of the link.
  let interface: Int

  mutating func finish(_ packet: Packet, in work: WorkPlace) -> DropReason {
    capture._withUnsafeGuaranteedRef { $0.write(packet, interface: interface) }
    return .none
  }
}

import Cases
import Dataplane
import Tunnel
import Wire

// Elements inserted into a link on request, between an end and its peer. No role counts them, so the accounts
// of the roles at both sides must reveal whatever they do to a frame.

/// Passes every frame except one, which it drops, doubles or damages.
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

  mutating func finish(_ packet: Packet, in work: WorkPointer) -> DropReason {
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

/// Passes frames up to a given one; from then on it leaves frames in the input, or receives and holds them.
struct BlockStage: Stage {
  private let input: PortQueue
  private let output: PortQueue
  private let counters: StageCounters
  private let burst = Burst()
  private let holds: Bool
  /// How many more frames pass.
  private var left: UInt64
  private let held: UnsafeMutablePointer<Packet>
  private var heldCount = 0

  /// - Parameter most: the most packets that can be held: all of the pool's.
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
    // No frame passes of the burst that contains the first frame to be stopped.
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
  /// The capture's interface, which identifies the direction.
  let interface: Int

  mutating func finish(_ packet: Packet, in work: WorkPointer) -> DropReason {
    capture._withUnsafeGuaranteedRef { $0.write(packet, interface: interface) }
    return .none
  }
}

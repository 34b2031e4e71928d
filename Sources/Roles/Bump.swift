import Dataplane
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

  mutating func apply(_ packet: Packet) -> DropReason {
    frames &+= 1
    guard frames == fault.frame else { return .none }
    switch fault.kind {
    case .drop:
      return .damaged
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

/// Copies every frame to a file.
struct CaptureTransform: PacketTransform {
  let capture: Unmanaged<Capture>
  /// The side of the link.
  let interface: Int

  mutating func apply(_ packet: Packet) -> DropReason {
    capture._withUnsafeGuaranteedRef { $0.write(packet, interface: interface) }
    return .none
  }
}

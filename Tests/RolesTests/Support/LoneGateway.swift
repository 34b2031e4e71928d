import Cases
import Dataplane
import Roles
import Testing
import Tunnel

/// A sealed packet as it was met on the black link, outer headers included.
struct SealedPacket {
  /// The queue in which it came.
  let queue: Int
  /// VPE's Window ID, EESP's Session ID, or the SPI of others.
  let association: UInt32
  /// Its whole sequence number, of PSP the IV.
  let number: UInt64
  var frame: [UInt8]

  /// Reads the fields by their offsets in the paper's Figure 3, in draft-ietf-ipsecme-eesp-04 (section 2.8),
  /// in RFC 4303 (the IV is the number) and in WireGuard's whitepaper (section 5.4.6).
  init(queue: Int, frame: [UInt8], outerBytes: Int, of system: System) {
    func field(_ offset: Int, _ count: Int, little: Bool) -> UInt64 {
      let bytes = frame[(outerBytes + offset)..<(outerBytes + offset + count)]
      return (little ? bytes.reversed() : Array(bytes)).reduce(0) { $0 << 8 | UInt64($1) }
    }
    self.queue = queue
    self.frame = frame
    switch system {
    case .vpe: association = UInt32(field(2, 2, little: true))
    case .eespSubSA: association = UInt32(field(2, 2, little: false))
    case .wireguard, .wireguardParallel, .wireguardOrdered: association = UInt32(field(4, 4, little: true))
    case .psp, .pspDerive: association = UInt32(field(4, 4, little: false))
    default: association = UInt32(field(0, 4, little: false))
    }
    switch system.format {
    case .vpe: number = field(4, 8, little: true)
    // Counters start at 0.
    case .wireguard: number = field(8, 8, little: true) + 1
    default: number = field(8, 8, little: false)
    }
  }
}

/// A gateway alone, with the test at both of its links: everything within is what runs in a case.
final class LoneGateway {
  let topology: Topology
  let stages: [AnyStage]
  let red: LinkPort
  let black: LinkPort
  let redQueues: (receive: Int, transmit: Int)
  let blackQueues: (receive: Int, transmit: Int)
  let burst = Burst()

  init(_ plan: CasePlan, _ role: RoleName) throws {
    topology = try TestHost.shared().topology(plan, roles: [role])
    stages = topology.stages
    let isA = role == .gatewayA
    red = try #require(topology.ports[isA ? .generator : .reflector])
    black = try #require(topology.ports[isA ? .gatewayBBlack : .gatewayABlack])
    redQueues = topology.layout.queues(at: isA ? .generator : .reflector)
    blackQueues = topology.layout.queues(at: isA ? .gatewayBBlack : .gatewayABlack)
  }

  deinit { burst.deallocate() }

  /// Puts up to a burst of frames into a queue; waits, and polls if it is told to, until all have room.
  func put(_ frames: ArraySlice<[UInt8]>, into queue: PortQueue, polling: Bool) throws {
    try #require(topology.pool.source.allocate(burst, count: frames.count))
    for (index, frame) in frames.enumerated() { burst[index].put(frame) }
    var sent = queue.transmit(burst, count: frames.count)
    let rest = Burst()
    defer { rest.deallocate() }
    while sent < frames.count {
      if polling { topology.turn(stages) }
      for index in sent..<frames.count { rest[index - sent] = burst[index] }
      sent += queue.transmit(rest, count: frames.count - sent)
    }
  }

  /// Takes what has come out of the queues of an end.
  func take(_ port: LinkPort, queues: Int, _ body: (Int, Packet) -> Void) -> Int {
    var taken = 0
    for queue in 0..<queues {
      while case let count = port.queue(queue).receive(burst), count > 0 {
        for index in 0..<count { body(queue, burst[index]) }
        burst.free(from: 0, to: count)
        taken += count
      }
    }
    return taken
  }

  /// Frames dropped so far, by reason.
  var drops: [String: UInt64] {
    topology.report().stages.reduce(into: [:]) { $0.merge($1.drops, uniquingKeysWith: +) }
  }

  /// Frames dropped so far.
  var dropped: Int { stages.reduce(0) { $0 + Int($1.counters.snapshot.dropped) } }
}

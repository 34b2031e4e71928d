import Basics
import Cases
import Dataplane
import Wire

/// Sends probe frames over each link to find out which ports are connected: crossed cables would otherwise
/// look like links that are up.
public final class LinkProbe {
  /// The plan of a probe for one process.
  public struct Plan: Codable, Equatable, Sendable {
    /// Device arguments of each port that the process is to open.
    public var devices: [Replica<LinkEnd>: String]
    /// Distinguishes this probe's frames from others.
    public var id: UInt64

    /// A plan.
    public init(devices: [Replica<LinkEnd>: String], id: UInt64) {
      (self.devices, self.id) = (devices, id)
    }
  }

  /// The result for one port.
  public struct Finding: Codable, Equatable, Sendable {
    /// The port.
    public var port: Replica<LinkEnd>
    /// Whether its link is up.
    public var isUp: Bool
    /// The link's rate as the driver reports it, 10^6 bits per second; nil if it reports none.
    public var megabits: Int?
    /// The device's functions for steering packets to queues.
    public var offer: PortOffer
    /// The ports whose frames arrived here.
    public var heard: [Replica<LinkEnd>]

    /// A finding by its parts.
    package init(
      port: Replica<LinkEnd>, isUp: Bool, megabits: Int?, offer: PortOffer, heard: [Replica<LinkEnd>]
    ) {
      (self.port, self.isUp, self.megabits) = (port, isUp, megabits)
      (self.offer, self.heard) = (offer, heard)
    }
  }

  private let ports: [(end: Replica<LinkEnd>, port: Port)]
  private let pool: PacketPool
  private let id: UInt64

  /// Opens the ports.
  /// - Throws: `DataplaneError`.
  init(_ plan: Plan) throws {
    let pool = try PacketPool(name: "probe", count: 8191)
    (self.pool, id) = (pool, plan.id)
    ports = try plan.devices.sorted { $0.key < $1.key }.map { end, devargs in
      (end, try Port(name: end.name, devargs: devargs, pool: pool, Port.Options()))
    }
  }

  /// Whether all links are up.
  public var areUp: Bool { ports.allSatisfy { $0.port.isUp } }

  /// Sends and receives probe frames for so many seconds.
  public func run(seconds: Double) -> [Finding] {
    let heard = Self.exchange(
      ports.map { ($0.end, $0.port.queue(0)) }, id: id, source: pool.source, seconds: seconds)
    return ports.map { end, port in
      Finding(
        port: end, isUp: port.isUp, megabits: port.megabits, offer: port.offer,
        heard: heard[end, default: []].sorted())
    }
  }

  /// Sends a frame from each end every 20 ms, and receives frames at all ends.
  /// - Returns: for each end that received any, the ends whose frames arrived there.
  package static func exchange(
    _ ends: [(end: Replica<LinkEnd>, queue: PortQueue)], id: UInt64, source: PacketSource, seconds: Double
  ) -> [Replica<LinkEnd>: Set<Replica<LinkEnd>>] {
    let burst = Burst()
    defer { burst.deallocate() }
    var heard: [Replica<LinkEnd>: Set<Replica<LinkEnd>>] = [:]
    let limit = Moment(in: seconds)
    var next = Moment.now
    while !limit.isPast {
      if next.isPast {
        next = Moment(in: 0.02)
        for (end, queue) in ends where source.allocate(burst, count: 1) {
          ProbeFrame.write(from: end, id: id, to: burst[0])
          if queue.transmit(burst, count: 1) == 0 { burst.free(from: 0, to: 1) }
        }
      }
      for (end, queue) in ends {
        let count = queue.receive(burst)
        for index in 0..<count {
          if let sender = ProbeFrame.sender(of: burst[index], id: id) {
            heard[end, default: []].insert(sender)
          }
        }
        burst.free(from: 0, to: count)
      }
      EAL.sleep(milliseconds: 1)
    }
    return heard
  }
}

/// A frame that names the port that sent it. It is addressed to the peer port of the link, so that a switch
/// that has learnt the peer's address sends it nowhere else. Its Ethernet type is 0x88B5, for local
/// experiments (IEEE 802, 9.2.3). Content: a constant of eight bytes, the probe's ID, the numbers of end and
/// port.
enum ProbeFrame {
  private static let type: UInt16 = 0x88B5
  private static let mark: UInt64 = 0x7670_6562_656E_6368
  private static let bytes = 60

  static func write(from end: Replica<LinkEnd>, id: UInt64, to packet: Packet) {
    packet.setFrame(headroom: PacketPool.headroomBytes, count: bytes)
    let frame = packet.data
    frame.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
    Ethernet.write(to: frame, destination: end.peer.address, source: end.address, type: type)
    frame.storeBig(mark, Ethernet.headerBytes)
    frame.storeBig(id, Ethernet.headerBytes + 8)
    frame.storeBig(UInt16(end.kindNumber), Ethernet.headerBytes + 16)
    frame.storeBig(UInt16(end.number), Ethernet.headerBytes + 18)
  }

  /// The port that sent a frame of this probe; nil for any other frame.
  static func sender(of packet: Packet, id: UInt64) -> Replica<LinkEnd>? {
    guard packet.isWhole, packet.count >= Ethernet.headerBytes + 20 else { return nil }
    let frame = UnsafeRawPointer(packet.data)
    guard frame.loadBig(Ethernet.typeOffset, as: UInt16.self) == type,
      frame.loadBig(Ethernet.headerBytes, as: UInt64.self) == mark,
      frame.loadBig(Ethernet.headerBytes + 8, as: UInt64.self) == id,
      case let index = Int(frame.loadBig(Ethernet.headerBytes + 16, as: UInt16.self)),
      LinkEnd.allCases.indices.contains(index)
    else { return nil }
    return Replica(LinkEnd.allCases[index], Int(frame.loadBig(Ethernet.headerBytes + 18, as: UInt16.self)))
  }
}

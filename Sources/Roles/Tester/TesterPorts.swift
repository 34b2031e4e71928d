import Cases
import Dataplane

/// A tester's ends of the links, and its memory.
final class TesterPorts {
  let red: LinkPort
  let black: LinkPort
  let store: FrameStore
  private let pool: PacketPool
  /// The packets that lend ring ports their frames; nil for ports that copy.
  var packets: LentPackets?

  /// Whether the ports copy the frames that they send.
  var copies: Bool { packets == nil }

  /// Opens the devices of a plan: once in a process, for memif devices cannot be removed, while DUTs come and
  /// go at their far ends.
  init(_ plan: TesterPlan) throws {
    pool = try PacketPool(name: "tester", count: 8192)
    store = try FrameStore(bytes: plan.storeBytes, pool: pool)
    let pool = pool
    func open(_ end: LinkEnd) throws -> LinkPort {
      guard let devargs = plan.gateway.devices?[Replica(end)] else { throw RoleError.noDevice(end) }
      return LinkPort(
        [try Port(name: end.rawValue, devargs: devargs, pool: pool, Port.Options())], receiveQueues: 1)
    }
    red = try open(.generator)
    black = try open(.gatewayBBlack)
  }

  /// The near ends of ring links.
  init(red: LinkPort, black: LinkPort, store: FrameStore, packets: LentPackets, pool: PacketPool) {
    (self.red, self.black, self.store, self.packets) = (red, black, store, packets)
    self.pool = pool
  }

  var areUp: Bool { red.isUp && black.isUp }
}

import Cases
import Dataplane

/// A tester's ends of the links, and its memory.
final class TesterPorts {
  let red: LinkPort
  let black: LinkPort
  let store: FrameStore
  private let pool: PacketPool
  /// What carries frames where ports do not copy them; nil where they do.
  var packets: LentPackets?

  /// Whether the ports copy what they are given.
  var copies: Bool { packets == nil }

  /// The devices of a plan: made once in a process, for memif's devices cannot be taken away, while DUTs come
  /// and go at their other ends.
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

  /// Ends of ring links.
  init(red: LinkPort, black: LinkPort, store: FrameStore, packets: LentPackets, pool: PacketPool) {
    (self.red, self.black, self.store, self.packets) = (red, black, store, packets)
    self.pool = pool
  }

  var areUp: Bool { red.isUp && black.isUp }
}

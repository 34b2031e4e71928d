import Dataplane
import Model

/// One direction of a gateway as a DUT on one core, between rings that a tester on another core fills and
/// empties. It compares the capacity computed from the DUT's own polls with the rate seen from outside.
///
/// ```
/// first CPU: tester ─► ring ─► last CPU: all stages of the direction, in turn ─► ring ─► tester
/// ```
final class RingDUT {
  private let plan: TesterPlan
  private let environment: EAL
  private let pool: PacketPool
  private let store: FrameStore
  private let links: (red: RingLink, black: RingLink)
  private let packets: LentPackets
  private var gateway: RingGateway?

  /// Packets in the pool beyond those under way.
  private static let spare = 1024

  /// - Parameter store: belongs to the process; all samples use it in turn.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  init(_ plan: TesterPlan, store: FrameStore, environment: EAL) throws {
    (self.plan, self.store, self.environment) = (plan, store, environment)
    let pool = try PacketPool(name: "tester", count: plan.gateway.inFlightFrames + Self.spare)
    func link(_ name: String) throws -> RingLink {
      try RingLink(
        near: "tester.\(name)", far: "dut.\(name)", outbound: 1, inbound: 1,
        slots: plan.gateway.slots(share: 1), pool: pool)
    }
    links = (red: try link("red"), black: try link("black"))
    let count = (plan.gateway.inFlightFrames + Burst.capacity - 1) / Burst.capacity * Burst.capacity
    packets = try LentPackets(count: count, pool: pool)
    self.pool = pool
    gateway = try RingGateway(plan.gateway, red: links.red.far, black: links.black.far)
  }

  deinit {
    // A DUT that was stopped midway must free its packets before the pool goes.
    gateway = nil
    links.red.empty()
    links.black.empty()
    packets.deallocate()
  }

  /// Tests one direction after the other.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  func run() throws -> [TesterReport] {
    let ports = TesterPorts(
      red: links.red.near, black: links.black.near, store: store, packets: packets, pool: pool)
    let tester = try Tester(plan, ports, environment: environment)
    return try StageKind.Direction.allCases.map { direction in
      let stages = gateway?.stages(of: direction) ?? []
      let core = Core(stages.map(\.stage), Core.Options())
      let position = environment.cpus.count - 1
      try core.start(on: position, of: environment)
      defer { core.stop(index: position) }
      return try tester.run(TesterTurn(direction), watched: stages)
    }
  }
}

import Cases
import Dataplane
import Model

/// A gateway with all its stages between rings; one direction runs at a time.
final class RingGateway {
  private let site: GatewaySite
  private let threads: [RoleThread]

  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  init(_ plan: CasePlan, _ role: RoleName = .gatewayA, red: LinkPort, black: LinkPort) throws {
    site = try GatewaySite(plan, role, red: red, black: black)
    threads = try site.threads()
  }

  /// The stages of all threads of a direction, in the order in which a packet meets them.
  func stages(of direction: StageKind.Direction) -> [(name: String, stage: AnyStage)] {
    let seal = site.layout.seal.depths, open = site.layout.open.depths
    let first = direction == .seal ? 0 : seal.count
    let depths = direction == .seal ? seal : open
    return depths.indices.sorted { depths[$0] < depths[$1] }.flatMap { index in
      threads.first { $0.index == first + index }?.stages ?? []
    }
  }
}

import Crypto
import Dataplane
import Tunnel
import Wire

/// Where a gateway stands and what it needs: the models below only say which thread does what.
final class GatewaySite {
  let plan: CasePlan
  let role: RoleName
  let red: Port
  let black: Port
  private var keys: [AEADKey] = []
  private var scratches: [AEADScratch] = []
  private var onDeinit: [() -> Void] = []

  init(_ plan: CasePlan, _ role: RoleName, red: Port, black: Port) {
    self.plan = plan
    self.role = role
    self.red = red
    self.black = black
  }

  deinit { onDeinit.forEach { $0() } }

  private var isA: Bool { role == .gatewayA }

  /// The direction in which this gateway seals; it opens the other.
  var sealing: TestKeys.Direction { isA ? .aToB : .bToA }
  /// The direction in which this gateway opens.
  var opening: TestKeys.Direction { isA ? .bToA : .aToB }

  private func algorithm() throws -> AEADAlgorithm {
    guard let algorithm = plan.aead.flatMap(AEADAlgorithm.init(rawValue:)) else {
      throw RoleError.aead(plan.aead)
    }
    return algorithm
  }

  /// Key and association of a direction.
  func keys(_ direction: TestKeys.Direction) throws -> TestKeys {
    let algorithm = try algorithm()
    return TestKeys(
      seed: plan.seed, direction, algorithm: algorithm, isExtended: plan.isExtended,
      windows: plan.threadsPerDirection)
  }

  /// The direction's key, ready for one thread.
  func aead(_ keys: TestKeys) throws -> AEAD {
    let key = try AEADKey(algorithm(), bytes: keys.key)
    let scratch = try AEADScratch()
    self.keys.append(key)
    scratches.append(scratch)
    return AEAD(key, scratch: scratch)
  }

  /// Runs `action` when the gateway goes.
  func atEnd(_ action: @escaping () -> Void) { onDeinit.append(action) }

  /// Thread `index` that seals from red to black.
  func sealThread<S: PacketSealer>(_ index: Int, _ sealer: S, protocol number: UInt8) -> RoleThread {
    let outer = OuterHeader(
      from: isA ? .gatewayABlack : .gatewayBBlack, source: isA ? TestAddress.gatewayA : TestAddress.gatewayB,
      destination: isA ? TestAddress.gatewayB : TestAddress.gatewayA, protocol: number,
      udpPort: plan.encapsulation.udpPort)
    let stage = ForwardStage.make(
      Seal(sealer: sealer, outer: outer), from: red.queue(index), to: black.queue(index))
    return RoleThread(
      role: role, name: "seal", index: index, hop: isA ? 1 : 4, stages: [("seal", stage)])
  }

  /// Thread `index` that opens from black to red.
  func openThread<O: PacketOpener>(_ index: Int, _ opener: O, protocol number: UInt8) -> RoleThread {
    let check = OuterCheck(
      address: isA ? TestAddress.gatewayA : TestAddress.gatewayB, protocol: number,
      udpPort: plan.encapsulation.udpPort)
    let ethernet = EthernetTemplate(from: isA ? .gatewayARed : .gatewayBRed)
    let stage = ForwardStage.make(
      Open(opener: opener, outer: check, ethernet: ethernet), from: black.queue(index), to: red.queue(index))
    return RoleThread(
      role: role, name: "open", index: index, hop: isA ? 5 : 2, stages: [("open", stage)])
  }

  /// The threads of the plan's model.
  func threads() throws -> [RoleThread] {
    switch plan.model {
    case .null: gatewayNull(self)
    case .espSingle: try gatewayESPSingle(self)
    case .vpe: try gatewayVPE(self)
    }
  }
}

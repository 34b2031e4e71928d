import Cases
import Crypto
import Dataplane
import Tunnel
import Wire

/// The models in which threads run to completion, where associations are renewed while packets flow: as
/// `GatewayWindows` and `gatewayESPMultiSA`, with tables that a control thread changes (`Renewal`).
func gatewayRenewed(_ site: GatewaySite) throws -> [RoleThread] {
  switch site.plan.system {
  case .espSingle, .espMultiSA: try gatewayRenewed(site, ESP.self)
  case .vpe: try gatewayRenewed(site, VPE.self)
  default: throw RoleError.system(site.plan.system)
  }
}

private func gatewayRenewed<Format: TunnelFormat>(
  _ site: GatewaySite, _ format: Format.Type
) throws -> [RoleThread] where Format.Sealer: NumberingSealer {
  let plan = site.plan
  let hasChildren = plan.system == .espMultiSA
  let (sealers, openers) = (site.layout.seal.outputs, site.layout.open.outputs)
  let all = Array(0..<plan.associations)

  let out = try site.associations(site.sealing, all, generations: 2)
  let sealing = try (0..<sealers).map { index in
    let numbers = hasChildren ? (0..<plan.tunnels).map { plan.window(of: index, tunnel: $0) } : all
    let (window, scratch) = (hasChildren ? 0 : index, try out.scratch())
    let table = try out.renewedSealers(
      format, numbers, window: window, scratch, after: plan.numbersUsed, softNumber: plan.softNumber)
    return SealingThreads<Format>.Thread(numbers: numbers, window: window, scratch: scratch, table: table)
  }

  let back = try site.associations(site.opening, all, generations: 2)
  let opening = try (0..<openers).map { index in
    let ownership =
      hasChildren
      ? site.ownership(of: 1) { _ in true } : site.ownership(of: sealers) { Int($0) % openers == index }
    let bytes = format.windowBytes(ownership)
    let (memory, scratch) = (try back.memory(2 * all.count * bytes), try back.scratch())
    let windows = { (number: Int, generation: Int) in memory + (2 * number + generation & 1) * bytes }
    let table = try back.renewedOpeners(
      format, firstSPI: TestKeys.firstSPI(site.opening),
      all.map { hasChildren && $0 % openers != index ? nil : $0 }, scratch, ownership,
      after: plan.numbersUsed, windows: windows)
    return OpeningThreads<Format>.Thread(
      ownership: ownership, scratch: scratch, windows: windows, table: table)
  }
  site.renewed = (
    SealingThreads<Format>(out, sealing, after: plan.numbersUsed), OpeningThreads<Format>(back, opening)
  )

  let number = site.protocolNumber
  // Nothing is steered (`GatewaySite`): each thread's packets come in its queues.
  let chooser = WindowChooser<Format>(outerBytes: site.outerBytes, targets: UInt16(openers))
  return sealing.enumerated().map { index, thread in
    site.sealThread(index, thread.table, protocol: number)
  } + (try site.openThreads(opening.map(\.table), protocol: number, steeredBy: chooser))
}

extension CasePlan {
  /// Whether associations are renewed while packets flow.
  package var isRenewed: Bool { axes.rekeyMilliseconds > 0 }

  /// Whether all that is set up beside that knows of it.
  var canRenew: Bool {
    isRing && impairment == nil && axes.classes == 1 && axes.padBytes == 0 && !hasSteeringThread
  }

  /// The test keys of an association's generation.
  package func keys(
    _ algorithm: AEADAlgorithm, _ direction: TestKeys.Direction, number: Int, generation: Int = 0
  ) -> TestKeys {
    TestKeys(
      seed: seed, direction, number: number, generation: generation, stride: TestKeys.stride(associations),
      algorithm: algorithm, usesESN: axes.esn, windows: windows, format: system.format)
  }

  /// The highest number of an association's counter.
  private var lastNumber: UInt64 {
    system == .vpe ? VPESealer.lastNumber : ESPSealer.lastNumber(usesESN: axes.esn)
  }

  /// Who has used this number gets the next generation before its time: numbers for a second or more are
  /// left.
  var softNumber: UInt64 { lastNumber - 1 << 24 }
}

import Cases
import Crypto
import Dataplane
import Tunnel
import Wire

/// The models in which threads run to completion and associations are renewed while packets flow: as in
/// `GatewayWindows` and `gatewayESPMultiSA`, with tables that a control thread changes (`Renewal`). For
/// systems whose threads share an association see `GatewayParallel`, `GatewayOrdered` and
/// `gatewayESPPipeline`.
struct GatewayRenewed: RenewedVisitor {
  typealias Failure = any Error
  let site: GatewaySite

  func visit<Format: TunnelFormat>(_ format: Format.Type) throws -> [RoleThread]
  where Format.Sealer: NumberingSealer {
    let plan = site.plan
    let hasChildren = plan.system == .espMultiSA
    let (sealers, openers) = (site.layout.seal.outputs, site.layout.open.outputs)
    let all = Array(0..<plan.associations)

    let out = try site.associations(site.sealing, all, generations: 2)
    let seals = SealingThreads(out)
    let sealing = try site.each(.seal, sealers) { index in
      let numbers = hasChildren ? (0..<plan.tunnels).map { plan.window(of: index, tunnel: $0) } : all
      let (window, scratch) = (UInt16(hasChildren ? 0 : index), try out.scratch())
      let (table, thread) = try out.renewedSealers(numbers, softNumber: plan.softNumber) { end in
        format.sealer(
          format.association(end.terms), window: window, aead: end.aead(scratch),
          sequence: end.generation == 0 ? plan.numbersUsed : 0)
      }
      seals.add(thread)
      return table
    }

    let back = try site.associations(site.opening, all, generations: 2)
    let opens = OpeningThreads(back)
    let opening = try site.each(.open, openers) { index in
      let ownership =
        hasChildren
        ? site.ownership(of: 1) { _ in true }
        : site.ownership(of: sealers) { Int($0) % openers == index }
      let (table, thread) = try site.renewedOpeners(
        format, back, all.map { hasChildren && $0 % openers != index ? nil : $0 }, ownership)
      opens.add(thread)
      return table
    }
    (site.renewedSealing, site.renewedOpening) = (seals, opens)

    let number = site.protocolNumber
    // No stage steers (`canRenew`): each thread's packets arrive in its own queues.
    return sealing.enumerated().map { site.sealThread($0, $1, protocol: number) }
      + site.openThreads(opening, protocol: number)
  }
}

/// The gateway of a system whose threads do not share associations, with renewal.
func gatewayRenewed(_ site: GatewaySite) throws -> [RoleThread] {
  guard let threads = try site.plan.system.format?.visitRenewed(GatewayRenewed(site: site)) else {
    throw RoleError.system(site.plan.system)
  }
  return threads
}

extension GatewaySite {
  /// A thread's table of renewable openers; each of the two generations has windows of its own.
  func renewedOpeners<Format: TunnelFormat>(
    _ format: Format.Type, _ set: AssociationSet, _ numbers: [Int?], _ ownership: WindowOwnership
  ) throws -> (table: RenewedOpeners<Format.Opener>, thread: OpeningThreads.Thread) {
    let bytes = format.windowBytes(ownership)
    let (memory, scratch) = (try set.memory(2 * numbers.count * bytes), try set.scratch())
    let used = plan.numbersUsed
    return try set.renewedOpeners(firstSPI: TestKeys.firstSPI(opening), numbers) { end in
      format.opener(
        format.association(end.terms), aead: end.aead(scratch), ownership,
        top: end.generation == 0 ? used : 0, in: memory + (2 * end.number + end.generation & 1) * bytes)
    }
  }

  /// For a gateway with one sealed association whose numbers one thread assigns: the renewable numbers, and a
  /// function that makes the sealer of each encrypting thread.
  func renewedNumbers<Format: SharedFormat>(
    _ format: Format.Type
  ) throws -> (
    numbers: RenewedNumbers,
    sealer: (UnsafeMutablePointer<UnsafePointer<UInt64>>) throws -> RenewedCursorSealer<Format.Sealer>
  ) {
    let set = try associations(sealing, [0], generations: 2)
    let numbers = RenewedNumbers(
      last: plan.lastNumber, softNumber: plan.softNumber, after: plan.numbersUsed)
    atEnd { numbers.deallocate() }
    let seals = SealingThreads(set)
    seals.add(SealingThreads.Thread(numbers: [0], table: numbers) { _, _, _ in })
    renewedSealing = seals
    return (
      numbers,
      { cursor in
        let scratch = try set.scratch()
        let (sealer, thread) = try set.renewedSealer(cursor: cursor) { end in
          Format.Sealer(format.association(end.terms), aead: end.aead(scratch), sequence: 0)
        }
        seals.add(thread)
        return sealer
      }
    )
  }

  /// Two windows that threads share, one for each generation.
  func renewedWindows() -> RenewedWindows {
    let windows = [plan.numbersUsed, 0].map { SharedReplayWindow(size: plan.windowSize, top: $0) }
    atEnd { windows.forEach { $0.deallocate() } }
    return RenewedWindows(windows[0], windows[1])
  }
}

extension CasePlan {
  /// Whether associations are renewed while packets flow.
  package var isRenewed: Bool { axes.rekeyMilliseconds > 0 }

  /// Whether everything else in the plan supports renewal.
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

  /// The last sequence number of a renewable association.
  package var lastNumber: UInt64 {
    let last = system.format?.visitRenewed(LastNumber(usesESN: axes.esn)) ?? .max
    if system.sharesNumbers { return min(last, SharedNumbers.lastOfAll) }
    return system.isPipeline || system.keepsOrder ? min(last, RenewedNumbers.lastOfAll) : last
  }

  /// A sender that reaches this number gets the next generation early: the remaining 2^24 numbers last for a
  /// second or more.
  var softNumber: UInt64 { lastNumber - 1 << 24 }
}

private struct LastNumber: RenewedVisitor {
  typealias Failure = Never
  let usesESN: Bool

  func visit<Format: TunnelFormat>(_ format: Format.Type) -> UInt64 where Format.Sealer: NumberingSealer {
    Format.Sealer.lastNumber(usesESN: usesESN)
  }
}

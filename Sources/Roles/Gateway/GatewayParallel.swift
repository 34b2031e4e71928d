import Cases
import Crypto
import Tunnel

/// `esp-parallel`, `wireguard-parallel`: one association on threads that each run to completion. Sealing
/// threads take a burst's numbers from one counter, or a block of them; opening threads share one window
/// without a lock: a packet may come in any queue. A stage that steers has nothing to look for, and deals
/// blocks of numbers in turn.
struct GatewayParallel: SharedVisitor {
  typealias Failure = any Error
  let site: GatewaySite

  func visit<Format: SharedFormat>(_ format: Format.Type) throws -> [RoleThread] {
    try seal(format) + open(format)
  }

  private func seal<Format: SharedFormat>(_ format: Format.Type) throws -> [RoleThread] {
    let plan = site.plan
    let (association, key) = try site.association(format, site.sealing)
    let numbers = SharedNumbers(last: format.lastNumber(association))
    site.atEnd { numbers.deallocate() }
    return try (0..<plan.sealing).map { index in
      let sealer = ParallelSealer<Format.Sealer>(
        association, aead: try site.aead(key), numbers: numbers, block: plan.numberBlock,
        lagMax: NumberBlocks.lagMax(
          threads: plan.sealing, block: plan.numberBlock, window: plan.windowSize,
          inFlight: plan.inFlightFrames))
      return site.sealThread(index, sealer, protocol: site.protocolNumber)
    }
  }

  private func open<Format: SharedFormat>(_ format: Format.Type) throws -> [RoleThread] {
    let plan = site.plan
    let (association, key) = try site.association(format, site.opening)
    let window = SharedReplayWindow(size: plan.windowSize)
    site.atEnd { window.deallocate() }
    let openers = try (0..<plan.opening).map { _ in
      let opener = ParallelOpener<Format.BurstOpener>(association, aead: try site.aead(key), window: window)
      site.atEnd { opener.deallocate() }
      return opener
    }
    let chooser = SequenceChooser<Format>(outerBytes: site.outerBytes, table: .even(plan.opening))
    if !plan.hasSteeringThread { site.atEnd { chooser.deallocate() } }
    return try site.openThreads(openers, protocol: site.protocolNumber, steeredBy: chooser)
  }
}

extension GatewaySite {
  /// The one association of a direction, and its key.
  func association<Format: TunnelFormat>(
    _ format: Format.Type, _ direction: TestKeys.Direction
  ) throws -> (association: Format.Association, key: AEADKeys) {
    let keys = try keys(direction)
    return (format.association(try keys.material().terms), try key(keys))
  }
}

/// The gateway of a system whose threads share an association.
func gatewayShared<Visitor: SharedVisitor>(_ visitor: Visitor, _ plan: CasePlan) throws -> Visitor.Result {
  guard let threads = try plan.system.format?.visitShared(visitor) else {
    throw RoleError.system(plan.system)
  }
  return threads
}

import Cases
import Crypto
import Tunnel

/// `esp-parallel`, `wireguard-parallel`: one association on threads that each run to completion. Sealing
/// threads take the numbers of a burst, or of a block, from one counter; opening threads share one window
/// without a lock, so a packet may come in any queue. No field of a packet determines its thread, so a
/// steering stage deals blocks of numbers in turn.
struct GatewayParallel: SharedVisitor {
  typealias Failure = any Error
  let site: GatewaySite

  func visit<Format: SharedFormat>(_ format: Format.Type) throws -> [RoleThread] {
    try seal(format) + open(format)
  }

  private func seal<Format: SharedFormat>(_ format: Format.Type) throws -> [RoleThread] {
    if site.plan.isRenewed { return try renewedSeal(format) }
    let (association, key) = try site.association(format, site.sealing)
    let numbers = SharedNumbers(last: format.lastNumber(association))
    site.atEnd { numbers.deallocate() }
    return try site.each(.seal, site.plan.sealing) { index in
      site.sealThread(
        index,
        ParallelSealer<Format.Sealer>(
          association, aead: try site.aead(key), numbers: numbers, block: site.plan.numberBlock,
          lagMax: site.plan.lagMax), protocol: site.protocolNumber)
    }
  }

  /// Each of the two generations has a counter, which restarts when a new generation takes its place.
  private func renewedSeal<Format: SharedFormat>(_ format: Format.Type) throws -> [RoleThread] {
    let plan = site.plan
    let set = try site.associations(site.sealing, [0], generations: 2)
    let numbers = [plan.numbersUsed, 0].map { SharedNumbers(last: plan.lastNumber, after: $0) }
    site.atEnd { numbers.forEach { $0.deallocate() } }
    let seals = SealingThreads(set) { numbers[$0 & 1].restart() }
    site.renewedSealing = seals
    return try site.each(.seal, plan.sealing) { index in
      let scratch = try set.scratch()
      let (table, thread) = try set.renewedSealers([0], softNumber: plan.softNumber) { end in
        ParallelSealer<Format.Sealer>(
          format.association(end.terms), aead: end.aead(scratch), numbers: numbers[end.generation & 1],
          block: plan.numberBlock, lagMax: plan.lagMax)
      }
      seals.add(thread)
      return site.sealThread(index, table, protocol: site.protocolNumber)
    }
  }

  private func open<Format: SharedFormat>(_ format: Format.Type) throws -> [RoleThread] {
    let plan = site.plan
    if plan.isRenewed { return try renewedOpen(format) }
    let (association, key) = try site.association(format, site.opening)
    let window = SharedReplayWindow(size: plan.windowSize)
    site.atEnd { window.deallocate() }
    let openers = try site.each(.open, plan.opening) { _ in
      let own = BurstWindow(window)
      site.atEnd { own.deallocate() }
      return Format.BurstOpener(association, aead: try site.aead(key), window: own)
    }
    let chooser = SequenceChooser<Format>(outerBytes: site.outerBytes, table: .even(plan.opening))
    if !plan.hasSteeringThread { site.atEnd { chooser.deallocate() } }
    return try site.openThreads(openers, protocol: site.protocolNumber, steeredBy: chooser)
  }

  /// Each of the two generations has a window, which restarts when a new generation takes its place.
  private func renewedOpen<Format: SharedFormat>(_ format: Format.Type) throws -> [RoleThread] {
    let set = try site.associations(site.opening, [0], generations: 2)
    let windows = site.renewedWindows()
    let opens = OpeningThreads(set) { windows[$0].restart() }
    site.renewedOpening = opens
    let openers = try site.each(.open, site.plan.opening) { _ in
      let scratch = try set.scratch()
      // A thread's own memory for each of the two generations; later ones reuse it.
      let own = [0, 1].map { BurstWindow(windows[$0]) }
      site.atEnd { own.forEach { $0.deallocate() } }
      let (table, thread) = try set.renewedOpeners(firstSPI: TestKeys.firstSPI(site.opening), [0]) { end in
        Format.BurstOpener(
          format.association(end.terms), aead: end.aead(scratch), window: own[end.generation & 1])
      }
      opens.add(thread)
      return table
    }
    return site.openThreads(openers, protocol: site.protocolNumber)
  }
}

extension CasePlan {
  /// The lag behind the shared counter from which on a thread gives up the rest of its block of numbers.
  fileprivate var lagMax: Int {
    NumberBlocks.lagMax(
      threads: sealing, block: axes.numberBlock, window: axes.windowSize, inFlight: inFlightFrames)
  }
}

extension GatewaySite {
  /// The only association of a direction, and its key.
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

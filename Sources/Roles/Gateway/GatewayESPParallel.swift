import Cases
import Tunnel
import Wire

/// `esp-parallel`: one association on threads that each run to completion. Sealing threads take a burst's
/// numbers from one counter, or a block of them; opening threads share one window without a lock: a packet
/// may come in any queue. A stage that steers has nothing to look for, and deals blocks of numbers in turn.
func gatewayESPParallel(_ site: GatewaySite) throws -> [RoleThread] {
  let plan = site.plan
  let number = IPv4.protocolESP

  let out = try site.keys(site.sealing)
  let outKey = try site.key(out)
  let numbers = SharedNumbers(last: ESPSealer.lastNumber(usesESN: plan.esn))
  site.atEnd { numbers.deallocate() }
  let sealing = try (0..<plan.sealing).map { index in
    let sealer = ESPParallelSealer(
      out.esp, aead: try site.aead(outKey), numbers: numbers, block: plan.numberBlock,
      lagMax: NumberBlocks.lagMax(
        threads: plan.sealing, block: plan.numberBlock, window: plan.windowSize,
        inFlight: plan.inFlightFrames))
    return site.sealThread(index, sealer, protocol: number)
  }

  let back = try site.keys(site.opening)
  let backKey = try site.key(back)
  let window = SharedReplayWindow(size: plan.windowSize)
  site.atEnd { window.deallocate() }
  let openers = try (0..<plan.opening).map { _ in
    let opener = ESPParallelOpener(back.esp, aead: try site.aead(backKey), window: window)
    site.atEnd { opener.deallocate() }
    return opener
  }
  let chooser = SequenceChooser(outerBytes: site.outerBytes, table: .even(plan.opening))
  if !plan.hasSteeringThread { site.atEnd { chooser.deallocate() } }
  return sealing + (try site.openThreads(openers, protocol: number, steeredBy: chooser))
}

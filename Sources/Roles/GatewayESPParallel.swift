import Tunnel
import Wire

/// `esp-parallel`: one association on threads that each run to completion. Sealing threads take a burst's
/// numbers from one counter, opening threads share one window without a lock: a packet may come in any queue.
func gatewayESPParallel(_ site: GatewaySite) throws -> [RoleThread] {
  let plan = site.plan
  let number = IPv4.protocolESP

  let out = try site.keys(site.sealing)
  let outKey = try site.key(out)
  let numbers = SharedNumbers(last: ESPSealer.lastNumber(isExtended: plan.esn))
  site.atEnd { numbers.deallocate() }
  let sealing = try (0..<plan.sealing).map { index in
    let sealer = ESPParallelSealer(out.esp, aead: try site.aead(outKey), numbers: numbers)
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
  return sealing + (try site.openThreads(openers, protocol: number, steeredBy: SingleChooser()))
}

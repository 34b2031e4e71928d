import Tunnel
import Wire

/// `esp-single`: one thread seals and one opens, each to completion (paper, section 5.2).
func gatewayESPSingle(_ site: GatewaySite) throws -> [RoleThread] {
  let out = try site.keys(site.sealing)
  let sealer = ESPSealer(out.esp, aead: try site.aead(site.key(out)))

  let back = try site.keys(site.opening)
  let window = ReplayWindow(size: site.plan.windowSize)
  site.atEnd { window.deallocate() }
  let opener = ESPOpener(back.esp, aead: try site.aead(site.key(back)), window: window)

  let number = IPv4.protocolESP
  return [site.sealThread(0, sealer, protocol: number)]
    + (try site.openThreads([opener], protocol: number, steeredBy: SingleChooser()))
}

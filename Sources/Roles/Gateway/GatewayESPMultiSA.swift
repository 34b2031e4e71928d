import Tunnel
import Wire

/// `esp-multi-sa`: each sealing thread has a child association of its own (RFC 9611), or one for each traffic
/// class (RFC 4301 section 4.1), with key, counter and SPI, of each tunnel; each opening thread has the
/// associations that are steered to it and refuses any other.
func gatewayESPMultiSA(_ site: GatewaySite) throws -> [RoleThread] {
  let plan = site.plan
  let number = IPv4.protocolESP
  let all = Array(0..<plan.associations)
  let out = try site.associations(site.sealing, all)
  let back = try site.associations(site.opening, all)

  let sealing = try site.each(.seal, plan.sealing) { thread in
    guard plan.tunnels == 1 else {
      let children = (0..<plan.tunnels).map { plan.window(of: thread, tunnel: $0) }
      return site.sealThread(
        thread, try out.sealers(ESP.self, children, try out.scratch()), protocol: number)
    }
    return try site.sealThread(thread, protocol: number) { child in
      out.sealer(ESP.self, number: child, try out.scratch())
    }
  }
  let firstSPI = TestKeys.firstSPI(site.opening)
  let chooser = SPIChooser(
    outerBytes: site.outerBytes, firstSPI: firstSPI, targets: UInt32(plan.opening))
  let ownership = site.ownership(of: 1) { _ in true }
  let owners = all.map { plan.opener(of: $0, site.opening) }
  if owners == Array(0..<plan.opening) {
    // Each thread has a single association, and needs no table.
    let openers = try site.each(.open, plan.opening) {
      ChildOpener(
        try back.opener(ESP.self, number: $0, try back.scratch(), ownership), firstSPI: firstSPI,
        count: plan.associations)
    }
    return sealing + (try site.openThreads(openers, protocol: number, steeredBy: chooser))
  }
  let openers = try site.each(.open, plan.opening) { index in
    try back.openers(
      ESP.self, firstSPI: firstSPI, all.map { owners[$0] == index ? $0 : nil }, try back.scratch(),
      ownership)
  }
  return sealing + (try site.openThreads(openers, protocol: number, steeredBy: chooser))
}

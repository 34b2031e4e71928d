import Tunnel
import Wire

/// `vpe`: each sealing thread has a Window ID and a counter of its own; each opening thread owns the windows
/// that are steered to it and refuses any other (paper, sections 4.1 and 5.2). There need not be as many of
/// one as of the other.
func gatewayVPE(_ site: GatewaySite) throws -> [RoleThread] {
  let plan = site.plan
  let number = plan.encapsulation.vpeProtocol

  let out = try site.keys(site.sealing)
  let outKey = try site.key(out)
  let sealing = try (0..<plan.sealing).map { index in
    let sealer = VPESealer(out.vpe, window: UInt16(index), aead: try site.aead(outKey))
    return site.sealThread(index, sealer, protocol: number)
  }

  let back = try site.keys(site.opening)
  let backKey = try site.key(back)
  let openers = try (0..<plan.opening).map { index in
    let windows = VPEWindows(count: plan.sealing, size: plan.windowSize) { Int($0) % plan.opening == index }
    site.atEnd { windows.deallocate() }
    return VPEOpener(back.vpe, aead: try site.aead(backKey), windows: windows)
  }
  let chooser = WindowChooser(outerBytes: site.outerBytes, targets: UInt16(plan.opening))
  return sealing + (try site.openThreads(openers, protocol: number, steeredBy: chooser))
}

import Tunnel
import Wire

/// `vpe`: n threads seal, each under a Window ID of its own with its own counter; n threads open, each
/// owning the windows that its queue carries and refusing any other (paper, sections 4.1 and 5.2).
func gatewayVPE(_ site: GatewaySite) throws -> [RoleThread] {
  let count = site.plan.threadsPerDirection
  let number = site.plan.encapsulation.vpeProtocol
  var threads: [RoleThread] = []

  let out = try site.keys(site.sealing)
  for index in 0..<count {
    let sealer = VPESealer(out.vpe, window: UInt16(index), aead: try site.aead(out))
    threads.append(site.sealThread(index, sealer, protocol: number))
  }

  let back = try site.keys(site.opening)
  for index in 0..<count {
    let windows = VPEWindows(count: count, size: site.plan.windowSize) { Int($0) % count == index }
    site.atEnd { windows.deallocate() }
    let opener = VPEOpener(back.vpe, aead: try site.aead(back), windows: windows)
    threads.append(site.openThread(index, opener, protocol: number))
  }
  return threads
}

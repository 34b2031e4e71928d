import Dataplane
import Tunnel
import Wire

/// The models in which each thread runs to completion, for any format: one sealing and one opening thread
/// (paper, section 5.2), or, with `vpe` and `eesp-subsa`, any number of each. Each sealing thread then has a
/// window and a counter of its own, or one for each traffic class; each opening thread owns the windows that
/// are steered to it and refuses all others (paper, sections 4.1 and 5.2). With `psp` and `psp-derive` each
/// sealing thread has a part of the numbers, and any thread opens any packet, for there are no windows.
struct GatewayWindows: FormatVisitor {
  typealias Failure = any Error
  let site: GatewaySite

  func visit<Format: TunnelFormat>(_ format: Format.Type) throws -> [RoleThread] {
    // In a stateless format one sealer and one opener serve all tunnels.
    try site.plan.tunnels > 1 ? many(format) : one(format)
  }

  /// For several tunnels: each thread has tables of associations.
  private func many<Format: TunnelFormat>(_ format: Format.Type) throws -> [RoleThread] {
    let tunnels = Array(0..<site.plan.tunnels)
    let sealers = site.layout.seal.outputs
    let openers = site.layout.open.outputs
    let out = try site.associations(site.sealing, tunnels)
    let back = try site.associations(site.opening, tunnels)
    let number = site.protocolNumber
    let ownership = site.each(.open, openers) { index in
      site.ownership(of: sealers) { site.opener(of: $0, among: openers) == index }
    }
    if format.isStateless {
      let sealing = try site.each(.seal, sealers) {
        site.sealThread($0, out.sealer(format, window: $0, try out.scratch()), protocol: number)
      }
      let opening = try site.each(.open, openers) {
        try back.opener(format, try back.scratch(), ownership[$0])
      }
      return sealing + (try openThreads(format, opening))
    }
    let sealing = try site.each(.seal, sealers) { index in
      let table = try out.sealers(format, tunnels, window: index, try out.scratch())
      return site.sealThread(index, table, protocol: number)
    }
    let opening = try site.each(.open, openers) {
      try back.openers(
        format, firstSPI: TestKeys.firstSPI(site.opening), tunnels, try back.scratch(), ownership[$0])
    }
    return sealing + (try openThreads(format, opening))
  }

  private func one<Format: TunnelFormat>(_ format: Format.Type) throws -> [RoleThread] {
    let sealers = site.layout.seal.outputs
    let out = try site.keys(site.sealing)
    let (outKey, terms) = (try site.key(out), try out.material().terms)
    func sealer(_ window: Int) throws -> Format.Sealer {
      format.sealer(
        format.association(terms), window: UInt16(window), aead: try site.aead(outKey), sequence: 0)
    }
    let number = site.protocolNumber
    let sealing = try site.each(.seal, sealers) { index in
      // If packets carry no window ID, all classes share one window.
      try Format.windowEnd > 0
        ? site.sealThread(index, protocol: number, sealer)
        : site.sealThread(index, sealer(index), protocol: number)
    }

    let windows = site.plan.classesApart ? site.plan.windows : sealers
    let openers = site.layout.open.outputs
    let back = try site.keys(site.opening)
    let backKey = try site.key(back)
    let opening = try site.each(.open, openers) { index in
      try site.opener(
        format, back, backKey,
        site.ownership(of: windows) { site.opener(of: $0, among: openers) == index })
    }
    return sealing + (try openThreads(format, opening))
  }

  /// The opening threads, steered by the window or part in a packet if the format has either.
  private func openThreads<Format: TunnelFormat, O: PacketOpener>(
    _ format: Format.Type, _ openers: [O]
  ) throws -> [RoleThread] {
    let number = site.protocolNumber
    guard Format.hasParts || Format.windowEnd > 0 else {
      guard site.plan.fragments == .outer else { return site.openThreads(openers, protocol: number) }
      return [try site.reassemblingThread(openers[0], protocol: number)]
    }
    let chooser = WindowChooser<Format>(outerBytes: site.outerBytes, targets: UInt16(openers.count))
    return try site.openThreads(openers, protocol: number, steeredBy: chooser)
  }
}

extension GatewaySite {
  /// The thread that opens a window's packets.
  fileprivate func opener(of window: UInt16, among openers: Int) -> Int {
    openers == 1 ? 0 : plan.opener(of: Int(window), opening)
  }
}

/// The gateway of a system with a packet format.
func gatewayWindows(_ site: GatewaySite) throws -> [RoleThread] {
  guard let threads = try site.plan.system.format?.visitGateway(GatewayWindows(site: site)) else {
    throw RoleError.system(site.plan.system)
  }
  return threads
}

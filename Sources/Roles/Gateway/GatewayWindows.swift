import Dataplane
import Tunnel
import Wire

/// The models in which each thread runs to completion, for any format: one thread that seals and one that
/// opens (paper, section 5.2), or, with `vpe` and `eesp-subsa`, any number. Each sealing thread then has a
/// window and a counter of its own; each opening thread owns the windows that are steered to it and refuses
/// any other (paper, sections 4.1 and 5.2). There need not be as many of one as of the other. Where traffic
/// has classes, each sealing thread has a window and a counter for each. With `psp` and `psp-derive` each
/// sealing thread has a part of the numbers, and, as there are no windows, any thread opens any packet.
struct GatewayWindows: FormatVisitor {
  typealias Failure = any Error
  let site: GatewaySite

  func visit<Format: TunnelFormat>(_ format: Format.Type) throws -> [RoleThread] {
    // Of a format that keeps nothing for an association, one sealer and one opener have all.
    try site.plan.tunnels > 1 ? many(format) : one(format)
  }

  /// Of many tunnels, each thread has tables.
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
      // Where packets have no window's ID, all classes have one window.
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

  /// Only what tells its sealing thread can be steered to one of several threads.
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

/// The gateway of a system whose packets have a format.
func gatewayWindows(_ site: GatewaySite) throws -> [RoleThread] {
  guard let threads = try site.plan.system.format?.visitGateway(GatewayWindows(site: site)) else {
    throw RoleError.system(site.plan.system)
  }
  return threads
}

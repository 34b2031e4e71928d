import Dataplane
import Tunnel
import Wire

/// Seals frames for a gateway to open. It runs outside the measured time, so an existential does no harm.
protocol TesterSealer {
  /// Bytes by which a frame grows at its start.
  var growth: Int { get }
  /// The most bytes by which a frame grows at its end.
  var tailroomBytes: Int { get }
  /// Swaps the addresses and ports of a generator's frame, as the reflector does, and seals it.
  /// - Returns: whether it succeeded.
  mutating func seal(_ packet: Packet) -> Bool
}

/// Opens frames that a gateway has sealed.
protocol TesterChecker {
  /// The inner packet; nil if the frame does not open.
  mutating func open(_ frame: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer?
}

private struct FormatSealer<Sealer: PacketSealer>: TesterSealer {
  var reflect = Reflect()
  var transform: Seal<Sealer, OuterHeader>

  var growth: Int { transform.outer.bytes + Sealer.headerBytes - Ethernet.headerBytes }
  var tailroomBytes: Int { Sealer.tailroomBytes }

  mutating func seal(_ packet: Packet) -> Bool {
    reflect.apply(packet) == .none && transform.apply(packet) == .none
  }
}

/// Opens a frame in plain memory, without a packet buffer.
private struct FormatChecker<Opener: PacketOpener>: TesterChecker {
  var opener: Opener
  let outer: OuterCheck

  mutating func open(_ frame: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer? {
    guard let start = frame.baseAddress else { return nil }
    let found = outer.find(in: start, count: frame.count, bare: Opener.isBare)
    guard found.reason == .none else { return nil }
    let opened = opener.open(found.start, count: found.count)
    return opened.reason == .none ? UnsafeRawBufferPointer(start: opened.start, count: opened.count) : nil
  }
}

extension GatewaySite {
  /// A sealer and an opener with this gateway's keys, for one thread.
  /// - Throws: `RoleError`, `CryptoError`.
  func testerFormat() throws -> (any TesterSealer, any TesterChecker) {
    if plan.system == .null {
      let number = IPv4.protocolIPv4
      return format(NullSealer(), NullOpener(), protocol: number)
    }
    guard let ends = try plan.system.format?.visitGateway(TesterVisitor(site: self)) else {
      throw RoleError.system(plan.system)
    }
    return ends
  }

  fileprivate func format<S: PacketSealer, O: PacketOpener>(
    _ sealer: S, _ opener: O, protocol number: UInt8
  ) -> (any TesterSealer, any TesterChecker) {
    (
      FormatSealer(transform: seal(sealer, protocol: number)),
      FormatChecker(opener: opener, outer: outerCheck(protocol: number))
    )
  }
}

private struct TesterVisitor: FormatVisitor {
  typealias Failure = any Error
  let site: GatewaySite

  func visit<Format: TunnelFormat>(_ format: Format.Type) throws -> (any TesterSealer, any TesterChecker) {
    let (out, back) = (try site.keys(site.sealing), try site.keys(site.opening))
    let association = format.association(try out.material().terms)
    let sealer = format.sealer(association, window: 0, aead: try site.aead(site.key(out)), sequence: 0)
    let opener = try site.opener(
      format, back, try site.key(back), site.ownership(of: 1) { _ in true })
    return site.format(sealer, opener, protocol: site.protocolNumber)
  }
}

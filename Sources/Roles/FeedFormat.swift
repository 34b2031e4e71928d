import Dataplane
import Tunnel
import Wire

/// Seals frames for a gateway to open; outside the measured time, so that an existential does no harm.
protocol FeedSealer {
  /// Bytes by which a frame grows at its start.
  var growth: Int { get }
  /// The most by which it grows at its end.
  var tailroomBytes: Int { get }
  /// Turns a generator's frame into a reflected one, and seals it.
  /// - Returns: whether that went well.
  mutating func seal(_ packet: Packet) -> Bool
}

/// Opens frames that a gateway has sealed.
protocol FeedChecker {
  /// The inner packet; nil if the frame does not open.
  mutating func open(_ frame: UnsafeMutableRawBufferPointer) -> UnsafeRawBufferPointer?
}

private struct FormatSealer<Sealer: PacketSealer>: FeedSealer {
  var reflect = Reflect()
  var transform: Seal<Sealer>

  var growth: Int { transform.outer.bytes + Sealer.headerBytes - Ethernet.headerBytes }
  var tailroomBytes: Int { Sealer.tailroomBytes }

  mutating func seal(_ packet: Packet) -> Bool {
    reflect.apply(packet) == .none && transform.apply(packet) == .none
  }
}

/// Works on a copy in memory, without a packet buffer.
private struct FormatChecker<Opener: PacketOpener>: FeedChecker {
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
  /// What seals and opens on one thread as this gateway does.
  /// - Throws: `RoleError`, `CryptoError`.
  func feedFormat() throws -> (any FeedSealer, any FeedChecker) {
    if plan.system == .null {
      let number = IPv4.protocolIPv4
      return format(NullSealer(), NullOpener(), protocol: number)
    }
    let (out, back) = (try keys(sealing), try keys(opening))
    let (outAEAD, backAEAD) = (try aead(key(out)), try aead(key(back)))
    if plan.system == .vpe {
      let windows = VPEWindows(count: 1, size: plan.windowSize) { _ in true }
      atEnd { windows.deallocate() }
      return format(
        VPESealer(out.vpe, window: 0, aead: outAEAD), VPEOpener(back.vpe, aead: backAEAD, windows: windows),
        protocol: plan.encapsulation.vpeProtocol)
    }
    let window = ReplayWindow(size: plan.windowSize)
    atEnd { window.deallocate() }
    return format(
      ESPSealer(out.esp, aead: outAEAD), ESPOpener(back.esp, aead: backAEAD, window: window),
      protocol: IPv4.protocolESP)
  }

  private func format<S: PacketSealer, O: PacketOpener>(
    _ sealer: S, _ opener: O, protocol number: UInt8
  ) -> (any FeedSealer, any FeedChecker) {
    (
      FormatSealer(transform: seal(sealer, protocol: number)),
      FormatChecker(opener: opener, outer: outerCheck(protocol: number))
    )
  }
}

import Tunnel
import Wire

/// `esp-multi-sa`: each sealing thread has a child association of its own (RFC 9611), or one for each traffic
/// class (RFC 4301 section 4.1), with key, counter and SPI; each opening thread has the associations that are
/// steered to it and refuses any other.
func gatewayESPMultiSA(_ site: GatewaySite) throws -> [RoleThread] {
  let plan = site.plan
  let number = IPv4.protocolESP
  let children = 0..<plan.windows

  let sealing = try (0..<plan.sealing).map { thread in
    try site.sealThread(thread, protocol: number) { child in
      let out = try site.keys(site.sealing, number: child)
      return ESPSealer(out.esp, aead: try site.aead(site.key(out)))
    }
  }

  let back = try children.map { try site.keys(site.opening, number: $0) }
  let backKeys = try back.map(site.key)
  let openers = try (0..<plan.opening).map { index in
    let table = ESPChildren(
      firstSPI: TestKeys.firstSPI(site.opening),
      openers: try children.map { child in
        guard child % plan.opening == index else { return nil }
        let window = ReplayWindow(size: plan.windowSize)
        site.atEnd { window.deallocate() }
        return ESPOpener(back[child].esp, aead: try site.aead(backKeys[child]), window: window)
      })
    site.atEnd { table.deallocate() }
    return table
  }
  let chooser = SPIChooser(
    outerBytes: site.outerBytes, firstSPI: TestKeys.firstSPI(site.opening), targets: UInt32(plan.opening))
  return sealing + (try site.openThreads(openers, protocol: number, steeredBy: chooser))
}

/// The child associations that an opening thread has, by SPI.
struct ESPChildren: PacketOpener {
  private let firstSPI: UInt32
  private let count: UInt32
  private let openers: UnsafeMutablePointer<ESPOpener?>

  /// - Parameter openers: of the SPIs from `firstSPI` on; nil for one that another thread has.
  init(firstSPI: UInt32, openers: [ESPOpener?]) {
    self.firstSPI = firstSPI
    count = UInt32(openers.count)
    self.openers = .allocateLines(openers.count)
    self.openers.initialize(from: openers, count: openers.count)
  }

  @inline(__always)
  func prepare(
    _ outer: UnsafeMutableRawPointer, count bytes: Int, at place: AssociationPlace, in work: WorkPlace
  ) {
    guard bytes >= 4 else { return work.pointee.reason = .tooShort }
    let child = outer.loadBig(ESPLayout.spiOffset, as: UInt32.self) &- firstSPI
    guard child < count else { return work.pointee.reason = .unknownSPI }
    work.pointee.place = AssociationPlace(truncatingIfNeeded: child)
    work.pointee.reason = .foreignSA
    (openers + Int(child)).pointee?.prepare(outer, count: bytes, at: 0, in: work)
  }

  @inline(__always)
  mutating func open(_ work: WorkPlace) -> Opened {
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: work.pointee.start) }
    let opener = openers + Int(work.pointee.place)
    return opener.pointee?.open(work) ?? Opened(.foreignSA, at: work.pointee.start)
  }

  func deallocate() { openers.deallocate() }
}

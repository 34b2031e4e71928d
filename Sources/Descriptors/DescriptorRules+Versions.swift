import Cases
import Wire

extension Descriptor {
  /// The IP versions of outer packets, from the sweep or the tunnel.
  var outerVersions: [IPVersion] {
    sweep[.outerVersion].isEmpty
      ? [tunnel.encapsulation.isIPv6 ? .ipv6 : .ipv4] : words(.outerVersion)
  }
  /// The carriers of sealed packets (IP or UDP), from the sweep or the tunnel.
  var carriers: [Carrier] {
    sweep[.encapsulation].isEmpty
      ? [tunnel.encapsulation.udpPort == nil ? .ip : .udp] : words(.encapsulation)
  }
  /// The IP versions of inner packets.
  var innerVersions: [IPVersion] { words(.innerVersion) }

  private func words<Word: RawRepresentable<String>>(_ axis: Axis) -> [Word] {
    sweep[axis].compactMap { Word(rawValue: $0.text) }
  }
}

extension DescriptorRules {
  /// Checks conflicts of IP versions and UDP with other members.
  mutating func checkVersions() {
    if descriptor.innerVersions.contains(.ipv6) {
      checkLengths()
      checkOnePair()
    }
    if descriptor.measure.what == .packetCost { checkOuterHeaderMatters() }
  }

  /// The path of the member that determines the carrier, or the version of outer packets.
  func path(of axis: Axis) -> String {
    if !descriptor.sweep[axis].isEmpty { return "sweep.\(axis.rawValue)" }
    return axis == .encapsulation ? "tunnel.encapsulation" : "tunnel.outer"
  }

  /// Requires IPv4 for inner and outer packets, as third-party gateways are configured for it.
  mutating func checkIPv4(_ reason: String) {
    if descriptor.outerVersions.contains(.ipv6) {
      refuse(path(of: .outerVersion), "must be \"ipv4\" \(reason)")
    }
    if descriptor.innerVersions.contains(.ipv6) {
      refuse("sweep.inner_version", "must be \"ipv4\" \(reason)")
    }
  }

  /// Checks lengths: headers of IPv6 are 20 bytes longer.
  private mutating func checkLengths() {
    let isCost = descriptor.measure.what == .packetCost
    let version = IPVersion.ipv6
    let least = isCost ? version.packetBytesMin + Ethernet.framingBytes : version.frameBytesMin
    refuseShort(least) { shown, least in
      "\(shown) is too short for sweep.inner_version \"ipv6\", whose headers and stamp need \(least)"
    }
    for (index, value) in descriptor.sweep[.frameBytes].enumerated() {
      guard case .word(let word) = value, let shortest = FrameMix(word)?.lengths.min(), shortest < least
      else { continue }
      refuse(
        element(.frameBytes, index),
        "\"\(word)\" has frames of \(shortest) bytes, too short for sweep.inner_version \"ipv6\", whose "
          + "headers and stamp need \(least)")
    }
  }

  /// Checks that nothing needs IPv4: tunnels, senders and selectors are found by IPv4 addresses.
  private mutating func checkOnePair() {
    for axis in [Axis.tunnels, .senders] {
      guard let most = most(axis, above: 1) else { continue }
      refuse("sweep.inner_version", "must be \"ipv4\" where sweep.\(axis.rawValue) has \(most)")
    }
    if checksSelectors {
      refuse("sweep.inner_version", "must be \"ipv4\" where selectors are checked, which have no other")
    }
  }

  /// Checks that an outer version or carrier matters for what is measured. It matters for stages, as these
  /// write outer headers. It also matters for opening alone if packets begin at their frames' position
  /// (headroom `plain`). Long packets have rules of their own.
  private mutating func checkOuterHeaderMatters() {
    let operations = descriptor.measure.operations
    let isMet = operations.contains { $0.isStage || $0 == .open && descriptor.headroom == .plain }
    if isMet || asked(.fragments) != nil || asked(.buffers) != nil { return }
    for axis in [Axis.outerVersion, .encapsulation]
    where descriptor.sweep[axis].contains(where: { $0 != axis.definition.standard }) {
      refuse(
        "sweep.\(axis.rawValue)",
        "changes nothing of what is measured; measure.operations needs a stage, or headroom \"plain\" and "
          + "\"open\"")
    }
  }
}

import Cases

extension DescriptorRules {
  /// What renewing associations cannot stand beside.
  mutating func checkRekeying() {
    guard let most = descriptor.sweep.integers(.rekeyMilliseconds).max(), most > 0 else { return }
    let renewed = "sweep.rekey_ms \(most)"
    let names = System.allCases.filter(\.renews).map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    if !descriptor.systems.contains(where: \.renews) {
      refuse("sweep.rekey_ms", "is used by \(names) alone, and systems has none of them")
    }
    if descriptor.link != .ring {
      refuse(
        "link",
        "\"\(descriptor.link.rawValue)\" is not possible with \(renewed): both gateways' associations are "
          + "renewed by one process; say \"ring\"")
    }
    if descriptor.measure.setup == .dut {
      refuse("measure.setup", "\"dut\" has one gateway alone; with \(renewed) it must be \"circuit\"")
    }
    if let classes = descriptor.sweep.integers(.classes).max(), classes > 1 {
      refuse("sweep.classes", "\(classes) are not possible with \(renewed); allowed is 1")
    }
    if let pad = descriptor.sweep.integers(.padBytes).max(), pad > 0 {
      refuse("sweep.pad_bytes", "\(pad) is not possible with \(renewed); allowed is 0")
    }
    if descriptor.steering == .software || descriptor.sweep[.steering].contains("software") {
      refuse(
        descriptor.steering == .software ? "steering" : "sweep.steering",
        "\"software\" is not possible with \(renewed); say \"queue\"")
    }
    if descriptor.isImpaired {
      refuse("sweep.rekey_ms", "is not possible where the black link has an impairment or an attacker")
    }
    let places = descriptor.cases.filter { $0.rekeyMilliseconds > 0 }.map(Self.places).max() ?? 0
    if places > 65_000 {
      refuse(
        "sweep.tunnels",
        "leads to \(places) places in a thread's table with \(renewed), two for each association, and 65,000 "
          + "are possible; take fewer tunnels or threads")
    }
  }

  /// Places in the largest table of a thread.
  private static func places(_ point: Case) -> Int {
    let children = point.system == .espMultiSA ? point.values.children / point.values.opening : 0
    return 2 * max(point.tunnels, children)
  }
}

import Cases

extension DescriptorRules {
  /// Checks conflicts of renewed associations with other members.
  mutating func checkRekeying() {
    guard let renewed = asked(.rekeyMilliseconds) else { return }
    if !descriptor.systems.contains(where: \.renews) {
      refuse(
        "sweep.rekey_ms",
        "renews associations, and systems has no gateway with any; \"psp-derive\" keeps none that could be "
          + "renewed, for it derives each packet's key")
    }
    requireRing(
      with: renewed, ": both gateways' associations are renewed by one process; say \"ring\"")
    requireCircuit("has one gateway alone", with: renewed)
    requireStandard([.classes, .padBytes], with: renewed)
    refuse(.software, "with \(renewed); say \"queue\"")
    requireSoundLink(for: .rekeyMilliseconds)
    let entries = descriptor.cases.filter { $0.rekeyMilliseconds > 0 }.map(Self.tableEntries).max() ?? 0
    if entries > 65_000 {
      refuse(
        "sweep.tunnels",
        "leads to \(entries) places in a thread's table with \(renewed), two for each association, and "
          + "65,000 are possible; take fewer tunnels or threads")
    }
  }

  /// The number of entries in the largest table of a thread.
  private static func tableEntries(_ point: Case) -> Int {
    let children = point.system == .espMultiSA ? point.values.children / point.values.opening : 0
    return 2 * max(point.tunnels, children)
  }
}

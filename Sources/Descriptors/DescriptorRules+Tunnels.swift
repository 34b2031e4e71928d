import Cases

extension DescriptorRules {
  /// Checks conflicts of many tunnels in gateways with other members.
  mutating func checkTunnels() {
    guard descriptor.measure.what == .throughput, let most = most(.tunnels, above: 1) else { return }
    for (index, system) in descriptor.systems.enumerated()
    where system.hasAssociations && !system.hasTunnelTables && !descriptor.sweep[.tunnels].contains(1) {
      let others = System.allCases.filter(\.hasTunnelTables).map(\.rawValue).joined(separator: ", ")
      refuse(
        "systems[\(index)]",
        "\"\(system.rawValue)\" has one tunnel, and sweep.tunnels has \(most) and not 1; many have "
          + others)
    }
    for (isThere, other) in [
      (descriptor.measure.setup == .dut, "with measure.setup \"circuit\" alone"),
      (!descriptor.peers.isEmpty, "without peers alone"),
      (descriptor.cases.contains { $0.classes > 1 }, "with one traffic class alone"),
    ] where isThere {
      refuse("sweep.tunnels", "\(most) are possible \(other)")
    }
    if let point = descriptor.cases.first(where: { $0.system == .espMultiSA && $0.values.children > 65_000 })
    {
      refuse(
        "sweep.tunnels",
        "\(point.tunnels) are \(point.values.children) child associations in esp-multi-sa with "
          + "\(point.threads) threads; up to 65,000 are possible, so take fewer tunnels or threads")
    }
    let needed = descriptor.cases.map { $0.tunnels * ($0.system.runsInParallel ? $0.sealing : 1) }.max() ?? 1
    let remedy =
      needed > 65_536 ? "no sweep.flows is enough: take fewer tunnels or threads" : "take so many, or more"
    requireFlows(needed, of: "tunnel", "; \(remedy)")
  }
}

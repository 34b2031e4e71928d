import Cases

extension DescriptorRules {
  /// Checks that the members suit a rate search.
  mutating func checkSearch() {
    guard let search = descriptor.measure.search else { return }
    requireRing(with: "measure.what \"rate-search\"", "; allowed is \"ring\"")
    for (index, value) in descriptor.sweep[.esn].enumerated() where value == false {
      refuse(
        element(.esn, index),
        "false is not possible with measure.what \"rate-search\": a search seals more packets than there are "
          + "numbers of 32 bits; allowed is true")
    }
    if let most = search.maxMpps, most <= search.minMpps {
      refuse("measure.max_mpps", "\(most) must be above measure.min_mpps, which is \(search.minMpps)")
    }
    if search.probeRate > 0 {
      if search.latencyPercents.isEmpty {
        refuse("measure.probe_kpps", "is of loads at which latency is measured; name some in latency_percent")
      }
      for (index, flows) in descriptor.sweep.integers(.flows).enumerated() where flows == 65_536 {
        refuse(element(.flows, index), "65536 leave none for measure.probe_kpps; allowed is up to 65535")
      }
    }
    // The shape limits each member; only the combination of both lengths can still be invalid.
    if let fault = search.goals.lazy.compactMap(\.fault).first {
      refuse("measure", "\(fault); change trial_seconds or duration_sum_seconds")
    } else if let longest = search.goals.max(by: { $0.durationSumSeconds < $1.durationSumSeconds }),
      longest.durationSumSeconds > search.seconds
    {
      refuse(
        "measure.search_seconds",
        "\(search.seconds) is less than the \(longest.durationSumSeconds) s that the goal `\(longest.name)` "
          + "takes at each load")
    }
  }
}

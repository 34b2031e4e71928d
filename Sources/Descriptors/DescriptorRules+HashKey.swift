import Cases

extension DescriptorRules {
  /// What changing the hash's key needs.
  mutating func checkHashKey() {
    guard let most = descriptor.sweep.integers(.hashKeyMilliseconds).max(), most > 0 else { return }
    let changed = "sweep.hash_key_ms \(most)"
    let names = System.allCases.filter(\.runsInParallel).map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    if !descriptor.systems.contains(where: \.runsInParallel) {
      refuse("sweep.hash_key_ms", "is used by \(names) alone, and systems has none of them")
    }
    let isHashed =
      descriptor.sweep[.steering].isEmpty
      ? descriptor.steering == .hash : descriptor.sweep[.steering] == ["hash"]
    if !isHashed {
      refuse(
        descriptor.sweep[.steering].isEmpty ? "steering" : "sweep.steering",
        "must be \"hash\" with \(changed): otherwise nothing is hashed")
    }
    if !descriptor.traffic.hasTimestamps {
      refuse(
        "traffic.timestamps",
        "must be true with \(changed): a flow takes several paths, and times alone tell its frames' order")
    }
    if descriptor.measure.setup == .dut {
      refuse("measure.setup", "\"dut\" hashes nothing; with \(changed) it must be \"circuit\"")
    }
  }
}

import Cases

extension DescriptorRules {
  /// Checks the requirements of a changing hash key.
  mutating func checkHashKey() {
    guard let changed = asked(.hashKeyMilliseconds) else { return }
    requireAnySystem(\.runsInParallel, for: .hashKeyMilliseconds)
    let swept = descriptor.sweep[.steering]
    if swept.isEmpty ? descriptor.steering != .hash : swept != ["hash"] {
      refuse(
        swept.isEmpty ? "steering" : "sweep.steering",
        "must be \"hash\" with \(changed): otherwise nothing is hashed")
    }
    if !descriptor.traffic.hasTimestamps {
      refuse(
        "traffic.timestamps",
        "must be true with \(changed): a flow takes several paths, and times alone tell its frames' order")
    }
    requireCircuit("hashes nothing", with: changed)
  }
}

import Cases

extension DescriptorRules {
  /// What padding for traffic-flow confidentiality cannot stand beside.
  mutating func checkPadding() {
    guard let most = descriptor.sweep.integers(.padBytes).max(), most > 0 else { return }
    let padded = "sweep.pad_bytes \(most)"
    let names = System.allCases.filter(\.pads).map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    if !descriptor.systems.contains(where: \.pads) {
      refuse("sweep.pad_bytes", "is used by \(names) alone, and systems has none of them")
    }
    for axis in [Axis.tunnels, .senders, .classes] {
      guard let other = descriptor.sweep.integers(axis).max(), other > 1 else { continue }
      refuse("sweep.\(axis.rawValue)", "\(other) are not possible with \(padded); allowed is 1")
    }
    if descriptor.sweep[.cores].contains(.word(CoreSet.all.rawValue)) {
      refuse("sweep.cores", "\"all\" is not possible with \(padded); allowed is \"one\"")
    }
    if descriptor.measure.setup == .dut {
      refuse(
        "measure.setup", "\"dut\" has packets of one length alone; with \(padded) it must be \"circuit\"")
    }
    if let role = descriptor.peers.keys.min(by: { $0.rawValue < $1.rawValue }) {
      refuse("peers.\(role.rawValue)", "is no gateway that pads; with \(padded) there can be none")
    }
  }
}

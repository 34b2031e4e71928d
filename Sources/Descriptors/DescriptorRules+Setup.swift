import Cases

extension DescriptorRules {
  /// Checks that the members suit the setup: a single DUT, or the whole circuit.
  mutating func checkSetup() {
    guard descriptor.measure.what == .throughput else { return }
    guard descriptor.measure.setup == .dut else {
      for (index, system) in descriptor.systems.enumerated() where [.tester, .ipsecSecgw].contains(system) {
        let other = system == .ipsecSecgw ? "; as a gateway of link \"veth\" it is named in peers" : ""
        refuse(
          "systems[\(index)]",
          "\"\(system.rawValue)\" is measured alone, with measure.setup \"dut\" "
            + "(experiments/baseline.json5)\(other)")
      }
      if descriptor.link == .memif {
        refuse("link", "\"memif\" is possible with measure.setup \"dut\" alone")
      }
      return
    }
    checkDUT()
  }

  /// Checks window sizes. If a system reorders packets in flight, a window that is too small drops honest
  /// packets.
  mutating func checkWindows() {
    let sizes = descriptor.sweep.integers(.windowSize)
    guard descriptor.measure.what == .throughput, !sizes.isEmpty else { return }
    let isPaced = descriptor.traffic.rate != .max
    // At a fixed rate fewer frames are in flight, so only cases with blocks of numbers are checked: a thread
    // gives a block up by the largest number of frames that may be in flight.
    let reordering = descriptor.cases.filter {
      $0.system.reorders && !$0.isDUT && (!isPaced || $0.blockLag > 0)
    }
    for (index, size) in sizes.enumerated() {
      let most = reordering.filter { $0.windowSize == size }.max { needed($0) < needed($1) }
      guard let most, size < needed(most) else { continue }
      let frames = descriptor.traffic.framesInFlight(threads: most.threads)
      let blocks =
        most.blockLag == 0
        ? ""
        : " and the \(most.blockLag) numbers by which blocks of \(most.numberBlock) set its threads apart"
      refuse(
        element(.windowSize, index),
        "\(size) is less than the \(frames) frames that may be in flight with \(most.threads) threads, "
          + "which \(most.system.rawValue) reorders\(blocks); leave it out, or lower traffic.in_flight_frames"
          + (blocks.isEmpty ? "" : " or number_block"))
    }
  }

  /// The number of packets that the case's window must remember.
  private func needed(_ point: Case) -> Int {
    descriptor.traffic.framesInFlight(threads: point.threads) + point.blockLag
  }

  private mutating func checkDUT() {
    let link = descriptor.link
    guard link == .ring || link == .memif else {
      refuse(
        "link",
        "\"\(link.rawValue)\" is not possible with measure.setup \"dut\"; allowed are \"ring\", \"memif\"")
      return
    }
    for (index, system) in descriptor.systems.enumerated() where !system.linksAsDUT.contains(link) {
      let others = system.linksAsDUT.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
      refuse(
        "systems[\(index)]",
        "\"\(system.rawValue)\" cannot be a DUT on link \"\(link.rawValue)\"; its link is \(others)")
    }
    if !descriptor.systems.contains(.tester) {
      refuse(
        "systems",
        "needs \"tester\" with measure.setup \"dut\": what the tester can carry itself says "
          + "whether it can show what a DUT carries")
    }
    if descriptor.cases.allSatisfy({ $0.system == .tester }) {
      refuse("systems", "has nothing that could be measured: the sweep makes no case of a DUT")
    }
    if descriptor.traffic.rate != .max {
      refuse("traffic.rate_mpps", "must be \"max\" with measure.setup \"dut\"")
    }
    for (isThere, member) in [
      (descriptor.fault != nil, "fault"), (descriptor.model != nil, "model"),
      (!descriptor.peers.isEmpty, "peers"),
    ] where isThere {
      refuse(member, "is possible with measure.setup \"circuit\" alone")
    }
  }
}

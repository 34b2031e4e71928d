import Cases
import Wire

// Packets that do not fit into one buffer, or exceed the path's MTU.
extension DescriptorRules {
  /// The most packets in flight in chained or large buffers; memory for them is reserved at the start.
  static let longPacketsInFlightMax = 8192
  /// The most packets in flight if packets are cut, with their fragments.
  static let cutPacketsInFlightMax = 4096

  /// Checks conflicts of long packets, and of their buffers, with other members.
  mutating func checkBuffers() {
    guard descriptor.measure.what == .packetCost else { return }
    let all = descriptor.sweep[.buffers]
    for (index, bytes) in descriptor.sweep.integers(.packetBytes).enumerated() where bytes > 1500 {
      if all.contains(.word(PacketBuffers.single.rawValue)), descriptor.sweep[.fragments].contains("none") {
        refuse(
          element(.packetBytes, index),
          "\(bytes) do not fit into a buffer for frames of up to 1518 bytes; sweep.buffers must have others "
            + "than \"single\" alone, or sweep.fragments others than \"none\"")
      }
    }
    guard let name = asked(.buffers) else { return }
    allowOnly(\.hasSegments, "has no packets in buffers of other kinds", with: name)
    requireStandard([.tunnels, .senders, .padBytes, .cores], with: name)
    refuseStage("stages take packets in one buffer", with: name)
    requireDirectlyInIP(with: name)
    if descriptor.outerVersions.contains(.ipv6) {
      refuse(path(of: .outerVersion), "must be \"ipv4\" with \(name), whose packets lie in no other")
    }
    limitInFlight(Self.longPacketsInFlightMax, with: name)
  }

  /// Checks conflicts of fragmentation with other members.
  mutating func checkFragments() {
    guard let name = asked(.fragments) else { return }
    let isCost = descriptor.measure.what == .packetCost
    allowOnly(isCost ? \.hasFragments : \.cutsInGateways, "cuts no packets", with: name)
    let least = Fragmentation.pathBytes
    refuseShort(least + Ethernet.framingBytes) { shown, _ in
      "\(shown) needs not be cut; with \(name) allowed are packets of \(least) bytes and more"
    }
    requireStandard([.tunnels, .senders, .padBytes, .buffers, .cores], with: name)
    guard isCost else { return checkCutInGateways(name) }
    requireDirectlyInIP(with: name)
    refuseStage("stages cut no packets", with: name)
    limitInFlight(Self.cutPacketsInFlightMax, with: name)
  }

  private mutating func checkCutInGateways(_ name: String) {
    let ways = FragmentWay.ofGateways.map(\.rawValue)
    for (index, value) in descriptor.sweep[.fragments].enumerated() where !ways.contains(value.text) {
      refuse(
        element(.fragments, index),
        "\"\(value.text)\" is possible in packet costs alone; circuits have "
          + ways.map { "\"\($0)\"" }.joined(separator: ", "))
    }
    requireRing(with: name)
    requireCircuit("puts nothing together", with: name)
    requireStandard(
      [
        .fillRate, .rekeyMilliseconds, .hashKeyMilliseconds, .classes, .latePackets, .replayedPercent,
        .forgedPercent,
      ], with: name)
    for (isThere, member, must) in [
      (descriptor.impairment.shuffleFrames > 0, "impairment.shuffle_frames", "0"),
      (descriptor.tunnel.headerFields != .none, "tunnel.header_fields", "\"none\""),
      (checksSelectors, "tunnel.selectors", "false"),
    ] where isThere {
      refuse(member, "must be \(must) with \(name)")
    }
    if descriptor.model != nil { refuse("model", "predicts whole packets alone; leave it out with \(name)") }
    if descriptor.innerVersions.contains(.ipv6), descriptor.sweep[.fragments].contains("copied") {
      refuse(
        "sweep.inner_version",
        "must be \"ipv4\" with sweep.fragments \"copied\": its source alone cuts IPv6, and no gateway")
    }
    checkCuttingThreads(name)
  }

  /// Checks that all fragments of a packet reach the thread that reassembles them.
  private mutating func checkCuttingThreads(_ name: String) {
    let most = 2 * FragmentWay.threadsMax
    refuseThreads(above: most, "are too many with \(name); allowed are up to \(most)")
    refuse(.hash, "with \(name): hosts put together what comes by one queue; say \"queue\" or \"software\"")
    let swept = descriptor.sweep[.steering]
    let isSteered = swept.isEmpty ? descriptor.steering == .software : swept == ["software"]
    if descriptor.sweep[.fragments].contains(.word(FragmentWay.outer.rawValue)), !isSteered {
      refuseThreads(
        above: 2,
        "are not possible with sweep.fragments \"outer\" where ports steer: a port leads no fragment but the "
          + "first to its thread; allowed is 2, or more with steering \"software\"")
    }
    for point in descriptor.cases where point.fragments != .none {
      let sealing = point.sealThreads ?? (point.threads + 1) / 2
      guard 2 * sealing != point.threads else { continue }
      refuse(
        "sweep.\(point.sealThreads == nil ? "threads" : "seal_threads")",
        "\(sealing) of \(point.threads) threads seal; with \(name) as many must open")
      return
    }
  }

  private mutating func requireDirectlyInIP(with name: String) {
    if descriptor.carriers.contains(.udp) {
      refuse(path(of: .encapsulation), "must be \"ip\" with \(name), whose packets lie directly in IP")
    }
  }

  private mutating func refuseStage(_ reason: String, with name: String) {
    guard let operation = descriptor.measure.operations.first(where: \.isStage) else { return }
    refuse(
      "measure.operations",
      "has \"\(operation.rawValue)\", and \(reason); with \(name) allowed are \"seal\" and \"open\"")
  }

  private mutating func limitInFlight(_ most: Int, with name: String) {
    let packets = descriptor.measure.packetsInFlight
    if packets > most {
      refuse(
        "measure.packets_in_flight",
        "\(packets) are too many with \(name); allowed are up to \(most)")
    }
  }
}

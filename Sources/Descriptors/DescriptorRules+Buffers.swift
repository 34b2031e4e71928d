import Cases

extension DescriptorRules {
  /// Most packets that are worked on in turn in chained buffers or in large ones: memory for them is there
  /// from the start.
  static let longPacketsInFlightMax = 8192

  /// What long packets, and buffers for them, cannot stand beside.
  mutating func checkBuffers() {
    guard descriptor.measure.what == .packetCost else { return }
    let all = descriptor.sweep[.buffers]
    for (index, bytes) in descriptor.sweep.integers(.packetBytes).enumerated() where bytes > 1500 {
      if all.contains(.word(PacketBuffers.single.rawValue)), descriptor.sweep[.fragments].contains("none") {
        refuse(
          element("packet_bytes", index),
          "\(bytes) do not fit into a buffer for frames of up to 1518 bytes; sweep.buffers must have others "
            + "than \"single\" alone, or sweep.fragments others than \"none\"")
      }
    }
    let long = all.filter { $0 != .word(PacketBuffers.single.rawValue) }
    guard let some = long.first else { return }
    let name = "\"\(some.text)\""
    for (index, system) in descriptor.systems.enumerated() where !system.hasSegments {
      let known = System.allCases.filter(\.hasSegments).map { "\"\($0.rawValue)\"" }
      refuse(
        "systems[\(index)]",
        "\"\(system.rawValue)\" has no packets in buffers of other kinds; with sweep.buffers \(name) allowed "
          + "are \(known.joined(separator: ", "))")
    }
    for axis in [Axis.tunnels, .senders] {
      guard let most = descriptor.sweep.integers(axis).max(), most > 1 else { continue }
      refuse("sweep.\(axis.rawValue)", "\(most) are not possible with sweep.buffers \(name); allowed is 1")
    }
    if let most = descriptor.sweep.integers(.padBytes).max(), most > 0 {
      refuse("sweep.pad_bytes", "\(most) is not possible with sweep.buffers \(name); allowed is 0")
    }
    if descriptor.sweep[.cores].contains(.word(CoreSet.all.rawValue)) {
      refuse("sweep.cores", "\"all\" is not possible with sweep.buffers \(name); allowed is \"one\"")
    }
    if let operation = descriptor.measure.operations.first(where: \.isStage) {
      refuse(
        "measure.operations",
        "has \"\(operation.rawValue)\", and stages take packets in one buffer; with sweep.buffers \(name) "
          + "allowed are \"seal\" and \"open\"")
    }
    if descriptor.measure.packetsInFlight > Self.longPacketsInFlightMax {
      refuse(
        "measure.packets_in_flight",
        "\(descriptor.measure.packetsInFlight) are too many with sweep.buffers \(name); allowed are up to "
          + "\(Self.longPacketsInFlightMax)")
    }
  }
}

import Cases
import Wire

extension DescriptorRules {
  /// Most packets that are cut in turn: memory for them and their pieces is there from the start.
  static let cutPacketsInFlightMax = 4096

  /// What packets that are cut cannot stand beside.
  mutating func checkFragments() {
    guard descriptor.measure.what == .packetCost else { return }
    let whole = AxisValue.word(FragmentWay.none.rawValue)
    guard let some = descriptor.sweep[.fragments].first(where: { $0 != whole }) else { return }
    let name = "sweep.fragments \"\(some.text)\""
    for (index, system) in descriptor.systems.enumerated() where !system.hasFragments {
      let known = System.allCases.filter(\.hasFragments).map { "\"\($0.rawValue)\"" }
      refuse(
        "systems[\(index)]",
        "\"\(system.rawValue)\" cuts no packets; with \(name) allowed are "
          + "\(known.joined(separator: ", "))")
    }
    let least = Fragmentation.pathBytes
    for (index, bytes) in descriptor.sweep.integers(.frameBytes).enumerated()
    where bytes - Ethernet.framingBytes < least {
      let isByPacket = descriptor.sweep.isByPacket
      let shown = isByPacket ? bytes - Ethernet.framingBytes : bytes
      refuse(
        element(isByPacket ? "packet_bytes" : "frame_bytes", index),
        "\(shown) needs not be cut; with \(name) allowed are packets of \(least) bytes and more")
    }
    let cutsOuter = descriptor.sweep[.fragments].contains(.word(FragmentWay.outer.rawValue))
    if cutsOuter, descriptor.outerVersions.contains(.ipv6) {
      refuse(
        place(of: .outerVersion),
        "\"ipv6\" is not possible with sweep.fragments \"outer\", which cuts IPv4; allowed is \"ipv4\"")
    }
    for axis in [Axis.tunnels, .senders] {
      guard let most = descriptor.sweep.integers(axis).max(), most > 1 else { continue }
      refuse("sweep.\(axis.rawValue)", "\(most) are not possible with \(name); allowed is 1")
    }
    if let most = descriptor.sweep.integers(.padBytes).max(), most > 0 {
      refuse("sweep.pad_bytes", "\(most) is not possible with \(name); allowed is 0")
    }
    for (axis, only) in [(Axis.buffers, "single"), (.cores, "one")] {
      guard let other = descriptor.sweep[axis].first(where: { $0.text != only }) else { continue }
      refuse(
        "sweep.\(axis.rawValue)", "\"\(other.text)\" is not possible with \(name); allowed is \"\(only)\"")
    }
    if let operation = descriptor.measure.operations.first(where: \.isStage) {
      refuse(
        "measure.operations",
        "has \"\(operation.rawValue)\", and stages cut no packets; with \(name) allowed are \"seal\" and "
          + "\"open\"")
    }
    if descriptor.measure.packetsInFlight > Self.cutPacketsInFlightMax {
      refuse(
        "measure.packets_in_flight",
        "\(descriptor.measure.packetsInFlight) are too many with \(name); allowed are up to "
          + "\(Self.cutPacketsInFlightMax)")
    }
  }
}

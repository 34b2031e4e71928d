import Cases
import Wire

// Requirements of one member on other members, with uniform error messages.
extension DescriptorRules {
  /// Names an axis and a value of it that requires something of other members, such as `sweep.pad_bytes 512`.
  /// The value is the largest number above the standard, or the first word other than the standard. Nil if
  /// all values are standard.
  func asked(_ axis: Axis) -> String? { other(axis).map { "sweep.\(axis.rawValue) \(Self.quoted($0))" } }

  private func other(_ axis: Axis) -> AxisValue? {
    guard let standard = axis.definition.standard else { return nil }
    guard let least = standard.integer else { return descriptor.sweep[axis].first { $0 != standard } }
    return most(axis, above: least).map { .integer($0) }
  }

  /// The largest number of an axis, if it is greater than `least`.
  func most(_ axis: Axis, above least: Int) -> Int? {
    descriptor.sweep.integers(axis).max().flatMap { $0 > least ? $0 : nil }
  }

  private static func quoted(_ value: AxisValue) -> String {
    value.integer == nil ? "\"\(value.text)\"" : value.text
  }

  /// The names of the systems with an ability, in quotes.
  static func names(_ has: KeyPath<System, Bool>) -> String {
    System.allCases.filter { $0[keyPath: has] }.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
  }

  /// Refuses values other than the standard on these axes.
  mutating func requireStandard(_ axes: [Axis], with name: String) {
    for axis in axes {
      guard let other = other(axis), let standard = axis.definition.standard else { continue }
      let verb = [.tunnels, .senders, .classes].contains(axis) ? "are" : "is"
      refuse(
        "sweep.\(axis.rawValue)",
        "\(Self.quoted(other)) \(verb) not possible with \(name); allowed is \(Self.quoted(standard))")
    }
  }

  /// Refuses systems without this ability.
  mutating func allowOnly(_ has: KeyPath<System, Bool>, _ lack: String, with name: String) {
    for (index, system) in descriptor.systems.enumerated() where !system[keyPath: has] {
      refuse(
        "systems[\(index)]",
        "\"\(system.rawValue)\" \(lack); with \(name) allowed are \(Self.names(has))")
    }
  }

  /// Requires at least one system with this ability.
  mutating func requireAnySystem(_ has: KeyPath<System, Bool>, for axis: Axis) {
    if !descriptor.systems.contains(where: { $0[keyPath: has] }) {
      refuse("sweep.\(axis.rawValue)", "is used by \(Self.names(has)) alone, and systems has none of them")
    }
  }

  /// Refuses a setup with a single gateway.
  mutating func requireCircuit(_ lack: String, with name: String) {
    if descriptor.measure.setup == .dut {
      refuse("measure.setup", "\"dut\" \(lack); with \(name) it must be \"circuit\"")
    }
  }

  /// Refuses links other than `ring`.
  mutating func requireRing(with name: String, _ remedy: String = "; say \"ring\"") {
    if descriptor.link != .ring {
      refuse("link", "\"\(descriptor.link.rawValue)\" is not possible with \(name)\(remedy)")
    }
  }

  /// Refuses an impairment or attacker on the black link.
  mutating func requireSoundLink(for axis: Axis) {
    if descriptor.isImpaired {
      refuse(
        "sweep.\(axis.rawValue)", "is not possible where the black link has an impairment or an attacker")
    }
  }

  /// Whether packets are steered in this way in any case.
  func steers(_ way: Steering) -> Bool {
    descriptor.steering == way || descriptor.sweep[.steering].contains(.word(way.rawValue))
  }

  /// Refuses this way of steering.
  mutating func refuse(_ way: Steering, _ reason: String) {
    if steers(way) {
      refuse(
        descriptor.steering == way ? "steering" : "sweep.steering",
        "\"\(way.rawValue)\" is not possible \(reason)")
    }
  }

  /// The path of the first gateway that is a third-party program.
  var peer: String? { descriptor.peers.keys.map(\.rawValue).min().map { "peers.\($0)" } }

  /// Requires at least this number of flows.
  mutating func requireFlows(_ needed: Int, of what: String, _ remedy: String = "") {
    for (index, flows) in descriptor.sweep.integers(.flows).enumerated() where flows < needed {
      refuse(
        element(.flows, index),
        "\(flows) are fewer than the \(needed) that give each sealing thread a flow of each \(what)\(remedy)")
    }
  }

  /// Refuses frames shorter than `least` bytes. If the descriptor states inner packets, the message names
  /// their lengths.
  /// - Parameter reason: makes the message from the given length and the least allowed one.
  mutating func refuseShort(_ least: Int, _ reason: (Int, Int) -> String) {
    let isByPacket = descriptor.sweep.isByPacket
    let less = isByPacket ? Ethernet.framingBytes : 0
    for (index, bytes) in descriptor.sweep.integers(.frameBytes).enumerated() where bytes < least {
      refuse(element(isByPacket ? .packetBytes : .frameBytes, index), reason(bytes - less, least - less))
    }
  }
}

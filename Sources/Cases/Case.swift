/// One case of an experiment: the system, the link, and a value of each axis. The values are also members of
/// the case, such as `threads`.
@dynamicMemberLookup
public struct Case: Sendable, Equatable {
  /// The coordinates as one word, such as `vpe-aes128gcm-1420B-2t-0h`; unique within a descriptor.
  public internal(set) var name: String
  /// The system that seals and opens.
  public let system: System
  /// The value of each axis that applies to the case.
  public internal(set) var values: AxisValues
  /// The link that carries the frames.
  public let link: LinkKind
  /// The setup of the roles.
  public let setup: MeasuredSetup
  /// The mode of `ipsec-secgw`; nil for other systems.
  public let peerMode: PeerMode?
  /// The axes that have columns in results, in addition to the columns of every table: those that are swept,
  /// or differ from the default in some case.
  public let told: Set<Axis>

  /// Whether the descriptor states the lengths of packets, not of frames.
  public var isByPacket: Bool { values[.packetBytes] != nil }

  /// Makes a case and its name.
  /// - Parameter named: the axes whose values are part of the name.
  public init(
    _ system: System, _ values: AxisValues, link: LinkKind, setup: MeasuredSetup, peerMode: PeerMode?,
    named: Set<Axis>, told: Set<Axis>
  ) {
    (self.system, self.values, self.link, self.setup) = (system, values, link, setup)
    (self.peerMode, self.told) = (peerMode, told)
    let length = values[.packetBytes] == nil ? Axis.frameBytes : .packetBytes
    let parts = Axis.allCases.compactMap { axis -> String? in
      let definition = axis.definition
      if [.frameBytes, .packetBytes].contains(axis), axis != length { return nil }
      guard definition.isAlwaysNamed || named.contains(axis) else { return nil }
      guard let value = values[axis] ?? (definition.isAlwaysNamed ? definition.absent : nil) else {
        return axis == .aead ? "none" : nil
      }
      return definition.label(value)
    }
    let dut = setup == .dut ? [peerMode?.rawValue ?? "solo"] : []
    name = ([system.rawValue] + parts + dut).joined(separator: "-")
  }

  /// A value of the case.
  public subscript<Value>(dynamicMember path: KeyPath<AxisValues, Value>) -> Value { values[keyPath: path] }

  /// The case with another number of threads.
  public func with(threads other: Int) -> Case {
    var copy = self
    let label = Axis.threads.definition.label
    let parts = name.split(separator: "-", omittingEmptySubsequences: false).map(String.init)
    copy.name = parts.map { $0 == label(.integer(self.threads)) ? label(.integer(other)) : $0 }
      .joined(separator: "-")
    copy.values.threads = other
    return copy
  }

  /// The values that have columns of their own in results, by column.
  public var axes: [String: String] {
    var axes: [String: String] = [:]
    for axis in told { axes[axis.rawValue] = values[axis]?.text }
    axes[PeerMode.column] = peerMode?.rawValue
    axes[CaseCoordinates.frameMix] = self.frameMix?.name
    return axes
  }

  /// Whether one direction of one gateway at a time is measured between a tester's ports (see `TesterPlan`).
  public var isDUT: Bool { setup == .dut }

  /// The numbers that the case's replay window must remember in addition to those in flight.
  public var blockLag: Int { NumberBlocks.lag(threads: values.sealing, block: self.numberBlock) }

  /// An upper bound for the number of dataplane threads of both gateways, including those that steer or
  /// impair, with generator and reflector. A single gateway and its tester have two.
  public var threadsMax: Int { RoleName.allCases.reduce(0) { $0 + threadsMax(of: $1) } }

  /// An upper bound for the number of dataplane threads of a role: a gateway's own, one that steers and one
  /// that impairs.
  public func threadsMax(of role: RoleName) -> Int {
    RoleName.gateways.contains(role) ? self.threads + 2 : 1
  }
}

extension CaseCoordinates {
  /// The coordinates of a case, as results state them.
  public init(_ point: Case) {
    self.init(
      name: point.name, system: point.system.rawValue, aead: point.aead?.rawValue ?? "none",
      threads: point.threads, frameBytes: Int(point.meanFrameBytes.rounded()),
      extraHeadroomBytes: point.extraHeadroomBytes, link: point.link.rawValue, axes: point.axes)
  }
}

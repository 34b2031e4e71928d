/// One instance of several equal ones in a testbed: of the generators, of the reflectors, or of a gateway's
/// red ports, each of which is connected to a generator or reflector.
public struct Replica<Kind>: Hashable, Codable, Sendable
where Kind: RawRepresentable<String> & Hashable & Codable & Sendable {
  /// The role or link end of which this is an instance.
  public let kind: Kind
  /// The number of the instance, from 0.
  public let number: Int

  /// The default is the first instance. A testbed has only that unless its inventory names further ones.
  public init(_ kind: Kind, _ number: Int = 0) { (self.kind, self.number) = (kind, number) }

  /// The name: the first instance has the name of its kind, the next one is `generator.2`.
  public var name: String { number == 0 ? kind.rawValue : "\(kind.rawValue).\(number + 1)" }
}

extension Replica: Comparable where Kind: CaseIterable {
  /// The index of its kind among all kinds.
  public var kindNumber: Int { Array(Kind.allCases).firstIndex(of: kind) ?? 0 }

  /// Sorts by kind, then by number.
  public static func < (one: Self, other: Self) -> Bool {
    (one.kindNumber, one.number) < (other.kindNumber, other.number)
  }
}

extension Replica<LinkEnd> {
  /// The instance of the role that has the port. All ports of a gateway belong to its only instance.
  public var host: Replica<RoleName> { Replica<RoleName>(kind.role, kind.isOfGateway ? 0 : number) }
  /// Whether the port belongs to a process with these roles and this instance number.
  public func isOf(_ roles: Set<RoleName>, _ number: Int) -> Bool {
    roles.contains(kind.role) && host.number == number
  }
  /// The port on the other side of the link.
  public var peer: Replica<LinkEnd> { Replica(kind.peer, number) }
}

extension RoleName {
  /// All instances of roles, if there are `count` generators and as many reflectors.
  public static func all(_ count: Int) -> [Replica<RoleName>] {
    allCases.flatMap { role in (0..<(gateways.contains(role) ? 1 : count)).map { Replica(role, $0) } }
  }
}

extension LinkEnd {
  fileprivate var isOfGateway: Bool { RoleName.gateways.contains(role) }
  /// Whether the end is that of the link between the gateways.
  public var isBlack: Bool { self == .gatewayABlack || self == .gatewayBBlack }

  /// All ports, if there are `count` generators and as many reflectors.
  public static func all(_ count: Int) -> [Replica<LinkEnd>] {
    allCases.flatMap { $0.replicas(count) }
  }

  /// All instances of this end.
  public func replicas(_ count: Int) -> [Replica<LinkEnd>] {
    (0..<(isBlack ? 1 : count)).map { Replica(self, $0) }
  }
}

extension [Replica<LinkEnd>: String] {
  /// Makes the devices of a testbed without further instances.
  public init(_ devices: [LinkEnd: String]) {
    self.init(uniqueKeysWithValues: devices.map { (Replica($0.key), $0.value) })
  }
}

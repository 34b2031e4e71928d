/// One of several that are alike, where a testbed is spread: of the generators, of the reflectors, or of a
/// gateway's red ports, each of which leads to one of them.
public struct Replica<Kind>: Hashable, Codable, Sendable
where Kind: RawRepresentable<String> & Hashable & Codable & Sendable {
  /// What it is one of.
  public let kind: Kind
  /// Its number among them, from 0.
  public let number: Int

  /// By default the first one, which is all that there is unless a testbed is spread.
  public init(_ kind: Kind, _ number: Int = 0) { (self.kind, self.number) = (kind, number) }

  /// The first has the name of its kind, the next one is `generator.2`.
  public var name: String { number == 0 ? kind.rawValue : "\(kind.rawValue).\(number + 1)" }
}

extension Replica: Comparable where Kind: CaseIterable {
  /// The number of its kind among all.
  public var kindNumber: Int { Array(Kind.allCases).firstIndex(of: kind) ?? 0 }

  /// By kind, then by number.
  public static func < (one: Self, other: Self) -> Bool {
    (one.kindNumber, one.number) < (other.kindNumber, other.number)
  }
}

extension Replica<LinkEnd> {
  /// Who has the port: a gateway has all of its own.
  public var host: Replica<RoleName> { Replica<RoleName>(kind.role, kind.isOfGateway ? 0 : number) }
  /// Whether it is of a process that plays some roles, or, of one alone, is so many-th of those who do.
  public func isOf(_ roles: Set<RoleName>, _ number: Int) -> Bool {
    roles.contains(kind.role) && host.number == number
  }
  /// The port at the other side of the link.
  public var peer: Replica<LinkEnd> { Replica(kind.peer, number) }
}

extension RoleName {
  /// Everybody who plays a role where there are so many generators, and as many reflectors.
  public static func all(_ count: Int) -> [Replica<RoleName>] {
    allCases.flatMap { role in (0..<(gateways.contains(role) ? 1 : count)).map { Replica(role, $0) } }
  }
}

extension LinkEnd {
  fileprivate var isOfGateway: Bool { RoleName.gateways.contains(role) }
  /// Whether it is between the gateways.
  public var isBlack: Bool { self == .gatewayABlack || self == .gatewayBBlack }

  /// Every port where there are so many generators, and as many reflectors.
  public static func all(_ count: Int) -> [Replica<LinkEnd>] {
    allCases.flatMap { $0.replicas(count) }
  }

  /// Those of this end.
  public func replicas(_ count: Int) -> [Replica<LinkEnd>] {
    (0..<(isBlack ? 1 : count)).map { Replica(self, $0) }
  }
}

extension [Replica<LinkEnd>: String] {
  /// Devices of ends of which there is one each.
  public init(_ devices: [LinkEnd: String]) {
    self.init(uniqueKeysWithValues: devices.map { (Replica($0.key), $0.value) })
  }
}

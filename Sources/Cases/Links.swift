/// What connects the roles.
public enum LinkKind: String, Codable, Sendable, CaseIterable {
  /// Rings in one process.
  case ring
  /// Pairs of virtual Ethernet devices; each role its own process in its own network namespace.
  case veth
  /// DPDK devices that the descriptor names.
  case ports
  /// Memory shared with a DUT that is a process of its own.
  case memif
  /// No link, for packets that do not travel; no descriptor asks for it.
  case none

  /// The links that descriptors can ask for.
  public static let selectable: [LinkKind] = [.ring, .veth, .ports, .memif]
}

/// The four roles of a case; see the drawing in the README.
public enum RoleName: String, Codable, CaseIterable, Sendable {
  /// Sends frames, and judges what comes back.
  case generator
  /// Seals what the generator sends and opens what comes back.
  case gatewayA = "gateway-a"
  /// Opens what gateway A sealed and seals what the reflector returns.
  case gatewayB = "gateway-b"
  /// Sends every frame back.
  case reflector

  /// The roles that seal and open.
  public static let gateways: [RoleName] = [.gatewayA, .gatewayB]
}

/// The ends of the three links.
public enum LinkEnd: String, Codable, CaseIterable, Sendable, CodingKeyRepresentable {
  case generator
  case gatewayARed = "gateway-a.red"
  case gatewayABlack = "gateway-a.black"
  case gatewayBBlack = "gateway-b.black"
  case gatewayBRed = "gateway-b.red"
  case reflector

  /// The role that the end belongs to.
  public var role: RoleName {
    switch self {
    case .generator: .generator
    case .gatewayARed, .gatewayABlack: .gatewayA
    case .gatewayBBlack, .gatewayBRed: .gatewayB
    case .reflector: .reflector
    }
  }

  /// The end at the other side of the link.
  public var peer: LinkEnd {
    switch self {
    case .generator: .gatewayARed
    case .gatewayARed: .generator
    case .gatewayABlack: .gatewayBBlack
    case .gatewayBBlack: .gatewayABlack
    case .gatewayBRed: .reflector
    case .reflector: .gatewayBRed
    }
  }

  /// The ports of gateways.
  public static let ofGateways = allCases.filter { RoleName.gateways.contains($0.role) }
}

/// How packets find their threads where there is more than one in a direction.
public enum Steering: String, Codable, CaseIterable, Sendable {
  /// Perfectly: flows are dealt evenly over the sealing threads' queues, and the black link keeps the sending
  /// threads' queues apart (rings, memif).
  case queue
  /// As a NIC does it: flows are hashed onto the sealing threads' queues, so that some have more than others;
  /// the black link keeps queues apart.
  case hash
  /// By a stage in front of the opening threads, on a thread of its own: it does what a NIC would do.
  /// Flows are dealt evenly.
  case software
  /// By the ports: red packets by their addresses and ports; black ones by the first of what the gateways'
  /// ports offer: rules, a hash of the SPI, UDP's source port. Where they offer nothing, by a stage.
  case nic
}

/// Where ports put packets in their buffers.
public enum Headroom: String, CaseIterable, Sendable {
  /// Inner packets begin a cache line; so the headers of ESP and VPE, and VPE's ICV, begin 16 bytes.
  case aligned
  /// Behind DPDK's own headroom.
  case plain
}

/// What connects the roles.
public enum LinkKind: String, Codable, Sendable, CaseIterable {
  /// Rings in one process.
  case ring
  /// Pairs of virtual Ethernet devices. Each role is a process in its own network namespace.
  case veth
  /// DPDK devices that the descriptor names.
  case ports
  /// Memory shared with a DUT that is a separate process.
  case memif
  /// No link, because packets remain in memory. Descriptors cannot ask for it.
  case none

  /// The links that descriptors can ask for.
  public static let selectable: [LinkKind] = [.ring, .veth, .ports, .memif]
}

/// The four roles of a case; see the drawing in the README.
public enum RoleName: String, Codable, CaseIterable, Sendable {
  /// Sends frames, and checks those that come back.
  case generator
  /// Seals the generator's frames and opens those that come back.
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

  /// The role to which the end belongs.
  public var role: RoleName {
    switch self {
    case .generator: .generator
    case .gatewayARed, .gatewayABlack: .gatewayA
    case .gatewayBBlack, .gatewayBRed: .gatewayB
    case .reflector: .reflector
    }
  }

  /// The end on the other side of the link.
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

/// How packets are steered to threads, if a direction has several.
public enum Steering: String, Codable, CaseIterable, Sendable {
  /// Ideal steering: flows are distributed evenly over the sealing threads' queues, and the black link has a
  /// separate queue for each sending thread (rings, memif).
  case queue
  /// As a NIC steers: flows are hashed onto the sealing threads' queues, so some queues have more flows than
  /// others. The black link has separate queues.
  case hash
  /// A stage on a thread of its own steers packets to the opening threads, as a NIC would. Flows are
  /// distributed evenly.
  case software
  /// The ports steer: red packets by their addresses and ports; black ones by the first that the gateways'
  /// ports support of flow rules, a hash of the SPI, and UDP's source port. If the ports support none of
  /// these, a stage steers.
  case nic
}

/// The position of packets in the buffers of ports.
public enum Headroom: String, CaseIterable, Sendable {
  /// Inner packets begin at a cache line. So the headers of ESP and VPE, and VPE's ICV, begin at a multiple
  /// of 16 bytes.
  case aligned
  /// Packets lie behind DPDK's own headroom.
  case plain
}

/// The mode in which DPDK's `ipsec-secgw` processes packets (DPDK sample applications user guide, "IPsec
/// Security Gateway").
public enum PeerMode: String, Codable, CaseIterable, Sendable {
  /// The column of results that states the mode.
  public static let column = "peer_mode"

  /// The program's own data path, over a crypto device's queues: no extended sequence numbers, no replay
  /// check.
  case legacy
  /// `librte_ipsec`, over a crypto device's queues.
  case lookaside
  /// Like `lookaside`, but all packets of the red port use one security association without a policy lookup.
  case lookasideSingleSA = "lookaside-single-sa"
  /// `librte_ipsec`, which calls the crypto device like a function.
  case cpuCrypto = "cpu-crypto"
  /// Like `cpuCrypto`, but without a policy lookup.
  case cpuCryptoSingleSA = "cpu-crypto-single-sa"

  /// Whether the mode provides what ESP requires of a receiver: extended sequence numbers and a replay
  /// window.
  public var checksReplay: Bool { self != .legacy }
  /// Whether the policy is looked up for each packet.
  public var looksUpPolicies: Bool { self != .lookasideSingleSA && self != .cpuCryptoSingleSA }
  /// Whether the crypto device is called like a function.
  public var callsCrypto: Bool { self == .cpuCrypto || self == .cpuCryptoSingleSA }
}

/// A third-party program as a gateway, over veth.
public enum PeerGateway: Hashable, Sendable {
  /// DPDK's `ipsec-secgw`, in one of the modes that check for replays.
  case ipsecSecgw(PeerMode)
  /// strongSwan's ESP in user space, `libipsec`.
  case strongSwan

  /// All programs and modes that descriptors can name.
  public static let allCases: [PeerGateway] =
    PeerMode.allCases.filter(\.checksReplay).map(PeerGateway.ipsecSecgw) + [.strongSwan]

  /// The name in descriptors.
  public var name: String {
    switch self {
    case .ipsecSecgw(let mode): mode.rawValue
    case .strongSwan: "strongswan"
    }
  }

  /// The program and mode with this name in descriptors.
  public init?(name: String) {
    guard let found = PeerGateway.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// Whether the gateway is strongSwan, which has ESP in UDP, no extended sequence numbers, and every AEAD of
  /// this suite. `ipsec-secgw` has ESP in IP, extended sequence numbers, and only AES-GCM.
  public var isStrongSwan: Bool { self == .strongSwan }
}

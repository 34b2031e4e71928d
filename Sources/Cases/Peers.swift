/// How DPDK's `ipsec-secgw` works on its packets (DPDK sample applications user guide, "IPsec Security
/// Gateway").
public enum PeerMode: String, Codable, CaseIterable, Sendable {
  /// The column of results that names it.
  public static let column = "peer_mode"

  /// The program's own data path, over a crypto device's queues: no extended sequence numbers, no replay
  /// check.
  case legacy
  /// `librte_ipsec`, over a crypto device's queues.
  case lookaside
  /// The same; all packets of the red port take one association, without a look at policies.
  case lookasideSingleSA = "lookaside-single-sa"
  /// `librte_ipsec`, which calls the crypto device like a function.
  case cpuCrypto = "cpu-crypto"
  /// The same without a look at policies.
  case cpuCryptoSingleSA = "cpu-crypto-single-sa"

  /// Whether it does what ESP asks of a receiver: extended sequence numbers and a replay window.
  public var checksReplay: Bool { self != .legacy }
  /// Whether policies are looked up for each packet.
  public var looksUpPolicies: Bool { self != .lookasideSingleSA && self != .cpuCryptoSingleSA }
  /// Whether the crypto device is called like a function.
  public var callsCrypto: Bool { self == .cpuCrypto || self == .cpuCryptoSingleSA }
}

/// Somebody else's program in the place of a gateway, over veth.
public enum PeerGateway: Hashable, Sendable {
  /// DPDK's `ipsec-secgw`, in one of its ways of working that check for replay.
  case ipsecSecgw(PeerMode)
  /// strongSwan's ESP in user space, `libipsec`.
  case strongSwan

  /// All that can be asked for.
  public static let allCases: [PeerGateway] =
    PeerMode.allCases.filter(\.checksReplay).map(PeerGateway.ipsecSecgw) + [.strongSwan]

  /// What descriptors call it.
  public var name: String {
    switch self {
    case .ipsecSecgw(let mode): mode.rawValue
    case .strongSwan: "strongswan"
    }
  }

  /// The one that descriptors call so.
  public init?(name: String) {
    guard let found = PeerGateway.allCases.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// Whether it is strongSwan's, which has UDP around ESP, no extended numbers, and every AEAD of this suite.
  /// `ipsec-secgw` has ESP in IP, extended numbers, and AES-GCM alone.
  public var isStrongSwan: Bool { self == .strongSwan }
}

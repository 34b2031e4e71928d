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

  /// Whether it is strongSwan's, which has UDP around ESP, no extended numbers, and every AEAD of this suite;
  /// `ipsec-secgw` has them the other way round.
  public var isStrongSwan: Bool { self == .strongSwan }
}

import Cases

/// IP protocol numbers that VPE must not use, because routers and hosts would take its packets for those of
/// another protocol.
package enum ProtocolNumber {
  private static let everywhere = [
    1: "ICMP", 4: "IPv4 in IP", 6: "TCP", 17: "UDP", 41: "IPv6 in IP", 47: "GRE", 51: "AH", 58: "ICMPv6",
  ]
  /// IPv6's extension headers (IANA). ESP's number is allowed, as VPE shares it on purpose, and so are the
  /// numbers for experiments (RFC 3692). Number 59 means that no header follows.
  private static let inIPv6 = [
    0: "hop-by-hop options", 43: "the routing header", 44: "the fragment header",
    59: "\"no next header\"", 60: "destination options", 135: "the mobility header", 139: "HIP", 140: "Shim6",
  ]

  /// The reason why VPE cannot use the number, with the remedy; nil if it can.
  package static func refusal(of number: Int, isIPv6: Bool) -> String? {
    let owner = everywhere[number] ?? (isIPv6 ? inIPv6[number].map { "\($0) of IPv6" } : nil)
    return owner.map {
      "\(number) is the number of \($0), which the packets would be taken for; the standard is "
        + "\(Encapsulation().vpeProtocol), and 253 and 254 are for experiments"
    }
  }
}

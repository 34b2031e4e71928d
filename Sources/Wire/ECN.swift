/// Explicit Congestion Notification: the low two bits of IPv4's type of service and of IPv6's traffic class
/// (RFC 3168 section 5), and how they come out of a tunnel (RFC 6040).
public enum ECN {
  /// The bits within the byte.
  public static let mask: UInt8 = 0b11
  /// The sender does not know ECN.
  public static let notECT: UInt8 = 0b00
  /// The sender knows ECN, codepoint 1.
  public static let ect1: UInt8 = 0b01
  /// The sender knows ECN, codepoint 0.
  public static let ect0: UInt8 = 0b10
  /// A router on the way has met congestion.
  public static let ce: UInt8 = 0b11

  /// What an inner packet goes on with behind the tunnel (RFC 6040 section 4.2, Figure 4).
  /// - Returns: nil where it must be dropped: congestion was met, and its sender would not understand a mark.
  @inlinable @inline(__always)
  public static func leaving(inner: UInt8, outer: UInt8) -> UInt8? {
    if inner == notECT { return outer == ce ? nil : notECT }
    if outer == ce { return ce }
    return inner == ect0 && outer == ect1 ? ect1 : inner
  }
}

/// What the sizes of headers alone predict: the bytes on the wire, and those that are encrypted.
///
/// Tunnel mode in IPv4 with AES-GCM and a 16-byte tag (`reference` of each format: RFC 4303 and 4106 for ESP,
/// Figure 3 of the paper for VPE).
public enum HeaderSizes {
  /// Ethernet header and FCS around a packet.
  private static let framing = 18
  /// The outer IPv4 header.
  private static let outerIP = 20

  /// Bytes of ESP's padding: what is encrypted, two bytes of trailer included, ends on a 4-byte boundary.
  public static func paddingESP(packetBytes: Int) -> Int { (4 - (packetBytes + 2) % 4) % 4 }

  /// The outer frame with its FCS around an inner frame of `frameBytes`, nil for a system that is no format.
  public static func outerFrame(_ system: String, frameBytes: Int) -> Int? {
    let packet = frameBytes - framing
    return overhead(system, packetBytes: packet).map { framing + outerIP + packet + $0 }
  }

  /// Bytes of the format around the inner packet, without the outer IP header: for ESP header 8, IV 8,
  /// padding, trailer 2 and ICV 16; for VPE 32.
  static func overhead(_ system: String, packetBytes: Int) -> Int? {
    if system == "vpe" { return 32 }
    return system.hasPrefix("esp-") ? 34 + paddingESP(packetBytes: packetBytes) : nil
  }

  /// Bytes that the AEAD encrypts; with ESP's additional data, the bare call takes its trailer, too.
  static func ciphertext(_ system: String, packetBytes: Int) -> Int {
    let isESP = system.hasPrefix("esp-") || system == "raw-aad"
    return isESP ? packetBytes + 2 + paddingESP(packetBytes: packetBytes) : packetBytes
  }
}

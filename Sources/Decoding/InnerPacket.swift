import Wire

/// An inner IP packet in a few words.
enum InnerPacket {
  /// Such as `IPv4 198.18.0.1:1024 > 198.19.0.1:7 UDP, 46 bytes`; nil if the bytes are no IP packet.
  static func words(_ bytes: UnsafeRawBufferPointer) -> String? {
    guard let ip = try? IPHeader(bytes, at: 0, wireCount: bytes.count) else { return nil }
    let at = bytes.baseAddress.unsafelyUnwrapped + ip.payload.lowerBound
    var ends = "\(ip.source) > \(ip.destination)"
    if ip.number == IPv4.protocolUDP || ip.number == 6, ip.payload.count >= 4 {
      let destination = ip.destination.with(port: at.loadBig(UDP.destinationOffset))
      ends = "\(ip.source.with(port: at.loadBig(0))) > \(destination)"
    }
    let what = names[ip.number] ?? "protocol \(ip.number)"
    return "IPv\(ip.version) \(ends) \(what), \(ip.payload.upperBound) bytes"
  }

  private static let names: [UInt8: String] = [1: "ICMP", 6: "TCP", 17: "UDP", 50: "ESP", 58: "ICMPv6"]
}

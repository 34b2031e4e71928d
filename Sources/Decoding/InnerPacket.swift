import Wire

/// An inner IP packet in a few words.
enum InnerPacket {
  /// Adds words such as `IPv4 198.18.0.1:1024 > 198.19.0.1:7 UDP, 46 bytes`.
  /// - Parameter beside: bytes of its headers that are not in the frame.
  static func describe(_ ip: IPHeader, _ frame: CapturedBytes, beside: Int = 0, in line: inout Line) {
    var ports: (UInt16, UInt16)?
    // Only the first part of a packet has them.
    if ip.number == IPv4.protocolUDP || ip.number == 6, ip.fragment?.offset ?? 0 == 0,
      let at = try? frame.at(ip.payload.lowerBound, 4, end: ip.payload.upperBound)
    {
      ports = (at.loadBig(0), at.loadBig(UDP.destinationOffset))
    }
    line.add(ip.version == 4 ? "IPv4 " : "IPv6 ")
    line.add(ip.source, port: ports?.0)
    line.add(" > ")
    line.add(ip.destination, port: ports?.1)
    line.add(" ")
    line.add(headersOf: ip)
    if let fragment = ip.fragment {
      line.add(fragment, of: ip.number)
    } else {
      line.add(protocol: ip.number)
    }
    line.add(", ")
    line.add(ip.payload.upperBound - ip.start + beside)
    line.add(" bytes")
  }
}

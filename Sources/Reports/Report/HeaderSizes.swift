import Wire

/// Predictions from header sizes alone: the bytes on the wire, and the encrypted ones. For IPv4; tunnel mode,
/// unless the system's name says otherwise.
package enum HeaderSizes {
  /// The outer frame with its FCS around an inner frame of `frameBytes`, nil for a system that is no format.
  package static func outerFrame(_ system: String, frameBytes: Int) -> Int? {
    let packet = frameBytes - Ethernet.framingBytes
    let sealed: Int
    if let growth = transportGrowth(system) { return frameBytes + growth }
    if system == "esp-transport" { return Ethernet.framingBytes + ESPLayout.sealedBytes(inner: packet) }
    if system == "vpe" {
      sealed = VPELayout.sealedBytes(inner: packet)
    } else if system == "esp-implicit-iv" {
      sealed = ESPImplicitIVLayout.sealedBytes(inner: packet)
    } else if system.hasPrefix("esp-") {
      sealed = ESPLayout.sealedBytes(inner: packet)
    } else {
      return nil
    }
    return Ethernet.framingBytes + IPv4.headerBytes + sealed
  }

  /// Bytes that VPE in transport mode adds to a packet; nil for another system.
  private static func transportGrowth(_ system: String) -> Int? {
    switch system {
    case "vpe-transport-a": VPELayout.headerBytes
    case "vpe-transport-b": VPELayout.headerBytes + VPETransportLayout.nextBytes
    default: nil
    }
  }

  /// Bytes that the AEAD encrypts; with ESP's additional data, the bare call takes its trailer, too.
  static func ciphertext(_ system: String, packetBytes: Int) -> Int {
    if let growth = transportGrowth(system) {
      return packetBytes - IPv4.headerBytes + growth - VPELayout.headerBytes
    }
    if system == "esp-transport" { return ESPLayout.encryptedBytes(inner: packetBytes - IPv4.headerBytes) }
    let isESP = system.hasPrefix("esp-") || system == "raw-aad"
    return isESP ? ESPLayout.encryptedBytes(inner: packetBytes) : packetBytes
  }
}

import Wire

/// Predictions from header sizes alone: the bytes on the wire and the encrypted bytes. They hold for IPv4,
/// and for tunnel mode unless the system's name says otherwise.
package enum HeaderSizes {
  /// The length of the outer frame, with its FCS, around an inner frame of `frameBytes`; nil if the system is
  /// not a packet format.
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

  /// The number of bytes that the AEAD encrypts. The bare call with additional data encrypts ESP's trailer,
  /// too.
  static func ciphertext(_ system: String, packetBytes: Int) -> Int {
    if let growth = transportGrowth(system) {
      return packetBytes - IPv4.headerBytes + growth - VPELayout.headerBytes
    }
    if system == "esp-transport" { return ESPLayout.encryptedBytes(inner: packetBytes - IPv4.headerBytes) }
    let isESP = system.hasPrefix("esp-") || system == "raw-aad"
    return isESP ? ESPLayout.encryptedBytes(inner: packetBytes) : packetBytes
  }
}

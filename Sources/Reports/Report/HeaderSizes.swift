import Wire

/// What the sizes of headers alone predict: the bytes on the wire, and those that are encrypted. Tunnel mode
/// in IPv4.
package enum HeaderSizes {
  /// The outer frame with its FCS around an inner frame of `frameBytes`, nil for a system that is no format.
  package static func outerFrame(_ system: String, frameBytes: Int) -> Int? {
    let packet = frameBytes - Ethernet.framingBytes
    let sealed: Int
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

  /// Bytes that the AEAD encrypts; with ESP's additional data, the bare call takes its trailer, too.
  static func ciphertext(_ system: String, packetBytes: Int) -> Int {
    let isESP = system.hasPrefix("esp-") || system == "raw-aad"
    return isESP ? ESPLayout.encryptedBytes(inner: packetBytes) : packetBytes
  }
}

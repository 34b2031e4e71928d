import Cases

/// What sealing one packet touches in a packet-cost run: cipher blocks and cache lines, by where it lies.
package struct PacketPlace {
  /// Bytes that are encrypted.
  package let ciphertext: Int
  /// Where they begin, behind the start of a cache line.
  package let start: Int
  /// Where the ICV begins, likewise; nil for the bare call, whose tag lies elsewhere.
  package let icv: Int?
  /// Bytes of header before the ciphertext.
  package let header: Int

  static let lineBytes = 64
  static let blockBytes = 16
  static let icvBytes = 16

  /// - Parameter isPlain: whether the frame, not the inner packet, begins at a cache line.
  package init(packetBytes: Int, headroomBytes: Int, system: String, isPlain: Bool = true) {
    ciphertext = HeaderSizes.ciphertext(system, packetBytes: packetBytes)
    start = ((isPlain ? 14 : 0) + headroomBytes) % Self.lineBytes
    switch system {
    case "vpe": (header, icv) = (32, (start - 16 + Self.lineBytes) % Self.lineBytes)
    case "raw", "raw-aad", CaseCoordinates.floor: (header, icv) = (0, nil)
    default: (header, icv) = (16, (start + ciphertext) % Self.lineBytes)
    }
  }

  /// Blocks of the cipher, the last perhaps not whole.
  package var blocks: Int { (ciphertext + Self.blockBytes - 1) / Self.blockBytes }
  /// Whether the last one is not.
  package var hasPart: Bool { ciphertext % Self.blockBytes != 0 }
  /// Cache lines from the header's first byte to the last that is written.
  package var lines: Int {
    let behind = icv != nil && header == 16 ? Self.icvBytes : 0
    let first = start - header
    let last = start + ciphertext + behind - 1
    return (last + Self.lineBytes) / Self.lineBytes - (first + Self.lineBytes) / Self.lineBytes + 1
  }
  /// Whether the ICV lies in two lines.
  package var icvStraddles: Bool { icv.map { $0 > Self.lineBytes - Self.icvBytes } ?? false }
}

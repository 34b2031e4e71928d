import Cases

/// The memory that sealing one packet touches in a packet-cost run: cipher blocks, and the cache-line offsets
/// of written fields.
package struct PacketPlace {
  /// Bytes that are encrypted.
  package let ciphertext: Int
  /// The ICV's offset from the start of a cache line; nil for the bare call, whose tag lies elsewhere.
  package let icv: Int?
  /// The header's offset, without an ICV in it, from the start of a cache line; nil for the bare call.
  package let header: Int?

  private static let lineBytes = 64
  private static let blockBytes = 16
  /// Bytes of an ICV; headers without one have as many.
  private static let pieceBytes = 16

  /// - Parameter isPlain: whether the frame, not the inner packet, begins at a cache line.
  package init(packetBytes: Int, headroomBytes: Int, system: String, isPlain: Bool = true) {
    ciphertext = HeaderSizes.ciphertext(system, packetBytes: packetBytes)
    let start = (isPlain ? 14 : 0) + headroomBytes
    func place(_ offset: Int) -> Int {
      let rest = (start + offset) % Self.lineBytes
      return rest < 0 ? rest + Self.lineBytes : rest
    }
    switch system {
    case "vpe": (header, icv) = (place(-2 * Self.pieceBytes), place(-Self.pieceBytes))
    case "raw", "raw-aad", CaseCoordinates.floor: (header, icv) = (nil, nil)
    default: (header, icv) = (place(-Self.pieceBytes), place(ciphertext))
    }
  }

  /// Blocks of the cipher, the last perhaps not whole.
  package var blocks: Int { (ciphertext + Self.blockBytes - 1) / Self.blockBytes }
  /// Steps of four blocks, which wide registers encrypt at a time, the last perhaps not whole.
  package var fourBlocks: Int { (blocks + 3) / 4 }
  /// Whether the ICV lies in two lines.
  package var icvStraddles: Bool { Self.straddles(icv) }
  /// Whether the header before it, or before the ciphertext, does.
  package var headerStraddles: Bool { Self.straddles(header) }

  /// Whether a piece that is written at once, from `start` on, lies in two cache lines.
  private static func straddles(_ start: Int?) -> Bool {
    start.map { $0 % lineBytes > lineBytes - pieceBytes } ?? false
  }
}

import Cases

/// The position of a sealed packet in memory in a packet-cost run: the number of cipher blocks, and the
/// offsets of the written fields from the start of a cache line.
package struct PacketAlignment {
  /// The number of encrypted bytes.
  package let ciphertext: Int
  /// The ICV's offset from the start of a cache line; nil for the bare call, which writes its tag elsewhere.
  package let icv: Int?
  /// The offset of the header (without an ICV in it) from the start of a cache line; nil for the bare call.
  package let header: Int?

  private static let lineBytes = 64
  private static let blockBytes = 16
  /// The length of an ICV, which is also the length of a header without its ICV.
  private static let pieceBytes = 16

  /// - Parameter isPlain: whether the frame, not the inner packet, begins at a cache line.
  package init(packetBytes: Int, headroomBytes: Int, system: String, isPlain: Bool = true) {
    ciphertext = HeaderSizes.ciphertext(system, packetBytes: packetBytes)
    let start = (isPlain ? 14 : 0) + headroomBytes
    func lineOffset(_ offset: Int) -> Int {
      let rest = (start + offset) % Self.lineBytes
      return rest < 0 ? rest + Self.lineBytes : rest
    }
    switch system {
    case "vpe": (header, icv) = (lineOffset(-2 * Self.pieceBytes), lineOffset(-Self.pieceBytes))
    case "raw", "raw-aad", CaseCoordinates.floor: (header, icv) = (nil, nil)
    default: (header, icv) = (lineOffset(-Self.pieceBytes), lineOffset(ciphertext))
    }
  }

  /// The number of cipher blocks; the last one may be partial.
  package var blocks: Int { (ciphertext + Self.blockBytes - 1) / Self.blockBytes }
  /// The number of steps in which wide registers encrypt four blocks; the last one may be partial.
  package var fourBlocks: Int { (blocks + 3) / 4 }
  /// Whether the ICV lies in two cache lines.
  package var icvStraddles: Bool { Self.straddles(icv) }
  /// Whether the header lies in two cache lines.
  package var headerStraddles: Bool { Self.straddles(header) }

  /// Whether a field that begins at `start` and is written at once lies in two cache lines.
  private static func straddles(_ start: Int?) -> Bool {
    start.map { $0 % lineBytes > lineBytes - pieceBytes } ?? false
  }
}

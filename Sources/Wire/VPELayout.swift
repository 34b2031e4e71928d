/// VPE, Vector Packet Encapsulation (Pfeiffer et al., ARES 2020, Figure 3). Little-endian.
///
/// ```
///  0        2           4                12    16            32
///  | Sender | Window ID | sequence (64) | SPI | ICV (16) | inner IP packet ………… |
///  '--------------- nonce --------------'                 '----- encrypted ----'
/// ```
/// Nothing else is authenticated, for nothing else needs to be (paper, section 4.3), and nothing follows the
/// inner packet, whose own length field ends it.
public enum VPELayout {
  /// Offset of the Sender ID, 2 bytes.
  public static let senderOffset = 0
  /// Offset of the Window ID, 2 bytes.
  public static let windowOffset = 2
  /// Offset of the sequence number, 8 bytes.
  public static let sequenceOffset = 4
  /// Offset of the SPI, 4 bytes.
  public static let spiOffset = 12
  /// Offset of the integrity check value.
  public static let icvOffset = 16
  /// Bytes of the integrity check value.
  public static let icvBytes = 16
  /// Bytes before the inner packet.
  public static let headerBytes = 32

  /// Bytes of the whole VPE packet around an inner packet of `inner` bytes.
  public static func sealedBytes(inner: Int) -> Int { headerBytes + inner }
}

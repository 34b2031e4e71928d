/// ESP of many senders under one key (RFC 6054): ESP's layout, but that the IV is the Sender ID and the
/// sender's own counter. Big-endian.
///
/// ```
///  0     4     8            10            16            16+n
///  | SPI | low | Sender ID  | counter (6) | inner IP packet …… | pad 1 2 3 | len | nh | ICV (16) |
///  '-- additional --'------- IV --------'  '----------- encrypted ---------------------'
/// ```
/// Sender IDs of 8, 12 and 16 bits are possible, of one length for an association (section 3); here they have
/// 16. The sequence number is the counter's low half: a receiver cannot count on it where several send (RFC
/// 4303 section 2.2), and extended numbers must not be used with several senders (RFC 9838).
public enum ESPSenderLayout {
  /// Offset of the SPI.
  public static let spiOffset = 0
  /// Offset of the sequence number.
  public static let sequenceOffset = 4
  /// Offset of the Sender ID, 2 bytes, with which the IV begins.
  public static let senderOffset = 8
  /// Offset of the IV.
  public static let ivOffset = 8
  /// Bytes that are authenticated only: SPI and sequence number.
  public static let additionalBytes = 8
  /// The highest count of a sender: after it comes a new key.
  public static let lastNumber: UInt64 = 0xFFFF_FFFF_FFFF

  /// Bytes of the whole packet around an inner packet of `inner` bytes.
  public static func sealedBytes(inner: Int) -> Int { ESPLayout.sealedBytes(inner: inner) }
}

/// ESP with an AEAD, tunnel mode (RFC 4303 section 2; RFC 4106 section 3; RFC 7634 section 2). Big-endian.
///
/// ```
///  0   4   8           16                             n          n+pad+2      +16
///  | SPI | sequence | IV | inner IP packet ………………… | pad 1 2 3 | len | nh | ICV |
///                         '-------------- encrypted ------------------------'
/// ```
/// Authenticated but not encrypted: SPI and sequence number; with extended sequence numbers their high half
/// stands between the two (RFC 4106 section 5) although it is not sent.
public enum ESPLayout {
  /// Offset of the SPI.
  public static let spiOffset = 0
  /// Offset of the low 32 bits of the sequence number.
  public static let sequenceOffset = 4
  /// Offset of the explicit IV, 8 bytes.
  public static let ivOffset = 8
  /// Bytes before the inner packet.
  public static let headerBytes = 16
  /// Bytes of the integrity check value.
  public static let icvBytes = 16
  /// Bytes of pad length and next header.
  public static let trailerBytes = 2
  /// The ciphertext ends on such a boundary (RFC 4303 section 2.4).
  public static let alignmentBytes = 4

  /// Pad bytes for an inner packet of `inner` bytes: 0 to 3.
  @inlinable @inline(__always)
  public static func padBytes(inner: Int) -> Int { (0 &- (inner &+ trailerBytes)) & (alignmentBytes &- 1) }

  /// Bytes that are encrypted of an inner packet of `inner` bytes: the trailer with it.
  public static func encryptedBytes(inner: Int) -> Int { inner + padBytes(inner: inner) + trailerBytes }

  /// Bytes of the whole ESP packet around an inner packet of `inner` bytes.
  public static func sealedBytes(inner: Int) -> Int { headerBytes + encryptedBytes(inner: inner) + icvBytes }
}

/// ESP in tunnel mode with an implicit IV (RFC 8750): ESP's layout, but that no IV is sent, for it is the
/// sequence number.
///
/// ```
///  0     4     8                    8+n
///  | SPI | low | inner IP packet …… | pad 1 2 3 | len | nh | ICV (16) |
///              '----------- encrypted ---------------------'
/// ```
/// The nonce is the salt and the 64-bit sequence number, of which only the low half is sent; without extended
/// numbers its high half is 0 (section 4).
public enum ESPImplicitIVLayout {
  /// Offset of the SPI.
  public static let spiOffset = 0
  /// Offset of the sequence number's low half.
  public static let sequenceOffset = 4
  /// Bytes before what is encrypted.
  public static let headerBytes = 8
  /// Bytes of the integrity check value.
  public static let icvBytes = 16

  /// Bytes of the whole packet around an inner packet of `inner` bytes.
  public static func sealedBytes(inner: Int) -> Int {
    headerBytes + ESPLayout.encryptedBytes(inner: inner) + icvBytes
  }
}

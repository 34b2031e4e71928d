/// The rungs between ESP and VPE: each changes one property of the one before. Big-endian.
///
/// ```
///       0     4     8    12    16                        n
///  a, b | SPI | low | IV (8)   | inner IP packet ……… | pad 1 2 3 | len | nh | ICV (16) |
///  c    | ID  | number (8) | SPI | inner IP packet ……… | pad 1 2 3 | len | nh | ICV |
///  d    | ID  | number (8) | SPI | inner IP packet ……… | ICV |
///  e    | ID  | number (8) | SPI | ICV (16) | inner IP packet ……… |
/// ```
/// | rung | what it changes |
/// |---|---|
/// | a | against ESP with ESN: the number is the IV, and nothing is inferred from the window |
/// | b | no additional data; instead the low half must be the IV's |
/// | c | bytes 0 to 11 are the nonce, in one piece: no salt |
/// | d | no trailer: the inner packet's own length ends it |
/// | e | the ICV stands before the packet |
///
/// What is left to VPE is the alignment of the header, which is where packets lie and no matter of bytes, and
/// the byte order.
public enum LadderLayout {
  /// Offset of the SPI in rungs a and b.
  public static let spiOffset = 0
  /// Offset of the IV in rungs a and b.
  public static let ivOffset = 8
  /// Offset of the number from rung c on.
  public static let numberOffset = 4
  /// Offset of the SPI from rung c on.
  public static let lastSPIOffset = 12
  /// Offset of the ICV in rung e.
  public static let icvOffset = 16
  /// Bytes of the ICV.
  public static let icvBytes = 16
  /// Bytes before the ICV, if it comes first, and the inner packet.
  public static let nonceHeaderBytes = 16
}

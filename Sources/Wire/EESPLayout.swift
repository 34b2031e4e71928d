/// EESP's optimised format in tunnel mode with an implicit IV (draft-ietf-ipsecme-eesp-04, section 2.8).
/// Big-endian.
///
/// ```
///  0    1         2            4     8        16                    16+n
///  | 80 | options | Session ID | SPI | number | inner IP packet …… | 0 0 0 | ICV (16) |
///  '------------- authenticated -------------' '------ encrypted --------'
///                                    '- nonce, behind the salt
/// ```
/// The Session ID is the Sub SA's. As many bytes of options as the second byte says follow the SPI and move
/// the rest back; none are sent here. What is encrypted ends on 4 bytes; no field tells the padding's length,
/// for the inner packet tells its own.
public enum EESPLayout {
  /// Offset of the byte that begins each packet: 1, a version of 4 bits, 3 reserved bits.
  public static let startOffset = 0
  /// Offset of the number of bytes of options.
  public static let optionsOffset = 1
  /// Offset of the Session ID.
  public static let sessionOffset = 2
  /// Offset of the SPI.
  public static let spiOffset = 4
  /// Offset of the sequence number without options, and of the options.
  public static let numberOffset = 8
  /// Bytes of the header without options.
  public static let headerBytes = 16
  /// Bytes of the integrity check value.
  public static let icvBytes = 16
  /// What is encrypted is padded to a multiple of this.
  public static let alignmentBytes = 4
  /// The most padding that is accepted.
  public static let padBytesMax = 255
  /// The first byte of version 0.
  public static let start: UInt8 = 0x80
  /// The type of an option of one byte that pads (Pad1).
  public static let padOne: UInt8 = 0
  /// The type of an option that pads by as many bytes as the next one says (PadN).
  public static let padMany: UInt8 = 1

  /// Bytes that are encrypted of an inner packet of `inner` bytes.
  public static func encryptedBytes(inner: Int) -> Int {
    (inner &+ alignmentBytes &- 1) & ~(alignmentBytes &- 1)
  }

  /// Bytes of the whole packet around an inner packet of `inner` bytes.
  public static func sealedBytes(inner: Int) -> Int { headerBytes + encryptedBytes(inner: inner) + icvBytes }
}

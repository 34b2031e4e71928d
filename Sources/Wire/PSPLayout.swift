/// PSP, tunnel mode (google/psp; Linux `psphdr`). In UDP, big-endian.
///
/// ```
///  0      1        2        3         4     8    16                              16+n   +16
///  | next | length | offset | S D V…  | SPI | IV | (VC) | inner IP packet ………… | ICV |
///  '--------- authenticated --------------------' '------ encrypted -----------'
///                                     '- nonce --'
/// ```
/// `length` is the header's beyond 8 bytes, in units of 8; a virtualisation cookie (VC) makes it 2. What lies
/// `offset` units of 4 behind the IV is authenticated, but not encrypted. There is no protection against
/// replays: the format leaves it to what is within.
///
/// A receiver takes any IV; that none comes twice under a key is the sender's affair. Here the first 16 bits
/// say which of the sender's threads has counted in the others, so that threads share no counter.
public enum PSPLayout {
  /// Offset of the header's length.
  public static let lengthOffset = 1
  /// Offset of the crypt offset, whose two high bits are reserved.
  public static let cryptOffset = 2
  /// Offset of the flags: sample, drop, version (4 bits), VC, and 1.
  public static let flagsOffset = 3
  /// Offset of the SPI.
  public static let spiOffset = 4
  /// Offset of the IV: a part, and a counter in it.
  public static let ivOffset = 8
  /// Bits of the IV behind its part.
  public static let countBits: UInt64 = 48
  /// The highest number of a part.
  public static let lastNumber: UInt64 = 1 << countBits - 1
  /// Bytes of a header without VC, as packets are sealed here.
  public static let headerBytes = 16
  /// Bytes of a VC.
  public static let cookieBytes = 8
  /// Bytes of the integrity check value.
  public static let icvBytes = 16
  /// The flag that is always set.
  public static let always: UInt8 = 0x01
  /// The flag of a header with VC.
  public static let hasCookie: UInt8 = 0x02
  /// The flag that asks the receiver to drop the packet.
  public static let drop: UInt8 = 0x40
  /// Where the version lies in the flags: 0 is AES-128-GCM, 1 AES-256-GCM.
  public static let versionMask: UInt8 = 0x3C
  /// Version 1, in the bits of `versionMask`.
  public static let version1: UInt8 = 0x04
  /// The standard port.
  public static let port: UInt16 = 1000

  /// Bytes of the whole packet around an inner packet of `inner` bytes.
  public static func sealedBytes(inner: Int) -> Int { headerBytes + inner + icvBytes }
}

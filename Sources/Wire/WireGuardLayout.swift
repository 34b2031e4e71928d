/// WireGuard's data packets (Donenfeld, NDSS 2017, section 5.4.6; Linux `messages.h`). In UDP, little-endian.
///
/// ```
///  0      4          8         16                            16+n+pad    +16
///  | type | receiver | counter | inner IP packet ………… | 0 0 … | tag     |
///                              '------- encrypted ------------'
/// ```
/// Nothing is authenticated without being encrypted. The nonce is four zero bytes and the counter, which
/// starts at 0. Zeros pad the packet to 16 bytes. Nothing within is a keepalive.
public enum WireGuardLayout {
  /// Type of a data packet, with three reserved bytes.
  public static let typeData: UInt32 = 4
  /// Offset of the type.
  public static let typeOffset = 0
  /// Offset of the receiver's index, 4 bytes, which the receiver has chosen.
  public static let receiverOffset = 4
  /// Offset of the counter, 8 bytes.
  public static let counterOffset = 8
  /// Bytes before the inner packet.
  public static let headerBytes = 16
  /// Bytes of the tag.
  public static let icvBytes = 16
  /// The ciphertext ends on such a boundary.
  public static let alignmentBytes = 16
  /// Packets that a key may seal (`REJECT_AFTER_MESSAGES`): their counters lie below this.
  public static let rejectAfter = UInt64.max - 8128 - 1
  /// The standard port.
  public static let port: UInt16 = 51820

  /// Bytes that are encrypted of an inner packet of `inner` bytes.
  @inlinable @inline(__always)
  public static func encryptedBytes(inner: Int) -> Int {
    (inner &+ alignmentBytes &- 1) & ~(alignmentBytes &- 1)
  }

  /// Bytes of the whole packet around an inner packet of `inner` bytes.
  public static func sealedBytes(inner: Int) -> Int { headerBytes + encryptedBytes(inner: inner) + icvBytes }
}

/// IPv4 (RFC 791) as far as a tunnel needs it: headers without options are written, any are read.
public enum IPv4 {
  /// Bytes of a header without options.
  public static let headerBytes = 20

  /// Offset of the total length.
  public static let totalLengthOffset = 2
  /// Offset of the identification, which the fragments of a packet have in common.
  public static let identificationOffset = 4
  /// Offset of flags and fragment offset.
  public static let fragmentOffset = 6
  /// Of the time to live.
  public static let timeToLiveOffset = 8
  /// Offset of the protocol.
  public static let protocolOffset = 9
  /// Offset of the header checksum.
  public static let checksumOffset = 10
  /// Offset of the source address.
  public static let sourceOffset = 12
  /// Offset of the destination address.
  public static let destinationOffset = 16

  /// IP protocol numbers.
  public static let protocolIPv4: UInt8 = 4
  /// IP protocol numbers.
  public static let protocolUDP: UInt8 = 17
  /// IP protocol numbers.
  public static let protocolIPv6: UInt8 = 41
  /// IP protocol numbers.
  public static let protocolESP: UInt8 = 50
  /// "No next header": in ESP, a dummy packet (RFC 4303 section 2.6).
  public static let protocolNone: UInt8 = 59

  /// Hops that a fresh packet may take (RFC 1700's default).
  public static let timeToLive: UInt8 = 64

  /// Writes a header of 20 bytes with its checksum. The packet is atomic (RFC 6864): Don't Fragment is set
  /// and the identification is 0.
  public static func write(
    to at: UnsafeMutableRawPointer, totalLength: UInt16, protocol number: UInt8, source: UInt32,
    destination: UInt32, timeToLive: UInt8 = timeToLive
  ) {
    at.storeBig(UInt16(0x4500), 0)
    at.storeBig(totalLength, totalLengthOffset)
    at.storeBig(UInt32(0x4000), 4)
    at.storeBig(UInt16(timeToLive) << 8 | UInt16(number), timeToLiveOffset)
    at.storeBig(UInt16(0), checksumOffset)
    at.storeBig(source, sourceOffset)
    at.storeBig(destination, destinationOffset)
    at.storeBig(Checksum.ofHeader20(UnsafeRawPointer(at)), checksumOffset)
  }

  /// Takes Don't Fragment off a header without options, and gives it an identification (RFC 6864): it may be
  /// cut.
  public static func letCut(_ at: UnsafeMutableRawPointer, identification: UInt16) {
    at.storeBig(UInt32(identification) << 16, 4)
    at.storeBig(UInt16(0), checksumOffset)
    at.storeBig(Checksum.ofHeader20(UnsafeRawPointer(at)), checksumOffset)
  }

  /// The packet's total length if `count` bytes at `at` hold a whole IPv4 packet (trailing bytes allowed).
  ///
  /// - Returns: nil where the version is not 4 or a length does not fit.
  @inlinable @inline(__always)
  public static func packetLength(_ at: UnsafeRawPointer, count: Int) -> Int? {
    guard count >= headerBytes else { return nil }
    let first = at.load(as: UInt8.self)
    let header = Int(first & 0xF) &* 4
    let total = Int(at.loadBig(totalLengthOffset, as: UInt16.self))
    guard first >> 4 == 4, header >= headerBytes, total >= header, total <= count else { return nil }
    return total
  }
}

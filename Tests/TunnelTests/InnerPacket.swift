import Basics
import TestSupport
import Wire

/// Whole IP packets with random contents.
enum InnerPacket {
  static let countMax = 1500

  /// The sizes that a packet of this version can have.
  static func counts(version: UInt8) -> ClosedRange<Int> { (version == 4 ? 20 : 40)...countMax }

  static func make(version: UInt8 = 4, count: Int, seed: UInt64 = 0) -> [UInt8] {
    var generator = SplitMix64(state: seed &+ UInt64(count) << 8 &+ UInt64(version))
    var packet = generator.bytes(count)
    packet.withUnsafeMutableBytes { packet in
      let at = packet.baseAddress!
      if version == 4 {
        IPv4.write(
          to: at, totalLength: UInt16(count), protocol: IPv4.protocolUDP, source: 0xC000_0201,
          destination: 0xC000_0202)
      } else {
        at.storeBig(UInt32(0x6000_0000), 0)
        at.storeBig(UInt16(count - IPv6.headerBytes), IPv6.payloadLengthOffset)
        at.storeBig(UInt16(17) << 8 | 64, 6)
      }
    }
    return packet
  }

  /// `packet` with another length in its own length field.
  static func make(version: UInt8 = 4, count: Int, announcing length: Int) -> [UInt8] {
    var packet = make(version: version, count: count)
    let offset = version == 4 ? IPv4.totalLengthOffset : IPv6.payloadLengthOffset
    let field = UInt16(version == 4 ? length : length - IPv6.headerBytes)
    packet.withUnsafeMutableBytes { $0.baseAddress!.storeBig(field, offset) }
    return packet
  }
}

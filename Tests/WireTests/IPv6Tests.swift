import Testing
import Wire

@Suite struct IPv6Tests {
  @Test func writesTheFixedHeader() {
    var bytes = [UInt8](repeating: 0xEE, count: 42)
    bytes.withUnsafeMutableBytes {
      IPv6.write(
        to: $0.baseAddress! + 1, payloadLength: 0x05DC, next: IPv4.protocolESP,
        source: IPv6Address(high: 0x2001_0DB8_0001_0203, low: 0x0405_0607_0809_0A0B),
        destination: IPv6Address(high: 0x2001_0DB8_F0F1_F2F3, low: 0xF4F5_F6F7_F8F9_FAFB))
    }
    let source: [UInt8] = [0x20, 1, 0x0D, 0xB8, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]
    let destination: [UInt8] = [0x20, 1, 0x0D, 0xB8] + (0xF0...0xFB).map { UInt8($0) }
    #expect(bytes == [0xEE, 0x60, 0, 0, 0, 0x05, 0xDC, 50, 64] + source + destination + [0xEE])
    let total = bytes.dropFirst().withUnsafeBytes {
      IPv6.packetLength($0.baseAddress!, count: 40 + 0x05DC)
    }
    #expect(total == 40 + 0x05DC)
    #expect(IPv6Address(high: 1, low: 2) == IPv6Address(high: 1, low: 2))
    #expect(IPv6Address(high: 1, low: 2) != IPv6Address(high: 2, low: 1))
  }

  /// Every version, payload length and count around the limits.
  @Test func packetLengthOfEveryHeader() {
    var packet = [UInt8](repeating: 0, count: 140)
    for first in UInt8.min...UInt8.max {
      for payload in Array(0...80) + [255, 256, 0xFFFF] {
        packet[0] = first
        packet[4] = UInt8(payload >> 8)
        packet[5] = UInt8(payload & 0xFF)
        for count in 0...140 {
          let isWhole = count >= 40 && first / 16 == 6 && 40 + payload <= count
          if IPv6.packetLength(packet, count: count) != (isWhole ? 40 + payload : nil) {
            Issue.record("first byte \(first), payload length \(payload), \(count) bytes")
            return
          }
        }
      }
    }
  }

  @Test(
    arguments: [
      ("no payload", 0x60, 0, 40, 40), ("a traffic class", 0x6F, 20, 60, 60),
      ("bytes behind it", 0x60, 8, 1000, 48), ("the longest", 0x60, 65535, 65575, 65575),
      ("no bytes", 0x60, 0, 0, nil), ("a byte too few for a header", 0x60, 0, 39, nil),
      ("a byte too few for the packet", 0x60, 8, 47, nil), ("version 4", 0x45, 0, 40, nil),
    ] as [(String, UInt8, Int, Int, Int?)])
  func packetLength(name: String, first: UInt8, payload: Int, count: Int, expected: Int?) {
    var packet = [UInt8](repeating: 0, count: 65575)
    packet[0] = first
    packet[4] = UInt8(payload >> 8)
    packet[5] = UInt8(payload & 0xFF)
    #expect(IPv6.packetLength(packet, count: count) == expected, "\(name)")
  }
}

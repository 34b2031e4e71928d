import Basics
import Testing
import Wire

@Suite struct IPv4Tests {
  @Test func writesAnAtomicPacketsHeader() {
    var bytes = [UInt8](repeating: 0xEE, count: 22)
    bytes.withUnsafeMutableBytes {
      IPv4.write(
        to: $0.baseAddress! + 1, totalLength: 0x05DC, protocol: IPv4.protocolESP, source: 0xC000_0201,
        destination: 0xC633_6402)
    }
    let header: [UInt8] = [
      0x45, 0, 0x05, 0xDC, 0, 0, 0x40, 0, 64, 50, 0x48, 0xB9, 192, 0, 2, 1, 198, 51, 100, 2,
    ]
    #expect(bytes == [0xEE] + header + [0xEE])
    #expect(ChecksumTests.naive(header) == 0)
  }

  @Test func writesAnyHeaderWithItsChecksum() {
    var generator = SplitMix64(state: 4)
    for _ in 0..<1000 {
      var bytes = [UInt8](repeating: 0xEE, count: 20)
      let length = UInt16.random(in: 20...(.max), using: &generator)
      let number = UInt8.random(in: 0...255, using: &generator)
      let source = UInt32.random(in: 0...(.max), using: &generator)
      let destination = UInt32.random(in: 0...(.max), using: &generator)
      bytes.withUnsafeMutableBytes { bytes in
        let at = bytes.baseAddress!
        IPv4.write(
          to: at, totalLength: length, protocol: number, source: source, destination: destination)
        #expect(at.loadBig(IPv4.totalLengthOffset) == length)
        #expect(at.loadBig(IPv4.protocolOffset) == number)
        #expect(at.loadBig(IPv4.sourceOffset) == source)
        #expect(at.loadBig(IPv4.destinationOffset) == destination)
        #expect(at.loadBig(IPv4.fragmentOffset) == UInt16(0x4000))
        #expect(Checksum.isValidHeader20(at))
      }
      #expect(IPv4.packetLength(bytes, count: Int(length)) == Int(length))
      #expect(IPv4.packetLength(bytes, count: Int(length) - 1) == nil)
    }
  }

  /// Every version, header length, total length and count around the limits, against RFC 791's words.
  @Test func packetLengthOfEveryHeader() {
    var packet = [UInt8](repeating: 0, count: 80)
    for first in UInt8.min...UInt8.max {
      for total in Array(0...80) + [255, 256, 0xFFFF] {
        packet[0] = first
        packet[2] = UInt8(total >> 8)
        packet[3] = UInt8(total & 0xFF)
        for count in 0...80 {
          let header = Int(first % 16) * 4
          let isWhole = count >= 20 && first / 16 == 4 && header >= 20 && header <= total && total <= count
          if IPv4.packetLength(packet, count: count) != (isWhole ? total : nil) {
            Issue.record("first byte \(first), total length \(total), \(count) bytes")
            return
          }
        }
      }
    }
  }

  @Test(
    arguments: [
      ("no options", 0x45, 20, 20, 20), ("most options", 0x4F, 60, 60, 60),
      ("bytes behind it", 0x45, 46, 1000, 46), ("the longest", 0x45, 65535, 65535, 65535),
      ("no bytes", 0x45, 20, 0, nil), ("a byte too few for a header", 0x45, 20, 19, nil),
      ("a byte too few for the packet", 0x45, 46, 45, nil), ("shorter than its header", 0x46, 23, 100, nil),
      ("a header of 16 bytes", 0x44, 20, 20, nil), ("version 6", 0x65, 20, 20, nil),
      ("version 0", 0x05, 20, 20, nil),
    ] as [(String, UInt8, Int, Int, Int?)])
  func packetLength(name: String, first: UInt8, total: Int, count: Int, expected: Int?) {
    var packet = [UInt8](repeating: 0, count: 65535)
    packet[0] = first
    packet[2] = UInt8(total >> 8)
    packet[3] = UInt8(total & 0xFF)
    #expect(IPv4.packetLength(packet, count: count) == expected, "\(name)")
  }
}

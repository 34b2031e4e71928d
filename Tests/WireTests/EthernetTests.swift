import Basics
import Testing
import Wire

@Suite struct EthernetTests {
  @Test(
    arguments: [(Ethernet.typeIPv4, [0x08, 0x00]), (Ethernet.typeIPv6, [0x86, 0xDD])]
      as [(
        UInt16, [UInt8]
      )])
  func writesAHeader(type: UInt16, last: [UInt8]) {
    var bytes = [UInt8](repeating: 0xEE, count: 16)
    bytes.withUnsafeMutableBytes {
      Ethernet.write(
        to: $0.baseAddress! + 1, destination: MACAddress(bits: 0x0201_0304_0506),
        source: MACAddress(bits: 0x0A0B_0C0D_0E0F), type: type)
    }
    #expect(bytes == [0xEE, 2, 1, 3, 4, 5, 6, 10, 11, 12, 13, 14, 15] + last + [0xEE])
  }

  /// RFC 2544 sizes count the frame check sequence: 46 to 1500 bytes of payload.
  @Test func frameSizesHoldAPayload() {
    let overhead = Ethernet.headerBytes + Ethernet.frameCheckBytes
    #expect(Ethernet.frameBytes.lowerBound - overhead == 46)
    #expect(Ethernet.frameBytes.upperBound - overhead == 1500)
  }
}

@Suite struct MACAddressTests {
  @Test(
    arguments: [
      (0, "00:00:00:00:00:00"), (1, "00:00:00:00:00:01"), (0x0200_0000_0001, "02:00:00:00:00:01"),
      (0xFFFF_FFFF_FFFF, "ff:ff:ff:ff:ff:ff"), (0x0A0B_0C0D_0E0F, "0a:0b:0c:0d:0e:0f"),
      (0x1234_5678_9ABC, "12:34:56:78:9a:bc"),
    ] as [(UInt64, String)])
  func describesItself(bits: UInt64, text: String) {
    #expect("\(MACAddress(bits: bits))" == text)
  }

  @Test func holds48Bits() {
    #expect(MACAddress(bits: 0xABCD_0200_0000_0001) == MACAddress(bits: 0x0200_0000_0001))
    #expect(MACAddress(bits: .max).bits == 0xFFFF_FFFF_FFFF)
  }

  @Test func comesBackFromEveryOffset() {
    var generator = SplitMix64(state: 5)
    for offset in 0...10 {
      let address = MACAddress(bits: generator.next())
      var bytes = [UInt8](repeating: 0xEE, count: 16)
      bytes.withUnsafeMutableBytes { address.write(to: $0.baseAddress! + offset) }
      let text = bytes[offset..<offset + 6].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
      #expect(text.joined(separator: ":") == "\(address)")
      #expect(bytes.enumerated().allSatisfy { (offset..<offset + 6).contains($0) || $1 == 0xEE })
      #expect(bytes.withUnsafeBytes { MACAddress(from: $0.baseAddress! + offset) } == address)
    }
  }
}

import Testing
import Wire

@Suite struct UDPTests {
  @Test func writesAHeaderWithoutChecksum() {
    var bytes = [UInt8](repeating: 0xEE, count: 10)
    bytes.withUnsafeMutableBytes {
      UDP.write(to: $0.baseAddress! + 1, source: 0x1234, destination: UDP.portESP, length: 0x05C8)
    }
    #expect(bytes == [0xEE, 0x12, 0x34, 0x11, 0x94, 0x05, 0xC8, 0, 0, 0xEE])
  }

  @Test func offsetsAreThoseOfRFC768() {
    #expect(UDP.headerBytes == 8)
    #expect(UDP.destinationOffset == 2)
    #expect(UDP.lengthOffset == 4)
  }
}

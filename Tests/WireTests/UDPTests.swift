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

  /// RFC 3948 section 2.3: one byte, FF; section 2.2: four bytes of 0 before IKE.
  @Test func keepalivesAndIKEAreTold() {
    for value in UInt8.min ... .max {
      for count in 0...6 {
        let payload = [UInt8](repeating: value, count: max(count, 1))
        #expect(UDP.isKeepalive(payload, count: count) == (count == 1 && value == 0xFF))
        #expect(UDP.isIKE(payload + [0, 0, 0], count: count) == (count >= 4 && value == 0))
      }
    }
    for byte in 0..<4 {
      var payload = [UInt8](repeating: 0, count: 8)
      payload[byte] = 1
      #expect(!UDP.isIKE(payload, count: 8))
    }
  }
}

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
    #expect(UDP.checksumOffset == 6)
  }

  /// A datagram of IPv6 as Scapy makes it: `IPv6(src="2001:2::1", dst="2001:2:0:1::1") / UDP(sport=1024,
  /// dport=7) / Raw(b"abc")`.
  @Test func checksumsOfIPv6() {
    let known: [UInt8] =
      [0x60, 0, 0, 0, 0, 11, 17, 64, 0x20, 1, 0, 2] + [UInt8](repeating: 0, count: 11)
      + [1, 0x20, 1, 0, 2, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 7)
      + [1, 4, 0, 0, 7, 0, 11, 0xF7, 0x65, 0x61, 0x62, 0x63]
    #expect(Checksum.folded(UDP.sum(inIPv6: known, length: 11)) == 0xFFFF)
    var packet = known
    packet.replaceSubrange(46..<48, with: [0, 0])
    let checksum = UDP.checksum(UDP.sum(inIPv6: packet, length: 11))
    #expect(checksum == UInt16(0xF765).bigEndian)
    // One of 0 would mean that there is none.
    #expect(UDP.checksum(0xFFFF) == 0xFFFF && UDP.checksum(0) == 0xFFFF && UDP.checksum(1) == 0xFFFE)
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

import Testing
import Wire

/// Hops, DSCP and ECN, against headers that are written anew.
@Suite struct ForwardingTests {
  /// An IPv4 header with its checksum by RFC 1071 section 4.1.
  static func ipv4(service: UInt8, hops: UInt8, id: UInt16 = 0) -> [UInt8] {
    var header: [UInt8] = [0x45, service, 0, 20, UInt8(id >> 8), UInt8(id & 255), 0x40, 0, hops, 17, 0, 0]
    header += [198, 18, 0, 1, 198, 19, 0, 1]
    var sum = stride(from: 0, to: 20, by: 2).reduce(0) { $0 + Int(header[$1]) << 8 + Int(header[$1 + 1]) }
    while sum > 0xFFFF { sum = sum % 0x10000 + sum / 0x10000 }
    header[10] = UInt8((0xFFFF - sum) >> 8)
    header[11] = UInt8((0xFFFF - sum) & 255)
    return header
  }

  static func ipv6(service: UInt8, hops: UInt8) -> [UInt8] {
    [0x60 | service >> 4, service << 4 | 0x9, 0x87, 0x65, 0, 0, 59, hops] + [UInt8](repeating: 7, count: 32)
  }

  /// What `change` makes of a header that lies at an odd address.
  static func changed(_ header: [UInt8], _ change: (UnsafeMutableRawPointer) -> Void) -> [UInt8] {
    var bytes = [0xEE] + header + [0xEE]
    bytes.withUnsafeMutableBytes { change($0.baseAddress! + 1) }
    #expect(bytes.first == 0xEE && bytes.last == 0xEE)
    return Array(bytes.dropFirst().dropLast())
  }

  // Identifications that take the checksum once around, 0x0000 and its neighbours included.
  @Test func everyHopOfIPv4() {
    for id in stride(from: 0, through: 0xFFFF, by: 1) {
      for hops in [UInt8(0), 1, 2, 64, 255] {
        let header = Self.ipv4(service: 0, hops: hops, id: UInt16(id))
        var isTaken: Bool?
        let result = Self.changed(header) { isTaken = IPv4.takeHop($0) }
        let expected = hops < 2 ? header : Self.ipv4(service: 0, hops: hops - 1, id: UInt16(id))
        if isTaken != (hops >= 2) || result != expected { Issue.record("\(id), \(hops) hops: \(result)") }
      }
    }
  }

  @Test func everyHopOfIPv6() {
    for hops in UInt8.min ... .max {
      let header = Self.ipv6(service: 0xA5, hops: hops)
      var isTaken: Bool?
      let result = Self.changed(header) { isTaken = IPv6.takeHop($0) }
      #expect(isTaken == (hops >= 2))
      #expect(result == (hops < 2 ? header : Self.ipv6(service: 0xA5, hops: hops - 1)))
    }
  }

  @Test func everyServiceFromEveryOther() {
    for old in UInt8.min ... .max {
      for new in UInt8.min ... .max {
        for id in [UInt16(0), 0x1234, 0xFFFF] {
          let header = Self.ipv4(service: old, hops: 64, id: id)
          let result = Self.changed(header) {
            if IPv4.service($0) != old { Issue.record("\(old)") }
            IPv4.setService($0, new)
          }
          if result != Self.ipv4(service: new, hops: 64, id: id) { Issue.record("\(old) to \(new)") }
        }
        let six = Self.changed(Self.ipv6(service: old, hops: 3)) {
          if IPv6.service($0) != old { Issue.record("\(old)") }
          IPv6.setService($0, new)
        }
        if six != Self.ipv6(service: new, hops: 3) { Issue.record("IPv6: \(old) to \(new)") }
      }
    }
  }

  @Test func aWrongChecksumStaysWrong() {
    var header = Self.ipv4(service: 0, hops: 64)
    header[11] ^= 1
    let result = Self.changed(header) {
      _ = IPv4.takeHop($0)
      IPv4.setService($0, 3)
      #expect(!Checksum.isValidHeader20($0))
    }
    #expect(result[8] == 63 && result[1] == 3)
  }

  /// RFC 6040 section 4.2, Figure 4: rows are Not-ECT, ECT(0), ECT(1), CE within; columns outside.
  @Test func ecnIsThatOfTheFigure() {
    let codes = [ECN.notECT, ECN.ect0, ECN.ect1, ECN.ce]
    #expect(codes == [0b00, 0b10, 0b01, 0b11])
    let figure: [[UInt8?]] = [
      [ECN.notECT, ECN.notECT, ECN.notECT, nil],
      [ECN.ect0, ECN.ect0, ECN.ect1, ECN.ce],
      [ECN.ect1, ECN.ect1, ECN.ect1, ECN.ce],
      [ECN.ce, ECN.ce, ECN.ce, ECN.ce],
    ]
    for (inner, row) in zip(codes, figure) {
      for (outer, expected) in zip(codes, row) {
        #expect(ECN.leaving(inner: inner, outer: outer) == expected, "\(inner), \(outer)")
      }
    }
  }

  /// RFC 2474 section 4.2.2: class selector n is DSCP n × 8, whatever lies in the bits behind it.
  @Test func everyServiceTellsItsClass() {
    for service in UInt8.min ... .max {
      for count in 1...TrafficClass.most {
        let expected = min(Int(service) / 32, count - 1)
        #expect(TrafficClass.index(service, of: count) == expected)
        for header in [Self.ipv4(service: service, hops: 64), Self.ipv6(service: service, hops: 64)] {
          let found = header.withUnsafeBytes { TrafficClass.index(ofPacket: $0.baseAddress!, of: count) }
          if found != expected { Issue.record("\(header.count) bytes, \(service) of \(count): \(found)") }
        }
      }
    }
    #expect((0..<TrafficClass.most).map(TrafficClass.service) == [0, 32, 64, 96, 128, 160, 192, 224])
  }
}

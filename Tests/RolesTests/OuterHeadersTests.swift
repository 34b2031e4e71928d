import Basics
import Roles
import TestSupport
import Testing
import Wire

/// What holds of the outer headers of both versions, with and without UDP.
@Suite struct OuterHeadersTests {
  static let ports: [UInt16?] = [nil, 4500]

  static func header(_ isIPv6: Bool, protocol number: UInt8, _ udpPort: UInt16?) -> OuterHeader {
    isIPv6
      ? OuterHeader6Tests.header(protocol: number, udpPort: udpPort)
      : OuterHeaderTests.header(protocol: number, udpPort: udpPort)
  }

  static func check(_ isIPv6: Bool, _ udpPort: UInt16?) -> OuterCheck {
    isIPv6 ? OuterHeader6Tests.check(udpPort: udpPort) : OuterHeaderTests.check(udpPort: udpPort)
  }

  static func frame(
    _ isIPv6: Bool, _ payload: [UInt8], protocol number: UInt8 = 50, _ udpPort: UInt16?
  ) -> [UInt8] {
    isIPv6
      ? OuterHeader6Tests.frame(payload, protocol: number, udpPort: udpPort)
      : OuterHeaderTests.frame(payload, protocol: number, udpPort: udpPort)
  }

  @Test(arguments: [false, true], ports) func headersOfAllLengthsAreRight(isIPv6: Bool, udpPort: UInt16?) {
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 2048, alignment: 64)
    defer { memory.deallocate() }
    for number in [UInt8(50), 4, 255] {
      let outer = Self.header(isIPv6, protocol: number, udpPort)
      #expect(outer.bytes == (isIPv6 ? 54 : 34) + (udpPort == nil ? 0 : 8))
      for count in 0...1600 {
        memory.initializeMemory(as: UInt8.self, repeating: 0xEE, count: 2048)
        let packet = memory + 128
        let frame = outer.write(before: packet, count: count)
        let payload = [UInt8](repeating: 0xEE, count: count)
        let expected = Self.frame(isIPv6, payload, protocol: number, udpPort)
        if frame != packet - outer.bytes || bytes(at: frame, expected.count) != expected {
          Issue.record("\(count) bytes in protocol \(number): \(bytes(at: frame, outer.bytes).hex())")
        }
        // Nothing before or behind the header is written.
        let before = bytes(at: memory, 128 - outer.bytes)
        if (before + bytes(at: packet, 1920)).contains(where: { $0 != 0xEE }) {
          Issue.record("\(count) bytes: more than the header is written")
        }
      }
    }
  }

  @Test(arguments: [false, true], ports) func findsThePacketOfEveryLength(isIPv6: Bool, udpPort: UInt16?) {
    let memory = GuardedMemory()
    for count in 0...1600 {
      for padding in [0, 1, 46] {
        let outer = Self.frame(isIPv6, [UInt8](repeating: 7, count: count), udpPort)
        let start = memory.put(outer + [UInt8](repeating: 9, count: padding))
        let found = Self.check(isIPv6, udpPort).find(in: start, count: outer.count + padding)
        if found.reason != .none || found.count != count || found.start - start != outer.count - count {
          Issue.record("\(count) bytes and \(padding) of padding: \(found)")
        }
      }
    }
  }

  @Test(arguments: [false, true], ports) func truncatedFramesAreRefused(isIPv6: Bool, udpPort: UInt16?) {
    let memory = GuardedMemory()
    let whole = Self.frame(isIPv6, [UInt8](repeating: 7, count: 100), udpPort)
    for count in 0..<whole.count {
      let start = memory.put(Array(whole.prefix(count)))
      let reason = Self.check(isIPv6, udpPort).find(in: start, count: count).reason
      if reason != (count < (isIPv6 ? 54 : 34) ? .tooShort : .outerHeader) {
        Issue.record("\(count) bytes: \(reason)")
      }
    }
  }
}

import Basics
import Roles
import TestSupport
import Testing
import Wire

/// What is put before a sealed packet in IPv6, and how it is checked on arrival.
@Suite struct OuterHeader6Tests {
  static let ports: [UInt16?] = [nil, 4500]
  static let source: [UInt8] = [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1]
  static let destination: [UInt8] = [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [2]

  static func header(protocol number: UInt8, udpPort: UInt16?) -> OuterHeader {
    OuterHeader(
      from: .gatewayABlack, source: TestAddress.gatewayA6, destination: TestAddress.gatewayB6,
      protocol: number, udpPort: udpPort)
  }

  static func check(udpPort: UInt16?) -> OuterCheck {
    OuterCheck(address: TestAddress.gatewayB6, protocol: 50, udpPort: udpPort)
  }

  static func frame(_ payload: [UInt8], protocol number: UInt8 = 50, udpPort: UInt16?) -> [UInt8] {
    let packet = udpPort.map { naiveUDP($0, $0, payload) } ?? payload
    return naiveEthernet(
      .gatewayABlack, type: 0x86DD,
      naiveIPv6(udpPort == nil ? number : 17, from: source, to: destination, packet))
  }

  /// Why a frame is refused in which a bit is flipped; nil where it must still be accepted.
  static func reason(byte: Int, bit: Int, isUDP: Bool) -> DropReason? {
    switch byte {
    case ..<12: return nil  // Ethernet addresses: a switch's matter.
    case 12..<14: return .notIP
    case 14: return bit >= 4 ? .outerHeader : nil  // Version; the upper half of the traffic class.
    case 20, 38..<54: return .notOurs  // Next header; destination.
    case 56, 57: return .notOurs  // UDP destination port.
    default: return nil  // Traffic class, flow label, hop limit, source; UDP source port and checksum.
    }
  }

  @Test(arguments: ports) func everyFlippedBit(udpPort: UInt16?) {
    let memory = GuardedMemory()
    let honest = Self.frame([UInt8](repeating: 7, count: 100), udpPort: udpPort)
    for byte in 0..<(udpPort == nil ? 54 : 62) where ![18, 19, 58, 59].contains(byte) {
      for bit in 0..<8 {
        var frame = honest
        frame[byte] ^= 1 << UInt8(bit)
        let expected = Self.reason(byte: byte, bit: bit, isUDP: udpPort != nil) ?? .none
        let found = Self.check(udpPort: udpPort).find(in: memory.put(frame), count: frame.count)
        if found.reason != expected {
          Issue.record("byte \(byte), bit \(bit): \(found.reason), not \(expected)")
        }
        if found.reason == .none, found.count != 100 { Issue.record("byte \(byte), bit \(bit): \(found)") }
      }
    }
  }

  @Test(arguments: ports) func everyPayloadLength(udpPort: UInt16?) {
    let memory = GuardedMemory()
    var frame = Self.frame([UInt8](repeating: 7, count: 100), udpPort: udpPort)
    let payload = frame.count - 54
    for length in 0...0xFFFF {
      frame.replaceSubrange(18..<20, with: big(UInt64(length), 2))
      let expected: DropReason =
        if length > payload {
          .outerHeader
        } else if udpPort != nil, length < payload {
          length < 8 ? .tooShort : .outerHeader
        } else {
          .none
        }
      let found = Self.check(udpPort: udpPort).find(in: memory.put(frame), count: frame.count)
      if found.reason != expected { Issue.record("\(length): \(found.reason), not \(expected)") }
      if found.reason == .none, found.count != length - (payload - 100) {
        Issue.record("\(length): \(found)")
      }
    }
  }

  @Test func fragmentsAndExtensionsAreRefused() {
    let memory = GuardedMemory()
    for (next, reason) in [(UInt8(44), DropReason.fragment), (0, .notOurs), (43, .notOurs), (60, .notOurs)] {
      let frame = Self.frame([UInt8](repeating: 50, count: 100), protocol: next, udpPort: nil)
      let found = Self.check(udpPort: nil).find(in: memory.put(frame), count: frame.count)
      #expect(found.reason == reason, "\(next)")
    }
  }

  /// Each version refuses the other's packets.
  @Test(arguments: ports) func versionsAreKeptApart(udpPort: UInt16?) {
    let memory = GuardedMemory()
    let four = OuterHeaderTests.frame([UInt8](repeating: 7, count: 100), udpPort: udpPort)
    #expect(Self.check(udpPort: udpPort).find(in: memory.put(four), count: four.count).reason == .notIP)
    let six = Self.frame([UInt8](repeating: 7, count: 100), udpPort: udpPort)
    let found = OuterHeaderTests.check(udpPort: udpPort).find(in: memory.put(six), count: six.count)
    #expect(found.reason == .notIP)
  }
}

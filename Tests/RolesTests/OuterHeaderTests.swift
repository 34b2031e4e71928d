import Basics
import Crypto
import Roles
import TestSupport
import Testing
import Tunnel
import Wire

/// What is put before a sealed packet in IPv4, and how it is checked on arrival.
@Suite struct OuterHeaderTests {
  static let ports: [UInt16?] = [nil, 4500]
  static let source: UInt32 = 0xC000_0201
  static let destination: UInt32 = 0xC000_0202

  static func header(protocol number: UInt8 = 50, udpPort: UInt16?) -> OuterHeader {
    OuterHeader(
      from: .gatewayABlack, source: source, destination: destination, protocol: number, udpPort: udpPort)
  }

  static func check(udpPort: UInt16?) -> OuterCheck {
    OuterCheck(address: destination, protocol: 50, udpPort: udpPort)
  }

  static func frame(_ payload: [UInt8], protocol number: UInt8 = 50, udpPort: UInt16?) -> [UInt8] {
    let packet = udpPort.map { naiveUDP($0, $0, payload) } ?? payload
    return naiveEthernet(
      .gatewayABlack, naiveIPv4(udpPort == nil ? number : 17, from: source, to: destination, packet))
  }

  /// Why a frame is refused in which a bit is flipped; nil where it must still be accepted.
  static func reason(byte: Int, bit: Int, checksumIsRepaired: Bool) -> DropReason? {
    switch byte {
    case ..<12: return nil  // Ethernet addresses: a switch's matter.
    case 12..<14: return .notIP
    case 14..<34 where !checksumIsRepaired: return .outerHeader
    case 14, 24, 25: return .outerHeader  // Version and header length; the checksum itself.
    case 20: return bit < 6 ? .fragment : nil  // More fragments, offset; not: reserved, don't fragment.
    case 21: return .fragment
    case 23: return .notOurs  // Protocol.
    case 30..<34: return .notOurs  // Destination.
    case 36, 37: return .notOurs  // UDP destination port.
    default: return nil  // Service, identification, time to live, source; UDP source port and checksum.
    }
  }

  /// Lengths are told apart by what they become: too long, too short, or shorter than they were.
  static let lengthBytes: Set = [16, 17, 38, 39]

  @Test(arguments: ports, [false, true]) func everyFlippedBit(udpPort: UInt16?, checksumIsRepaired: Bool) {
    let memory = GuardedMemory()
    let honest = Self.frame([UInt8](repeating: 7, count: 100), udpPort: udpPort)
    let headers = udpPort == nil ? 34 : 42
    for byte in 0..<headers {
      for bit in 0..<8
      where !(checksumIsRepaired && Self.lengthBytes.contains(byte)) && byte != 38 && byte != 39 {
        var frame = honest
        frame[byte] ^= 1 << UInt8(bit)
        if checksumIsRepaired, (14..<34).contains(byte), byte != 24, byte != 25 { Self.repair(&frame) }
        let expected = Self.reason(byte: byte, bit: bit, checksumIsRepaired: checksumIsRepaired) ?? .none
        let found = Self.check(udpPort: udpPort).find(in: memory.put(frame), count: frame.count)
        if found.reason != expected {
          Issue.record("byte \(byte), bit \(bit): \(found.reason), not \(expected)")
        }
        if found.reason == .none, found.count != 100 { Issue.record("byte \(byte), bit \(bit): \(found)") }
      }
    }
  }

  /// Gives the IPv4 header of a frame its right checksum.
  static func repair(_ frame: inout [UInt8]) {
    frame.replaceSubrange(24..<26, with: [0, 0])
    frame.replaceSubrange(24..<26, with: big(UInt64(naiveChecksum(Array(frame[14..<34]))), 2))
  }

  @Test(arguments: ports) func everyTotalLength(udpPort: UInt16?) {
    let memory = GuardedMemory()
    let honest = Self.frame([UInt8](repeating: 7, count: 100), udpPort: udpPort)
    let packet = honest.count - 14
    for total in 0...0xFFFF {
      var frame = honest
      frame.replaceSubrange(16..<18, with: big(UInt64(total), 2))
      Self.repair(&frame)
      let expected: DropReason =
        if !(20...packet).contains(total) {
          .outerHeader
        } else if udpPort != nil, total < packet {
          total < 28 ? .tooShort : .outerHeader
        } else {
          .none
        }
      let found = Self.check(udpPort: udpPort).find(in: memory.put(frame), count: frame.count)
      if found.reason != expected { Issue.record("\(total): \(found.reason), not \(expected)") }
      if found.reason == .none, found.count != total - (packet - 100) { Issue.record("\(total): \(found)") }
    }
  }

  @Test func everyUDPLength() {
    let memory = GuardedMemory()
    var frame = Self.frame([UInt8](repeating: 7, count: 100), udpPort: 4500)
    for length in 0...0xFFFF {
      frame.replaceSubrange(38..<40, with: big(UInt64(length), 2))
      let found = Self.check(udpPort: 4500).find(in: memory.put(frame), count: frame.count)
      let expected: DropReason = (8...108).contains(length) ? .none : .outerHeader
      if found.reason != expected { Issue.record("\(length): \(found.reason), not \(expected)") }
      if found.reason == .none, found.count != length - 8 { Issue.record("\(length): \(found)") }
    }
  }

  @Test(arguments: ports) func optionsAreRefused(udpPort: UInt16?) {
    let memory = GuardedMemory()
    for words in 6...15 {
      var frame = Self.frame([UInt8](repeating: 1, count: 100), udpPort: udpPort)
      frame[14] = 0x40 | UInt8(words)
      // The right checksum over the longer header, and the right one over the first 20 bytes.
      let header = [UInt8](frame[14..<24]) + [0, 0] + frame[26..<(14 + words * 4)]
      for checksum in [naiveChecksum(header), naiveChecksum(Array(header.prefix(20)))] {
        frame.replaceSubrange(24..<26, with: big(UInt64(checksum), 2))
        let found = Self.check(udpPort: udpPort).find(in: memory.put(frame), count: frame.count)
        #expect(found.reason == .outerHeader, "\(words) words")
      }
    }
  }

  /// A keepalive and IKE are told from what a format has sealed; everything else is the format's to refuse.
  @Test(
    arguments: [
      ([0xFF], .keepalive), ([0xFE], .none), ([0], .none), ([0xFF, 0xFF], .none), ([], .none),
      ([0, 0, 0], .none), ([0, 0, 0, 0], .ike), ([UInt8](repeating: 0, count: 40), .ike),
      ([1] + [UInt8](repeating: 0, count: 40), .none), ([0, 0, 1, 0], .none), ([0, 0, 0, 1], .none),
    ] as [([UInt8], DropReason)])
  func whatSharesThePortIsToldApart(payload: [UInt8], reason: DropReason) {
    let memory = GuardedMemory()
    // Ethernet's padding is no part of the datagram.
    for padding in [0, 10] {
      let frame = Self.frame(payload, udpPort: 4500) + [UInt8](repeating: 0, count: padding)
      let found = Self.check(udpPort: 4500).find(in: memory.put(frame), count: frame.count)
      #expect(found.reason == reason)
      if reason == .none { #expect(found.count == payload.count) }
    }
    // Directly in IP nothing shares a port.
    let frame = Self.frame(payload, udpPort: nil)
    #expect(Self.check(udpPort: nil).find(in: memory.put(frame), count: frame.count).reason == .none)
  }

  /// Whatever a window is, VPE in UDP never begins as IKE does: Sender IDs begin at 1.
  @Test func noTestKeyLooksLikeIKE() {
    for direction in [TestKeys.Direction.aToB, .bToA] {
      let keys = TestKeys(seed: 1, direction, algorithm: .aes128GCM, usesESN: true, windows: 1)
      #expect(keys.vpe.sender != 0 && keys.vpe.mayLieInUDP)
    }
    #expect(!VPEAssociation(spi: 256, sender: 0, windows: 1).mayLieInUDP)
    #expect("\(RoleError.senderInUDP(0))".contains("Sender ID 0"))
  }
}

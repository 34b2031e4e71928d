import Basics
import Dataplane
import Roles
import Testing
import Wire

extension OnDPDK {
  @Suite struct ReflectorTests {
    static func datagram(_ payload: Int) -> [UInt8] {
      naiveEthernet(
        .gatewayBRed,
        naiveIPv4(
          17, from: 0xC612_0001, to: 0xC613_0001, naiveUDP(1030, 7, Array(repeating: 5, count: payload))))
    }

    @Test(arguments: [0, 1, 18, 1472]) func swapsAndSwapsBack(payload: Int) throws {
      let frame = Self.datagram(payload)
      try withPacket(frame) { packet in
        var reflect = Reflect()
        #expect(reflect.apply(packet) == .none)
        #expect(packet.frame.hex() == naiveReflection(frame).hex())
        // The header's checksum still holds.
        #expect(naiveChecksum(Array(packet.frame[14..<34])) == 0)
        #expect(reflect.apply(packet) == .none)
        #expect(packet.frame == frame)
      }
    }

    /// A byte that is changed in a datagram, and why it is then refused.
    static let refusals: [(offset: Int, value: UInt8, reason: DropReason)] = [
      (12, 0x86, .foreignFrame), (13, 0x06, .foreignFrame), (14, 0x46, .foreignFrame),
      (14, 0x65, .foreignFrame), (23, 6, .foreignFrame), (23, 50, .foreignFrame),
    ]

    @Test(arguments: refusals) func otherFramesAreForeign(offset: Int, value: UInt8, reason: DropReason)
      throws
    {
      var frame = Self.datagram(18)
      frame[offset] = value
      try withPacket(frame) { packet in
        var reflect = Reflect()
        #expect(reflect.apply(packet) == reason)
        #expect(packet.frame == frame)
      }
    }

    static func datagram6(_ payload: Int) -> [UInt8] {
      let (a, b) = naiveEnds6
      let datagram = naiveUDP6(1030, 7, from: a, to: b, Array(repeating: 5, count: payload))
      return naiveEthernet(.gatewayBRed, type: 0x86DD, naiveIPv6(17, from: a, to: b, datagram))
    }

    @Test(arguments: [0, 1, 18, 1452]) func swapsAndSwapsBackInIPv6(payload: Int) throws {
      let frame = Self.datagram6(payload)
      try withPacket(frame) { packet in
        var reflect = Reflect()
        #expect(reflect.apply(packet) == .none)
        #expect(packet.frame.hex() == naiveReflection6(frame).hex())
        #expect(reflect.apply(packet) == .none)
        #expect(packet.frame == frame)
      }
    }

    /// Another version than Ethernet says, and what is not UDP.
    @Test(arguments: [(14, 0x45), (14, 0x70), (20, 6), (20, 58)] as [(Int, UInt8)])
    func otherFramesOfIPv6AreForeign(offset: Int, value: UInt8) throws {
      var frame = Self.datagram6(18)
      frame[offset] = value
      try withPacket(frame) { packet in
        var reflect = Reflect()
        #expect(reflect.apply(packet) == .foreignFrame)
        #expect(packet.frame == frame)
      }
    }

    @Test func shortFramesOfIPv6AreRefused() throws {
      let frame = Self.datagram6(0)
      for count in 14..<frame.count {
        try withPacket(Array(frame.prefix(count))) { packet in
          var reflect = Reflect()
          #expect(reflect.apply(packet) == .tooShort, "\(count) bytes")
        }
      }
    }

    @Test func shortFramesAreRefused() throws {
      let frame = Self.datagram(0)
      for count in 0..<frame.count {
        try withPacket(Array(frame.prefix(count))) { packet in
          var reflect = Reflect()
          #expect(reflect.apply(packet) == .tooShort, "\(count) bytes")
        }
      }
    }

    @Test func segmentedFramesAreRefused() throws {
      try withPacket(Self.datagram(18)) { packet in
        var reflect = Reflect()
        let reason = try packet.whileSegmented { reflect.apply(packet) }
        #expect(reason == .segmented)
      }
    }
  }
}

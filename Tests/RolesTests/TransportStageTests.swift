import Basics
import Cases
import Crypto
import Dataplane
import Roles
import TestSupport
import Testing
import Tunnel
import Wire

extension OnDPDK {
  /// A host's stages in transport mode: frames as they lie in a pool's buffers.
  @Suite struct TransportStageTests {
    private typealias Out = Seal<ESPTransportSealer, EthernetTemplate>
    private typealias In = Open<ESPTransportOpener, TransportCheck>

    /// Both ends of an ESP association.
    private static func withEnds(_ body: (inout Out, inout In) throws -> Void) throws {
      let association = ESPAssociation(spi: 0x1001, salt: 7, usesESN: true)
      let key = try AEADKey(.aes128GCM, bytes: Array(0..<16))
      let scratch = try AEADScratch()
      let window = ReplayWindow(size: 64)
      defer { window.deallocate() }
      let aead = AEAD(key, scratch: scratch)
      var seal = Seal(
        sealer: ESPTransportSealer(association, aead: aead), outer: EthernetTemplate(from: .gatewayABlack))
      var open = Open(
        opener: ESPTransportOpener(association, aead: aead, window: window), outer: TransportCheck(),
        ethernet: EthernetTemplate(from: .gatewayBRed))
      try withExtendedLifetime((key, scratch)) { try body(&seal, &open) }
    }

    private static func inner(_ isIPv6: Bool) -> [UInt8] {
      let (a, b) = naiveEnds6
      let payload = (0..<30).map { UInt8($0) }
      return isIPv6
        ? naiveIPv6(17, from: a, to: b, naiveUDP6(1, 2, from: a, to: b, payload))
        : naiveIPv4(17, from: 0xC612_0001, to: 0xC613_0001, naiveUDP(1, 2, payload))
    }

    private static func framed(_ end: LinkEnd, _ packet: [UInt8]) -> [UInt8] {
      naiveEthernet(end, type: packet[0] >> 4 == 6 ? 0x86DD : 0x0800, packet)
    }

    /// Ethernet's padding is neither sealed nor opened.
    @Test(arguments: [false, true], [0, 1, 30]) func packetsComeBack(isIPv6: Bool, padding: Int) throws {
      let inner = Self.inner(isIPv6)
      let more = [UInt8](repeating: 0xEE, count: padding)
      try Self.withEnds { seal, open in
        try withPacket(Self.framed(.generator, inner) + more) { packet in
          #expect(seal.apply(packet) == .none)
          let sealed = packet.frame
          #expect(sealed.count == 14 + ESPTransport.sealedBytes(inner: inner.count))
          #expect(sealed.prefix(12).elementsEqual(Self.framed(.gatewayABlack, inner).prefix(12)))
          #expect(sealed[14 + (isIPv6 ? 6 : 9)] == 50)
          packet.put(sealed + more)
          #expect(open.apply(packet) == .none)
          #expect(packet.frame == Self.framed(.gatewayBRed, inner))
        }
      }
    }

    @Test func whatIsNoPacketIsRefused() throws {
      let inner = Self.inner(false)
      let frame = Self.framed(.generator, inner)
      try Self.withEnds { seal, open in
        func expect(_ bytes: [UInt8], _ reason: DropReason, opening: DropReason? = nil) throws {
          try withPacket(bytes) { packet in
            #expect(seal.apply(packet) == reason)
            #expect(open.apply(packet) == opening ?? reason)
          }
        }
        var foreign = frame
        foreign[13] = 6
        try expect(foreign, .notIP)
        try expect(Array(frame.prefix(33)), .tooShort)
        try expect(Array(frame.prefix(40)), .innerLength)
        try withPacket(frame) { packet in
          let reasons = try packet.whileSegmented { [seal.apply(packet), open.apply(packet)] }
          #expect(reasons == [.segmented, .segmented])
        }
        // What is no sealed packet is not ours.
        try withPacket(frame) { #expect(open.apply($0) == .notOurs) }
      }
    }
  }
}

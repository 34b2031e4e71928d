import Basics
import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// What is particular to transport mode: the IP header outside, and what follows it.
@Suite struct TransportTests {
  static let formats = [FormatName.espTransport, .vpeTransportA, .vpeTransportB]

  private struct Work: FormatVisitor {
    typealias Failure = any Error
    let body: any EveryFormatTests.EndsBody

    func visit<Format: TunnelFormat>(_ format: Format.Type) throws {
      let cipher = AEADAlgorithm.aes128GCM
      let terms = TunnelTerms(
        spi: 0x0102_0304, salt: 0xA1A2_A3A4, sender: 0x0506, windows: 4, cipher: cipher)
      try withMaterial(of: format, TestTunnel.secret(format, cipher), terms) { terms, aead in
        let ends = EveryFormatTests.Ends<Format>(terms, aead)
        defer { ends.ownership.deallocate() }
        try withExtendedLifetime(ends.memory) { try body.run(ends) }
      }
    }
  }

  /// A packet with another protocol, and the checksum right.
  private static func made(version: UInt8 = 4, _ number: UInt8, count: Int = 100) -> [UInt8] {
    var packet = InnerPacket.make(version: version, count: count)
    if version == 6 {
      packet[6] = number
    } else {
      packet[9] = number
      repair(&packet)
    }
    return packet
  }

  private static func repair(_ packet: inout [UInt8]) {
    packet.replaceSubrange(10..<12, with: [0, 0])
    let sum = packet.withUnsafeBytes { Checksum.ofHeader20($0.baseAddress.unsafelyUnwrapped) }
    packet.replaceSubrange(10..<12, with: bigEndian(sum))
  }

  // MARK: - Seal

  private struct EveryProtocol: EveryFormatTests.EndsBody {
    func run<Format: TunnelFormat>(_ ends: EveryFormatTests.Ends<Format>) throws {
      var (sealer, opener) = (ends.sealer(), ends.opener())
      for version in [4, 6] as [UInt8] {
        for number in UInt8.min ... .max {
          // In ESP it would be a dummy packet.
          if number == IPv4.protocolNone { continue }
          if version == 6, TransportLayout.isOnTheWay(number) { continue }
          let inner = made(version: version, number)
          let sealed = try sealer.sealed(inner)
          let size = version == 4 ? 20 : 40
          // The header stays, but for length, protocol and checksum.
          let kept = version == 4 ? [0..<2, 4..<9, 12..<20] : [0..<4, 7..<40]
          for range in kept { #expect(sealed[range] == inner[range], "\(number) in \(range)") }
          #expect(sealed[version == 4 ? 9 : 6] == 50)
          let length = Int(sealed[version == 4 ? 2 : 4]) << 8 | Int(sealed[version == 4 ? 3 : 5])
          #expect(length == sealed.count - (version == 4 ? 0 : size))
          if version == 4 { #expect(sealed.withUnsafeBytes { Checksum.isValidHeader20($0.baseAddress!) }) }
          #expect(opener.opened(sealed) == .inner(inner, version: version), "\(number)")
        }
      }
    }
  }

  @Test(arguments: formats) func everyProtocolComesBack(_ format: FormatName) throws {
    try format.visit(Work(body: EveryProtocol()))
  }

  private struct NotSealable: EveryFormatTests.EndsBody {
    func run<Format: TunnelFormat>(_ ends: EveryFormatTests.Ends<Format>) throws {
      var options = InnerPacket.make(count: 100)
      options[0] = 0x46
      repair(&options)
      var packets = [(options, DropReason.outerHeader)]
      for flags in [0x2000, 0x0001, 0x1FFF] as [UInt16] {
        var fragment = InnerPacket.make(count: 100)
        fragment.replaceSubrange(6..<8, with: bigEndian(flags))
        repair(&fragment)
        packets.append((fragment, .fragment))
      }
      packets += [0, 43, 44].map { (made(version: 6, $0), DropReason.nextHeader) }
      var sealer = ends.sealer()
      for (packet, reason) in packets {
        #expect { try sealer.sealed(packet) } throws: { ($0 as? NotSealed)?.reason == reason }
      }
      // None of them has used a number up.
      let sealed = try sealer.sealed(InnerPacket.make(count: 100))
      #expect(sealed.withUnsafeBytes { Format.number($0.baseAddress.unsafelyUnwrapped) } == 1)
    }
  }

  @Test(arguments: formats) func whatIsNoWholeDatagramIsNotSealed(_ format: FormatName) throws {
    try format.visit(Work(body: NotSealable()))
  }

  /// Proposal A counts in 56 bits, and refuses what comes then.
  @Test func proposalAEndsSooner() throws {
    struct Last: EveryFormatTests.EndsBody {
      func run<Format: TunnelFormat>(_ ends: EveryFormatTests.Ends<Format>) throws {
        var sealer = ends.sealer(after: 1 << 56 - 2)
        let inner = InnerPacket.make(count: 61)
        let sealed = try sealer.sealed(inner)
        #expect(Array(sealed[24..<32]) == [UInt8](repeating: 0xFF, count: 7) + [17])
        var opener = ends.opener()
        #expect(opener.opened(sealed) == .inner(inner, version: 4))
        #expect { try sealer.sealed(inner) } throws: {
          ($0 as? NotSealed)?.reason == .sequenceExhausted
        }
      }
    }
    try FormatName.vpeTransportA.visit(Work(body: Last()))
  }

  // MARK: - Open

  private struct Refused: EveryFormatTests.EndsBody {
    func run<Format: TunnelFormat>(_ ends: EveryFormatTests.Ends<Format>) throws {
      var opener = ends.opener()
      for version in [4, 6] as [UInt8] {
        let inner = InnerPacket.make(version: version, count: 100)
        let sealed = try ends.sealed(inner)
        func changed(_ offset: Int, _ value: UInt8, repairs: Bool = true) -> [UInt8] {
          var packet = sealed
          packet[offset] = value
          if repairs, version == 4 { repair(&packet) }
          return packet
        }
        let changes: [([UInt8], DropReason)] =
          version == 4
          ? [
            (changed(0, 0x46), .outerHeader), (changed(0, 0x55), .outerHeader),
            (changed(3, sealed[3] &- 1), .outerHeader), (changed(3, sealed[3] &+ 1), .outerHeader),
            (changed(6, 0x20), .fragment), (changed(7, 1), .fragment), (changed(9, 51), .notOurs),
            (changed(8, 63, repairs: false), .outerHeader),
          ]
          : [
            (changed(5, sealed[5] &- 1), .outerHeader), (changed(5, sealed[5] &+ 1), .outerHeader),
            (changed(6, 44), .notOurs),
          ]
        for (packet, reason) in changes { #expect(opener.opened(packet) == .refused(reason)) }
        for count in 0..<sealed.count {
          let reason = opener.opened(Array(sealed.prefix(count))).reason
          #expect(reason == (count < 20 ? .tooShort : .outerHeader), "\(count) bytes")
        }
        // A header whose length is right around too little of the format.
        for count in [20, 21, 51, 56] where version == 4 {
          var short = Array(sealed.prefix(count))
          short.replaceSubrange(2..<4, with: bigEndian(UInt16(count)))
          repair(&short)
          let reason = opener.opened(short).reason
          let least = 20 + Format.sealedBytes(inner: 20) - 20
          #expect(reason == (count < least ? .tooShort : .authentication), "\(count) of \(least) bytes")
        }
      }
      // What may change on the way is no reason to refuse a packet: here hops, in both versions.
      for (version, hops) in [(4, 8), (6, 7)] as [(UInt8, Int)] {
        let inner = InnerPacket.make(version: version, count: 100)
        var sender = ends.sealer(after: UInt64(version) * 8)
        var packet = try sender.sealed(inner)
        packet[hops] -= 1
        if version == 4 { repair(&packet) }
        var expected = inner
        expected[hops] -= 1
        if version == 4 { repair(&expected) }
        #expect(opener.opened(packet) == .inner(expected, version: version))
      }
    }
  }

  @Test(arguments: formats) func whatIsNotOursIsRefused(_ format: FormatName) throws {
    try format.visit(Work(body: Refused()))
  }

  /// The same key, but a sender whose windows are not here.
  private struct OtherSender: EveryFormatTests.EndsBody {
    func run<Format: TunnelFormat>(_ ends: EveryFormatTests.Ends<Format>) throws {
      var opener = ends.opener()
      for sender in [0, 0x0507, 0x0605, .max] as [UInt16] {
        var terms = ends.terms
        terms.sender = sender
        var sealer = Format.sealer(Format.association(terms), window: 2, aead: ends.aead, sequence: 0)
        let packet = try sealer.sealed(InnerPacket.make(count: 100))
        #expect(opener.opened(packet) == .refused(.unknownWindow), "\(sender)")
      }
    }
  }

  @Test(arguments: [FormatName.vpeTransportA, .vpeTransportB])
  func anotherSendersPacketsAreRefused(_ format: FormatName) throws {
    try format.visit(Work(body: OtherSender()))
  }

  /// An IPv4 packet around what is sealed, by hand.
  private static func around(_ sealed: [UInt8]) -> [UInt8] {
    var packet = made(50, count: 20 + sealed.count)
    packet.replaceSubrange(20..., with: sealed)
    return packet
  }

  /// Authentic packets that no sender makes: wrong padding and dummy packets of ESP, more than a next header
  /// in VPE's word.
  @Test func whatIsWithinIsChecked() throws {
    struct Crafted: EveryFormatTests.EndsBody {
      func run<Format: TunnelFormat>(_ ends: EveryFormatTests.Ends<Format>) throws {
        var opener = ends.opener()
        if Format.self == ESPTransport.self {
          let association = ESPAssociation(spi: ends.terms.spi, salt: ends.terms.salt, usesESN: true)
          let trailers: [([UInt8], DropReason)] = [
            ([0, 59], .dummy), ([2, 1, 6], .padding), ([1, 2, 2, 6], .none), ([9, 2, 2, 6], .padding),
          ]
          for (number, (trailer, reason)) in trailers.enumerated() {
            let payload = [UInt8](repeating: 7, count: 44 - trailer.count)
            let sealed = craftedESP(
              payload + trailer, sequence: UInt64(number + 1), association: association, aead: ends.aead)
            #expect(opener.opened(TransportTests.around(sealed)).reason == reason, "\(trailer)")
          }
          return
        }
        let association = VPEAssociation(spi: ends.terms.spi, sender: ends.terms.sender, windows: 4)
        let words: [([UInt8], DropReason)] = [
          ([6, 0, 0, 0], .none), ([6, 1, 0, 0], .formatHeader), ([6, 0, 0, 1], .formatHeader),
        ]
        for (number, (word, reason)) in words.enumerated() {
          let sealed = craftedVPE(
            word + [UInt8](repeating: 7, count: 40), sequence: UInt64(number + 1), window: 2,
            association: association, aead: ends.aead)
          let packet = TransportTests.around(sealed)
          let opened = opener.opened(packet)
          #expect(opened.reason == reason, "\(word)")
          if case .inner(let inner, _) = opened { #expect(inner[9] == 6 && inner.count == 60) }
        }
      }
    }
    for format in [FormatName.espTransport, .vpeTransportB] { try format.visit(Work(body: Crafted())) }
  }
}

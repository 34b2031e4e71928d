import Basics
import Cases
import Crypto
import Dataplane
import Roles
import Testing
import Tunnel
import Wire

extension OnDPDK {
  /// Sealing and opening of packets as they lie in a pool's buffers.
  @Suite struct GatewayTransformsTests {
    /// A model of each format; the transforms do not know of threads.
    static let formats = [System.null, .espSingle, .vpe, .wireguard, .psp, .pspDerive, .eespSubSA]
    static let sizes = Array(20...140) + [575, 576, 1403, 1404, 1405, 1406, 1499, 1500]

    /// An inner packet of `count` bytes, IPv4.
    static func inner(_ count: Int) -> [UInt8] {
      naiveIPv4(17, from: 1, to: 2, (0..<(count - 20)).map { UInt8($0 * 3 % 256) })
    }

    static func outer(_ number: UInt8, udpPort: UInt16?) -> (OuterHeader, OuterCheck) {
      let header = OuterHeader(
        from: .gatewayABlack, source: TestAddress.gatewayA, destination: TestAddress.gatewayB,
        protocol: number, udpPort: udpPort)
      return (header, OuterCheck(address: TestAddress.gatewayB, protocol: number, udpPort: udpPort))
    }

    /// Both ends of an association, ready for one packet after the other.
    struct Ends {
      var seal: (Packet) -> DropReason
      var open: (Packet) -> DropReason
      /// What is written before and, at most, behind the inner packet, without the outer headers.
      let headerBytes: Int
      let tailroomBytes: Int
      let outerBytes: Int
      /// What the seal stage says that it writes beyond a frame.
      let margin: FrameMargin
    }

    static func ends<S: PacketSealer, O: PacketOpener>(
      _ sealer: S, _ opener: O, _ number: UInt8, udpPort: UInt16?
    ) -> Ends {
      let (header, check) = outer(number, udpPort: udpPort)
      var seal = Seal(sealer: sealer, outer: header)
      var open = Open(opener: opener, outer: check, ethernet: EthernetTemplate(from: .gatewayBRed))
      return Ends(
        seal: { seal.apply($0) }, open: { open.apply($0) }, headerBytes: S.headerBytes,
        tailroomBytes: S.tailroomBytes, outerBytes: header.bytes, margin: seal.margin)
    }

    /// Makes both ends of any format.
    private struct EndsVisitor: FormatVisitor {
      typealias Failure = any Error
      let secret: KeyBytes
      let terms: TunnelTerms
      let udpPort: UInt16?
      let body: (Ends) throws -> Void

      func visit<Format: TunnelFormat>(_ format: Format.Type) throws {
        let ownership = WindowOwnership(count: 1, size: 64) { _ in true }
        let memory = UnsafeMutableRawPointer.allocateLines(format.windowBytes(ownership))
        defer {
          memory.deallocate()
          ownership.deallocate()
        }
        let material = try format.material(secret, terms)
        let (keys, scratch) = (try material.expanded(), try AEADScratch())
        try withExtendedLifetime((keys, scratch)) {
          let (association, aead) = (format.association(material.terms), keys.aead(scratch))
          try body(
            ends(
              format.sealer(association, window: 0, aead: aead, sequence: 0),
              format.opener(association, aead: aead, ownership, top: 0, in: memory), IPv4.protocolESP,
              udpPort: udpPort))
        }
      }
    }

    /// Runs `body` with both ends of a fresh association.
    static func withEnds(_ model: System, udpPort: UInt16? = nil, _ body: (Ends) throws -> Void)
      throws
    {
      let keys = TestKeys(seed: 9, .aToB, algorithm: .aes128GCM, usesESN: true, windows: 1)
      let key = try AEADKey(.aes128GCM, bytes: keys.key)
      let scratch = try AEADScratch()
      let aead = AEAD(key, scratch: scratch)
      try withExtendedLifetime((key, scratch)) {
        switch model {
        case .null:
          try body(ends(NullSealer(), NullOpener(), IPv4.protocolIPv4, udpPort: udpPort))
        case .espSingle, .espPipeline, .espMultiSA:
          let window = ReplayWindow(size: 64)
          defer { window.deallocate() }
          let opener = ESPOpener(keys.esp, aead: aead, window: window)
          try body(ends(ESPSealer(keys.esp, aead: aead), opener, IPv4.protocolESP, udpPort: udpPort))
        default:
          let name = try #require(FormatName(rawValue: model.rawValue))
          let keys = TestKeys(
            seed: 9, .aToB, algorithm: .aes128GCM, usesESN: true, windows: 1, format: name)
          try withoutActuallyEscaping(body) { body in
            try name.visit(
              EndsVisitor(secret: keys.secret, terms: keys.terms, udpPort: udpPort, body: body))
          }
        }
      }
    }

    /// A line that is fetched and not written is one more that cores take from each other.
    @Test(arguments: formats, [nil, UInt16(4500)])
    func theMarginIsWhatIsWritten(model: System, udpPort: UInt16?) throws {
      try Self.withEnds(model, udpPort: udpPort) { ends in
        try withPacket([]) { packet in
          var least = Int.max
          for size in Self.sizes {
            packet.put(naiveEthernet(.generator, Self.inner(size)))
            let (headroom, end) = (packet.headroom, packet.headroom + packet.count)
            #expect(ends.seal(packet) == .none)
            #expect(headroom - packet.headroom == ends.margin.before)
            least = min(least, packet.headroom + packet.count - end)
          }
          #expect(least == ends.margin.after)
        }
      }
    }

    @Test(arguments: formats, [nil, UInt16(4500)])
    func whatIsSealedOpens(model: System, udpPort: UInt16?) throws {
      try Self.withEnds(model, udpPort: udpPort) { ends in
        try withPacket([]) { packet in
          for size in Self.sizes {
            for inner in [Self.inner(size), naiveIPv6(59, Array(repeating: 1, count: size))] {
              let type: UInt16 = inner[0] >> 4 == 4 ? 0x0800 : 0x86DD
              packet.put(naiveEthernet(.generator, type: type, inner))
              #expect(ends.seal(packet) == .none)
              #expect(packet.frame.prefix(14) == naiveEthernet(.gatewayABlack, [])[...])
              #expect(packet.count >= ends.outerBytes + ends.headerBytes + inner.count)
              #expect(packet.count <= ends.outerBytes + ends.headerBytes + inner.count + ends.tailroomBytes)
              #expect(ends.open(packet) == .none)
              if packet.frame != naiveEthernet(.gatewayBRed, type: type, inner) {
                Issue.record("\(size) bytes: \(packet.frame.hex())")
              }
            }
          }
        }
      }
    }

    @Test(arguments: formats) func ethernetPaddingIsNotSealed(model: System) throws {
      try Self.withEnds(model) { ends in
        try withPacket([]) { packet in
          for padding in [1, 7, 26, 400] {
            let inner = Self.inner(20)
            packet.put(naiveEthernet(.generator, inner) + [UInt8](repeating: 0xAB, count: padding))
            #expect(ends.seal(packet) == .none)
            #expect(packet.count <= ends.outerBytes + ends.headerBytes + 20 + ends.tailroomBytes)
            #expect(!packet.frame.hex().contains("abababab"))
            #expect(ends.open(packet) == .none)
            #expect(packet.frame == naiveEthernet(.gatewayBRed, inner))
          }
        }
      }
    }

    @Test(arguments: formats, [nil, UInt16(4500)])
    func tooLittleHeadroomIsRefused(model: System, udpPort: UInt16?) throws {
      try Self.withEnds(model, udpPort: udpPort) { ends in
        let needed = ends.outerBytes + ends.headerBytes - 14
        let frame = naiveEthernet(.generator, Self.inner(60))
        for headroom in max(0, needed - 20)...needed {
          try withPacket(frame, headroom: headroom) { packet in
            let reason = ends.seal(packet)
            #expect(reason == (headroom < needed ? .noRoom : .none), "\(headroom) bytes")
            #expect(headroom < needed ? packet.frame == frame : packet.headroom == 0)
          }
        }
      }
    }

    @Test(arguments: formats) func tooLittleTailroomIsRefused(model: System) throws {
      try Self.withEnds(model) { ends in
        let frame = naiveEthernet(.generator, Self.inner(60))
        for tailroom in 0...(ends.tailroomBytes + 2) {
          // What lies behind the inner packet within the frame is room as well.
          for padding in [0, 9] {
            let padded = frame + [UInt8](repeating: 0, count: padding)
            let headroom = PacketPool.bufferBytes - padded.count - tailroom
            try withPacket(padded, headroom: headroom) { packet in
              try #require(packet.tailroom == tailroom)
              let isEnough = tailroom + padding >= ends.tailroomBytes
              #expect(ends.seal(packet) == (isEnough ? .none : .noRoom), "\(tailroom) and \(padding) bytes")
            }
          }
        }
      }
    }

    static let refusals: [(name: String, frame: [UInt8], reason: DropReason)] = [
      ("empty", [], .tooShort),
      ("Ethernet alone", naiveEthernet(.generator, []), .tooShort),
      ("19 bytes", naiveEthernet(.generator, Array(inner(20).prefix(19))), .tooShort),
      ("ARP", naiveEthernet(.generator, type: 0x0806, inner(60)), .notIP),
      ("VLAN", naiveEthernet(.generator, type: 0x8100, inner(60)), .notIP),
      ("IPv6 as IPv4", naiveEthernet(.generator, naiveIPv6(59, inner(60))), .innerLength),
      ("IPv4 as IPv6", naiveEthernet(.generator, type: 0x86DD, inner(60)), .innerLength),
      ("truncated IPv4", naiveEthernet(.generator, Array(inner(60).dropLast())), .innerLength),
      (
        "truncated IPv6", naiveEthernet(.generator, type: 0x86DD, naiveIPv6(59, [1]).dropLast()), .innerLength
      ),
      (
        "short IPv6", naiveEthernet(.generator, type: 0x86DD, Array(naiveIPv6(59, []).prefix(39))),
        .innerLength
      ),
    ]

    @Test(arguments: refusals, formats) func isNotSealed(
      row: (name: String, frame: [UInt8], reason: DropReason), model: System
    ) throws {
      try Self.withEnds(model) { ends in
        try withPacket(row.frame) { packet in
          #expect(ends.seal(packet) == row.reason)
          #expect(packet.frame == row.frame, "a frame that is refused stays as it is")
        }
      }
    }

    @Test(arguments: formats) func segmentedFramesAreRefused(model: System) throws {
      try Self.withEnds(model) { ends in
        try withPacket(naiveEthernet(.generator, Self.inner(60))) { packet in
          let reason = try packet.whileSegmented { ends.seal(packet) }
          #expect(reason == .segmented)
          #expect(ends.seal(packet) == .none)
          let opened = try packet.whileSegmented { ends.open(packet) }
          #expect(opened == .segmented)
          #expect(ends.open(packet) == .none)
        }
      }
    }

    @Test(arguments: formats) func openingStopsAtTheFirstFault(model: System) throws {
      try Self.withEnds(model) { ends in
        try withPacket(naiveEthernet(.generator, Self.inner(60))) { packet in
          #expect(ends.seal(packet) == .none)
          let black = packet.frame
          var wrong = black
          wrong[23] = 99
          OuterHeaderTests.repair(&wrong)
          packet.put(wrong)
          #expect(ends.open(packet) == .notOurs)

          wrong = black
          wrong[wrong.count - 1] ^= 1
          packet.put(wrong)
          #expect(ends.open(packet) == (model == .null ? .none : .authentication))

          // The wrong ones have not used up its number; it itself does.
          packet.put(black)
          #expect(ends.open(packet) == .none)
          packet.put(black)
          #expect(ends.open(packet) == ([.null, .psp, .pspDerive].contains(model) ? .none : .replayed))
        }
      }
    }
  }
}

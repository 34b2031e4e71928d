import Cases
import Dataplane
import Roles
import Testing
import Tunnel
import Wire

extension OnDPDK {
  /// What a tunnel's ends do to headers.
  @Suite struct TunnelPolicyTests {
    static let services: [UInt8] = [0x00, 0x01, 0x02, 0x03, 0xB8, 0xFF]
    static let hops: [UInt8] = [0, 1, 2, 64, 255]

    /// An inner packet from `source` to the reflector.
    static func inner(
      version: Int, service: UInt8, hops: UInt8, from source: UInt32 = TestAddress.generator
    ) -> [UInt8] {
      if version == 6 {
        var packet = naiveIPv6(59, Array(repeating: 5, count: 21))
        packet[0] |= service >> 4
        packet[1] = service << 4
        packet[7] = hops
        return packet
      }
      var packet = naiveIPv4(253, from: source, to: TestAddress.reflector, Array(repeating: 5, count: 21))
      packet[1] = service
      packet[8] = hops
      repair(&packet, at: 0)
      return packet
    }

    static func repair(_ bytes: inout [UInt8], at start: Int) {
      bytes.replaceSubrange(start + 10..<start + 12, with: [0, 0])
      let sum = naiveChecksum(Array(bytes[start..<start + 20]))
      bytes.replaceSubrange(start + 10..<start + 12, with: big(UInt64(sum), 2))
    }

    static func framed(_ packet: [UInt8], from end: LinkEnd = .generator) -> [UInt8] {
      naiveEthernet(end, type: packet[0] >> 4 == 4 ? 0x0800 : 0x86DD, packet)
    }

    /// Both ends of a tunnel without a format.
    struct Ends {
      var seal: (Packet) -> DropReason
      var open: (Packet) -> DropReason

      /// - Parameter selectors: those of the packets that come out; nil to let all pass.
      init(outer version: Int, isHop: Bool, _ selectors: Selectors? = nil) {
        let isIPv6 = version == 6
        let (a, b) = (TestAddress.gatewayA, TestAddress.gatewayB)
        let (a6, b6) = (TestAddress.gatewayA6, TestAddress.gatewayB6)
        let header =
          isIPv6
          ? OuterHeader(from: .gatewayABlack, source: a6, destination: b6, protocol: 4, udpPort: nil)
          : OuterHeader(from: .gatewayABlack, source: a, destination: b, protocol: 4, udpPort: nil)
        let check =
          isIPv6
          ? OuterCheck(address: b6, protocol: 4, udpPort: nil)
          : OuterCheck(address: b, protocol: 4, udpPort: nil)
        let bare = Seal(sealer: NullSealer(), outer: header)
        var (plain, hop) = (bare, HopSeal(bare, isOuterIPv6: isIPv6))
        seal = { isHop ? hop.apply($0) : plain.apply($0) }
        let open = Open(opener: NullOpener(), outer: check, ethernet: EthernetTemplate(from: .gatewayBRed))
        let all = Selectors(source: (0, 0), destination: (0, 0))
        let policy = TunnelPolicy(copiesFields: isHop, checksSelectors: selectors != nil)
        var wrapped = HopOpen(open, Arrival(policy, selectors ?? all), isOuterIPv6: isIPv6)
        self.open = { wrapped.apply($0) }
      }
    }

    /// A few by hand: DSCP and ECN go to the outer header, a hop is taken at each end, CE comes back.
    @Test(arguments: [4, 6], [4, 6]) func fieldsCrossTheTunnel(outer: Int, version: Int) throws {
      let ends = Ends(outer: outer, isHop: true)
      try withPacket([]) { packet in
        for service in Self.services {
          for congestion in UInt8(0)..<4 {
            packet.put(Self.framed(Self.inner(version: version, service: service, hops: 3)))
            #expect(ends.seal(packet) == .none)
            var frame = packet.frame
            let written = outer == 4 ? frame[15] : frame[14] << 4 | frame[15] >> 4
            #expect(written == service)
            let marked = service & 0xFC | congestion
            frame[14] = outer == 4 ? 0x45 : 0x60 | marked >> 4
            frame[15] = outer == 4 ? marked : marked << 4
            if outer == 4 { Self.repair(&frame, at: 14) }
            packet.put(frame)
            let reason = ends.open(packet)
            if service & 3 == 0, congestion == 3 {
              #expect(reason == .notECT)
              continue
            }
            // Of two codepoints the one that tells more, 1 before 0 and congestion before both.
            let combined: UInt8 =
              service & 3 == 0
              ? 0 : service & 3 == 3 || congestion == 3 ? 3 : congestion == 1 ? 1 : service & 3
            let expected = Self.inner(version: version, service: service & 0xFC | combined, hops: 1)
            #expect(reason == .none && packet.frame == Self.framed(expected, from: .gatewayBRed))
          }
        }
        for (hops, sealed, opened) in [
          (UInt8(0), DropReason.expired, DropReason.none), (1, .expired, .none), (2, .none, .expired),
          (3, .none, .none),
        ] {
          packet.put(Self.framed(Self.inner(version: version, service: 0, hops: hops)))
          #expect(ends.seal(packet) == sealed, "\(hops) hops")
          if sealed == .none { #expect(ends.open(packet) == opened, "\(hops) hops") }
        }
      }
    }

    @Test func addressesMustBeThoseOfTheAssociation() throws {
      let plain = Ends(outer: 4, isHop: false)
      let hosts = (TestAddress.generator, TestAddress.reflector)
      for (source, destination, version, reason) in [
        ((hosts.0, 32), (hosts.1, 32), 4, DropReason.none), ((hosts.0 ^ 1, 32), (hosts.1, 32), 4, .selector),
        ((hosts.0, 32), (hosts.1 ^ 1, 32), 4, .selector), ((hosts.1, 32), (hosts.0, 32), 4, .selector),
        ((hosts.0 ^ 1, 31), (hosts.1 ^ 0xFF, 24), 4, .none), ((0, 0), (0, 0), 4, .none),
        ((0, 0), (0, 0), 6, .selector),
      ] as [((UInt32, Int), (UInt32, Int), Int, DropReason)] {
        let ends = Ends(outer: 4, isHop: false, Selectors(source: source, destination: destination))
        try withPacket(Self.framed(Self.inner(version: version, service: 0, hops: 9))) { packet in
          #expect(plain.seal(packet) == .none)
          #expect(ends.open(packet) == reason, "\(source) to \(destination), IPv\(version)")
        }
      }
    }

    /// The version within must be the announced one: IPv4 in protocol 4, IPv6 in protocol 41.
    @Test(arguments: [4, 6]) func theProtocolTellsTheVersion(outer: Int) throws {
      let ends = Ends(outer: outer, isHop: false)
      try withPacket([]) { packet in
        for version in [4, 6] {
          packet.put(Self.framed(Self.inner(version: version, service: 0, hops: 9)))
          try #require(ends.seal(packet) == .none)
          let honest = packet.frame
          let offset = outer == 4 ? 23 : 20
          #expect(honest[offset] == (version == 4 ? 4 : 41))
          for number in UInt8.min ... .max where number != honest[offset] {
            var frame = honest
            frame[offset] = number
            if outer == 4 { Self.repair(&frame, at: 14) }
            packet.put(frame)
            let expected: DropReason =
              number == 4 || number == 41
              ? .innerVersion : outer == 6 && number == 44 ? .fragment : .notOurs
            #expect(ends.open(packet) == expected, "\(number)")
          }
        }
      }
    }

    /// What `Seal` and `Open` refuse they refuse around it, too.
    @Test(arguments: GatewayTransformsTests.refusals) func whatIsNoPacketIsRefused(
      row: (name: String, frame: [UInt8], reason: DropReason)
    ) throws {
      try withPacket(row.frame) { packet in
        #expect(Ends(outer: 4, isHop: true).seal(packet) == row.reason)
      }
      for count in 0..<60 {
        let frame = Array(
          Self.framed(
            naiveIPv4(4, from: 1, to: TestAddress.gatewayB, Self.inner(version: 4, service: 3, hops: 9))
          )
          .prefix(count))
        try withPacket(frame) { packet in
          let reason = Ends(outer: 4, isHop: true).open(packet)
          #expect(reason == (count < 34 ? .tooShort : .outerHeader), "\(count) bytes")
        }
      }
    }

    @Test func segmentedFramesAreRefused() throws {
      let ends = Ends(outer: 4, isHop: true)
      let inner = Self.inner(version: 4, service: 1, hops: 9)
      try withPacket(Self.framed(inner)) { packet in
        let sealed = try packet.whileSegmented { ends.seal(packet) }
        #expect(sealed == .segmented && packet.frame == Self.framed(inner))
        #expect(ends.seal(packet) == .none)
        let opened = try packet.whileSegmented { ends.open(packet) }
        #expect(opened == .segmented)
        #expect(ends.open(packet) == .none)
      }
    }

    /// Four roles, every model: all frames come back with four hops taken, between the right hosts.
    @Test(arguments: System.gateways, [false, true])
    func everyFrameComesBack(model: System, isIPv6: Bool) throws {
      for policy in [
        TunnelPolicy(copiesFields: true), TunnelPolicy(checksSelectors: true),
        TunnelPolicy(copiesFields: true, checksSelectors: true),
      ] {
        var plan = TestHost.plan(model, threads: 4)
        plan.policy = policy
        plan.encapsulation.isIPv6 = isIPv6
        try TopologyTests.runCleanly(plan, frames: 2_000, polled: true)
      }
    }
  }
}

import Basics
import Cases
import Dataplane
import Foundation
import Roles
import TestSupport
import Testing
import Wire

extension OnDPDK {
  /// Circuits whose path does not take what is sealed: inner or outer packets are cut, and put together
  /// again.
  @Suite struct CutCircuitTests {
    static let systems: [System] = [.espSingle, .vpe]

    /// What is cut, with the versions of IP inside and outside, and whether it lies in UDP.
    struct Way: Sendable, CustomTestStringConvertible {
      let fragments: FragmentWay
      var inner = IPVersion.ipv4
      var outer = IPVersion.ipv4
      var isInUDP = false
      var testDescription: String { "\(fragments) \(inner) in \(outer)\(isInUDP ? " and UDP" : "")" }
    }
    static let ways = [
      Way(fragments: .copied), Way(fragments: .copied, outer: .ipv6), Way(fragments: .outer),
      Way(fragments: .outer, inner: .ipv6), Way(fragments: .outer, outer: .ipv6),
      Way(fragments: .outer, inner: .ipv6, outer: .ipv6), Way(fragments: .copied, isInUDP: true),
      Way(fragments: .outer, isInUDP: true), Way(fragments: .outer, outer: .ipv6, isInUDP: true),
    ]

    static func plan(_ system: System, _ way: Way, frameBytes: Int = 1518) -> CasePlan {
      var plan = TestHost.plan(system, frameBytes: frameBytes)
      (plan.fragments, plan.innerVersion) = (way.fragments, way.inner)
      plan.encapsulation.isIPv6 = way.outer == .ipv6
      if way.isInUDP { plan.encapsulation.udpPort = 4500 }
      plan.inFlightFrames = 2048
      return plan
    }

    /// Bytes of the longest frame whose packet is not cut: by hand, 1446 of ESP's inner packets and 1448 of
    /// VPE's, in IPv6 20 less, in UDP 8, with Ethernet and its check sequence.
    static func longest(_ system: System, _ way: Way) -> Int {
      (system == .vpe ? 1448 : 1446) - (way.outer == .ipv6 ? 20 : 0) - (way.isInUDP ? 8 : 0) + 18
    }

    /// What a role's stage of that name has handed on.
    static func count(_ ran: RanCase, _ role: RoleName, _ stage: String) -> UInt64 {
      ran.stages.sum(\.transmitted, role, stage)
    }

    /// Expects that of the frames so many were cut in two, each way.
    static func expectCut(_ ran: RanCase, _ way: Way, _ frames: UInt64, _ note: String) {
      let isOuter = way.fragments == .outer
      for gateway in RoleName.gateways {
        #expect(count(ran, gateway, FragmentStages.pieces) == frames, "\(note)")
        let stage = isOuter ? FragmentStages.cutOuter : FragmentStages.cut
        #expect(count(ran, gateway, stage) == ran.accounts.sent + frames, "\(note)")
        #expect(
          count(ran, gateway, "seal") == ran.accounts.sent + (isOuter ? 0 : frames), "\(note)")
      }
      for role in isOuter ? RoleName.gateways : [.reflector, .generator] {
        #expect(count(ran, role, FragmentStages.joined) == frames, "\(note)")
        #expect(count(ran, role, FragmentStages.reassemble) == ran.accounts.sent + frames, "\(note)")
      }
    }

    @Test(arguments: systems, ways) func everyFrameComesBack(system: System, way: Way) throws {
      for bytes in [Self.longest(system, way), Self.longest(system, way) + 1, 1518] {
        let isCut = bytes > Self.longest(system, way)
        let ran = try TopologyTests.runCleanly(Self.plan(system, way, frameBytes: bytes), frames: 3_000)
        #expect(ran.accounts.returned == ran.accounts.sent)
        Self.expectCut(ran, way, isCut ? ran.accounts.sent : 0, "\(system) \(way) \(bytes)")
      }
    }

    /// On several threads, too, each of which cuts its own packets: pieces of inner packets stay in their
    /// thread's queue, and outer fragments are put together before a thread steers.
    @Test(arguments: [System.espMultiSA, .vpe], ways)
    func severalThreadsCut(system: System, way: Way) throws {
      for threads in [4, 30] {
        var plan = Self.plan(system, way)
        plan.threads = threads
        if way.fragments == .outer { plan.steering = .software }
        let ran = try TopologyTests.runCleanly(plan, frames: 3_000)
        #expect(ran.accounts.returned == ran.accounts.sent)
        Self.expectCut(ran, way, ran.accounts.sent, "\(system) \(way) \(threads)")
        let made = ran.stages.filter { $0.stage == FragmentStages.pieces && $0.counters.transmitted > 0 }
        #expect(made.count == threads, "each thread of both gateways that seals")
      }
    }

    /// One frame of twelve is too long, the last one of the mix.
    @Test(arguments: systems, [ways[0], ways[2], ways[4]])
    func ofAMixSomeAreCut(system: System, way: Way) throws {
      var plan = Self.plan(system, way)
      plan.axes[.frameBytes] = "aaaaaaaaaaag"
      let ran = try TopologyTests.runCleanly(plan, frames: 3_000)
      Self.expectCut(ran, way, ran.accounts.sent / 12, "\(system) \(way)")
    }

    /// A lost piece is a lost frame, and its other piece waits in vain if it is not lost, too. Nothing else
    /// is dropped.
    @Test(arguments: systems, ways) func whatIsLostIsAccountedFor(system: System, way: Way) throws {
      var plan = Self.plan(system, way)
      plan.impairment = Impairment(lossRatio: 0.05)
      let ran = try RanCase(plan, frames: 10_000)
      #expect(ran.accounts.faults == [] && ran.buffersInUse == 0)
      // Some by a full queue, where a thread was off its CPU for long.
      let lost = ran.accounts.impaired + ran.congested
      let waited = ImpairTests.drops(ran, .fragmentTimeout)
      #expect(2 * (ran.accounts.sent - ran.accounts.returned) == lost + waited)
      #expect(ran.dropped == lost + waited)
      // Rarely both are lost.
      #expect(lost > ran.accounts.sent / 10 && waited < lost, "\(lost) \(waited)")
      #expect(10 * waited > 9 * lost || ran.congested > 0, "\(lost) \(waited)")
      let waiting = ran.stages.filter { $0.counters.dropped(for: .fragmentTimeout) > 0 }.map(\.role)
      #expect(Set(waiting) == (way.fragments == .outer ? [.gatewayA, .gatewayB] : [.reflector, .generator]))
    }

    /// One piece that nobody counts as lost is one frame less, and that shows twice: it is missing, and the
    /// other one has waited for it.
    @Test(arguments: systems, [ways[0], ways[2]]) func aLostPieceIsOneFrame(system: System, way: Way) throws {
      var plan = Self.plan(system, way)
      plan.fault = Fault(end: .gatewayABlack, kind: .drop, frame: 778)
      let ran = try RanCase(plan, frames: 2_000)
      #expect(ran.accounts.sent - ran.accounts.returned == 1 && ran.buffersInUse == 0)
      #expect(ImpairTests.drops(ran, .fragmentTimeout) == 1 && ran.dropped == 1)
      #expect(
        ran.accounts.faults.count == 2 && ran.accounts.faults[0].hasSuffix("; 1 missing"),
        "\(ran.accounts.faults)")
      #expect(ran.accounts.faults.last == "fragments that waited for others in vain: 1, lost: 0")
    }

    static let refused: [@Sendable (inout CasePlan) -> Void] = [
      { $0.system = .wireguard }, { $0.fragments = .chained }, { $0.fragments = .inPlace },
      { $0.threads = 4 }, { ($0.threads, $0.steering) = (3, .software) },
      { ($0.threads, $0.steering) = (32, .software) },
      { ($0.threads, $0.steering, $0.fragments) = (4, .hash, .copied) },
      { ($0.threads, $0.fragments) = (3, .copied) }, { $0.tunnels = 2 }, { $0.classes = 2 },
      { $0.padBytes = 512 }, { $0.fillRate = 20 }, { $0.rekeyMilliseconds = 9 },
      { $0.headerFields = .rfc4301 }, { $0.impairment = Impairment(shuffleFrames: 9) },
      { ($0.fragments, $0.innerVersion) = (.copied, .ipv6) },
    ]

    @Test(arguments: refused.indices) func whatDoesNotGoTogetherIsRefused(row: Int) throws {
      var plan = Self.plan(.vpe, Self.ways[2])
      Self.refused[row](&plan)
      #expect(throws: RoleError.system(plan.system)) {
        try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
      }
    }

    /// A packet of IPv4 without Don't Fragment.
    private static func letCut(_ packet: [UInt8]) -> [UInt8] {
      var packet = packet
      packet.replaceSubrange(6..<8, with: [0, 0])
      packet.replaceSubrange(10..<12, with: [0, 0])
      packet.replaceSubrange(10..<12, with: big(UInt64(naiveChecksum(Array(packet[..<20]))), 2))
      return packet
    }

    /// The pieces of a frame come in one burst: where there is no room for all, in the next one.
    @Test(arguments: [62, 63, 64]) func aBurstHasAllPiecesOfAFrame(before: Int) throws {
      let gateway = try LoneGateway(Self.plan(.vpe, Self.ways[0]), .gatewayA)
      func frame(_ count: Int) -> [UInt8] {
        naiveEthernet(
          .generator, Self.letCut(naiveIPv4(17, from: 1, to: 2, [UInt8](repeating: 7, count: count))))
      }
      for frames in [Array(repeating: frame(100), count: before), [frame(1480)]] {
        try gateway.put(frames[...], into: gateway.red.queue(0), polling: false)
      }
      for count in [before == 62 ? 64 : before, before == 62 ? 0 : 2] {
        gateway.topology.turn(gateway.stages)
        var came = 0
        _ = gateway.take(gateway.black, queues: gateway.blackQueues.receive) { _, _ in came += 1 }
        #expect(came == count)
      }
    }

    /// Threads whose fragments one receiver puts together share no identification.
    @Test(arguments: [(4, 1), (6, 2), (30, 4)])
    func identificationsAreOneThreads(threads: Int, bits: Int) throws {
      var plan = Self.plan(.vpe, Self.ways[2])
      (plan.threads, plan.steering) = (threads, .software)
      let gateway = try LoneGateway(plan, .gatewayA)
      let frame = naiveEthernet(.generator, naiveIPv4(17, from: 1, to: 2, [UInt8](repeating: 7, count: 1480)))
      for thread in 0..<threads / 2 {
        try gateway.put([frame, frame][...], into: gateway.red.queue(thread), polling: false)
      }
      gateway.topology.turn(gateway.stages)
      var found: [Int: [Int]] = [:]
      _ = gateway.take(gateway.black, queues: gateway.blackQueues.receive) { queue, packet in
        found[queue, default: []].append(Int(packet.data.loadBig(18, as: UInt16.self)))
      }
      let expected = (0..<threads / 2).map { thread in [1, 1, 2, 2].map { $0 << bits | thread } }
      #expect((0..<threads / 2).map { found[$0] } == expected)
    }

    /// What no gateway may cut, or none here does, is dropped by its reason; what needs not be cut goes on.
    @Test func whatIsNotCutIsDropped() throws {
      let gateway = try LoneGateway(Self.plan(.vpe, Self.ways[0]), .gatewayA)
      let payload = [UInt8](repeating: 7, count: 1480)
      let whole = naiveIPv4(17, from: 1, to: 2, payload)
      var options = Self.letCut(whole)
      options[0] = 0x46
      var short = Self.letCut(whole)
      short[2] += 1
      let frames = [
        naiveEthernet(.generator, whole), naiveEthernet(.generator, Self.letCut(whole)),
        naiveEthernet(.generator, type: 0x86DD, naiveIPv6(17, payload)),
        naiveEthernet(.generator, options), naiveEthernet(.generator, short),
        naiveEthernet(.generator, naiveIPv4(17, from: 1, to: 2, [UInt8](repeating: 7, count: 1428))),
      ]
      try gateway.put(frames[...], into: gateway.red.queue(0), polling: false)
      gateway.topology.turn(gateway.stages)
      var lengths: [Int] = []
      _ = gateway.take(gateway.black, queues: gateway.blackQueues.receive) { lengths.append($1.count) }
      // 1424 bytes of data and 56, each behind a header of 20, VPE's 32, 20 outside and Ethernet's 14.
      #expect(lengths == [1510, 142, 1514])
      #expect(gateway.drops == ["dont_fragment": 2, "header_options": 1, "inner_length": 1])
    }

    private struct Question: Encodable {
      let model: String
      let aead: String
      let key: String
      let salt: UInt32
      let spi: UInt32
      let isOuter: Bool
      let packet: String
      let room: Int
      let identification: Int
      let pieces: [String]
    }

    /// The inner packet of frame `number` as it is sent, or reflected.
    private static func inner(_ plan: CasePlan, _ way: Way, _ number: Int, isBack: Bool) -> [UInt8] {
      if way.inner == .ipv6 {
        let frame = naiveTestFrame6(bytes: 1514, seed: plan.seed, stamp: UInt64(number), time: 0, flow: 0)
        return Array((isBack ? naiveReflection6(frame) : frame)[14...])
      }
      let frame = naiveTestFrame(bytes: 1514, seed: plan.seed, stamp: UInt64(number), time: 0, flow: 0)
      var packet = Array((isBack ? naiveReflection(frame) : frame)[14...])
      if way.fragments == .copied {
        packet.replaceSubrange(4..<8, with: big(UInt64(number), 2) + [0, 0])
        packet.replaceSubrange(10..<12, with: [0, 0])
        packet.replaceSubrange(10..<12, with: big(UInt64(naiveChecksum(Array(packet[..<20]))), 2))
      }
      return packet
    }

    private static let ciphers = ways.enumerated().map { ($1, AEADAlgorithm.allCases[$0 % 4]) }

    /// Scapy puts together what it finds on the black link, makes the same pieces of it, and opens it.
    @Test(arguments: systems, ciphers)
    func anIndependentDecoderPutsItTogether(system: System, cipher: (Way, AEADAlgorithm)) throws {
      try withTemporaryFolder { folder in
        let (way, aead) = cipher
        var plan = Self.plan(system, way)
        plan.aead = aead.rawValue
        (plan.hasTimestamps, plan.flows, plan.inFlightFrames) = (false, 1, 64)
        plan.captureFolder = folder.path
        let ran = try TopologyTests.runCleanly(plan, frames: 300)
        let file = [UInt8](try Data(contentsOf: folder.appendingPathComponent("black.pcapng")))
        let isOuter = way.fragments == .outer
        let before = 14 + (isOuter ? 0 : way.outer.headerBytes + (way.isInUDP ? 8 : 0))
        var questions: [Question] = []
        for (side, direction) in [TestKeys.Direction.aToB, .bToA].enumerated() {
          let keys = plan.keys(aead, direction, number: 0)
          let frames = PCAPNG.frames(file, interface: side).map { Array(file[$0]) }
          #expect(UInt64(frames.count) == 2 * ran.accounts.sent)
          #expect(frames.allSatisfy { $0.count <= 1514 })
          for number in [1, 2, 77, 300] {
            questions.append(
              Question(
                model: system.rawValue, aead: aead.rawValue, key: keys.key.hex(), salt: keys.esp.salt,
                spi: system == .vpe ? keys.vpe.spi : keys.esp.spi, isOuter: isOuter,
                packet: Self.inner(plan, way, number, isBack: side == 1).hex(),
                room: isOuter ? 1500 : Self.longest(system, way) - 18, identification: number,
                pieces: frames[2 * number - 2..<2 * number].map { $0[before...].hex() }))
          }
        }
        let answers = try Oracle.answers(of: "fragments_scapy.py", to: questions)
        #expect(answers.allSatisfy { $0 == "right" }, "\(answers)")
        // Another frame is not this one.
        let other = questions[1]
        let wrong = Question(
          model: other.model, aead: other.aead, key: other.key, salt: other.salt, spi: other.spi,
          isOuter: isOuter, packet: questions[0].packet, room: other.room,
          identification: other.identification, pieces: other.pieces)
        #expect(try Oracle.answers(of: "fragments_scapy.py", to: [wrong]) != ["right"])
      }
    }
  }
}

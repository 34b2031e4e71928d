import Basics
import Cases
import Roles
import Testing

extension OnDPDK {
  /// Replay protection is exact in every threading model: packets that gateway A has sealed are delivered to
  /// gateway B again and again, and exactly one copy of each comes out. All stages run on this thread, so
  /// that each outcome can be foretold; `ReplayOnCoresTests` has them on threads of their own.
  @Suite struct ReplayTests {
    static let cases =
      ReplayCase.all(window: 64) + ReplayCase.all(window: 1024, opening: [1, 2, 5, 8])
      + ReplayCase.all(window: 4096, opening: [3])

    /// Enough for each window to move on by more than its size.
    static func traffic(_ test: ReplayCase) throws -> [SealedPacket] {
      let numbers = test.span * 5 / 2
      return try sealedTraffic(test, test.sharesNumbers ? numbers : numbers * test.sealing)
    }

    @Test(arguments: cases) func exactlyOneCopyOfEachComesOut(test: ReplayCase) throws {
      let traffic = try Self.traffic(test)
      // Under a key no number is ever used twice.
      #expect(Set(traffic.map { UInt64($0.association) << 48 | $0.number }).count == traffic.count)

      try Self.deliver(test, traffic, "each twice in order") { part, _ in part.flatMap { [$0, $0] } }
      try Self.deliver(test, traffic, "first all, then all again") { part, _ in part + part }
      try Self.deliver(test, traffic, "shuffled, with up to three copies") { part, random in
        part.flatMap { Array(repeating: $0, count: Int.random(in: 1...3, using: &random)) }.shuffled(
          using: &random
        ).inBursts()
      }
      try Self.deliver(test, traffic, "backwards") { part, _ in part.reversed() }
      try Self.deliver(test, Array(traffic.prefix(400)), "eight equal numbers in a burst", isWhole: false) {
        part, _ in
        part.flatMap { Array(repeating: $0, count: 8) }
      }
    }

    /// Delivers packets by parts that a window holds, each as `arranged` says.
    static func deliver(
      _ test: ReplayCase, _ traffic: [SealedPacket], _ name: String, isWhole: Bool = true,
      _ arranged: ([SealedPacket], inout SplitMix64) -> [SealedPacket]
    ) throws {
      let harness = try ReplayHarness(test)
      var random = SplitMix64(state: UInt64(test.opening))
      var delivered = 0
      for part in traffic.within(test.window) {
        let packets = arranged(part, &random)
        delivered += packets.count
        try harness.deliver(packets)
      }
      harness.expectExactlyOnce(traffic.count, of: isWhole ? traffic.count : nil, "\(name)")
      harness.expect(["replayed": delivered - traffic.count], "\(name)")
      harness.expectNothingLeft("\(name)")
    }

    /// What a window with unlimited memory would say.
    struct SetWindow {
      var seen: Set<UInt64> = []
      var highest: UInt64 = 0

      mutating func verdict(_ number: UInt64, span: Int) -> String? {
        if number + UInt64(span) <= highest { return "too old" }
        highest = max(highest, number)
        return seen.insert(number).inserted ? nil : "replayed"
      }
    }

    /// Packet by packet around the edges of the windows: each outcome is the oracle's.
    @Test(arguments: ReplayCase.all(window: 64)) func everyOutcomeIsAsForetold(test: ReplayCase) throws {
      let traffic = try sealedTraffic(test, 6 * test.span * (test.sharesNumbers ? 1 : test.sealing))
      let byAssociation = Dictionary(grouping: traffic, by: \.association).sorted { $0.key < $1.key }
      let associations = byAssociation.map(\.value)
      var fronts = associations.map { _ in 0 }
      var windows: [Int: SetWindow] = [:]
      var counts: [String: Int] = [:]
      var passed = 0
      var random = SplitMix64(state: 99)
      let harness = try ReplayHarness(test)

      for step in 0..<4_000 {
        let which = Int.random(in: 0..<associations.count, using: &random)
        let packets = associations[which]
        let back = Self.distance(test.span, &random)
        let index = fronts[which] - back
        guard packets.indices.contains(index) else { continue }
        fronts[which] = max(fronts[which], index)
        let packet = packets[index]
        let verdict = windows[test.window(of: packet), default: SetWindow()].verdict(
          packet.number, span: test.span)
        if let verdict { counts[verdict, default: 0] += 1 } else { passed += 1 }

        let before = harness.passed
        try harness.deliver([packet])
        guard harness.passed - before == (verdict == nil ? 1 : 0) else {
          Issue.record(
            "step \(step): number \(packet.number) of \(packet.association) is not \(verdict ?? "fresh")")
          return
        }
      }
      harness.expectExactlyOnce(passed, of: nil, "")
      harness.expect(
        ["replayed": counts["replayed", default: 0], test.tooOld: counts["too old", default: 0]], "")
      // The trace has met everything.
      #expect(counts["replayed", default: 0] > 50 && counts["too old", default: 0] > 50 && passed > 200)
    }

    /// How far behind the front the next packet lies: mostly new ones, and around the window's edge.
    private static func distance(_ span: Int, _ random: inout SplitMix64) -> Int {
      switch Int.random(in: 0..<100, using: &random) {
      case ..<45: -Int.random(in: 0...max(4, span / 40), using: &random)
      case ..<65: Int.random(in: 0...40, using: &random)
      case ..<80: span + Int.random(in: -3...3, using: &random)
      default: Int.random(in: 0...(3 * span), using: &random)
      }
    }

    @Test(arguments: cases) func aForgedPacketMovesNoWindow(test: ReplayCase) throws {
      let count = min(test.span, 1024) * (test.sharesNumbers ? 1 : test.sealing)
      let traffic = try sealedTraffic(test, count)
      let harness = try ReplayHarness(test)
      // A first part makes the windows move, some are held back.
      let early = traffic.enumerated().filter { $0.offset < count / 2 && $0.offset % 5 != 0 }
      let late = traffic.enumerated().filter { $0.offset >= count / 2 || $0.offset % 5 == 0 }
      try harness.deliver(early.map(\.element).inBursts())

      var forged: [SealedPacket] = []
      for packet in [traffic[0], traffic[count - 1]] {
        forged += Self.bitFlips(packet, outerBytes: test.outerBytes)
      }
      for packet in traffic.prefix(20) {
        forged += Self.higherNumbers(packet, of: test.model, outerBytes: test.outerBytes)
      }
      try harness.deliver(forged)
      #expect(harness.passed == early.count, "no forged packet passes")
      #expect(harness.gateway.dropped == forged.count)
      // Those whose number cannot be fresh are refused for that, and not looked at.
      #expect(harness.gateway.drops["authentication", default: 0] > forged.count / 2)

      try harness.deliver(late.map(\.element).inBursts())
      harness.expectExactlyOnce(count, of: count, "every honest packet still passes")
      #expect(harness.gateway.dropped == forged.count)
      harness.expectNothingLeft("")
    }

    /// A packet with each bit flipped in turn, but for those that protect nothing and are not looked at: the
    /// MAC addresses, and UDP's source port and checksum.
    static func bitFlips(_ packet: SealedPacket, outerBytes: Int) -> [SealedPacket] {
      let unread = outerBytes == 42 ? [34, 35, 40, 41] : []
      return (12..<packet.frame.count).filter { !unread.contains($0) }.flatMap { offset in
        (0..<8).map { bit in
          var forged = packet
          forged.frame[offset] ^= 1 << bit
          return forged
        }
      }
    }

    /// A packet under much higher numbers than anyone has sent.
    static func higherNumbers(_ packet: SealedPacket, of system: System, outerBytes: Int) -> [SealedPacket] {
      [packet.number + 5_000, 1 << 30, 0xFFFF_FFFF, 1 << 32 | 7, .max].map { number in
        var forged = packet
        switch system {
        case .vpe: forged.frame.replaceSubrange((outerBytes + 4)..<(outerBytes + 12), with: little(number, 8))
        case .eespSubSA:
          forged.frame.replaceSubrange((outerBytes + 8)..<(outerBytes + 16), with: big(number, 8))
        case .wireguardParallel, .wireguardOrdered:
          forged.frame.replaceSubrange((outerBytes + 8)..<(outerBytes + 16), with: little(number - 1, 8))
        default:
          let low = big(number & 0xFFFF_FFFF, 4)
          forged.frame.replaceSubrange((outerBytes + 4)..<(outerBytes + 16), with: low + big(number, 8))
        }
        return forged
      }
    }

    static let steered = ReplayCase.all(window: 64).filter { $0.opening > 1 && $0.sealing > 1 }

    /// Each packet into every queue: where threads own what they open, all but its own thread refuse it;
    /// where a stage steers, it finds its own thread from anywhere. The pipeline's steering depends on
    /// nothing but the number, so that a number that comes again always meets the same window.
    @Test(arguments: steered) func aPacketInAnotherQueueIsRefusedOrSteered(test: ReplayCase) throws {
      let traffic = try sealedTraffic(test, 60 * test.sealing)
      let harness = try ReplayHarness(test)
      let queues = harness.gateway.blackQueues.transmit
      var elsewhere: [SealedPacket] = []
      var everywhere: [SealedPacket] = []
      for packet in traffic {
        for queue in 0..<queues {
          let moved = SealedPacket(
            queue: queue, frame: packet.frame, outerBytes: test.outerBytes, of: test.model)
          everywhere.append(moved)
          if queue % test.opening != packet.queue % test.opening { elsewhere.append(moved) }
        }
      }
      let foreign = test.model == .espMultiSA ? "foreign_sa" : "foreign_window"
      if test.steering == .queue && !test.sharesNumbers {
        try harness.deliver(elsewhere)
        #expect(harness.passed == 0)
        harness.expect([foreign: elsewhere.count], "no thread opens what another one owns")
        try harness.deliver(everywhere)
        let replayed = everywhere.count - elsewhere.count - traffic.count
        harness.expect([foreign: 2 * elsewhere.count, "replayed": replayed], "")
      } else {
        try harness.deliver(everywhere)
        harness.expect(["replayed": everywhere.count - traffic.count], "")
      }
      harness.expectExactlyOnce(traffic.count, of: traffic.count, "")
    }

    /// Cut off at every length: refused without a look beyond the packet.
    @Test(arguments: ReplayCase.all(window: 64, opening: [1, 3])) func shortPacketsAreRefused(
      test: ReplayCase
    ) throws {
      let traffic = try sealedTraffic(test, 1)
      let harness = try ReplayHarness(test)
      let whole = traffic[0]
      try harness.deliver(
        (0..<whole.frame.count).map { length in
          var short = whole
          short.frame = Array(whole.frame.prefix(length))
          return short
        })
      #expect(harness.passed == 0)
      #expect(harness.gateway.dropped == whole.frame.count)
      try harness.deliver(traffic)
      harness.expectExactlyOnce(1, of: 1, "")
    }
  }
}

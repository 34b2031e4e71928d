import Basics
import Roles
import Testing

extension OnDPDK {
  /// As `ReplayTests`, with every stage on a thread on the machine's CPUs: `tools/test-sanitized` runs these
  /// under ThreadSanitizer as well.
  @Suite struct ReplayOnCoresTests {
    static let cases =
      ReplayCase.all(window: 64, opening: [1, 2, 3, 8]) + ReplayCase.all(window: 1024, opening: [5])

    @Test(arguments: cases) func exactlyOneCopyOfEachComesOut(test: ReplayCase) throws {
      let numbers = test.window * 6
      let count = test.sharesNumbers ? numbers : numbers * test.sealing
      let traffic = try sealedTraffic(test, count, onCores: true)
      #expect(Set(traffic.map { UInt64($0.association) << 48 | $0.number }).count == traffic.count)

      let harness = try ReplayHarness(test, onCores: true)
      var random = SplitMix64(state: UInt64(test.opening))
      var copies = 0
      for part in traffic.within(test.window) {
        var packets = part + part
        packets += (0..<20).flatMap { _ in Array(repeating: part[part.count / 2], count: 8) }
        packets.shuffle(using: &random)
        copies += packets.count - part.count
        try harness.deliver(packets.inBursts())
      }
      harness.expectExactlyOnce(traffic.count, of: traffic.count, "")
      harness.expect(["replayed": copies], "")

      // All of them once more: those of the last window are known, those before it are too old.
      try harness.deliver(traffic.inBursts())
      harness.expectExactlyOnce(traffic.count, of: traffic.count, "")
      #expect(harness.gateway.dropped == copies + traffic.count)
      harness.expectNothingLeft("")
    }

    @Test(arguments: cases) func sealingThreadsShareNoNumber(test: ReplayCase) throws {
      let traffic = try sealedTraffic(test, 4_000, onCores: true)
      let byAssociation = Dictionary(grouping: traffic, by: \.association)
      #expect(byAssociation.count == (test.sharesNumbers ? 1 : test.sealing))
      for (association, packets) in byAssociation {
        // From 1 on, none left out and none twice.
        #expect(packets.map(\.number) == Array(1...UInt64(packets.count)), "\(association)")
      }
    }
  }
}

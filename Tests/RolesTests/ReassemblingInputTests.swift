import Cases
import Dataplane
import Roles
import Testing
import Wire

extension OnDPDK {
  /// What a stage gets where fragments are put together before, and for how long they wait.
  @Suite struct ReassemblingInputTests {
    /// A ring, and an input behind it.
    final class Line {
      let packets: TestPackets
      private let ring: HandOver
      private let counts: [(name: String, stage: AnyStage)]
      private var input: ReassemblingInput<HandOverQueue>
      private var came: UInt64 = 0

      init() throws {
        packets = try TestPackets("line")
        ring = try HandOver(name: "line", slots: 4096)
        (input, counts) = try ReassemblingInput.make(ring.queue)
      }

      func put(_ frames: [[UInt8]]) throws {
        for first in stride(from: 0, to: frames.count, by: 64) {
          let part = Array(frames[first..<min(first + 64, frames.count)])
          try #require(packets.put(part, ring.queue) == part.count)
        }
        came += UInt64(frames.count)
      }

      func take() -> [[UInt8]] { packets.take(&input) }

      /// Takes until every frame has been looked at.
      func takeAll() throws -> [[UInt8]] {
        var all: [[UInt8]] = []
        for _ in 0..<1000 where try counters(FragmentStages.reassemble).received < came { all += take() }
        return all
      }

      func counters(_ name: String) throws -> StageSnapshot {
        try #require(counts.first { $0.name == name }).stage.counters.snapshot
      }

      /// Frames that came, those that went on, and those that became parts of others; drops.
      func counted() throws -> (came: UInt64, gone: UInt64, joined: UInt64, drops: [String: UInt64]) {
        let (frames, joined) = (
          try counters(FragmentStages.reassemble), try counters(FragmentStages.joined)
        )
        #expect(frames.received == frames.transmitted + frames.dropped + UInt64(packets.pool.inUse))
        let report = StageReport(role: .gatewayB, stage: "", thread: 0, cpu: 0, counters: frames)
        return (frames.received, frames.transmitted, joined.transmitted, report.drops)
      }

      func end() {
        input.deallocate()
        #expect(packets.pool.inUse == 0)
      }
    }

    /// A frame with so many bytes of a packet's data, all that it has.
    static func whole(_ version: IPVersion, _ number: Int, _ count: Int = 40) -> [UInt8] {
      let data = ReassemblyTests.data(number, 0..<count)
      return version == .ipv4
        ? ReassemblyTests.frame4(number, 0, data)
        : [UInt8](repeating: 2, count: 12) + [0x86, 0xDD] + naiveIPv6(50, data)
    }

    /// Whole packets in one buffer each, in the order in which they are complete, with a right checksum.
    @Test(arguments: IPVersion.allCases) func packetsComeInOneBuffer(_ version: IPVersion) throws {
      let line = try Line()
      func frame(_ number: Int, _ units: Range<Int>, isLast: Bool = false) -> [UInt8] {
        ReassemblyTests.frame(version, number, units, isLast: isLast)
      }
      try line.put([
        Self.whole(version, 9), frame(1, 0..<100), frame(2, 0..<100), frame(2, 180..<190, isLast: true),
        frame(1, 100..<101, isLast: true), Self.whole(version, 8), frame(2, 100..<180),
      ])
      #expect(
        try line.takeAll() == [
          Self.whole(version, 9), Self.whole(version, 1, 808), Self.whole(version, 8),
          Self.whole(version, 2, 1520),
        ])
      let counted = try line.counted()
      #expect(counted.came == 7 && counted.gone == 7 && counted.joined == 3 && counted.drops == [:])
      line.end()
    }

    /// What has no room behind its first fragment is dropped with all fragments.
    @Test func whatHasNoRoomIsDropped() throws {
      let line = try Line()
      // A buffer has 2304 bytes, 128 of headroom.
      let most = (PacketPool.bufferBytes - PacketPool.headroomBytes - 34) / 8
      for (number, units) in [(1, most), (2, most + 1)] {
        try line.put([
          ReassemblyTests.frame(.ipv4, number, 0..<180),
          ReassemblyTests.frame(.ipv4, number, 180..<units, isLast: true),
        ])
      }
      #expect(try line.takeAll().map(\.count) == [34 + most * 8])
      let counted = try line.counted()
      #expect(counted.gone == 2 && counted.drops == ["no_room": 2])
      line.end()
    }

    /// Frames that have come and were not looked at yet go back to their pool.
    @Test func whatIsNotTakenGoesBack() throws {
      let line = try Line()
      let wholes = (2...128).map { Self.whole(.ipv4, $0) }
      try line.put([ReassemblyTests.frame(.ipv4, 1, 0..<2)] + wholes)
      // The second burst's first frame fills up what the fragment has left.
      #expect(line.take() == Array(wholes.prefix(64)))
      #expect(line.packets.pool.inUse == 64)
      line.end()
    }

    /// One frame more or less decides whether a packet is still waited for.
    @Test(arguments: [0, 1]) func waitsForSoManyFrames(more: Int) throws {
      let line = try Line()
      let others = Int(ReassemblingInput<HandOverQueue>.framesMax) - 1 + more
      try line.put([ReassemblyTests.frame(.ipv4, 1, 0..<2)])
      try line.put((0..<others).map { _ in Self.whole(.ipv4, 9) })
      try line.put([ReassemblyTests.frame(.ipv4, 1, 2..<3, isLast: true)])
      #expect(try line.takeAll().count == others + 1 - more)
      let counted = try line.counted()
      #expect(counted.drops == (more == 0 ? [:] : ["fragment_timeout": 1]))
      line.end()
    }

    /// Where nothing else comes, a time ends it, and the next frames begin anew.
    @Test func waitsForSoLong() throws {
      let line = try Line()
      for round in 1...2 as ClosedRange<UInt64> {
        try line.put([ReassemblyTests.frame(.ipv4, 1, 0..<2), ReassemblyTests.frame(.ipv4, 2, 0..<2)])
        let start = EAL.ticks
        #expect(line.take() == [] && line.take() == [])
        // Unless this thread was off its core.
        if EAL.ticks - start < EAL.ticksPerSecond / 10 { #expect(line.packets.pool.inUse == 2) }
        #expect(waitUntil { line.take() == [] && line.packets.pool.inUse == 0 })
        #expect(try line.counted().drops == ["fragment_timeout": 2 * round])
      }
      try line.put([
        ReassemblyTests.frame(.ipv4, 1, 0..<2), ReassemblyTests.frame(.ipv4, 1, 2..<3, isLast: true),
      ])
      #expect(try line.takeAll().count == 1)
      line.end()
    }

    /// As many packets as can begin meanwhile are waited for; none is too many.
    @Test func asManyWaitAsMayBegin() throws {
      let line = try Line()
      let count = Int(ReassemblingInput<HandOverQueue>.framesMax) + 1
      try line.put((0..<2 * count).map { ReassemblyTests.frame(.ipv4, $0, 0..<2) })
      // However much comes of which nothing is whole, an end is found.
      #expect(try line.take() == [] && line.counters(FragmentStages.reassemble).received == 8 * 64)
      #expect(try line.takeAll() == [])
      #expect(try line.counted().drops == ["fragment_timeout": UInt64(count)])
      #expect(line.packets.pool.inUse == count)
      line.end()
    }
  }
}

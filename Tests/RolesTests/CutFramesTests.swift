import Cases
import Dataplane
import Roles
import Testing
import Wire

extension OnDPDK {
  /// Frames that find no room where they are cut: in their buffer, in the pool, in the next queue. Each is
  /// counted, and none of its buffers is lost.
  @Suite struct CutFramesTests {
    /// A cutter before a queue of so many packets.
    final class Line {
      let packets: TestPackets
      private let ring: HandOver
      private let (pieces, made) = (StageCounters(), StageCounters())
      private let output: CuttingOutput<HandOverQueue>

      init(slots: Int = 256, buffers: Int = PacketPoolLimits.least) throws {
        packets = try TestPackets("cut", count: buffers)
        ring = try HandOver(name: "cut", slots: slots)
        output = CuttingOutput(
          ring.queue, FrameCutter(packets.pool.source, room: 1500), thread: 0, of: 1, pieces: pieces,
          made: made)
      }

      deinit {
        output.deallocate()
        pieces.deallocate()
        made.deallocate()
      }

      /// Puts `count` frames with packets of 2000 bytes, so far from the start of their buffers.
      func put(_ version: IPVersion, _ count: Int, headroom: Int = PacketPool.headroomBytes) throws {
        let data = [UInt8](repeating: 7, count: 2000 - (version == .ipv6 ? 40 : 20))
        let ethernet = [UInt8](repeating: 2, count: 12) + (version == .ipv6 ? [0x86, 0xDD] : [8, 0])
        let packet = version == .ipv6 ? naiveIPv6(50, data) : naiveIPv4(50, from: 1, to: 2, data)
        try #require(packets.pool.source.allocate(packets.burst, count: count))
        for index in 0..<count { packets.burst[index].put(ethernet + packet, headroom: headroom) }
        #expect(output.transmit(packets.burst, count: count) == count)
      }

      /// Bytes of the frames that have come through, which go back to the pool.
      func take() -> [Int] {
        var queue = ring.queue
        var all: [Int] = []
        while case let frames = packets.take(&queue), !frames.isEmpty { all += frames.map(\.count) }
        return all
      }

      /// Leaves so many buffers in the pool while `body` runs.
      func withBuffers(_ count: Int, _ body: () throws -> Void) throws {
        let taken = PacketPoolLimits.least - count
        var bursts: [Burst] = []
        for first in stride(from: 0, to: taken, by: Burst.capacity) {
          let burst = Burst()
          try #require(packets.pool.source.allocate(burst, count: min(Burst.capacity, taken - first)))
          bursts.append(burst)
        }
        try body()
        for (number, burst) in bursts.enumerated() {
          burst.free(from: 0, to: min(Burst.capacity, taken - number * Burst.capacity))
          burst.deallocate()
        }
      }

      /// What came, went on, was made beside, and was dropped by its reason.
      func expect(
        came: UInt64, gone: UInt64, made more: UInt64, drops: [String: UInt64],
        _ location: SourceLocation = #_sourceLocation
      ) {
        let snapshot = pieces.snapshot
        let report = StageReport(role: .gatewayA, stage: "", thread: 0, cpu: 0, counters: snapshot)
        #expect(snapshot.received == came && snapshot.transmitted == gone, sourceLocation: location)
        #expect(made.snapshot.transmitted == more && report.drops == drops, sourceLocation: location)
        #expect(packets.pool.inUse == 0, sourceLocation: location)
      }
    }

    /// IPv6's header grows by eight bytes, towards the start of the buffer (RFC 8200 section 4.5).
    @Test(arguments: [(IPVersion.ipv6, 7), (.ipv6, 8), (.ipv4, 0)])
    func aLongerHeaderNeedsRoom(version: IPVersion, headroom: Int) throws {
      let line = try Line()
      try line.put(version, 3, headroom: headroom)
      let isDropped = version == .ipv6 && headroom < 8
      let pieces = version == .ipv6 ? [14 + 48 + 1448, 14 + 48 + 512] : [14 + 20 + 1480, 14 + 20 + 500]
      #expect(line.take() == (isDropped ? [] : pieces + pieces + pieces))
      line.expect(
        came: isDropped ? 3 : 6, gone: isDropped ? 0 : 6, made: isDropped ? 0 : 3,
        drops: isDropped ? ["no_room": 3] : [:])
    }

    /// A queue that fills up between two fragments of a packet.
    @Test func whatTheQueueDoesNotTakeIsFreed() throws {
      let line = try Line(slots: 4)
      try line.put(.ipv4, 2)
      #expect(line.take() == [14 + 20 + 1480, 14 + 20 + 500, 14 + 20 + 1480])
      line.expect(came: 4, gone: 3, made: 2, drops: ["queue_full": 1])
    }

    /// Whole packets alone are cut: one whose other pieces have no buffers is dropped.
    @Test func anEmptyPoolDropsWholePackets() throws {
      let line = try Line()
      try line.withBuffers(5) {
        try line.put(.ipv4, 3)
        #expect(line.take().count == 4)
      }
      line.expect(came: 5, gone: 4, made: 2, drops: ["no_room": 1])
    }
  }
}

import Basics
import Dataplane
import Roles
import Testing

extension OnDPDK {
  /// Rings between the threads of a gateway, and inputs that take turns.
  @Suite struct HandOverTests {
    @Test func packetsComeOutInOrder() throws {
      let packets = try TestPackets("hand-over")
      let ring = try HandOver(name: "test ring", slots: 256)
      defer { withExtendedLifetime(ring) {} }
      var queue = ring.queue
      var random = SplitMix64(state: 5)
      var (sent, received) = (0, 0)
      for _ in 0..<500 {
        let count = Int.random(in: 1...Burst.capacity, using: &random)
        sent += try packets.put(marked(sent..<(sent + count)), queue)
        if Bool.random(using: &random) {
          let frames = packets.take(&queue)
          #expect(frames == marked(received..<(received + frames.count)))
          received += frames.count
        }
        #expect(packets.pool.inUse == sent - received)
      }
      #expect(sent > 2_000)
    }

    @Test func aFullRingRefuses() throws {
      let packets = try TestPackets("hand-over")
      let ring = try HandOver(name: "test ring", slots: 64)
      defer { withExtendedLifetime(ring) {} }
      var queue = ring.queue
      // A ring of n slots holds n - 1.
      #expect(try packets.put(marked(0..<64), queue) == 63)
      #expect(try packets.put(marked(0..<1), queue) == 0)
      #expect(packets.take(&queue) == marked(0..<63))
      #expect(packets.take(&queue).isEmpty)
    }

    @Test func ringsComeAndGoWithPacketsInThem() throws {
      let packets = try TestPackets("hand-over")
      let numbers = NumberedBurst()
      defer { numbers.deallocate() }
      for _ in 0..<50 {
        let plain = try HandOver(name: "test ring", slots: 128)
        try packets.put(marked(0..<40), plain.queue)
        let numbered = try NumberedHandOver(name: "test ring 2", slots: 128)
        try #require(packets.pool.source.allocate(packets.burst, count: 30))
        numbers.fill(packets.burst, count: 30, from: 1)
        #expect(numbered.output.transmit(numbers, count: 30) == 30)
        withExtendedLifetime((plain, numbered)) { #expect(packets.pool.inUse == 70) }
      }
      #expect(packets.pool.inUse == 0)
    }

    @Test func aNameInUseOrAnImpossibleSizeIsRefused() throws {
      _ = try TestHost.shared()
      let ring = try HandOver(name: "test ring", slots: 64)
      #expect(throws: DataplaneError.self) { try HandOver(name: "test ring", slots: 64) }
      #expect(throws: DataplaneError.self) { try NumberedHandOver(name: "test ring", slots: 64) }
      #expect(throws: DataplaneError.self) { try HandOver(name: "another", slots: 100) }
      withExtendedLifetime(ring) {}
    }

    @Test func numbersTravelBesideTheirPackets() throws {
      let packets = try TestPackets("hand-over")
      let ring = try NumberedHandOver(name: "test ring", slots: 128)
      defer { withExtendedLifetime(ring) {} }
      let input = ring.input()
      let numbers = NumberedBurst()
      defer {
        input.deallocate()
        numbers.deallocate()
      }
      var (sent, received) = (0, 0)
      for (count, first) in [(1, 1), (64, 2), (64, 1 << 40), (7, Int.max - 100), (64, 5)] {
        let frames = marked(sent..<(sent + count))
        try #require(packets.pool.source.allocate(packets.burst, count: count))
        for (index, frame) in frames.enumerated() { packets.burst[index].put(frame) }
        numbers.fill(packets.burst, count: count, from: UInt64(first))
        #expect(ring.output.transmit(numbers, count: count) == count)
        let taken = packets.take(numbered: input)
        #expect(taken.map(\.frame) == frames)
        #expect(taken.map(\.number) == (0..<count).map { UInt64(first + $0) })
        sent += count
        received += taken.count
      }
      #expect(packets.take(numbered: input).isEmpty)
      #expect(sent == received && packets.pool.inUse == 0)
    }

    /// What moved the cursor in one burst says nothing about the next.
    @Test func theCursorStartsAnewWithEachBurst() throws {
      let packets = try TestPackets("hand-over")
      let ring = try NumberedHandOver(name: "test ring", slots: 128)
      defer { withExtendedLifetime(ring) {} }
      let input = ring.input()
      let numbers = NumberedBurst()
      defer {
        input.deallocate()
        numbers.deallocate()
      }
      for first in [UInt64(10), 500] {
        try #require(packets.pool.source.allocate(packets.burst, count: 3))
        numbers.fill(packets.burst, count: 3, from: first)
        #expect(ring.output.transmit(numbers, count: 3) == 3)
        #expect(input.receive(packets.burst) == 3)
        packets.burst.free(from: 0, to: 3)
        #expect(input.cursor.pointee.pointee == first)
        input.cursor.pointee += 2
        #expect(input.cursor.pointee.pointee == first + 2)
      }
    }

    @Test(arguments: [1, 2, 5]) func inputsTakeTurns(count: Int) throws {
      let packets = try TestPackets("hand-over")
      let rings = try (0..<count).map { try HandOver(name: "test ring \($0)", slots: 256) }
      var rotation = RoundRobin(rings.map(\.queue))
      defer {
        rotation.deallocate()
        withExtendedLifetime(rings) {}
      }
      // Ring r holds r + 1 bursts, each told by its first number.
      for (index, ring) in rings.enumerated() {
        for round in 0...min(index, 2) {
          let first = index * 1000 + round * 100
          try packets.put(marked(first..<(first + 64)), ring.queue)
        }
      }
      var order: [Int] = []
      for _ in 0..<(4 * count) {
        let frames = packets.take(&rotation)
        guard let first = frames.first else { continue }
        #expect(frames.count == 64)
        order.append((Int(first[6]) << 8 | Int(first[7])) / 1000)
      }
      #expect(order == (0..<count).flatMap { Array(repeating: $0, count: min($0, 2) + 1) })
      #expect(packets.pool.inUse == 0)
    }

    /// Always has a whole burst; notes that it was asked.
    private struct Full: BurstInput {
      let number: Int
      let asked: UnsafeMutablePointer<[Int]>

      func receive(_ burst: Burst) -> Int {
        asked.pointee.append(number)
        return Burst.capacity
      }

      func deallocate() {}
    }

    @Test func noInputKeepsTheOthersWaiting() {
      var asked: [Int] = []
      let most = RoundRobin<Full>.burstsMax
      withUnsafeMutablePointer(to: &asked) { asked in
        var rotation = RoundRobin((0..<3).map { Full(number: $0, asked: asked) })
        let burst = Burst()
        defer {
          rotation.deallocate()
          burst.deallocate()
        }
        for _ in 0..<(4 * most) { _ = rotation.receive(burst) }
      }
      #expect(asked == [0, 1, 2, 0].flatMap { Array(repeating: $0, count: most) })
    }

    @Test func aFanHasAnOutputForEachTarget() {
      let fan = Fan([7, 8, 9])
      defer { fan.deallocate() }
      #expect(fan.count == 3)
      #expect((0..<3).map { fan[$0] } == [7, 8, 9])
    }
  }
}

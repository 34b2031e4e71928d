import Basics
import Dataplane
import Roles
import Testing
import Tunnel
import Wire

extension OnDPDK {
  /// The stage that numbers: every number once, in order, and none after the last.
  @Suite struct SequenceStageTests {
    /// A stage with rings at both sides.
    final class Bench {
      let packets: TestPackets
      let input: HandOver
      let rings: [NumberedHandOver]
      let outputs: [NumberedInput]
      let stage: AnyStage

      init(shares: [Int], last: UInt64 = .max, after: UInt64 = 0, slots: Int = 1024) throws {
        packets = try TestPackets("numbers")
        input = try HandOver(name: "numbers in", slots: 4096)
        let rings = try shares.indices.map { try NumberedHandOver(name: "numbers \($0)", slots: slots) }
        self.rings = rings
        outputs = rings.map { $0.input() }
        stage = SequenceStage.make(
          from: input.queue, to: rings.map(\.output), shares: shares,
          OwnNumbers(last: last, after: after))
      }

      deinit { outputs.forEach { $0.deallocate() } }

      func send(_ numbers: Range<Int>) throws {
        #expect(try packets.put(marked(numbers), input.queue) == numbers.count)
      }

      /// All that has come out of an output, the number of each frame first.
      func take(_ output: Int) -> [(number: UInt64, frame: [UInt8])] {
        var all: [(UInt64, [UInt8])] = []
        while case let taken = packets.take(numbered: outputs[output]), !taken.isEmpty {
          all += taken.map { ($0.number, $0.frame) }
        }
        return all
      }

      func drops(_ reason: DropReason) -> UInt64 { stage.counters.snapshot.drops[Int(reason.rawValue)] }
    }

    @Test(arguments: [[128], [64, 64], [43, 43, 42], [100, 20, 8], [1, 127]])
    func numbersAreConsecutiveAndUnique(shares: [Int]) throws {
      let bench = try Bench(shares: shares)
      var random = SplitMix64(state: 17)
      var seen: [UInt64: [UInt8]] = [:]
      var bursts = shares.map { _ in 0 }
      var sent = 0
      for _ in 0..<256 {
        let count = Int.random(in: 1...64, using: &random)
        try bench.send(sent..<(sent + count))
        sent += count
        #expect(bench.stage.poll() == count)
        for output in shares.indices {
          let taken = bench.take(output)
          if !taken.isEmpty { bursts[output] += 1 }
          // A burst stays together and goes on in order.
          #expect(taken.isEmpty || taken.count == count)
          for (number, frame) in taken { #expect(seen.updateValue(frame, forKey: number) == nil) }
        }
      }
      #expect(Set(seen.keys) == Set(1...UInt64(sent)))
      // In the order of arrival: the frame of number n is the n-th.
      #expect(seen.allSatisfy { $0.value == big($0.key - 1, 8) })
      // Two whole rounds of the table.
      #expect(bursts == shares.map { $0 * 2 })
      let counters = bench.stage.counters.snapshot
      #expect(counters.received == UInt64(sent) && counters.transmitted == UInt64(sent))
      #expect(counters.dropped == 0 && bench.packets.pool.inUse == 0)
      #expect(bench.stage.poll() == 0)
    }

    /// Where numbers may end: in the middle of a burst, at its edges, and with none left at all.
    @Test(arguments: [UInt64(UInt32.max), .max], [0, 1, 63, 64, 65, 100])
    func afterTheLastNumberNothingIsSent(last: UInt64, left: UInt64) throws {
      let bench = try Bench(shares: [64, 64], last: last, after: last - left)
      for round in 0..<4 {
        try bench.send((64 * round)..<(64 * round + 64))
        #expect(bench.stage.poll() == 64)
      }
      let numbers = [0, 1].flatMap { bench.take($0) }.map(\.number).sorted()
      #expect(numbers.count == Int(left))
      #expect(numbers == (0..<left).map { last - left + 1 + $0 })
      #expect(bench.drops(.sequenceExhausted) == 256 - left)
      let counters = bench.stage.counters.snapshot
      #expect(counters.received == 256 && counters.transmitted == left && counters.dropped == 256 - left)
      #expect(bench.packets.pool.inUse == 0)
    }

    /// A packet that finds no room is lost with its number: the next one gets another.
    @Test func aFullRingNeverLeadsToANumberTwice() throws {
      let bench = try Bench(shares: [128], slots: 128)
      for round in 0..<4 {
        try bench.send((64 * round)..<(64 * round + 64))
        #expect(bench.stage.poll() == 64)
      }
      #expect(bench.drops(.queueFull) == 256 - 127)
      #expect(bench.packets.pool.inUse == 127)
      #expect(bench.take(0).map(\.number) == Array(1...127))
      try bench.send(256..<266)
      #expect(bench.stage.poll() == 10)
      let rest = bench.take(0)
      #expect(rest.map(\.number) == Array(257...266))
      #expect(rest.map(\.frame) == marked(256..<266))
      let counters = bench.stage.counters.snapshot
      #expect(counters.received == counters.transmitted + counters.dropped)
      #expect(bench.packets.pool.inUse == 0)
    }

    @Test func aFullRingAtTheLastNumberIsCountedByReason() throws {
      let bench = try Bench(shares: [128], last: 140, slots: 128)
      for round in 0..<3 {
        try bench.send((64 * round)..<(64 * round + 64))
        #expect(bench.stage.poll() == 64)
      }
      // 192 packets, 140 numbers, room for 127.
      #expect(bench.drops(.queueFull) == 13)
      #expect(bench.drops(.sequenceExhausted) == 52)
      #expect(bench.take(0).map(\.number) == Array(1...127))
      #expect(bench.packets.pool.inUse == 0)
    }
  }
}

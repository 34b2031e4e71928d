import Basics
import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// Sealing threads that share numbers, and opening threads that share a window, in each format that lets
/// them.
@Suite struct ParallelTests {
  private struct WithoutGaps: SharedBody {
    func run<Format: SharedFormat>(_ ends: SharedEnds<Format>) throws {
      let numbers = SharedNumbers(last: .max)
      defer { numbers.deallocate() }
      var sealers = (0..<3).map { _ in ends.sealer(numbers) }
      var sent: UInt64 = 0
      for (turn, count) in [3, 1, 4, 1, 5, 9, 2, 6].enumerated() {
        sealers[turn % 3].begin(burst: count)
        for _ in 0..<count {
          let inner = InnerPacket.make(count: 40)
          #expect(try sealers[turn % 3].sealed(inner) == ends.sealed(inner, sent + 1))
          sent += 1
        }
      }
      // Without a burst being told, a packet takes a number by itself.
      let inner = InnerPacket.make(count: 40)
      #expect(try sealers[0].sealed(inner) == ends.sealed(inner, sent + 1))
    }
  }

  @Test(arguments: SharedEnds<ESP>.formats) func sealersShareNumbersWithoutGapsOrRepetition(name: FormatName)
    throws
  {
    try withSharedEnds(of: name, WithoutGaps())
  }

  private struct GivenUp: SharedBody {
    func run<Format: SharedFormat>(_ ends: SharedEnds<Format>) throws {
      let numbers = SharedNumbers(last: .max)
      defer { numbers.deallocate() }
      #expect(numbers.take(64) == (1, 64))
      var sealer = ends.sealer(numbers)
      sealer.begin(burst: 10)
      _ = try sealer.sealed(InnerPacket.make(count: 40))
      sealer.begin(burst: 1)
      #expect(ends.number(try sealer.sealed(InnerPacket.make(count: 40))) == 75)
    }
  }

  /// What a burst did not use is given up, and never used later.
  @Test(arguments: SharedEnds<ESP>.formats) func numbersThatABurstLeavesAreGivenUp(name: FormatName) throws {
    try withSharedEnds(of: name, GivenUp())
  }

  private struct OnThreads: SharedBody {
    let threads: Int

    func run<Format: SharedFormat>(_ ends: SharedEnds<Format>) throws {
      let last = ends.last
      for (first, isEnd) in [(0 as UInt64, false), (last - 2000, true)] {
        for block in [0, 64] {
          let numbers = SharedNumbers(last: Format.lastNumber(ends.association), after: first)
          defer { numbers.deallocate() }
          let count = isEnd ? 2200 : 2200 / threads
          let found = try ends.sealed(on: threads, numbers, block: block, count)
          #expect(Set(found).count == found.count, "no number comes twice")
          if isEnd {
            let isAll = found.sorted() == Array(first + 1...last)
            #expect(isAll, "\(found.count) numbers")
          } else {
            // Of its last block a thread has some left.
            let most = UInt64(found.count + threads * block)
            #expect(found.count == count * threads && found.allSatisfy { (1...most).contains($0) })
          }
        }
      }
    }
  }

  /// On threads of their own, from the first number on and up to the last.
  @Test(arguments: SharedEnds<ESP>.formats, 1...8)
  func noNumberComesTwice(name: FormatName, threads: Int) throws {
    try withSharedEnds(of: name, OnThreads(threads: threads))
  }

  /// A sealer of ESP's that takes numbers in blocks; these know no format.
  private func sealer(
    _ aead: AEAD, _ numbers: SharedNumbers, block: Int, lagMax: Int
  ) -> ParallelSealer<ESPSealer> {
    ParallelSealer(TestTunnel.esp, aead: aead, numbers: numbers, block: block, lagMax: lagMax)
  }

  private static func number(_ sealed: [UInt8]) -> UInt64 { sealed[4..<8].reduce(0) { $0 << 8 | UInt64($1) } }

  /// A block lasts over bursts; no other thread has a number of it.
  @Test func aBlockIsUsedUpBeforeTheNext() throws {
    let numbers = SharedNumbers(last: .max)
    defer { numbers.deallocate() }
    try withAEAD { aead in
      var sealers = (0..<2).map { _ in
        sealer(aead, numbers, block: 8, lagMax: 100)
      }
      var found: [[UInt64]] = [[], []]
      for (thread, count) in [(0, 3), (1, 2), (0, 7), (1, 6), (0, 2)] {
        sealers[thread].begin(burst: count)
        for _ in 0..<count {
          found[thread].append(Self.number(try sealers[thread].sealed(InnerPacket.make(count: 40))))
        }
      }
      #expect(found[0] == Array(1...8) + Array(17...20))
      #expect(found[1] == Array(9...16))
    }
  }

  /// A thread that was paused within a block while the others went on gives the rest of it up: the receiver's
  /// window may have passed it.
  @Test func whatLagsTooFarIsGivenUp() throws {
    let numbers = SharedNumbers(last: .max)
    defer { numbers.deallocate() }
    try withAEAD { aead in
      var sealer = sealer(aead, numbers, block: 64, lagMax: 100)
      func next() throws -> UInt64 {
        sealer.begin(burst: 1)
        return Self.number(try sealer.sealed(InnerPacket.make(count: 40)))
      }
      var found = [try next()]
      #expect(numbers.take(37) == (65, 37))
      // Number 2 is 99 behind 101.
      found.append(try next())
      #expect(numbers.take(2) == (102, 2))
      found += [try next(), try next()]
      #expect(found == [1, 2, 104, 105])
    }
  }

  /// Threads at equal rates, in step or not: nothing is given up, and with a smaller lag it would be.
  @Test(arguments: [2, 3, 8], [8, 64]) func atEqualRatesBlocksAreUsedUp(threads: Int, block: Int) throws {
    for (lagMax, isWhole) in [(threads * block, true), ((threads - 1) * block, false)] {
      let numbers = SharedNumbers(last: .max)
      defer { numbers.deallocate() }
      try withAEAD { aead in
        var sealers = (0..<threads).map { _ in
          sealer(aead, numbers, block: block, lagMax: lagMax)
        }
        var sent: Set<UInt64> = []
        for turn in 0..<4 * threads * block {
          sealers[turn % threads].begin(burst: 1)
          sent.insert(Self.number(try sealers[turn % threads].sealed(InnerPacket.make(count: 40))))
        }
        #expect((sent == Set(1...UInt64(4 * threads * block))) == isWhole)
      }
    }
  }

  /// Threads that pause within their blocks for any time, while packets overtake each other by as many as are
  /// in flight: a window that is as large as `NumberBlocks` asks for finds none of them too old.
  @Test(arguments: [2, 3, 8], [1, 64, 256]) func whatIsSentStaysWithinTheWindow(threads: Int, block: Int)
    throws
  {
    let inFlight = 128
    let size = inFlight + NumberBlocks.lag(threads: threads, block: block)
    let lagMax = NumberBlocks.lagMax(threads: threads, block: block, window: size, inFlight: inFlight)
    let numbers = SharedNumbers(last: .max)
    defer { numbers.deallocate() }
    var window = ReplayWindow(size: size)
    defer { window.deallocate() }
    var random = SplitMix64(state: UInt64(threads * 1000 + block))
    try withAEAD { aead in
      var sealers = (0..<threads).map { _ in
        sealer(aead, numbers, block: block, lagMax: lagMax)
      }
      // Who pauses, and until when; the packets under way, by number and how many were sent before.
      var pauses = Array(repeating: 0, count: threads)
      var underWay: [(number: UInt64, turn: Int)] = []
      var verdicts: [DropReason: Int] = [:]
      func deliver(_ index: Int) {
        verdicts[window.checkAndMark(underWay.remove(at: index).number), default: 0] += 1
      }
      for turn in 0..<20_000 {
        var thread = turn % threads
        while turn < pauses[thread] { thread = Int.random(in: 0..<threads, using: &random) }
        sealers[thread].begin(burst: 1)
        underWay.append((Self.number(try sealers[thread].sealed(InnerPacket.make(count: 40))), turn))
        // One at a time, so that the others go on.
        if pauses.allSatisfy({ $0 <= turn }), Int.random(in: 0..<64, using: &random) == 0 {
          pauses[thread] = turn + Int.random(in: 1...4 * (size + 1), using: &random)
        }
        if let oldest = underWay.first, turn - oldest.turn >= inFlight { deliver(0) }
        if underWay.count > inFlight / 2 { deliver(Int.random(in: 1..<underWay.count, using: &random)) }
      }
      #expect(verdicts[.none] ?? 0 > 19_000 && verdicts.count == 1, "\(verdicts)")
    }
  }

  private struct End: SharedBody {
    func run<Format: SharedFormat>(_ ends: SharedEnds<Format>) throws {
      let numbers = SharedNumbers(last: Format.lastNumber(ends.association), after: ends.last - 3)
      defer { numbers.deallocate() }
      var sealers = (0..<2).map { _ in ends.sealer(numbers) }
      sealers[0].begin(burst: 2)
      sealers[1].begin(burst: 2)
      let inner = InnerPacket.make(count: 40)
      for index in [0, 0, 1] { _ = try sealers[index].sealed(inner) }
      for index in [0, 1, 0, 1] {
        sealers[index].begin(burst: 64)
        #expect { try sealers[index].sealed(inner) } throws: {
          ($0 as? NotSealed)?.reason == .sequenceExhausted
        }
      }
    }
  }

  @Test(arguments: SharedEnds<ESP>.formats, [false, true])
  func numbersEnd(name: FormatName, usesESN: Bool) throws {
    try withSharedEnds(of: name, usesESN: usesESN, End())
  }

  /// Of 64 bits the very last are left out, so that nobody's attempts wrap the counter.
  @Test func attemptsBehindTheEndDoNotWrap() {
    let long = SharedNumbers(last: .max, after: .max - (1 << 20) - 2)
    defer { long.deallocate() }
    #expect(long.take(64).count == 2)
    for _ in 0..<100_000 { #expect(long.take(64).count == 0) }
    #expect(WireGuard.lastNumber(0) == WireGuardLayout.rejectAfter)
    #expect(ESP.lastNumber(TestTunnel.esp) == 0xFFFF_FFFF && ESP.lastNumber(TestTunnel.espExtended) == .max)
  }

  private struct Unkept: SharedBody {
    func run<Format: SharedFormat>(_ ends: SharedEnds<Format>) throws {
      let window = SharedReplayWindow(size: 256)
      let own = BurstWindow(window)
      defer {
        own.deallocate()
        window.deallocate()
      }
      var opener = Format.BurstOpener(ends.association, aead: ends.aead, window: own)
      let honest = try ends.sealed(InnerPacket.make(count: 61), 1)
      let unkept = ends.unkept(2)
      for verdicts in [[DropReason.none, .replayed], [.replayed, .replayed]] {
        var kept = 0
        for packet in [honest, unkept, honest] {
          guard case .inner = opener.opened(packet) else { continue }
          opener.keep(at: kept)
          kept += 1
        }
        // The second time all are known before they are opened.
        #expect(kept == (verdicts[0] == .none ? 2 : 0))
        opener.settle()
        if kept > 0 { #expect((0..<2).map { opener.verdict(at: $0) } == verdicts) }
      }
      // Its number is marked, be it alone in its burst: the window moves by it, and it passes no second time.
      #expect(opener.opened(unkept) == .refused(.replayed))
      #expect(opener.opened(ends.unkept(300)) == .refused(ends.unkeptReason))
      opener.settle()
      #expect(window.top == 300 && window.check(44) == .tooOld && window.check(45) == .none)
      #expect(opener.opened(ends.unkept(300)) == .refused(.replayed))
    }
  }

  /// A dummy or a keepalive is authentic and uses its number up, but is not kept: what comes behind it has
  /// its own verdict.
  @Test(arguments: SharedEnds<ESP>.formats) func aPacketThatIsNotKeptShiftsNoVerdict(name: FormatName) throws
  {
    try withSharedEnds(of: name, Unkept())
  }

  private struct Copies: SharedBody {
    func run<Format: SharedFormat>(_ ends: SharedEnds<Format>) throws {
      let window = SharedReplayWindow(size: 256)
      let own = (0..<2).map { _ in BurstWindow(window) }
      defer {
        own.forEach { $0.deallocate() }
        window.deallocate()
      }
      var openers = own.map { Format.BurstOpener(ends.association, aead: ends.aead, window: $0) }
      var random = SplitMix64(state: 5)
      var passed: [Int: Int] = [:]
      for round in 0..<200 {
        let inner = InnerPacket.make(count: 40)
        let packets = try (1...20).map { try ends.sealed(inner, UInt64(round * 20 + $0)) }
        for thread in 0..<2 {
          var burst = (packets + packets.prefix(8)).enumerated().map { ($0.offset % 20, $0.element) }
          burst.shuffle(using: &random)
          var forged = packets[3]
          forged[forged.count - 1] ^= 1
          burst.insert((-1, forged), at: Int.random(in: 0...burst.count, using: &random))
          var kept: [Int] = []
          for (index, packet) in burst {
            guard case .inner = openers[thread].opened(packet) else { continue }
            openers[thread].keep(at: kept.count)
            kept.append(index)
          }
          #expect(!kept.contains(-1))
          openers[thread].settle()
          for (rank, index) in kept.enumerated() where openers[thread].verdict(at: rank) == .none {
            passed[round * 20 + index, default: 0] += 1
          }
        }
      }
      #expect(passed.count == 4000 && passed.values.allSatisfy { $0 == 1 })
    }
  }

  /// Two threads bring copies of the same packets: of each exactly one passes, whether the copies are of one
  /// burst or of two, and a refused packet in between shifts no verdict.
  @Test(arguments: SharedEnds<ESP>.formats, [false, true])
  func copiesPassOnce(name: FormatName, usesESN: Bool) throws {
    try withSharedEnds(of: name, usesESN: usesESN, Copies())
  }
}

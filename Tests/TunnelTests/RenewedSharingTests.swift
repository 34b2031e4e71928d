import Basics
import Cases
import Crypto
import Foundation
import Synchronization
import TestSupport
import Testing
import Tunnel
import Wire

/// Generations of an association that threads share, with keys as a gateway has them: two at a time.
private final class Generations<Format: SharedFormat>: @unchecked Sendable {
  static var firstSPI: UInt32 { 0x0200_1000 }
  let cipher = Format.ciphers[0]
  let arena: AEADKeyArena
  let scratch: AEADScratch

  init() throws {
    arena = try AEADKeyArena(Format.ciphers[0], count: 2, pages: .small)
    scratch = try AEADScratch()
    try setKey(0)
  }

  /// Each generation's key differs from all others.
  func setKey(_ generation: Int) throws {
    var random = SplitMix64(state: UInt64(generation))
    try arena.set(generation & 1, random.bytes(cipher.keyBytes))
  }

  func aead(_ generation: Int, _ scratch: AEADScratch) -> AEAD {
    AEAD(arena, generation & 1, scratch: scratch)
  }

  func association(_ generation: Int) -> Format.Association {
    Format.association(
      TunnelTerms(
        spi: Self.firstSPI + UInt32(generation), salt: UInt32(generation) &* 0x9E37_79B9, usesESN: false,
        cipher: cipher))
  }

  func sealer(_ generation: Int) -> Format.Sealer {
    Format.Sealer(association(generation), aead: aead(generation, scratch), sequence: 0)
  }

  /// A packet as the format's own sealer makes it.
  func sealed(_ generation: Int, _ number: UInt64, _ inner: [UInt8]) throws -> [UInt8] {
    var sealer = Format.Sealer(
      association(generation), aead: aead(generation, scratch), sequence: number - 1)
    return try sealer.sealed(inner)
  }

  func generation(_ sealed: [UInt8]) -> Int {
    sealed.withUnsafeBytes { Int(Format.Opener.spi($0.baseAddress!) - Self.firstSPI) }
  }

  func number(_ sealed: [UInt8]) -> UInt64 { sealed.withUnsafeBytes { Format.number($0.baseAddress!) } }
}

private protocol GenerationsBody {
  func run<Format: SharedFormat>(_ all: Generations<Format>) throws
}

private struct WithGenerations: SharedVisitor {
  typealias Failure = any Error
  let body: any GenerationsBody
  func visit<Format: SharedFormat>(_ format: Format.Type) throws { try body.run(Generations<Format>()) }
}

private func withGenerations(of name: FormatName, _ body: any GenerationsBody) throws {
  try #require(try name.visitShared(WithGenerations(body: body)) != nil)
}

private let odd: UInt64 = 1 << 63

/// Associations that threads share, and that are renewed while packets flow.
@Suite struct RenewedSharingTests {
  @Test func numbersBeginAgainWithEachGeneration() {
    var numbers = RenewedNumbers(last: 100, softNumber: 90, after: 7)
    defer { numbers.deallocate() }
    #expect(numbers.take(3) == (8, 3) && numbers.take(2) == (11, 2))
    numbers.publish(0, generation: 1)
    #expect(numbers.take(64) == (odd | 1, 64))
    #expect(numbers.takeWishes() == [])
    #expect(numbers.take(26) == (odd | 65, 26) && numbers.takeWishes() == [])
    #expect(numbers.take(1) == (odd | 91, 1) && numbers.takeWishes() == [0])
    // It asks again, and gives none beyond the last.
    #expect(numbers.take(64) == (odd | 92, 9) && numbers.take(64).count == 0)
    #expect(numbers.takeWishes() == [0] && numbers.takeWishes() == [])
    numbers.publish(0, generation: 2)
    #expect(numbers.take(2) == (1, 2) && numbers.takeWishes() == [])
    // The highest bit tells the generation.
    var long = RenewedNumbers(last: .max, softNumber: .max - 1, after: .max >> 1 - 1)
    defer { long.deallocate() }
    #expect(long.take(9) == (.max >> 1, 1))
  }

  private struct Cursor: GenerationsBody {
    func run<Format: SharedFormat>(_ all: Generations<Format>) throws {
      try all.setKey(1)
      let given: [UInt64] = [5, odd | 1, 6, odd | 3, 7]
      let numbers = UnsafeMutablePointer<UInt64>.allocate(capacity: given.count)
      numbers.initialize(from: given, count: given.count)
      let cursor = UnsafeMutablePointer<UnsafePointer<UInt64>>.allocate(capacity: 1)
      cursor.initialize(to: numbers)
      var sealer = try RenewedCursorSealer(all.sealer(0), cursor: cursor, pages: .small)
      defer {
        sealer.deallocate()
        numbers.deallocate()
        cursor.deallocate()
      }
      sealer.renew(generation: 1, all.sealer(1))
      let inner = InnerPacket.make(count: 61)
      for (generation, number) in [(0, 5), (1, 1), (0, 6)] as [(Int, UInt64)] {
        let (found, wanted) = (try sealer.sealed(inner), try all.sealed(generation, number, inner))
        #expect(found == wanted)
      }
      sealer.skip()
      #expect(try sealer.sealed(inner) == all.sealed(0, 7, inner))
      #expect(sealer.sealed(0, generation: 0) == 3 && sealer.sealed(0, generation: 1) == 1)
      try all.setKey(2)
      sealer.renew(generation: 2, all.sealer(2))
      #expect(sealer.sealed(0, generation: 2) == 0 && sealer.sealed(0, generation: 1) == 1)
    }
  }

  /// A burst that was numbered before a generation came is sealed under its own, whenever its turn comes.
  @Test(arguments: SharedEnds<ESP>.formats) func eachNumberIsOfItsGeneration(name: FormatName) throws {
    try withGenerations(of: name, Cursor())
  }

  private struct Settled: GenerationsBody {
    func run<Format: SharedFormat>(_ all: Generations<Format>) throws {
      let windows = RenewedWindows(SharedReplayWindow(size: 64), SharedReplayWindow(size: 64))
      let own = [0, 1].map { BurstWindow(windows[$0]) }
      func opener(_ generation: Int) -> Format.BurstOpener {
        Format.BurstOpener(
          all.association(generation), aead: all.aead(generation, all.scratch), window: own[generation & 1])
      }
      var table = try RenewedOpeners(
        firstSPI: Generations<Format>.firstSPI, stride: 1, openers: [opener(0)], algorithm: all.cipher,
        pages: .small)
      defer {
        table.deallocate()
        own.forEach { $0.deallocate() }
        [0, 1].forEach { windows[$0].deallocate() }
      }
      let inner = InnerPacket.make(count: 61)
      /// What becomes of the packets of a burst: when they are opened, and of those that are kept.
      func burst(_ packets: [(Int, UInt64)]) throws -> [DropReason] {
        var reasons: [DropReason] = []
        var kept: [Int] = []
        for (generation, number) in packets {
          let packet = try all.sealed(generation, number, inner)
          reasons.append(table.opened(packet).reason)
          if reasons.last == DropReason.none {
            table.keep(at: kept.count)
            kept.append(reasons.count - 1)
          }
        }
        table.settle()
        for (index, position) in kept.enumerated() { reasons[position] = table.verdict(at: index) }
        return reasons
      }
      #expect(try burst([(0, 1), (0, 2), (0, 1)]) == [.none, .none, .replayed])
      try all.setKey(1)
      windows[1].restart()
      table.renew(0, generation: 1, opener(1))
      #expect(try burst([(1, 1)]) == [.unknownSPI])
      table.publish(0, generation: 1)
      // Both are open, each with numbers of its own; copies within the burst, and of the one before.
      let both: [(Int, UInt64)] = [(1, 1), (0, 3), (1, 2), (0, 2), (1, 1), (0, 4), (0, 3)]
      #expect(try burst(both) == [.none, .none, .none, .replayed, .replayed, .none, .replayed])
      table.withdraw(0, generation: 0)
      #expect(try burst([(0, 5), (1, 3)]) == [.unknownSPI, .none])
      // The entry is the next generation's, whose window remembers nothing.
      try all.setKey(2)
      windows[2].restart()
      table.renew(0, generation: 2, opener(2))
      table.publish(0, generation: 2)
      #expect(try burst([(2, 1), (1, 4), (2, 4), (2, 1)]) == [.none, .none, .none, .replayed])
      #expect(table.firstTicks(0, generation: 2) > 0)
    }
  }

  /// Threads that share a window mark a burst's numbers together, each in its generation's.
  @Test(arguments: SharedEnds<ESP>.formats) func bothGenerationsOfABurstAreSettled(name: FormatName) throws {
    try withGenerations(of: name, Settled())
  }

  private struct Marked: GenerationsBody {
    func run<Format: SharedFormat>(_ all: Generations<Format>) throws {
      let windows = RenewedWindows(SharedReplayWindow(size: 64), SharedReplayWindow(size: 64))
      let told = ToldNumbers()
      func opener(_ generation: Int) -> Format.SeenOpener {
        Format.SeenOpener(
          all.association(generation), aead: all.aead(generation, all.scratch),
          window: SeenWindow(windows[generation], told: told, generation: generation))
      }
      var table = try RenewedOpeners(
        firstSPI: Generations<Format>.firstSPI, stride: 1, openers: [opener(0)], algorithm: all.cipher,
        pages: .small)
      defer {
        table.deallocate()
        told.deallocate()
        [0, 1].forEach { windows[$0].deallocate() }
      }
      try all.setKey(1)
      table.renew(0, generation: 1, opener(1))
      table.publish(0, generation: 1)
      let inner = InnerPacket.make(count: 61)
      func verdicts(_ packets: [(Int, UInt64)]) throws -> [DropReason] {
        for (index, (generation, number)) in packets.enumerated() {
          #expect(table.opened(try all.sealed(generation, number, inner)).reason == .none)
          table.keep(at: index)
        }
        table.settle()
        #expect(told.count == packets.count && told.kept == 1 << UInt64(packets.count) - 1)
        #expect(
          (0..<told.count).map { told.numbers[$0] } == packets.map { $0.1 | ($0.0 & 1 == 1 ? odd : 0) })
        var verdicts = [DropReason](repeating: .segmented, count: told.count)
        windows.mark(told.numbers, count: told.count, verdicts: &verdicts)
        told.clear()
        return verdicts
      }
      let packets: [(Int, UInt64)] = [(0, 7), (0, 8), (1, 8), (0, 8), (1, 9), (1, 8)]
      #expect(try verdicts(packets) == [.none, .none, .none, .replayed, .none, .replayed])
      #expect(windows[0].top == 8 && windows[1].top == 9)
      // What one has seen, the other has not; then it is known before it is told.
      #expect(try verdicts([(0, 9)]) == [.none])
      #expect(table.opened(try all.sealed(1, 9, inner)).reason == .replayed && told.count == 0)
      windows[2].restart()
      try all.setKey(2)
      table.renew(0, generation: 2, opener(2))
      table.publish(0, generation: 2)
      #expect(try verdicts([(2, 8), (1, 10)]) == [.none, .none])
    }
  }

  /// The thread that marks is told each number's generation.
  @Test(arguments: SharedEnds<ESP>.formats) func numbersAreMarkedInTheirGeneration(name: FormatName) throws {
    try withGenerations(of: name, Marked())
  }

  /// Threads that seal while another one renews their association, as often as they let it.
  private struct Together: GenerationsBody {
    let threads: Int
    let block: Int

    func run<Format: SharedFormat>(_ all: Generations<Format>) throws {
      let generations = 12
      let numbers = [0, 1].map { _ in SharedNumbers(last: .max) }
      let ends = Ends(
        all: all, scratches: try (0..<threads).map { _ in try AEADScratch() }, numbers: numbers,
        block: block)
      let tables = Tables(
        all: try (0..<threads).map {
          try RenewedSealers(
            [ends.sealer($0, 0)], softNumber: .max - 1, algorithm: all.cipher, pages: .small)
        })
      defer {
        tables.all.forEach { $0.deallocate() }
        numbers.forEach { $0.deallocate() }
      }
      let world = World(threads)
      let renew: @Sendable (Int) -> Void = { generation in
        try? all.setKey(generation)
        numbers[generation & 1].restart()
        for (thread, table) in tables.all.enumerated() {
          table.renew(0, generation: generation, ends.sealer(thread, generation))
        }
        for table in tables.all { table.publish(0, generation: generation) }
      }
      onThreads(threads) { thread in
        var table = tables.all[thread]
        var own: [[UInt8]] = []
        var turn = thread
        while !world.isOver.load(ordering: .acquiring) {
          turn += 1
          let burst = 1 + turn % 7
          table.begin(burst: burst)
          for _ in 0..<burst {
            if let sealed = try? table.sealed(InnerPacket.make(count: 40)) { own.append(sealed) }
          }
          // The first one is the control thread, too: between its bursts, as another thread would be.
          if thread == 0, world.hasPassed(2) { world.renew(upTo: generations, renew) }
          world.polls[thread].value.wrappingAdd(1, ordering: .releasing)
        }
        world.sealed.withLock { $0 += own }
      }
      let sealed = world.sealed.withLock { $0 }
      let byGeneration = Dictionary(grouping: sealed, by: all.generation)
      #expect(byGeneration.count == generations + 1)
      for (generation, packets) in byGeneration {
        try all.setKey(generation)
        let memory = UnsafeMutableRawPointer.allocateLines(ReplayWindow.memoryBytes(size: 8192))
        defer { memory.deallocate() }
        let ownership = WindowOwnership(count: 1, size: 8192) { _ in true }
        defer { ownership.deallocate() }
        var opener = Format.opener(
          all.association(generation), aead: all.aead(generation, all.scratch), ownership, top: 0, in: memory)
        #expect(packets.contains { all.number($0) == 1 }, "\(generation) begins anew")
        // Each under the key of its SPI, and no number twice.
        for packet in packets.sorted(by: { all.number($0) < all.number($1) }) {
          #expect(opener.opened(packet).reason == .none, "\(generation)")
        }
      }
      // What the tables have counted of the last two.
      for generation in [generations - 1, generations] {
        let counted = tables.all.reduce(0) { $0 + $1.sealed(0, generation: generation) }
        #expect(counted == UInt64(byGeneration[generation]?.count ?? 0))
      }
    }
  }

  /// What makes the sealers of threads.
  private struct Ends<Format: SharedFormat>: @unchecked Sendable {
    let all: Generations<Format>
    let scratches: [AEADScratch]
    let numbers: [SharedNumbers]
    let block: Int

    func sealer(_ thread: Int, _ generation: Int) -> ParallelSealer<Format.Sealer> {
      ParallelSealer(
        all.association(generation), aead: all.aead(generation, scratches[thread]),
        numbers: numbers[generation & 1], block: block)
    }
  }

  private struct Tables<Sealer: NumberingSealer>: @unchecked Sendable { let all: [RenewedSealers<Sealer>] }

  /// What the threads of a test tell each other.
  private final class World: Sendable {
    final class Count: Sendable { let value = Atomic<Int>(0) }
    let polls: [Count]
    let isOver = Atomic<Bool>(false)
    let sealed = Mutex<[[UInt8]]>([])
    private let state: Mutex<(generation: Int, polls: [Int])>

    init(_ threads: Int) {
      polls = (0..<threads).map { _ in Count() }
      state = Mutex((0, Array(repeating: 0, count: threads)))
    }

    private var counts: [Int] { polls.map { $0.value.load(ordering: .acquiring) } }

    /// Whether each thread has ended so many polls since the start or since the last renewal.
    func hasPassed(_ more: Int) -> Bool {
      zip(counts, state.withLock { $0.polls }).allSatisfy { $0 >= $1 + more }
    }

    func renew(upTo last: Int, _ body: (Int) -> Void) {
      let generation = state.withLock { $0.generation }
      if generation == last { return isOver.store(true, ordering: .releasing) }
      body(generation + 1)
      state.withLock { $0 = (generation + 1, counts) }
    }
  }

  /// No key and number twice, whatever the threads' order.
  @Test(arguments: SharedEnds<ESP>.formats, [(1, 0), (2, 0), (4, 8), (8, 0), (8, 64)])
  func noNonceTwice(name: FormatName, shape: (threads: Int, block: Int)) throws {
    try withGenerations(of: name, Together(threads: shape.threads, block: shape.block))
  }
}

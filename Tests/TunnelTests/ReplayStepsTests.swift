import Basics
import Foundation
import Synchronization
import TestSupport
import Testing
import Tunnel
import Wire

/// Random steps of 1 to 8 threads over the windows of every threading model, with threads that pause between
/// check and mark while the others go on. VPEBENCH_REPLAY_STEPS says how many (`make test-replay`: 10^8).
/// Where order is kept, and the window goes with the queue, `OrderedReplayStepsTests` do the same.
///
/// The judge is an array with a cell for each number: nothing may pass twice, and when all threads have
/// stopped, a window knows of each number that it remembers whether it has passed.
@Suite(.serialized) struct ReplayStepsTests {
  /// Who marks, and where.
  enum Model: CaseIterable {
    /// `esp-parallel`, `wireguard-parallel`: any thread marks any number, one by one or a burst at a time.
    case shared
    /// `esp-pipeline`, `esp-multi-sa`, `vpe`: each thread marks the numbers that are dealt to it, in a window
    /// of its own.
    case owned
  }

  static let steps =
    ProcessInfo.processInfo.environment["VPEBENCH_REPLAY_STEPS"].flatMap { Int($0) } ?? 2_000_000
  static let sizes = [64, 1000, 4096]
  private static let threadCounts = Array(1...8)

  /// So many steps of each case that all cases together have `steps`.
  static var stepsOfACase: Int { steps / (Model.allCases.count * threadCounts.count * sizes.count) }

  @Test(arguments: Model.allCases, threadCounts) func nothingPassesTwice(model: Model, threads: Int) {
    for (index, size) in Self.sizes.enumerated() {
      let world = World(model, threads: threads, size: size, steps: Self.stepsOfACase)
      defer { world.deallocate() }
      onThreads(threads) { thread in
        var walker = Walker(world, thread, seed: UInt64(thread + 8 * index))
        for _ in 0..<Self.stepsOfACase / threads { walker.step() }
        walker.finish()
      }
      let outcome = world.outcome()
      #expect(outcome.twice == 0, "window \(size)")
      #expect(outcome.wrong == [], "window \(size)")
      // It was no walk past closed doors.
      #expect(outcome.passed > Self.stepsOfACase / 8, "window \(size)")
    }
  }

  /// The windows, the numbers that have passed, and how far the sender has come.
  final class World: @unchecked Sendable {
    let model: Model
    let threads: Int
    let size: Int
    let shared: SharedReplayWindow
    let owned: UnsafeMutablePointer<ReplayWindow>
    let front = Atomic<Int>(1)
    let numbers: Int
    private let passes: UnsafeMutablePointer<Atomic<UInt8>>

    init(_ model: Model, threads: Int, size: Int, steps: Int) {
      (self.model, self.threads, self.size) = (model, threads, size)
      shared = SharedReplayWindow(size: size)
      owned = .allocate(capacity: threads)
      for thread in 0..<threads { (owned + thread).initialize(to: ReplayWindow(size: size)) }
      numbers = 4 * steps + 100_000
      passes = .allocate(capacity: numbers)
      for number in 0..<numbers { (passes + number).initialize(to: Atomic(0)) }
    }

    func deallocate() {
      shared.deallocate()
      for thread in 0..<threads { owned[thread].deallocate() }
      owned.deallocate()
      passes.deinitialize(count: numbers)
      passes.deallocate()
    }

    func note(_ number: UInt64) { passes[Int(number)].wrappingAdd(1, ordering: .relaxed) }

    /// The thread to which a number is dealt.
    func owner(of number: UInt64) -> Int { Int(number >> 6) % threads }

    /// When all threads have stopped: numbers that passed, those that passed more than once, and those of
    /// which a window says otherwise than it was.
    func outcome() -> (passed: Int, twice: Int, wrong: [UInt64]) {
      var (passed, twice) = (0, 0)
      for number in 0..<numbers {
        let count = passes[number].load(ordering: .relaxed)
        if count > 0 { passed += 1 }
        if count > 1 { twice += 1 }
      }
      var wrong: [UInt64] = []
      for thread in 0..<(model == .owned ? threads : 1) {
        let top = model == .owned ? owned[thread].top : shared.top
        let lowest = top < UInt64(size) ? 1 : top - UInt64(size) + 1
        for number in lowest...max(top, lowest) where model != .owned || owner(of: number) == thread {
          let hasPassed = passes[Int(number)].load(ordering: .relaxed) > 0
          let verdict = model == .owned ? owned[thread].check(number) : shared.check(number)
          if verdict != (hasPassed ? .replayed : .none) { wrong.append(number) }
        }
      }
      return (passed, twice, Array(wrong.prefix(5)))
    }
  }

  /// One thread's way through a world.
  struct Walker {
    private let world: World
    private let thread: Int
    private var random: SplitMix64
    /// Numbers that were found fresh, and are marked later.
    private var paused: [UInt64] = []
    private var burst: [UInt64] = []

    init(_ world: World, _ thread: Int, seed: UInt64) {
      (self.world, self.thread) = (world, thread)
      random = SplitMix64(state: seed)
    }

    mutating func step() {
      switch random.next() & 15 {
      case 0...5:
        let number = look()
        mark(number)
      case 6...8: pause()
      case 9...12: resume()
      case 13: markBurst()
      case 14: world.front.wrappingAdd(Int(random.next() & 31), ordering: .relaxed)
      default:
        // Sometimes the sender jumps: the ring goes round under those who are paused.
        let jump = random.next() & 1023 == 0 ? min(8 * world.size, 30_000) : 1
        world.front.wrappingAdd(jump, ordering: .relaxed)
      }
    }

    mutating func finish() {
      for number in paused { mark(number) }
      paused = []
    }

    /// A number around the front, or farther behind, whose first check it passes; 0 for none.
    private mutating func look() -> UInt64 {
      let lag: UInt64 = random.next() & 7 == 0 ? UInt64(2 * world.size) : 48
      let front = min(world.front.load(ordering: .relaxed), world.numbers - 2000)
      let back = random.next() % lag
      var number = UInt64(front) + 32
      number = number > back ? number - back : 1
      if world.model == .owned {
        // Of the numbers dealt to this thread the nearest block.
        let blocks = number >> 6
        let mine = blocks - blocks % UInt64(world.threads) + UInt64(thread)
        number = max(mine << 6 | number & 63, 1)
        return world.owned[thread].check(number) == .none ? number : 0
      }
      return world.shared.check(number) == .none ? number : 0
    }

    private mutating func pause() {
      let number = look()
      if number > 0, paused.count < 32 { paused.append(number) }
    }

    private mutating func resume() {
      guard !paused.isEmpty else { return }
      let index = Int(random.next() % UInt64(paused.count))
      paused.swapAt(index, paused.count - 1)
      let number = paused.removeLast()
      mark(number)
    }

    private func mark(_ number: UInt64) {
      guard number > 0 else { return }
      let verdict: DropReason =
        switch world.model {
        case .shared: world.shared.checkAndMark(number)
        case .owned: world.owned[thread].checkAndMark(number)
        }
      if verdict == .none { world.note(number) }
    }

    /// A burst's numbers together.
    private static func mark(_ burst: [UInt64], _ world: World) {
      withUnsafeTemporaryAllocation(of: DropReason.self, capacity: 64) { verdicts in
        verdicts.initialize(repeating: .none)
        guard let first = verdicts.baseAddress else { return }
        world.shared.checkAndMark(burst, count: burst.count, verdicts: first)
        for (number, verdict) in zip(burst, verdicts) where verdict == .none { world.note(number) }
      }
    }

    /// Several numbers at once, some of them twice.
    private mutating func markBurst() {
      burst.removeAll(keepingCapacity: true)
      for _ in 0..<(1 + random.next() & 15) {
        let number = look()
        if number > 0 { burst.append(number) }
        if number > 0, random.next() & 3 == 0 { burst.append(number) }
      }
      if random.next() & 1 == 0 { burst.sort() }
      switch world.model {
      case .owned: for number in burst { mark(number) }
      case .shared: Self.mark(burst, world)
      }
    }
  }
}

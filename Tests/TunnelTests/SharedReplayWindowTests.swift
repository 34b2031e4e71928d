import Basics
import Foundation
import Synchronization
import Testing
import Tunnel
import Wire

/// A lock-free window against a set, on one thread and on many.
@Suite struct SharedReplayWindowTests {
  /// Calls `body` with a window that goes away behind it.
  private static func with(size: Int, top: UInt64 = 0, _ body: (SharedReplayWindow) -> Void) {
    let window = SharedReplayWindow(size: size, top: top)
    defer { window.deallocate() }
    body(window)
  }

  /// On one thread it is a window as any other: the two say the same of every number.
  @Test(arguments: [64, 65, 128, 1000, 4096, 10_000], [1, 2, 3] as [UInt64])
  func onOneThreadItIsAReplayWindow(size: Int, seed: UInt64) {
    var random = SplitMix64(state: seed)
    var top: UInt64 = seed == 1 ? 0 : UInt64.random(in: 0...1 << 60, using: &random)
    Self.with(size: size, top: top) { shared in
      var other = ReplayWindow(size: size, top: top)
      defer { other.deallocate() }
      for _ in 0..<50_000 {
        let step = UInt64.random(in: 0..<UInt64(size) * 2, using: &random)
        let number =
          switch Int.random(in: 0..<20, using: &random) {
          case 0: top &+ 1 &+ step
          case 1: top > step ? top &- step : 0
          case 2: UInt64.random(in: top...top + 1 << 20, using: &random)
          default: top > 64 ? top &+ 8 &- UInt64.random(in: 0..<64, using: &random) : top &+ 1
          }
        #expect(shared.check(number) == other.check(number))
        let verdict = other.checkAndMark(number)
        #expect(shared.checkAndMark(number) == verdict)
        #expect(shared.top == other.top)
        top = other.top
        let low = UInt32(truncatingIfNeeded: number)
        #expect(shared.extended(low: low) == other.extended(low: low))
      }
    }
  }

  /// A burst is marked as its packets one after the other would be.
  @Test(arguments: [64, 256, 4096], [1, 2] as [UInt64]) func aBurstIsItsPackets(size: Int, seed: UInt64) {
    var random = SplitMix64(state: seed)
    Self.with(size: size) { shared in
      Self.with(size: size) { other in
        var next: UInt64 = 1
        for _ in 0..<20_000 {
          var burst = (0..<UInt64(Int.random(in: 1...64, using: &random))).map { next + $0 }
          next += UInt64.random(in: 1...UInt64(burst.count), using: &random)
          if Bool.random(using: &random) { burst.shuffle(using: &random) }
          if Int.random(in: 0..<4, using: &random) == 0 { burst[0] = burst[burst.count - 1] }
          if Int.random(in: 0..<16, using: &random) == 0 { burst[0] = next > 5000 ? next - 5000 : 0 }
          // Of a burst the edge is that of its start; one step after the other it moves on within it.
          let isSafe = burst.allSatisfy { $0 + UInt64(size) > next + 64 || $0 + 4999 < next }
          var verdicts = [DropReason](repeating: .segmented, count: burst.count)
          shared.checkAndMark(burst, count: burst.count, verdicts: &verdicts)
          let each = burst.map { other.checkAndMark($0) }
          if isSafe { #expect(verdicts == each, "\(burst)") }
          #expect(shared.top == other.top)
        }
      }
    }
  }

  /// Threads deliver the same numbers, each its own way: every number passes exactly once, and none that all
  /// have seen passes again.
  @Test(arguments: [1, 2, 3, 5, 8]) func threadsLetEachNumberPassOnce(threads: Int) {
    let (size, numbers) = (4096, 1_000_000 / threads)
    Self.with(size: size) { window in
      let passed = Passed(numbers)
      defer { passed.deallocate() }
      let line = Line(threads)
      onThreads(threads) { thread in
        var random = SplitMix64(state: UInt64(thread))
        var verdicts = [DropReason](repeating: .none, count: 64)
        var first = 1
        while first <= numbers {
          // Nobody is farther ahead of the last one than the window remembers.
          line.wait(thread, until: first, within: size / 4)
          let last = min(first + 63, numbers)
          var burst = (first...last).map(UInt64.init)
          if Bool.random(using: &random) { burst.shuffle(using: &random) }
          if Bool.random(using: &random) {
            for number in burst where window.checkAndMark(number) == .none { passed.note(number) }
          } else {
            window.checkAndMark(burst, count: burst.count, verdicts: &verdicts)
            for (number, verdict) in zip(burst, verdicts) where verdict == .none { passed.note(number) }
          }
          first = last + 1
        }
        line.leave(thread)
      }
      #expect(passed.counts(1...numbers) == [1: numbers])
    }
  }

  /// A thread pauses between its check and its mark while others send the ring round and round: what it
  /// brings then is too old, no bit of another number is set, and none is found clear.
  @Test func aThreadThatPausesBetweenCheckAndMarkHarmsNobody() {
    Self.with(size: 64) { window in
      for round in 0..<10_000 as Range<UInt64> {
        let late = round * 1000 + 1
        #expect(window.check(late) == .none)
        #expect(window.checkAndMark(late + 500) == .none)
        // The same word of the ring, some rounds later.
        let recycled = late + 512
        #expect(window.checkAndMark(recycled) == .none)
        #expect(window.checkAndMark(late) == .tooOld)
        #expect(window.check(recycled + 1) == .none && window.check(recycled) == .replayed)
        #expect(window.checkAndMark(recycled + 1) == .none)
        #expect(window.checkAndMark(recycled + 1) == .replayed)
      }
    }
  }

  /// The same within a burst, whose edge is that of its start: its first number sends the ring round, and
  /// what then comes to a word of a later epoch changes nothing there.
  @Test func aBurstThatSendsTheRingRoundHarmsItself() {
    Self.with(size: 64) { window in
      for round in 0..<1_000 as Range<UInt64> {
        let old = round * 4096 + 5
        #expect(window.checkAndMark(old) == .none)
        // The ring has 128 numbers; the second one would be in the slot of the first.
        var verdicts = [DropReason](repeating: .segmented, count: 4)
        window.checkAndMark([old + 1280, old + 1, old + 1281, old], count: 4, verdicts: &verdicts)
        #expect(verdicts == [.none, .tooOld, .none, .tooOld])
        #expect(window.check(old + 1280) == .replayed && window.checkAndMark(old + 1280) == .replayed)
        #expect(window.check(old + 1282) == .none && window.checkAndMark(old + 1282) == .none)
      }
    }
  }

  /// Random steps of many threads over numbers that race ahead: no number passes twice, however far behind a
  /// thread comes. (A number may be too old for one; that is the edge.)
  @Test(arguments: [2, 4, 8]) func nothingPassesTwiceHoweverFarAThreadLags(threads: Int) {
    let numbers = 400_000
    Self.with(size: 64) { window in
      let passed = Passed(numbers)
      defer { passed.deallocate() }
      let front = Atomic<Int>(1)
      onThreads(threads) { thread in
        var random = SplitMix64(state: UInt64(thread) + 77)
        while true {
          let ahead = front.load(ordering: .relaxed)
          if ahead >= numbers { break }
          let lag = Int.random(in: 0..<8, using: &random) == 0 ? 5000 : 80
          let number = max(1, ahead - Int.random(in: 0..<lag, using: &random))
          if window.check(UInt64(number)) == .none {
            if Int.random(in: 0..<64, using: &random) == 0 { sched_yield() }
            if window.checkAndMark(UInt64(number)) == .none { passed.note(UInt64(number)) }
          }
          front.wrappingAdd(Int.random(in: 0...1, using: &random), ordering: .relaxed)
        }
      }
      #expect(Set(passed.counts(1...numbers).keys).isSubset(of: [0, 1]))
      #expect(passed.counts(1...numbers)[1] ?? 0 > numbers / 2)
    }
  }
}

/// Runs `body` on as many threads, and waits for all.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
  let group = DispatchGroup()
  for index in 0..<count {
    group.enter()
    let thread = Thread {
      body(index)
      group.leave()
    }
    thread.start()
  }
  group.wait()
}

/// How often each number has passed.
private struct Passed: @unchecked Sendable {
  private let cells: UnsafeMutablePointer<Atomic<UInt8>>
  private let count: Int

  init(_ count: Int) {
    self.count = count + 1
    cells = .allocate(capacity: count + 1)
    for index in 0...count { (cells + index).initialize(to: Atomic(0)) }
  }

  func deallocate() {
    cells.deinitialize(count: count)
    cells.deallocate()
  }

  func note(_ number: UInt64) { cells[Int(number)].wrappingAdd(1, ordering: .relaxed) }

  /// How many of these numbers passed how often.
  func counts(_ numbers: ClosedRange<Int>) -> [UInt8: Int] {
    Dictionary(grouping: numbers) { cells[$0].load(ordering: .relaxed) }.mapValues(\.count)
  }
}

/// How far threads have come, so that none runs away from the others. A `Mutex` that others wait for is taken
/// in a library that ThreadSanitizer does not see into; it knows this lock.
private final class Line: @unchecked Sendable {
  private let lock = NSLock()
  private var steps: [Int]

  init(_ threads: Int) { steps = Array(repeating: 0, count: threads) }

  func wait(_ thread: Int, until step: Int, within distance: Int) {
    while true {
      let least = lock.withLock {
        steps[thread] = step
        return steps.min() ?? step
      }
      if step - least <= distance { return }
      sched_yield()
    }
  }

  func leave(_ thread: Int) { lock.withLock { steps[thread] = .max } }
}

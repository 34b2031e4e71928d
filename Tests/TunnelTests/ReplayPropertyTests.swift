import Basics
import Testing
import Tunnel
import Wire

/// Replay windows of every size against a set, over millions of random traces.
///
/// A trace begins anywhere, the edges of 32 and 64 bits included, and holds what a network does: loss,
/// copies, lateness, jumps over the whole window. Threading models are in `ReplayTests` and its sibling
/// `ReplayOnCoresTests`.
@Suite struct ReplayPropertyTests {
  /// The sizes of a chunk: all chunks together are every size there is.
  private static let chunks = stride(from: 64, through: 4096, by: 128).map { $0...min($0 + 127, 4096) }
  private static let tracesOfASize = 520

  @Test func theChunksAreEverySize() {
    #expect(Self.chunks.flatMap { Array($0) } == Array(ReplayWindow.sizes))
    #expect(Self.tracesOfASize * ReplayWindow.sizes.count > 2_000_000)
  }

  /// Where a trace begins: at nothing, anywhere, or so that it is likely to cross an edge.
  private static func top(_ size: UInt64, _ generator: inout SplitMix64) -> UInt64 {
    let below = UInt64.random(in: 0...2 * size, using: &generator)
    switch Int.random(in: 0..<8, using: &generator) {
    case 0, 1: return 0
    case 2: return below
    case 3: return 1 << 32 &- below
    case 4: return UInt64.random(in: 1...(1 << 31), using: &generator) << 32 &+ size &- below
    case 5: return .max - below
    case 6: return .max - UInt64.random(in: 0...70, using: &generator)
    default: return generator.next()
    }
  }

  /// Runs `body` over the memory of a window, for one after the other.
  private func withMemory(_ size: Int, _ body: (UnsafeMutableRawPointer) -> Void) {
    let memory = UnsafeMutableRawPointer.allocate(
      byteCount: ReplayWindow.memoryBytes(size: size), alignment: 8)
    defer { memory.deallocate() }
    body(memory)
  }

  // MARK: One window

  /// Short traces, most of whose steps are at edges.
  @Test(arguments: chunks) func shortTracesMatchASet(sizes: ClosedRange<Int>) {
    for size in sizes {
      withMemory(size) { memory in
        var generator = SplitMix64(state: UInt64(size))
        for trace in 0..<Self.tracesOfASize {
          let top = Self.top(UInt64(size), &generator)
          var window = ReplayWindow(size: size, top: top, in: memory)
          var expected = SetWindow(size: UInt64(size), top: top)
          var traffic = RandomTraffic(seed: generator.next(), size: UInt64(size))
          for step in 0..<12 {
            let number = traffic.next(top: expected.top)
            let before = window.check(number)
            let found = window.checkAndMark(number)
            guard found == expected.checkAndMark(number), before == found, window.top == expected.top else {
              Issue.record("size \(size), trace \(trace), step \(step): \(number) after \(top) is \(found)")
              return
            }
          }
        }
      }
    }
  }

  /// A stream in which each packet may be lost, doubled and late, up to more than a window late.
  @Test(arguments: chunks) func streamsMatchASet(sizes: ClosedRange<Int>) {
    for size in sizes {
      withMemory(size) { memory in
        var generator = SplitMix64(state: UInt64(size) << 32)
        let top = min(Self.top(UInt64(size), &generator), .max - 1000)
        var window = ReplayWindow(size: size, top: top, in: memory)
        var expected = SetWindow(size: UInt64(size), top: top)
        var arrivals: [(time: UInt64, number: UInt64)] = []
        let lateness = UInt64(size) * 5 / 4
        for sent in 1...UInt64(500) {
          guard Int.random(in: 0..<10, using: &generator) > 0 else { continue }
          for _ in 0...(Int.random(in: 0..<8, using: &generator) == 0 ? 2 : 0) {
            let isLate = Int.random(in: 0..<4, using: &generator) == 0
            let time = sent + (isLate ? UInt64.random(in: 0...lateness, using: &generator) : 0)
            arrivals.append((time, top + sent))
          }
        }
        arrivals.sort { ($0.time, $0.number) < ($1.time, $1.number) }
        for (_, number) in arrivals {
          let found = window.checkAndMark(number)
          guard found == expected.checkAndMark(number), window.top == expected.top else {
            Issue.record("size \(size): \(number) after \(top) is \(found)")
            return
          }
        }
      }
    }
  }

  /// The windows of threads that share an association's numbers may be larger.
  @Test(arguments: [4097, 4160, 8192, 65535, 100_000, ReplayWindow.largest])
  func largerWindowsMatchASet(size: Int) {
    var generator = SplitMix64(state: UInt64(size))
    for trace in 0..<40 {
      let top = Self.top(UInt64(size), &generator)
      withWindow(size: size, top: top) { window in
        var window = window
        var expected = SetWindow(size: UInt64(size), top: top)
        var traffic = RandomTraffic(seed: generator.next(), size: UInt64(size))
        for step in 0..<1000 {
          let number = traffic.next(top: expected.top)
          guard window.checkAndMark(number) == expected.checkAndMark(number) else {
            Issue.record("size \(size), trace \(trace), step \(step): \(number) after \(top)")
            return
          }
        }
      }
    }
  }

  // MARK: Extended numbers of ESP

  /// A receiver sees the low half of a number. It must infer the number, and go on as with all of it, if that
  /// is among the 2^32 that begin with the window's lowest; else it must infer another, which does not
  /// authenticate, so that nothing changes.
  @Test(arguments: chunks) func inferredNumbersMatchASet(sizes: ClosedRange<Int>) {
    for size in sizes {
      withMemory(size) { memory in
        var generator = SplitMix64(state: UInt64(size) << 16)
        for trace in 0..<80 {
          let top = Self.top(UInt64(size), &generator)
          var window = ReplayWindow(size: size, top: top, in: memory)
          var expected = SetWindow(size: UInt64(size), top: top)
          var traffic = RandomTraffic(seed: generator.next(), size: UInt64(size))
          for step in 0..<12 {
            var number = traffic.next(top: expected.top)
            // Now and then a jump of about 2^32, which is too far, or just not.
            if step % 4 == 3 {
              let jump = (1 as UInt64) << 32 &- UInt64.random(in: 0...2 * UInt64(size), using: &generator)
              number = expected.top > .max - jump ? number : expected.top + jump
            }
            if let problem = Self.infer(number, &window, &expected) {
              Issue.record("size \(size), trace \(trace), step \(step), from \(top): \(problem)")
              return
            }
          }
        }
      }
    }
  }

  /// What is wrong with a window's view of a number of which it sees the low half; nil if nothing is.
  private static func infer(
    _ number: UInt64, _ window: inout ReplayWindow, _ expected: inout SetWindow
  ) -> String? {
    let inferred = window.extended(low: UInt32(truncatingIfNeeded: number))
    // From the lowest of the window on, which for a young window lies before 0.
    let isBeforeAll = expected.top < expected.size - 1
    let lowest = isBeforeAll ? 0 : expected.top - (expected.size - 1)
    let most = (1 as UInt64) << 32 - 1 - (isBeforeAll ? expected.size - 1 - expected.top : 0)
    let isInReach = number >= lowest && number - lowest <= most
    guard (inferred == number) == isInReach else { return "\(number) is taken for \(inferred)" }
    guard isInReach else { return nil }
    let found = window.checkAndMark(inferred)
    guard found == expected.checkAndMark(number), window.top == expected.top else {
      return "\(number) is \(found)"
    }
    return nil
  }

  // MARK: Windows of VPE

  /// Windows of a sender lie side by side: each must be as if it were alone, and another thread's refused.
  @Test(arguments: 0..<64) func windowsOfASenderMatchSets(seed: UInt64) {
    var generator = SplitMix64(state: seed)
    for trace in 0..<40 {
      let size = Int.random(in: ReplayWindow.sizes, using: &generator)
      let count = Int.random(in: 1...24, using: &generator)
      let owned = (0..<count).map { _ in Int.random(in: 0..<4, using: &generator) > 0 }
      let top = min(Self.top(UInt64(size), &generator), .max - 1)
      let ownership = WindowOwnership(count: count, size: size) { owned[Int($0)] }
      defer { ownership.deallocate() }
      let memory = UnsafeMutableRawPointer.allocate(byteCount: ownership.memoryBytes + 8, alignment: 8)
      defer { memory.deallocate() }
      let windows = VPEWindows(ownership, top: top, in: memory)
      var expected = Array(repeating: SetWindow(size: UInt64(size), top: top), count: count)
      var traffic = RandomTraffic(seed: generator.next(), size: UInt64(size))
      for step in 0..<400 {
        let id = Int.random(in: 0..<count, using: &generator)
        let number = traffic.next(top: expected[id].top)
        let found = windows.checkAndMark(UInt16(id), number)
        guard found == (owned[id] ? expected[id].checkAndMark(number) : .foreignWindow) else {
          Issue.record(
            "trace \(trace), step \(step): window \(id) of \(count), size \(size): \(number) is \(found)")
          return
        }
      }
    }
  }
}

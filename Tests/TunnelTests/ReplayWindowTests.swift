import Testing
import Tunnel
import Wire

@Suite struct ReplayWindowTests {
  // MARK: A table of steps

  struct Step {
    let number: UInt64
    let expected: DropReason

    init(_ number: UInt64, _ expected: DropReason) {
      self.number = number
      self.expected = expected
    }
  }

  /// Steps for a window of `w` packets, from the first number to the last that there is.
  static func steps(_ w: UInt64) -> [Step] {
    let far: UInt64 = 1 << 40
    return [
      Step(0, .tooOld), Step(1, .none), Step(1, .replayed), Step(0, .tooOld),  // 0-3
      Step(9, .none), Step(8, .none), Step(7, .none), Step(7, .replayed), Step(9, .replayed),  // 4-8
      Step(w, .none), Step(w - 1, .none), Step(w - 1, .replayed), Step(w - 2, .none),  // 9-12
      Step(2, .none), Step(2, .replayed), Step(1, .replayed), Step(w, .replayed),  // 13-16
      // The window moves on by one: 1 has left it, 2 is its lowest number.
      Step(w + 1, .none), Step(1, .tooOld), Step(2, .replayed), Step(3, .none),  // 17-20
      Step(w + 2, .none), Step(2, .tooOld), Step(3, .replayed), Step(4, .none),  // 21-24
      // To the last number before the whole window has moved, and behind it.
      Step(2 * w + 1, .none), Step(w + 1, .tooOld), Step(w + 2, .replayed), Step(w + 3, .none),  // 25-28
      Step(3 * w + 1, .none), Step(2 * w + 1, .tooOld), Step(2 * w + 2, .none),  // 29-31
      Step(2 * w + 2, .replayed), Step(3 * w, .none), Step(3 * w, .replayed),  // 32-34
      // Jumps over more than the whole ring leave nothing behind.
      Step(far, .none), Step(3 * w + 1, .tooOld), Step(far - w, .tooOld),  // 35-37
      Step(far - w + 1, .none), Step(far - w + 1, .replayed), Step(far, .replayed),  // 38-40
      Step(far - 62, .none), Step(far - 62, .replayed), Step(far - 1, .none),  // 41-43
      // At the end of the numbers.
      Step(.max, .none), Step(.max, .replayed), Step(.max - 1, .none), Step(.max - w, .tooOld),  // 44-47
      Step(.max - w + 1, .none), Step(.max - w + 1, .replayed), Step(.max - 1, .replayed),  // 48-50
      Step(0, .tooOld), Step(1, .tooOld),  // 51-52
    ]
  }

  @Test(arguments: [64, 65, 127, 128, 1000, 1024, 4095, 4096])
  func steps(size: Int) {
    withWindow(size: size) { window in
      var window = window
      for (index, step) in Self.steps(UInt64(size)).enumerated() {
        let found = window.checkAndMark(step.number)
        #expect(found == step.expected, "step \(index): \(step.number) is \(found), not \(step.expected)")
      }
    }
  }

  @Test(arguments: [64, 100, 4096])
  func everyNumberPassesOnce(size: Int) {
    let numbers = 1...UInt64(size)
    withWindow(size: size) { window in
      var window = window
      // Downwards: the highest first, the lowest just inside.
      #expect(numbers.reversed().allSatisfy { window.checkAndMark($0) == .none })
      #expect(numbers.allSatisfy { window.checkAndMark($0) == .replayed })
    }
    withWindow(size: size) { window in
      var window = window
      #expect((1...3 * UInt64(size)).allSatisfy { window.checkAndMark($0) == .none })
      #expect(window.top == 3 * UInt64(size))
    }
  }

  @Test(arguments: [1, 64, 1 << 32, .max] as [UInt64])
  func oneOfEightEqualNumbersPasses(number: UInt64) {
    withWindow(size: 64) { window in
      var window = window
      let found = (0..<8).map { _ in window.checkAndMark(number) }
      #expect(found == [.none] + [DropReason](repeating: .replayed, count: 7))
    }
  }

  @Test func topIsTheHighestNumberMarked() {
    withWindow(size: 64) { window in
      var window = window
      let tops = ([5, 3, 9, 9, 1000, 2, 999] as [UInt64]).map { number in
        _ = window.checkAndMark(number)
        return window.top
      }
      #expect(tops == [5, 5, 9, 9, 1000, 1000, 1000])
    }
  }

  // MARK: Against a set

  /// Sizes of whole words and of none, each with random traffic from several starts.
  @Test(arguments: Array(stride(from: 64, through: 4096, by: 64)) + Array(stride(from: 65, to: 4096, by: 61)))
  func randomTrafficMatchesASet(size: Int) {
    let starts: [UInt64] = [0, 12345, 1 << 32 - 2000, .max - 20000]
    for start in starts {
      var traffic = RandomTraffic(seed: UInt64(size) &+ start, size: UInt64(size))
      var expected = SetWindow(size: UInt64(size), top: start)
      withWindow(size: size, top: start) { window in
        var window = window
        for step in 0..<1500 {
          let number = traffic.next(top: expected.top)
          let found = window.checkAndMark(number)
          guard found == expected.checkAndMark(number), window.top == expected.top else {
            Issue.record("start \(start), step \(step): \(number) is \(found), top \(window.top)")
            return
          }
        }
      }
    }
  }

  /// Every three numbers of a small range, the third one anywhere.
  @Test func threeNumbersMatchASet() {
    for first in UInt64(0)...140 {
      for second in UInt64(0)...140 {
        withWindow(size: 64) { window in
          var window = window
          var expected = SetWindow(size: 64)
          let thirds = [first, second, max(first, second) + 1] + (UInt64(0)...205).reversed()
          for number in [first, second] + thirds {
            let found = window.checkAndMark(number)
            guard found == expected.checkAndMark(number) else {
              Issue.record("\(first), \(second), then \(number) is \(found)")
              return
            }
          }
        }
      }
    }
  }

  /// A window that starts at `top` takes `top` and all below for seen.
  @Test(arguments: [64, 65, 127, 128, 1000])
  func startsAtEveryTop(size: Int) {
    let far: UInt64 = 1 << 33 - 100
    for top in Array(0...200) + Array(far...far + 200) + [.max - 1, .max] {
      withWindow(size: size, top: top) { window in
        var window = window
        var expected = SetWindow(size: UInt64(size), top: top)
        #expect(window.top == top)
        let lowest = top < UInt64(size) + 2 ? 0 : top - UInt64(size) - 2
        for number in lowest...(top > .max - 200 ? .max : top + 200) {
          let found = window.checkAndMark(number)
          guard found == expected.checkAndMark(number) else {
            Issue.record("top \(top): \(number) is \(found)")
            return
          }
        }
      }
    }
  }

  // MARK: Extended numbers

  /// The number for which `low` stands, by the two cases of RFC 4303, appendix A2.2.
  private static func number(_ low: UInt32, top: UInt64, size: UInt64) -> UInt64 {
    let (topLow, high) = (UInt32(truncatingIfNeeded: top), top >> 32)
    let bottom = topLow &- UInt32(size - 1)
    let isWithin = UInt64(topLow) >= size - 1
    let found = isWithin ? (low >= bottom ? high : high &+ 1) : (low >= bottom ? high &- 1 : high)
    return found << 32 | UInt64(low)
  }

  @Test(arguments: [64, 1000, 1024, 4096])
  func extendedNumbersAreThoseOfTheStandard(size: Int) {
    let ends: [UInt64] = [0, 1, UInt64(size), 1 << 32, 5 << 32, .max]
    for top in ends.flatMap({ end in (0..<20).map { end &+ $0 &- 10 } + [end &+ UInt64(size) &- 1] }) {
      let bottom = UInt32(truncatingIfNeeded: top &- UInt64(size - 1))
      withWindow(size: size, top: top) { window in
        let lows = (0...4).map { bottom &+ $0 &- 2 } + [0, 1, UInt32(truncatingIfNeeded: top), .max]
        for low in lows + lows.map({ $0 &+ 1 << 31 }) {
          #expect(
            window.extended(low: low) == Self.number(low, top: top, size: UInt64(size)), "\(top), \(low)")
        }
      }
    }
  }

  // MARK: Size

  @Test(arguments: [
    (64, 2), (65, 4), (128, 4), (192, 4), (193, 8), (1000, 32), (1024, 32), (4096, 128), (4096 * 19, 2048),
  ])
  func memoryIsAPowerOfTwoOfWords(size: Int, words: Int) {
    withWindow(size: size) { window in
      #expect(window.size == UInt64(size))
      #expect(window.memoryBytes == words * 8)
    }
  }

  @Test func otherSizesAreAMistake() async {
    #expect(ReplayWindow.sizes == 64...4096)
    await #expect(processExitsWith: .failure) { _ = ReplayWindow(size: 63) }
    await #expect(processExitsWith: .failure) { _ = ReplayWindow(size: ReplayWindow.largest + 1) }
  }
}

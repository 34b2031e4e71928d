import Basics
import Wire

/// A replay window by definition: a set of all that was seen.
struct SetWindow {
  let size: UInt64
  private(set) var top: UInt64
  private let seenBefore: UInt64
  private var seen: Set<UInt64> = []

  /// A window that takes `top` and all below for seen.
  init(size: UInt64, top: UInt64 = 0) {
    self.size = size
    self.top = top
    seenBefore = top
  }

  mutating func checkAndMark(_ number: UInt64) -> DropReason {
    if number == 0 || (number <= top && top - number >= size) { return .tooOld }
    if number <= seenBefore || !seen.insert(number).inserted { return .replayed }
    top = max(top, number)
    return .none
  }
}

/// Sequence numbers as a network delivers them: in order, lost, doubled, late, and after a long silence.
struct RandomTraffic {
  private var generator: SplitMix64
  private let size: UInt64

  init(seed: UInt64, size: UInt64) {
    generator = SplitMix64(state: seed)
    self.size = size
  }

  mutating func next(top: UInt64) -> UInt64 {
    switch Int.random(in: 0..<100, using: &generator) {
    case 0..<50: return ahead(of: top, by: 1)
    case 50..<62: return ahead(of: top, by: .random(in: 2...8, using: &generator))
    case 62..<66: return ahead(of: top, by: .random(in: 1...size, using: &generator))
    case 66..<67: return ahead(of: top, by: .random(in: size - 1...3 * size, using: &generator))
    case 67..<87: return behind(top, by: .random(in: 0...8, using: &generator))
    case 87..<95: return behind(top, by: .random(in: 0..<size, using: &generator))
    case 95..<99: return behind(top, by: .random(in: size - 2...size + 1, using: &generator))
    default: return .random(in: 0...top, using: &generator)
    }
  }

  private func ahead(of top: UInt64, by distance: UInt64) -> UInt64 {
    distance > .max - top ? .max : top + distance
  }

  private func behind(_ top: UInt64, by distance: UInt64) -> UInt64 { top - min(top, distance) }
}

import Basics
import Roles
import Testing

@Suite struct LatencyHistogramTests {
  /// Every small time, and each power of two with its neighbourhood.
  static let times: [UInt64] = {
    var times = Set((0...70_000).map(UInt64.init))
    for shift in 0..<64 {
      for offset in -3...3 { times.insert((1 << UInt64(shift)) &+ UInt64(bitPattern: Int64(offset))) }
      for sixteenth in 0..<16 { times.insert(UInt64(1) << shift | UInt64(sixteenth) << max(shift - 4, 0)) }
    }
    return times.sorted()
  }()

  @Test func binsAreMonotonicAndWithinBounds() {
    var last = 0
    for time in Self.times {
      let bin = LatencyHistogram.bin(time)
      if bin < last || bin >= LatencyHistogram.bins { Issue.record("\(time) is in bin \(bin)") }
      last = bin
    }
    #expect(LatencyHistogram.bin(0) == 0)
    #expect(last == LatencyHistogram.bin(.max))
    #expect(last == LatencyHistogram.bins - 1)
  }

  /// The first and the last time of a bin, found by halving.
  static func edges(of bin: Int) -> (first: UInt64, last: UInt64) {
    func firstTime(in bin: Int) -> UInt64 {
      var low: UInt64 = 0
      var high = UInt64.max
      while low < high {
        let middle = low + (high - low) / 2
        if LatencyHistogram.bin(middle) >= bin { high = middle } else { low = middle + 1 }
      }
      return low
    }
    let first = firstTime(in: bin)
    let last = bin + 1 < LatencyHistogram.bins ? firstTime(in: bin + 1) - 1 : .max
    return (first, last)
  }

  @Test func binsAreNarrowAndHoldTheirMiddle() {
    for bin in 0..<LatencyHistogram.bins {
      let (first, last) = Self.edges(of: bin)
      if LatencyHistogram.bin(first) != bin || LatencyHistogram.bin(last) != bin {
        Issue.record("bin \(bin) is empty")
      }
      if first >= 16, last - first >= first / 16 { Issue.record("bin \(bin) is too wide: \(first)…\(last)") }
      if first < 16, first != last { Issue.record("bin \(bin) holds more than \(first)") }
      let middle = LatencyHistogram.middle(bin)
      if middle < Double(first) || middle > Double(last) + 1 {
        Issue.record("bin \(bin), \(first)…\(last): its middle is \(middle)")
      }
    }
  }

  @Test func countsEachTimeInItsBin() {
    let histogram = LatencyHistogram()
    defer { histogram.deallocate() }
    var expected = [UInt64](repeating: 0, count: LatencyHistogram.bins)
    var random = SplitMix64(state: 7)
    for _ in 0..<10_000 {
      let time = random.next() >> UInt64.random(in: 0..<64, using: &random)
      histogram.note(time)
      expected[LatencyHistogram.bin(time)] += 1
    }
    #expect(Array(UnsafeBufferPointer(start: histogram.counts, count: LatencyHistogram.bins)) == expected)
  }
}

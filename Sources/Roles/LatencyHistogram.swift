import Wire

/// Counts of round-trip times in bins that are at most 1/16 of their value wide. Plain memory without an
/// owner: call `deallocate()` once.
package struct LatencyHistogram {
  /// Bins: 16 for each power of two of a tick.
  package static let bins = 61 * 16
  package let counts: UnsafeMutablePointer<UInt64>

  package init() {
    counts = .allocateLines(Self.bins)
    counts.initialize(repeating: 0, count: Self.bins)
  }

  package func deallocate() { counts.deallocate() }

  /// The bin of a time of `ticks`.
  @inline(__always)
  package static func bin(_ ticks: UInt64) -> Int {
    guard ticks >= 16 else { return Int(truncatingIfNeeded: ticks) }
    let shift = 59 &- ticks.leadingZeroBitCount
    return (shift &+ 1) &* 16 &+ Int(truncatingIfNeeded: ticks >> UInt64(shift) & 15)
  }

  /// The middle of a bin, ticks.
  package static func middle(_ bin: Int) -> Double {
    guard bin >= 16 else { return Double(bin) }
    let width = Double(UInt64(1) << UInt64(bin / 16 - 1))
    return (Double(16 + bin % 16) + 0.5) * width
  }

  @inline(__always)
  package func note(_ ticks: UInt64) { counts[Self.bin(ticks)] &+= 1 }
}

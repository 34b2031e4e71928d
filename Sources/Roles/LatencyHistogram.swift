/// Counts of round-trip times in bins that are at most 1/16 of their value wide. Plain memory without an
/// owner: call `deallocate()` once.
struct LatencyHistogram {
  /// Bins: 16 for each power of two of a tick.
  static let bins = 61 * 16
  let counts: UnsafeMutablePointer<UInt64>

  init() {
    counts = .allocate(capacity: Self.bins)
    counts.initialize(repeating: 0, count: Self.bins)
  }

  func deallocate() { counts.deallocate() }

  /// The bin of a time of `ticks`.
  @inline(__always)
  static func bin(_ ticks: UInt64) -> Int {
    guard ticks >= 16 else { return Int(truncatingIfNeeded: ticks) }
    let shift = 59 &- ticks.leadingZeroBitCount
    return (shift &+ 1) &* 16 &+ Int(truncatingIfNeeded: ticks >> UInt64(shift) & 15)
  }

  /// The middle of a bin, ticks.
  static func middle(_ bin: Int) -> Double {
    guard bin >= 16 else { return Double(bin) }
    let width = Double(UInt64(1) << UInt64(bin / 16 - 1))
    return (Double(16 + bin % 16) + 0.5) * width
  }

  @inline(__always)
  func note(_ ticks: UInt64) { counts[Self.bin(ticks)] &+= 1 }
}

import Dataplane
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
  package func note(_ ticks: UInt64) { SharedFlag.count(counts + Self.bin(ticks)) }

  /// All counts as they are now; any thread may ask.
  package var snapshot: [LatencyBin] {
    (0..<Self.bins).compactMap { bin in
      let frames = SharedFlag.read(counts + bin)
      return frames == 0 ? nil : LatencyBin(ticks: Self.middle(bin), frames: frames)
    }
  }
}

/// A bin of round-trip times.
public struct LatencyBin: Codable, Equatable, Sendable {
  /// Ticks, the middle of the bin.
  public var ticks: Double
  /// Frames in the bin.
  public var frames: UInt64

  /// A bin by its parts.
  public init(ticks: Double, frames: UInt64) { (self.ticks, self.frames) = (ticks, frames) }
}

extension [LatencyBin] {
  /// The counts since `earlier`, an earlier snapshot of the same histogram.
  public func since(_ earlier: [LatencyBin]) -> [LatencyBin] {
    let before = Dictionary(earlier.map { ($0.ticks, $0.frames) }) { $1 }
    return map { LatencyBin(ticks: $0.ticks, frames: $0.frames &- (before[$0.ticks] ?? 0)) }
      .filter { $0.frames > 0 }
  }

  /// The round-trip time, ticks, within which this share of the frames came back; nil if none did.
  public func percentile(_ share: Double) -> Double? {
    var left = Double(reduce(0) { $0 + $1.frames }) * share
    for bin in self {
      left -= Double(bin.frames)
      if left <= 0 { return bin.ticks }
    }
    return nil
  }
}

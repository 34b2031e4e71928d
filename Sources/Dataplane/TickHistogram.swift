import CDPDK
import Wire

/// Counts of full bursts by ticks per packet. One thread writes, any may read.
///
/// Buckets are log-linear: 1/8 tick wide up to 32 ticks, above that 128 to each power of two, so that none is
/// wider than 1/128 of its value. Nothing is allocated after the start. A trivial struct over memory of its
/// own, aligned to cache lines: call `deallocate()` once.
public struct TickHistogram {
  /// Values are in units of a tick divided by this.
  static let parts = 8
  /// log2 of the buckets for each power of two.
  private static let subBits = 7
  /// log2 of the end of the values, 65,536 ticks per packet; higher ones count in the last bucket.
  private static let valueBits = 19
  /// How many buckets there are.
  public static let buckets = (valueBits - subBits + 1) << subBits

  private let counts: UnsafeMutablePointer<UInt32>

  /// All counts at 0.
  public init() {
    let memory = UnsafeMutableRawPointer.allocateLines(Self.buckets * 4)
    counts = memory.initializeMemory(as: UInt32.self, repeating: 0, count: Self.buckets)
  }

  /// The memory that the thread writes, in cache lines of its own.
  package var memory: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(start: counts, count: Self.buckets * 4)
  }

  /// Gives the memory back.
  public func deallocate() { counts.deallocate() }

  /// The bucket of a full burst that took `ticks`.
  @inline(__always)
  static func bucket(burstTicks ticks: UInt64) -> Int {
    let value = min(ticks / UInt64(Burst.capacity / parts), 1 << UInt64(valueBits) &- 1)
    let exponent = max(63 &- value.leadingZeroBitCount, subBits)
    let shift = exponent &- subBits
    // The leading bit counts as a power of two of its own.
    return shift << subBits &+ Int(truncatingIfNeeded: value >> UInt64(shift))
  }

  /// The lowest value of a bucket and its width, ticks per packet.
  static func range(of bucket: Int) -> (low: Double, width: Double) {
    let octave = max(bucket >> subBits - 1, 0)
    let width = Double(1 << octave) / Double(parts)
    return (Double(bucket - octave << subBits) * width, width)
  }

  /// Counts a burst of `Burst.capacity` packets.
  @inline(__always)
  public func count(burstTicks ticks: UInt64) {
    let bucket = counts + Self.bucket(burstTicks: ticks)
    cdpdk_store_32(bucket, bucket.pointee &+ 1)
  }

  /// Copies the counts of another histogram, which another thread may be writing.
  func copy(_ other: TickHistogram) {
    for bucket in 0..<Self.buckets { counts[bucket] = cdpdk_load_32(other.counts + bucket) }
  }

  /// All counts as they are now.
  public var snapshot: TickCounts {
    var found = TickCounts()
    for bucket in 0..<Self.buckets {
      let count = cdpdk_load_32(counts + bucket)
      if count > 0 { found.counts[bucket] = count }
    }
    return found
  }
}

/// A histogram of ticks per packet at one moment, or within a window.
public struct TickCounts: Codable, Equatable, Sendable {
  /// The counts of full bursts by bucket; buckets without any are absent.
  var counts: [Int: UInt32] = [:]

  /// No bursts.
  public init() {}

  /// Counts bursts by their ticks, for callers without a stage's histogram.
  public init(burstTicks: some Sequence<UInt64>) {
    for ticks in burstTicks { counts[TickHistogram.bucket(burstTicks: ticks), default: 0] &+= 1 }
  }

  /// As pairs of bucket and count, flat, in order.
  public init(from decoder: any Decoder) throws {
    let flat = try decoder.singleValueContainer().decode([UInt32].self)
    for index in stride(from: 0, to: flat.count - 1, by: 2) {
      let bucket = Int(flat[index])
      if bucket < TickHistogram.buckets { counts[bucket] = flat[index + 1] }
    }
  }

  /// As pairs of bucket and count, flat, in order.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(counts.sorted { $0.key < $1.key }.flatMap { [UInt32($0.key), $0.value] })
  }

  /// Full bursts in all.
  public var bursts: UInt64 { counts.values.reduce(0) { $0 + UInt64($1) } }

  /// Both together.
  public static func + (a: TickCounts, b: TickCounts) -> TickCounts {
    var sum = a
    sum.counts.merge(b.counts, uniquingKeysWith: &+)
    return sum
  }

  /// What was counted since `earlier`.
  public static func - (later: TickCounts, earlier: TickCounts) -> TickCounts {
    var difference = later
    for (bucket, count) in earlier.counts {
      let left = (later.counts[bucket] ?? 0) &- count
      difference.counts[bucket] = left == 0 ? nil : left
    }
    return difference
  }

  /// The percentiles that records keep.
  public static let percents = [1, 5, 10, 25, 50, 75, 90]

  /// Ticks per packet by percent; empty without bursts.
  public var percentiles: [Int: Double] {
    Dictionary(
      uniqueKeysWithValues: Self.percents.compactMap { percent in
        quantile(Double(percent) / 100).map { (percent, $0) }
      })
  }

  /// Ticks per packet below which a share of the bursts, 0 to 1, lies; within a bucket bursts count as spread
  /// evenly. nil without bursts.
  public func quantile(_ share: Double) -> Double? {
    let wanted = share * Double(bursts)
    var below = 0.0
    for (bucket, count) in counts.sorted(by: { $0.key < $1.key }) {
      let count = Double(count)
      if below + count >= wanted, count > 0 {
        let range = TickHistogram.range(of: bucket)
        return range.low + range.width * max(0, wanted - below) / count
      }
      below += count
    }
    return nil
  }
}

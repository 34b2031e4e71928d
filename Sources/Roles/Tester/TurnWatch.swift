import Dataplane
import Wire

/// A stage that moves no packets: it counts its core's turns, busy or idle, and the time for which the thread
/// was off its core.
struct TurnWatch: Stage {
  /// For each core its turns and the ticks off it. The cores write, any thread may read. Plain memory: call
  /// `deallocate()` once the stages are gone.
  struct Count {
    private let values: UnsafeMutablePointer<UInt64>
    private let cores: Int
    /// Counters per core: a cache line.
    private static let stride = 8

    init(cores: Int = 1) {
      self.cores = cores
      values = .allocateLines(cores * Self.stride)
      values.initialize(repeating: 0, count: cores * Self.stride)
    }

    func deallocate() { values.deallocate() }

    fileprivate func counters(of core: Int) -> UnsafeMutablePointer<UInt64> { values + core * Self.stride }

    /// The turns of the core that has had the fewest.
    var turns: UInt64 {
      var turns = SharedFlag.read(values)
      var core = 1
      while core < cores {
        turns = min(turns, SharedFlag.read(counters(of: core)))
        core &+= 1
      }
      return turns
    }

    /// The ticks off their cores, of all threads together.
    var awayTicks: UInt64 { (0..<cores).reduce(0) { $0 &+ SharedFlag.read(counters(of: $1) + 1) } }
  }

  private let values: UnsafeMutablePointer<UInt64>
  private let limit = TrialPace.ticks(TrialPace.dutAwayMicroseconds)
  private var last: UInt64 = 0

  private init(_ values: UnsafeMutablePointer<UInt64>) { self.values = values }

  /// The stage, ready to be run by a core.
  static func make(_ count: Count, core: Int = 0) -> AnyStage {
    AnyStage.make(TurnWatch(count.counters(of: core)), counters: StageCounters())
  }

  mutating func poll() -> Int {
    let now = EAL.ticks
    if last != 0, now &- last > limit { SharedFlag.add(now &- last, to: values + 1) }
    last = now
    SharedFlag.add(1, to: values)
    return 0
  }

  func deallocate() {}
}

extension TrialPace {
  static func ticks(_ microseconds: UInt64) -> UInt64 { EAL.ticksPerSecond / 1_000_000 * microseconds }
}

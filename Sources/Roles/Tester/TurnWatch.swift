import Dataplane
import Wire

/// A stage that moves nothing and sees how a core's turns follow each other: it counts them, and the time for
/// which the thread was off its core, whether it had work or not.
struct TurnWatch: Stage {
  /// What it has seen: turns, ticks off the core. It writes, any thread may read. Plain memory: call
  /// `deallocate()` once the stage has gone.
  struct Count {
    fileprivate let values: UnsafeMutablePointer<UInt64>

    init() {
      values = .allocateLines(2)
      values.initialize(repeating: 0, count: 2)
    }

    func deallocate() { values.deallocate() }

    var turns: UInt64 { SharedFlag.read(values) }
    var awayTicks: UInt64 { SharedFlag.read(values + 1) }
  }

  private let count: Count
  private let limit = TrialPace.ticks(TrialPace.dutAwayMicroseconds)
  private var last: UInt64 = 0

  private init(_ count: Count) { self.count = count }

  /// The stage, ready to be run by a core.
  static func make(_ count: Count) -> AnyStage { AnyStage.make(TurnWatch(count), counters: StageCounters()) }

  mutating func poll() -> Int {
    let now = EAL.ticks
    if last != 0, now &- last > limit { SharedFlag.add(now &- last, to: count.values + 1) }
    last = now
    SharedFlag.add(1, to: count.values)
    return 0
  }

  func deallocate() {}
}

extension TrialPace {
  static func ticks(_ microseconds: UInt64) -> UInt64 { EAL.ticksPerSecond / 1_000_000 * microseconds }
}

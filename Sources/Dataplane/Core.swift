import CDPDK
import Wire

/// One dataplane thread, which runs its stages in turn. So the same topology runs on as many cores as there
/// are stages, or on a single one.
public final class Core {
  /// The stages in the order in which they are polled.
  public let stages: [AnyStage]
  private let plan: UnsafeMutablePointer<Plan>
  private let table: UnsafeMutablePointer<Unmanaged<AnyStage>>

  struct Plan {
    let stages: UnsafeMutablePointer<Unmanaged<AnyStage>>
    let count: Int
    /// Ticks above which the thread must have been off its core during a poll.
    let stallTicks: UInt64
    /// How long a thread sleeps after some idle turns; 0 if it never sleeps.
    let restNanoseconds: UInt32
    /// On a cache line of its own, for another thread writes it.
    let isStopping: UnsafeMutablePointer<UInt64>
  }

  /// How a thread treats its core.
  public struct Options: Sendable {
    /// A busy poll that takes longer counts as stalled. A burst in memory needs some microseconds, with
    /// ChaCha20 and long packets a tenth of a millisecond; a poll that enters the kernel up to one.
    public var stallMicroseconds = Options.stallMicrosecondsInMemory
    /// The limit if polls never enter the kernel.
    public static let stallMicrosecondsInMemory: UInt64 = 400
    /// Whether to sleep for a moment when idle: if processes share a core, spinning would block the very
    /// thread that is waited for.
    public var restsWhenIdle = false

    /// A thread with a core of its own.
    public init() {}
  }

  /// A thread that will run `stages`.
  public init(_ stages: [AnyStage], _ options: Options) {
    self.stages = stages
    table = .allocateLines(max(stages.count, 1))
    for (index, stage) in stages.enumerated() {
      (table + index).initialize(to: Unmanaged.passUnretained(stage))
    }
    let isStopping = UnsafeMutablePointer<UInt64>.allocateLines(1)
    isStopping.initialize(to: 0)
    plan = .allocateLines(1)
    plan.initialize(
      to: Plan(
        stages: table, count: stages.count,
        stallTicks: EAL.ticksPerSecond / 1_000_000 * options.stallMicroseconds,
        restNanoseconds: options.restsWhenIdle ? 50_000 : 0, isStopping: isStopping))
  }

  deinit {
    plan.pointee.isStopping.deallocate()
    plan.deallocate()
    table.deallocate()
  }

  /// Starts the thread on the environment's CPU number `index`.
  /// - Throws: `DataplaneError.threads`.
  public func start(on index: Int, of environment: EAL) throws {
    guard index < environment.cpus.count else {
      throw DataplaneError.threads(wanted: index + 1, available: environment.cpus.count)
    }
    SharedFlag.set(plan.pointee.isStopping, false)
    let status = cdpdk_launch(
      { context in
        breathe(context.unsafelyUnwrapped.assumingMemoryBound(to: Plan.self))
        cdpdk_end()
        return 0
      }, plan, UInt32(index + 1))
    guard status == 0 else { throw DataplaneError.environment(reason: "thread \(index) is busy") }
  }

  /// Asks the thread to stop after its turn, and waits until it has.
  public func stop(index: Int) {
    SharedFlag.set(plan.pointee.isStopping, true)
    _ = cdpdk_wait(UInt32(index + 1))
  }
}

/// The loop of a dataplane thread: polls each stage in turn, charges it with its time, and checks only every
/// so many turns whether to stop.
@inline(never)
private func breathe(_ plan: UnsafeMutablePointer<Core.Plan>) {
  let stages = plan.pointee.stages
  let count = plan.pointee.count
  let limit = plan.pointee.stallTicks
  let rest = plan.pointee.restNanoseconds
  let isStopping = plan.pointee.isStopping
  var now = cdpdk_tsc()
  var turns: UInt = 0
  var idleTurns: UInt = 0
  while true {
    var moved = 0
    var index = 0
    while index < count {
      stages[index]._withUnsafeGuaranteedRef { stage in
        let packets = stage.poll()
        let then = cdpdk_tsc()
        stage.counters.poll(packets: packets, ticks: then &- now, limit: limit)
        now = then
        moved &+= packets
      }
      index &+= 1
    }
    idleTurns = moved == 0 ? idleTurns &+ 1 : 0
    if rest != 0, idleTurns >= 16 {
      cdpdk_sleep_ns(rest)
      now = cdpdk_tsc()
    }
    turns &+= 1
    if turns & 15 == 0 || idleTurns > 16 {
      if SharedFlag.isSet(isStopping) { return }
    }
  }
}

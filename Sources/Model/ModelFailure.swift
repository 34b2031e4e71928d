/// Why the model has no answer. Each description is one sentence with the remedy.
public enum ModelFailure: Error, Sendable, Equatable, CustomStringConvertible {
  /// A direction has no thread.
  case noThreads(StageKind.Direction)
  /// A direction has more or fewer I/O threads than fit beside its first thread.
  case ioThreads(StageKind.Direction, count: Int, threads: Int)
  /// A direction has more or fewer threads that number or steer than it can have.
  case dealThreads(StageKind.Direction, count: Int, threads: Int)
  /// A thread's share is below 0 or above the whole.
  case share(StageKind.Direction, thread: Int, units: Int)
  /// The shares of a direction add up to something else than the whole.
  case shareSum(StageKind.Direction, units: Int)
  /// A thread that neither numbers, steers, receives nor transmits has no share.
  case idleThread(StageKind.Direction, thread: Int)
  /// An assignment stands where one of the other direction belongs.
  case direction(expected: StageKind.Direction)
  /// The search was asked for too few or too many threads.
  case threads(Int, allowed: ClosedRange<Int>)
  /// A stage has no cost.
  case missingCost(StageKind)
  /// A cost, rate or frequency that must be positive and finite is not.
  case notPositive(String, Double)
  /// Growth over rings that was measured with none or one.
  case rings(Int)
  /// A frequency table without points.
  case noFrequencies
  /// A frequency was asked for a count of cores that the table does not reach.
  case cores(Int, allowed: ClosedRange<Int>)

  /// One sentence with the remedy.
  public var description: String {
    switch self {
    case .noThreads(let direction):
      "the \(direction.rawValue) direction has no thread; give it at least one"
    case .ioThreads(let direction, let count, let threads):
      "the \(direction.rawValue) direction cannot have \(count) \(Self.ioName(direction)) threads among "
        + "its \(threads); choose 0 to \(threads - 1)"
    case .dealThreads(let direction, let count, let threads):
      direction == .seal
        ? "numbers come from one thread, not from \(count); give the seal direction 1"
        : "the open direction cannot have \(count) steer threads among its \(threads); choose 1 to \(threads)"
    case .share(let direction, let thread, let units):
      "\(direction.rawValue) thread \(thread) has a share of \(units)/\(DirectionAssignment.units); "
        + "choose 0 to \(DirectionAssignment.units)"
    case .shareSum(let direction, let units):
      "the shares of the \(direction.rawValue) direction add up to \(units); make them "
        + "\(DirectionAssignment.units)"
    case .idleThread(let direction, let thread):
      "\(direction.rawValue) thread \(thread) has nothing to do; give it a share or leave it out"
    case .direction(let expected):
      "an assignment for the other direction stands under \(expected.rawValue); exchange the two"
    case .threads(let count, let allowed):
      "a pipeline of \(count) threads is not possible; choose \(allowed.lowerBound) to \(allowed.upperBound)"
    case .missingCost(let kind):
      "the cost of the stage \(kind.rawValue) is not known; measure it or give it"
    case .notPositive(let what, let value):
      "\(what) is \(value); it must be above 0 and finite"
    case .rings(let count):
      "growth over rings needs a measurement with 2 or more, not with \(count)"
    case .noFrequencies: "the table of core frequencies is empty; give at least one point"
    case .cores(let count, let allowed):
      "the table of core frequencies ends before \(count) active cores; choose "
        + "\(allowed.lowerBound) to \(allowed.upperBound) or extend it"
    }
  }

  private static func ioName(_ direction: StageKind.Direction) -> String {
    direction == .seal ? "receive" : "transmit"
  }

  /// `value` if it is above 0 and finite.
  static func positive(_ value: Double, _ what: String) throws -> Double {
    guard value.isFinite, value > 0 else { throw ModelFailure.notPositive(what, value) }
    return value
  }
}

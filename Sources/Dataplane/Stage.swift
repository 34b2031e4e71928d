/// A step that packets pass: takes a burst from somewhere, works on it, hands it on.
///
/// A stage is a struct of trivial fields, so that a poll touches no reference count.
public protocol Stage {
  /// Moves at most one burst.
  /// - Returns: how many packets were moved; 0 if there was nothing to do.
  mutating func poll() -> Int
}

/// A stage behind one dynamic call a burst.
///
/// The call goes through a class for its method table alone; the stage itself lies in plain memory, so that
/// no access to it is checked or counted.
public class AnyStage {
  /// What the stage counts.
  public let counters: StageCounters

  init(_ counters: StageCounters) { self.counters = counters }

  /// See `Stage.poll`.
  func poll() -> Int { fatalError("AnyStage is abstract") }

  /// The stage as a step of `S`'s kind.
  public static func make<S: Stage>(_ stage: S, counters: StageCounters) -> AnyStage {
    StageBox(stage, counters)
  }
}

final class StageBox<S: Stage>: AnyStage {
  let stage: UnsafeMutablePointer<S>

  init(_ stage: S, _ counters: StageCounters) {
    self.stage = .allocate(capacity: 1)
    self.stage.initialize(to: stage)
    super.init(counters)
  }

  deinit {
    stage.deinitialize(count: 1)
    stage.deallocate()
    counters.deallocate()
  }

  override func poll() -> Int { stage.pointee.poll() }
}

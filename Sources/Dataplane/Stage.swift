import Wire

/// A step that packets pass: it receives a burst, processes it, and passes it on.
///
/// A stage is a struct of trivial fields, so that a poll touches no reference count.
public protocol Stage {
  /// Moves at most one burst.
  /// - Returns: how many packets were moved; 0 if there was nothing to do.
  mutating func poll() -> Int
  /// Frees the memory that the stage allocated, except its counters; it is not polled again.
  func deallocate()
}

/// A type-erased stage, at the price of one dynamic call per burst.
///
/// The stage lies in plain memory, so that no access to it is checked or counted, in cache lines of its own,
/// and is polled through a closure: a generic class's method table or a generic conformance would lead to
/// unspecialised code.
public final class AnyStage {
  /// The stage's counters.
  public let counters: StageCounters
  /// The memory of the stage itself.
  package let memory: UnsafeRawBufferPointer
  package let poll: () -> Int
  private let free: () -> Void

  @usableFromInline
  init(
    counters: StageCounters, memory: UnsafeRawBufferPointer, poll: @escaping () -> Int,
    free: @escaping () -> Void
  ) {
    self.counters = counters
    self.memory = memory
    self.poll = poll
    self.free = free
  }

  deinit {
    free()
    counters.deallocate()
  }

  /// Wraps `stage`; the result owns `counters` from now on.
  ///
  /// Inlinable, so that the caller's module makes a closure for its own `S`.
  @inlinable
  public static func make<S: Stage>(_ stage: S, counters: StageCounters) -> AnyStage {
    let memory = UnsafeMutablePointer<S>.allocateLines(1)
    memory.initialize(to: stage)
    let bytes = UnsafeRawBufferPointer(start: memory, count: MemoryLayout<S>.size)
    return AnyStage(counters: counters, memory: bytes) {
      memory.pointee.poll()
    } free: {
      memory.pointee.deallocate()
      memory.deinitialize(count: 1)
      memory.deallocate()
    }
  }
}

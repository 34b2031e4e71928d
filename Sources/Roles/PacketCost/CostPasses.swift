import Cases
import Dataplane

/// A working set of packet costs. Kept from sample to sample, so that all systems work on the very same
/// memory.
protocol CostWorkingSet: AnyObject {
  /// How many packets there are, a multiple of a burst.
  var count: Int { get }
  /// Takes buffers for at least `packets` packets.
  /// - Throws: `DataplaneError.memory`.
  init(packets: Int) throws
}

extension CostWorkingSet {
  /// At least `packets`, in whole bursts.
  static func wholeBursts(_ packets: Int) -> Int {
    (packets + Burst.capacity - 1) / Burst.capacity * Burst.capacity
  }

  /// Whether this is the working set for so many packets.
  func holds(_ packets: Int) -> Bool { Self.wholeBursts(packets) == count }
}

/// What takes the packet costs of a plan.
protocol PacketBench {
  /// Takes all costs of the plan on the environment's first dataplane thread.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  func run() throws -> CostReport
  /// Reads what the last operation left.
  /// - Throws: `RoleError`, `CryptoError`.
  func sealedSample() throws -> SealedSample
}

/// Passes over a working set, and how long their batches took. Plain memory without an owner: call
/// `deallocate()` once.
struct CostPasses {
  /// Batches that were not interrupted.
  let batches = TickHistogram()

  func deallocate() { batches.deallocate() }

  /// Ticks above which a batch was evidently interrupted.
  var limit: UInt64 { EAL.ticksPerSecond / 1_000_000 * Core.Options.stallMicrosecondsInMemory }

  /// All passes of an operation over `count` packets. The first ones warm caches and branch predictors; of
  /// these only failures count.
  func tally(
    _ operation: MeasuredOperation, of plan: CostPlan, over count: Int, warmUp: Int = 1,
    _ pass: (inout CostReport.Tally) -> Void
  ) -> CostReport.Tally {
    var tally = CostReport.Tally(operation: operation)
    var warm = TickCounts()
    for number in 0..<(warmUp + max(1, (plan.packets + count - 1) / count)) {
      if number == warmUp {
        tally = tally.warmed
        warm = batches.snapshot
      }
      pass(&tally)
    }
    tally.fullBursts = batches.snapshot - warm
    return tally
  }
}

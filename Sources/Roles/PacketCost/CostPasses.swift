import Cases
import Dataplane

/// The working set of packet-cost measurements. It is kept from sample to sample, so that all systems work on
/// the same memory.
protocol CostWorkingSet: AnyObject {
  /// How many packets there are, a multiple of a burst.
  var count: Int { get }
  /// Takes buffers for at least `packets` packets.
  /// - Throws: `DataplaneError.memory`.
  init(packets: Int) throws
}

extension CostWorkingSet {
  /// `packets`, rounded up to whole bursts.
  static func wholeBursts(_ packets: Int) -> Int {
    (packets + Burst.capacity - 1) / Burst.capacity * Burst.capacity
  }

  /// Whether this is the working set for so many packets.
  func holds(_ packets: Int) -> Bool { Self.wholeBursts(packets) == count }
}

/// A bench that measures the packet costs of a plan.
protocol PacketBench {
  /// Measures all operations of the plan on the environment's first dataplane thread.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  func run() throws -> CostReport
  /// Reads the packets that the last operation left.
  /// - Throws: `RoleError`, `CryptoError`.
  func sealedSample() throws -> SealedSample
}

/// Passes over a working set, and the durations of their batches. Plain memory without an owner: call
/// `deallocate()` once.
struct CostPasses {
  /// The uninterrupted batches.
  let batches = TickHistogram()

  func deallocate() { batches.deallocate() }

  /// Ticks above which a batch counts as interrupted.
  var limit: UInt64 { EAL.ticksPerSecond / 1_000_000 * Core.Options.stallMicrosecondsInMemory }

  /// Makes all passes of an operation over `count` packets. The first ones warm caches and branch predictors;
  /// only their failures count.
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

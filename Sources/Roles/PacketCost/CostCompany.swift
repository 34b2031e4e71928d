import Dataplane
import Foundation
import Tunnel
import Wire

/// The work of the other cores while the first one measures: each seals packets of the same system, cipher
/// and length, with a key of its own, without a pause.
///
/// The cores share nothing but code, so any higher cost on the first one is due to what that code shares, or
/// to the machine. Each core has only a burst of buffers, so that the cores do not compete for shared caches.
/// Packets are sealed repeatedly in place, for their content does not matter; in transport mode they are
/// written anew.
package final class CostCompany {
  private let environment: EAL
  private let buffers: [CostBuffers]
  private let isOver = UnsafeMutablePointer<UInt64>.allocateLines(1)
  /// For each core its passes since it began, and, at its end, the packets that it failed to seal.
  private let counts: [UnsafeMutablePointer<UInt64>]
  /// Packets that all cores failed to seal in the last measurement.
  package private(set) var failures: UInt64 = 0

  /// A burst of buffers for each core but the first.
  /// - Throws: `DataplaneError`; `.threads` where there is but one core.
  package init(_ environment: EAL) throws {
    let count = environment.cpus.count - 1
    guard count > 0 else { throw DataplaneError.threads(wanted: 2, available: environment.cpus.count) }
    self.environment = environment
    buffers = try (0..<count).map { try CostBuffers(packets: Burst.capacity, name: "company\($0)") }
    counts = (0..<count).map { _ in .allocateLines(2) }
  }

  /// The passes of each core since it began.
  package var passes: [UInt64] { counts.map { SharedFlag.read($0) } }

  /// Memory that the threads access in a pass beside their packets; each piece has cache lines of its own.
  package var memory: [UnsafeRawBufferPointer] {
    [UnsafeRawBufferPointer(start: isOver, count: 8)]
      + counts.map { UnsafeRawBufferPointer(start: $0, count: 16) }
  }

  deinit {
    isOver.deallocate()
    counts.forEach { $0.deallocate() }
  }

  /// Runs `body` while all other cores seal.
  /// - Throws: what `body` throws, `DataplaneError`, `RoleError`, `CryptoError`.
  package func during<Result>(_ plan: CostPlan, _ body: () throws -> Result) throws -> Result {
    var plan = plan
    // A single tunnel per core, with sequence numbers of its own.
    (plan.tunnels, plan.senders, plan.packetsInFlight) = (1, 1, Burst.capacity)
    (plan.packets, plan.triesReplays) = (Burst.capacity, false)
    if plan.system == .espPipeline { plan.system = .espSingle }
    SharedFlag.set(isOver, false)
    failures = 0
    let ended = DispatchGroup()
    defer {
      SharedFlag.set(isOver, true)
      ended.wait()
      failures += counts.reduce(0) { $0 + $1[1] }
    }
    for (index, buffers) in buffers.enumerated() {
      plan.seed &+= 0x9E37_79B9_7F4A_7C15
      counts[index].initialize(repeating: 0, count: 2)
      // Only one thread uses these at a time, for this one waits for the other's end.
      nonisolated(unsafe) let bench = try CostBench(plan, buffers, environment: environment)
      nonisolated(unsafe) let counts = counts[index]
      nonisolated(unsafe) let isOver = isOver
      ended.enter()
      // A separate thread, for it blocks until the dataplane thread has ended.
      Thread {
        do { try bench.seal(on: index + 2, counts, until: isOver) } catch { counts[1] += 1 }
        // Counts a pass even after an error, so that nobody waits for a core that could not begin.
        counts[0] = max(counts[0], 1)
        ended.leave()
      }.start()
    }
    while passes.contains(0) { Thread.sleep(forTimeInterval: 0.0002) }
    return try body()
  }
}

extension CostBench {
  /// Seals all packets again and again on a dataplane thread; the empty system only loops. Counts its passes
  /// and, at the end, the packets that were refused.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  func seal(
    on thread: Int, _ counts: UnsafeMutablePointer<UInt64>, until isOver: UnsafePointer<UInt64>
  ) throws {
    let session = try CostSession(plan, .seal)
    try withExtendedLifetime(session) {
      switch plan.system {
      case .null: try pass(NoStep(), on: thread, counts, until: isOver)
      case .raw: try pass(session.rawSeal(additional: 0), on: thread, counts, until: isOver)
      case .rawAAD:
        try pass(
          session.rawSeal(additional: session.additionalBytes), on: thread, counts, until: isOver)
      default:
        guard let format = plan.system.format else { throw RoleError.system(plan.system) }
        try format.visit(
          Companion(bench: self, session: session, thread: thread, counts: counts, isOver: isOver))
      }
    }
  }

  fileprivate func pass<Step: CostStep>(
    _ step: Step, on thread: Int, _ counts: UnsafeMutablePointer<UInt64>,
    until isOver: UnsafePointer<UInt64>, refills: Bool = false
  ) throws {
    var step = step
    var tally = CostReport.Tally(operation: .seal)
    try environment.run(on: thread) {
      while !SharedFlag.isSet(isOver) {
        if refills { self.refill() }
        self.packets.pass(
          &step, shift: 0, bytes: self.plan.packetBytes, limit: .max, into: &tally, self.passes.batches)
        counts[0] &+= 1
      }
      counts[1] = tally.failures
    }
  }
}

private struct Companion: FormatVisitor {
  typealias Failure = any Error
  let bench: CostBench
  let session: CostSession
  let thread: Int
  let counts: UnsafeMutablePointer<UInt64>
  let isOver: UnsafePointer<UInt64>

  func visit<Format: TunnelFormat>(_ format: Format.Type) throws {
    try bench.pass(
      SealStep(sealer: session.sealer(format)), on: thread, counts, until: isOver,
      refills: format.isTransport)
  }
}

import Cases
import Foundation
import Roles
import Testing

/// All tests that need DPDK, one after the other: it can be started only once in a process, and a dataplane
/// thread runs one thing at a time.
@Suite(.serialized) struct OnDPDK {}

/// The process's one DPDK.
enum TestHost {
  /// The CPUs that dataplane threads may use, a thread each: those of `allowed`, or, where
  /// VPEBENCH_TEST_THREADS asks for more threads than there are CPUs, each several times.
  static let cpus: [Int] = {
    let wanted = ProcessInfo.processInfo.environment["VPEBENCH_TEST_THREADS"].flatMap(Int.init)
    return (0..<max(wanted ?? allowed.count, 1)).map { allowed[$0 % allowed.count] }
  }()

  /// A number of frames for tests that send many, or that part of it which VPEBENCH_TEST_SHARE asks for:
  /// sanitizers are slow.
  static func share(_ frames: UInt64) -> UInt64 {
    frames / (ProcessInfo.processInfo.environment["VPEBENCH_TEST_SHARE"].flatMap(UInt64.init) ?? 1)
  }

  /// The CPUs that this process may use, from the kernel's list such as `0-3,8`.
  private static let allowed: [Int] = {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let list = status.firstMatch(of: /Cpus_allowed_list:\s*(\S+)/).map { String($0.1) } ?? "0"
    return list.split(separator: ",").flatMap { range in
      let ends = range.split(separator: "-").compactMap { Int($0) }
      return Array(ends[0]...ends[ends.count - 1])
    }
  }()

  nonisolated(unsafe) private static let started = Result { try RoleHost(cpus: Array(cpus.prefix(8))) }

  /// The host of all topologies, started at first use.
  static func shared() throws -> RoleHost { try started.get() }

  /// A plan that keeps the queues of a case from ever being full: each holds all buffers that there are. A
  /// pipeline gets the best assignment for made-up costs.
  static func plan(
    _ model: System, aead: String? = "aes-128-gcm", threads: Int = 2, frameBytes: Int = 64
  ) -> CasePlan {
    var plan = CasePlan(
      system: model, aead: model == .null ? nil : aead, threads: threads, frameBytes: frameBytes,
      seed: 20_200_825, cpus: Array(cpus.prefix(8)))
    plan.inFlightFrames = 8100
    if model.isPipeline {
      let steering = model == .espPipelinePaper ? 1 : Int.max
      plan.assignment = Assignments.best(threads: threads, steering: steering)
    }
    return plan
  }
}

extension CasePlan {
  /// For cores that threads may be off, nobody knows for how long: so slow, and with a window so long, that
  /// packets which overtake each other are not too old when such a thread goes on.
  mutating func allowForStalls() { (rateMpps, axes.windowSize) = (0.05, 65_536) }
}

/// Looks every millisecond whether `condition` holds, at least a minute long.
/// - Returns: whether it came to hold.
func waitUntil(_ condition: () -> Bool) -> Bool {
  for _ in 0..<60_000 {
    if condition() { return true }
    usleep(1000)
  }
  return false
}

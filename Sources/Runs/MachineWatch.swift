import Basics
import Foundation
import Machine
import Results
import Roles

/// Probes the machine's state before and after each sample, and records it with the sample.
package final class MachineWatch {
  /// Whether samples count in any state of the machine: for tests that do not depend on speed.
  static let acceptsAnyState = ProcessInfo.processInfo.environment["VPEBENCH_ANY_STATE"] == "1"

  private let probe: () -> MachineState?
  private let acceptsAnyState: Bool
  /// The CPUs whose load is recorded; nil if roles run on other machines.
  private let cpus: [Int]?
  /// Whether figures depend on hand-over between cores.
  private let handsOver: Bool
  /// The state after the last sample.
  private var last: (state: MachineState, moment: Moment)?

  /// Seconds for which a probe stays valid: the probe after a sample can then serve as the one before the
  /// next.
  private static let freshSeconds = 0.02

  convenience init(crew: RoleCrew, handsOver: Bool) {
    let own = crew.testbed == nil ? crew.cpus : nil
    self.init(cpus: own, handsOver: handsOver, acceptsAnyState: Self.acceptsAnyState) {
      (try? crew.probe()).map { MachineState($0) }
    }
  }

  /// - Parameter probe: returns the machine's current state; nil if it is unknown.
  package init(cpus: [Int]?, handsOver: Bool, acceptsAnyState: Bool, probe: @escaping () -> MachineState?) {
    (self.cpus, self.handsOver) = (cpus, handsOver)
    (self.acceptsAnyState, self.probe) = (acceptsAnyState, probe)
  }

  /// Takes a sample between two probes of the idle CPUs.
  ///
  /// A sample during which the state changed has a gap, for it belongs to neither state. A failed probe is no
  /// reason to lose a sample.
  package func around(_ sample: () throws -> SampleRecord) rethrows -> SampleRecord {
    let before = last.flatMap { $0.moment.secondsAgo < Self.freshSeconds ? $0.state : nil } ?? probe()
    last = nil
    let load = cpus.map { WindowLoad(of: $0) }
    var record = try sample()
    if acceptsAnyState { record.gaps = [] }
    if let cpus, let load {
      record.metrics.merge(WindowLoad(of: cpus).metrics(since: load)) { own, _ in own }
    }
    guard let before, record.valid, let after = probe() else { return record }
    last = (after, Moment.now)
    record.metrics.merge(before.average(with: after).metrics) { own, _ in own }
    if !acceptsAnyState, !before.isSame(as: after, handsOver: handsOver) {
      record.gaps.append(MachineState.changed)
    }
    return record
  }
}

extension MachineState {
  /// The state by the results of a probe.
  init(_ probe: RoleHost.Probe) {
    self.init(handOverTicks: probe.handOverTicks, coreGHz: probe.coreGHz, issueRate: probe.issueRate)
  }
}

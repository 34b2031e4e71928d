import Basics
import Foundation
import Machine
import Results
import Roles

/// Takes the machine's state before and after each sample, and tells it with the sample.
package final class MachineWatch {
  /// Whether samples count whatever the machine does meanwhile: for tests of what does not depend on speed.
  static let acceptsAnyState = ProcessInfo.processInfo.environment["VPEBENCH_ANY_STATE"] == "1"

  private let probe: () -> MachineState?
  private let acceptsAnyState: Bool
  /// nil where roles run on other machines.
  private let cpus: [Int]?
  /// Whether figures depend on what is handed from core to core.
  private let handsOver: Bool
  /// The state behind the last sample.
  private var last: (state: MachineState, moment: Moment)?

  /// Seconds for which a probe is current: the one after a sample then serves as the one before the next.
  private static let freshSeconds = 0.02

  convenience init(crew: RoleCrew, handsOver: Bool) {
    let own = crew.testbed == nil ? crew.cpus : nil
    self.init(cpus: own, handsOver: handsOver, acceptsAnyState: Self.acceptsAnyState) {
      (try? crew.probe()).map { MachineState($0) }
    }
  }

  /// - Parameter probe: the state of the machine now; nil if it cannot be told.
  package init(cpus: [Int]?, handsOver: Bool, acceptsAnyState: Bool, probe: @escaping () -> MachineState?) {
    (self.cpus, self.handsOver) = (cpus, handsOver)
    (self.acceptsAnyState, self.probe) = (acceptsAnyState, probe)
  }

  /// Takes a sample between two probes of the idle CPUs.
  ///
  /// A sample during which the state changed belongs to neither: it has a gap. A probe that fails tells
  /// nothing, and is no reason to lose a sample.
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
  /// What a probe found.
  init(_ probe: RoleHost.Probe) {
    self.init(handOverTicks: probe.handOverTicks, coreGHz: probe.coreGHz, issueRate: probe.issueRate)
  }
}

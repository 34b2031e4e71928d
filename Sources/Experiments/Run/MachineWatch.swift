import Dataplane
import Foundation
import Results

/// Takes the machine's state before and after each sample, and tells it with the sample.
struct MachineWatch {
  let crew: RoleCrew
  let cpus: [Int]
  /// Whether figures depend on what is handed from core to core.
  let handsOver: Bool

  /// Takes a sample between two probes of the idle CPUs.
  ///
  /// A sample during which the state changed belongs to neither: it has a gap. A probe that fails tells
  /// nothing, and is no reason to lose a sample.
  func around(_ sample: () throws -> SampleRecord) rethrows -> SampleRecord {
    let before = try? crew.probe()
    let load = WindowLoad(of: cpus)
    var record = try sample()
    record.metrics.merge(WindowLoad(of: cpus).metrics(since: load)) { own, _ in own }
    guard let before, record.valid, let after = try? crew.probe() else { return record }
    let states = (MachineState(before), MachineState(after))
    record.metrics.merge(states.0.average(with: states.1).metrics) { own, _ in own }
    if !states.0.isSame(as: states.1, handsOver: handsOver) { record.gaps.append(MachineState.changed) }
    return record
  }
}

extension MachineState {
  /// What a probe found.
  init(_ probe: CoreProbe) {
    self.init(handOverTicks: probe.handOverTicks, coreGHz: probe.coreGHz, issueRate: probe.issueRate)
  }
}

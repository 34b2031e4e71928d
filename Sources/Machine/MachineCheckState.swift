import Foundation
import Results

// The present state of the machine, which `vpebench check` measures.
extension MachineCheck {
  /// The findings from a few probes of the state, and from the kernel's counters in the meantime.
  package static func findings(_ states: [MachineState], _ load: [String: Double]) -> [Finding] {
    func range(_ value: (MachineState) -> Double?) -> (low: Double, high: Double)? {
      let values = states.compactMap(value)
      return values.min().flatMap { low in values.max().map { (low, $0) } }
    }
    func text(_ range: (low: Double, high: Double), _ digits: Int, _ unit: String) -> String {
      String(format: "%.\(digits)f to %.\(digits)f \(unit)", range.low, range.high)
    }
    let moving =
      "The machine changes while it is measured; use one that nobody else uses, and fix its frequency."
    var findings: [Finding] = []
    if let found = range(\.handOverTicks) {
      let isSteady = found.high <= found.low * MachineState.handOverFactor
      findings.append(
        Finding(
          "hand-over between cores", isSteady ? .ok : .warning, text(found, 0, "TSC ticks, there and back"),
          remedy: isSteady ? nil : moving))
    }
    if let found = range(\.coreGHz) {
      let isSteady = found.high <= found.low * MachineState.frequencyFactor
      findings.append(
        Finding(
          "core frequency", isSteady ? .ok : .warning, text(found, 2, "GHz"), remedy: isSteady ? nil : moving)
      )
    }
    if let found = range(\.issueRate) {
      let isAlone = found.low >= MachineState.aloneIssueRateMin
      findings.append(
        Finding(
          "execution units", isAlone ? .ok : .warning, text(found, 2, "additions a cycle"),
          remedy: isAlone ? nil : "Somebody else uses them, too; use a machine or cores of your own."))
    }
    for (metric, what) in [("steal_ratio", "stolen time"), ("pressure_ratio", "tasks that wait for a CPU")] {
      guard let share = load[metric] else { continue }
      let isLow = share < 0.01
      findings.append(
        Finding(
          what, isLow ? .ok : .warning, String(format: "%.1f %%", 100 * share),
          remedy: isLow ? nil : "Stop what else runs, or use a machine that nobody else uses."))
    }
    return findings
  }
}

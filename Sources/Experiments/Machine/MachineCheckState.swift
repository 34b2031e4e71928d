import Cases
import Foundation
import Results
import Roles

// What the machine can do right now, which `vpebench check` measures.
extension MachineCheck {
  private static let probes = 20
  private static let pauseMicroseconds: UInt32 = 25_000

  /// Probes the CPUs for half a second, in a process of its own.
  /// - Parameter executable: this program's own binary.
  public static func stateFindings(executable: String) -> [Finding] {
    let cpus = UsableCPUs.read()
    let before = WindowLoad(of: cpus)
    let states: [MachineState]
    do {
      let process = try RoleProcess(
        roles: Set(RoleName.allCases),
        RoleProcess.Options(executable: executable, cpus: cpus, logPath: "/dev/null"))
      defer { process.end() }
      states = try (0..<probes).compactMap { _ in
        usleep(pauseMicroseconds)
        guard case .probed(let found) = try process.ask(.probe) else { return nil }
        return MachineState(found)
      }
    } catch {
      return [
        Finding("state", .warning, "cannot be told (\(error))", remedy: "See what of the above is lacking.")
      ]
    }
    return findings(states, WindowLoad(of: cpus).metrics(since: before))
  }

  /// Judges what some probes, and the kernel's counters meanwhile, have told.
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

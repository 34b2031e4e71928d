import Cases
import Foundation
import Machine
import Results
import Roles

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
}

import Basics
import Cases
import Foundation
import Machine
import Roles

/// The CPUs that this process may use, which can be fewer than the machine has.
public enum UsableCPUs {
  /// The CPUs' numbers, ascending; empty if the kernel does not report them.
  public static func read(status path: String = "/proc/self/status") -> [Int] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
    let line = text.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return line.map { CPUList.parse($0.dropFirst("Cpus_allowed_list:".count)) ?? [] } ?? []
  }

  /// The usable CPUs that DPDK can address, no more than `cases` need, for each thread costs memory and
  /// files.
  /// - Throws: `RunError.cpus`, `RunError.noCPUFolders`.
  static func forDPDK(_ cases: [Case]) throws -> [Int] {
    let usable = read()
    if usable.isEmpty { throw RunError.cpus(wanted: "a run needs a CPU", available: 0) }
    let known = Machine().knownCPUs(among: usable)
    if known.isEmpty { throw RunError.noCPUFolders }
    let reachable = known.filter { $0 < RoleHost.cpuNumberEnd }
    if reachable.isEmpty {
      throw RunError.cpus(wanted: "DPDK needs a CPU below number \(RoleHost.cpuNumberEnd)", available: 0)
    }
    return Array(reachable.prefix(min(RoleHost.cpusMax, cases.map(\.threadsMax).max() ?? 0)))
  }
}

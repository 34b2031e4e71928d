import Basics
import Foundation

/// The kernel's counters of CPU time and waiting tasks at one time. The difference of two shows what others
/// used during a window.
package struct WindowLoad: Sendable {
  /// Time of the CPUs in question; nil if the kernel does not report it.
  package let ticks: CPUTicks?
  /// Microseconds during which a task of the machine waited for a CPU; nil without pressure information.
  package let waitingMicroseconds: UInt64?
  /// When the counters were read.
  package let moment: Moment

  /// Reads `/proc/stat` and `/proc/pressure/cpu`.
  package init(of cpus: [Int], root: URL = URL(fileURLWithPath: "/")) {
    let files = MachineFiles(root: root)
    let pressure = files.text("proc/pressure/cpu")?.split(separator: "\n").first { $0.hasPrefix("some ") }
    (ticks, moment) = (CPUTicks(files, of: cpus), Moment.now)
    let total = pressure?.split(separator: " ").first { $0.hasPrefix("total=") }
    waitingMicroseconds = total.flatMap { UInt64($0.dropFirst("total=".count)) }
  }

  /// The metrics of the time since `earlier`.
  package func metrics(since earlier: WindowLoad) -> [String: Double] {
    var metrics: [String: Double] = [:]
    metrics["steal_ratio"] = earlier.ticks.flatMap { ticks?.share(\.stolen, since: $0) }
    let seconds = earlier.moment.secondsAgo - moment.secondsAgo
    if let now = waitingMicroseconds, let then = earlier.waitingMicroseconds, seconds > 0, now >= then {
      metrics["pressure_ratio"] = min(Double(now - then) / 1e6 / seconds, 1)
    }
    return metrics
  }
}

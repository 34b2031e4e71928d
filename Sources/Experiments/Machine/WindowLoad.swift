import Foundation

/// What others have of this machine around a window, by the kernel's counters: totals since its start.
package struct WindowLoad: Sendable {
  /// Time of the CPUs in question, in the kernel's ticks.
  package let ticks: UInt64
  /// What of it a hypervisor gave to others; nil where the kernel does not tell.
  package let stolenTicks: UInt64?
  /// Microseconds in which some task of the machine waited for a CPU; nil without pressure information.
  package let waitingMicroseconds: UInt64?
  /// When it was read.
  package let moment: Moment

  /// Reads `/proc/stat` and `/proc/pressure/cpu`.
  package init(of cpus: [Int], root: URL = URL(fileURLWithPath: "/")) {
    let files = MachineFiles(root: root)
    var ticks: UInt64 = 0
    var stolenTicks: UInt64?
    let names = Set(cpus.map { "cpu\($0)" })
    for line in (files.text("proc/stat") ?? "").split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let name = words.first, names.contains(String(name)) else { continue }
      // user, nice, system, idle, iowait, irq, softirq, steal; guests count as users already.
      let values = words.dropFirst().prefix(8).compactMap { UInt64($0) }
      ticks &+= values.reduce(0, &+)
      if values.count == 8 { stolenTicks = (stolenTicks ?? 0) &+ values[7] }
    }
    let pressure = files.text("proc/pressure/cpu")?.split(separator: "\n").first { $0.hasPrefix("some ") }
    (self.ticks, self.stolenTicks, moment) = (ticks, stolenTicks, Moment.now)
    let total = pressure?.split(separator: " ").first { $0.hasPrefix("total=") }
    waitingMicroseconds = total.flatMap { UInt64($0.dropFirst("total=".count)) }
  }

  /// The metrics of the time since `earlier`.
  package func metrics(since earlier: WindowLoad) -> [String: Double] {
    var metrics: [String: Double] = [:]
    if let now = stolenTicks, let then = earlier.stolenTicks, ticks > earlier.ticks, now >= then {
      metrics["steal_ratio"] = Double(now - then) / Double(ticks - earlier.ticks)
    }
    let seconds = earlier.moment.secondsAgo - moment.secondsAgo
    if let now = waitingMicroseconds, let then = earlier.waitingMicroseconds, seconds > 0, now >= then {
      metrics["pressure_ratio"] = min(Double(now - then) / 1e6 / seconds, 1)
    }
    return metrics
  }
}

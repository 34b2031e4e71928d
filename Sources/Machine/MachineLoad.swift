import Foundation

import struct Results.Environment

/// Measures the machine's other load during a run.
package struct MachineLoad {
  private let machine: Machine
  private let start: CPUTicks?
  private let ownStart: Double
  private let atStart: Environment.Load

  /// Starts the measurement.
  package init(_ machine: Machine) {
    self.machine = machine
    start = CPUTicks(machine.files)
    ownStart = Self.ownSeconds
    atStart = machine.load
  }

  /// The load at the start.
  package var before: Environment.Load { atStart }

  /// The load since the start. Child processes of this process do not count as others once they have ended.
  package func since(earlier: Environment.Load?) -> Environment.Load {
    var load = atStart
    func most(_ a: Int?, _ b: Int?) -> Int? { [a, b].compactMap { $0 }.max() }
    func most(_ a: Double?, _ b: Double?) -> Double? { [a, b].compactMap { $0 }.max() }
    load.otherRuns = most(load.otherRuns, machine.otherRuns)
    if let start, let now = CPUTicks(machine.files), let working = now.share(\.working, since: start) {
      let seconds = Double(now.total - start.total) / Double(sysconf(Int32(_SC_CLK_TCK)))
      load.othersCpuShare = min(1, max(0, working - (Self.ownSeconds - ownStart) / seconds))
      load.stealShare = now.share(\.stolen, since: start)
    }
    // If a run has several parts, its load is the largest of them.
    load.otherRuns = most(load.otherRuns, earlier?.otherRuns)
    load.loadAverage = most(load.loadAverage, earlier?.loadAverage)
    load.othersCpuShare = most(load.othersCpuShare, earlier?.othersCpuShare)
    load.stealShare = most(load.stealShare, earlier?.stealShare)
    return load
  }

  /// CPU time of this process and of its children that have ended, in seconds.
  private static var ownSeconds: Double {
    [RUSAGE_SELF, RUSAGE_CHILDREN].reduce(0) { sum, who in
      var usage = rusage()
      guard getrusage(__rusage_who_t(Int32(who.rawValue)), &usage) == 0 else { return sum }
      return sum
        + [usage.ru_utime, usage.ru_stime].reduce(0) {
          $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
        }
    }
  }
}

extension Machine {
  /// The load of the machine before a run.
  package var load: Environment.Load {
    var load = Environment.Load()
    load.loadAverage = files.text("proc/loadavg")?.split(separator: " ").first.flatMap { Double($0) }
    load.otherRuns = otherRuns
    return load
  }

  /// The number of other processes that run this suite, recognised by their role processes; nil if unknown.
  package var otherRuns: Int? {
    let processes = files.names("proc").compactMap { Int32($0) }
    if processes.isEmpty { return nil }
    var parents: Set<String> = []
    for process in processes {
      let words = (files.text("proc/\(process)/cmdline") ?? "").split(separator: "\0")
      guard words.count > 3, words[1] == "role", words[2] == "serve", words[3] == "--roles",
        let parent = files.fields("proc/\(process)/status")["PPid"], parent != "\(getpid())"
      else { continue }
      parents.insert(parent)
    }
    return parents.count
  }
}

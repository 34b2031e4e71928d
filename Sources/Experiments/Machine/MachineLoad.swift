import Foundation

import struct Results.Environment

/// What else the machine does while a run goes on.
struct MachineLoad {
  private let machine: Machine
  private let start: Times?
  private let ownStart: Double
  private let atStart: Environment.Load

  /// Seconds of all CPUs since the machine has started.
  private struct Times {
    var total = 0.0
    var working = 0.0
    var stolen = 0.0
  }

  /// Starts to look.
  init(_ machine: Machine) {
    self.machine = machine
    start = Self.times(machine)
    ownStart = Self.ownSeconds
    atStart = machine.load
  }

  /// What was found when it started to look.
  var before: Environment.Load { atStart }

  /// What was found so far. Processes that this one has started count as its own once they have ended.
  func since(earlier: Environment.Load?) -> Environment.Load {
    var load = atStart
    func most(_ a: Int?, _ b: Int?) -> Int? { [a, b].compactMap { $0 }.max() }
    func most(_ a: Double?, _ b: Double?) -> Double? { [a, b].compactMap { $0 }.max() }
    load.otherRuns = most(load.otherRuns, machine.otherRuns)
    if let start, let now = Self.times(machine), now.total > start.total {
      let all = now.total - start.total
      let others = now.working - start.working - (Self.ownSeconds - ownStart)
      load.othersCpuShare = min(1, max(0, others / all))
      load.stealShare = max(0, (now.stolen - start.stolen) / all)
    }
    // A run in several parts tells the worst of them.
    load.otherRuns = most(load.otherRuns, earlier?.otherRuns)
    load.loadAverage = most(load.loadAverage, earlier?.loadAverage)
    load.othersCpuShare = most(load.othersCpuShare, earlier?.othersCpuShare)
    load.stealShare = most(load.stealShare, earlier?.stealShare)
    return load
  }

  /// proc_stat(5): user, nice, system, idle, iowait, irq, softirq, steal; guests' time is within the first.
  private static func times(_ machine: Machine) -> Times? {
    let line = machine.files.text("proc/stat")?.split(separator: "\n").first { $0.hasPrefix("cpu ") }
    let ticks = (line?.split(separator: " ").dropFirst() ?? []).compactMap { Double($0) }
    guard ticks.count >= 8 else { return nil }
    let second = Double(sysconf(Int32(_SC_CLK_TCK)))
    // Interrupts are nobody's: those of this run's own links are among them.
    return Times(
      total: ticks.prefix(8).reduce(0, +) / second, working: ticks.prefix(3).reduce(0, +) / second,
      stolen: ticks[7] / second)
  }

  /// Processor time of this process and of those of its children that have ended.
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
  /// How busy the machine is before a run.
  var load: Environment.Load {
    var load = Environment.Load()
    load.loadAverage = files.text("proc/loadavg")?.split(separator: " ").first.flatMap { Double($0) }
    load.otherRuns = otherRuns
    return load
  }

  /// Runs of this suite by other processes, told by their role processes.
  var otherRuns: Int? {
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

/// CPU time as counted by the kernel since the machine started (proc_stat(5)), in the kernel's ticks.
package struct CPUTicks: Sendable, Equatable {
  /// The total time. Guests' time is part of users' time.
  package private(set) var total: UInt64 = 0
  /// Time of processes, and of the kernel on their behalf, without interrupts.
  package private(set) var working: UInt64 = 0
  /// Time that a hypervisor gave to others.
  package private(set) var stolen: UInt64 = 0

  /// Reads the time of the given CPUs together, or of all CPUs; nil if the kernel does not report one of
  /// them.
  init?(_ files: MachineFiles, of cpus: [Int]? = nil) {
    var missing = Set(cpus?.map { "cpu\($0)" } ?? ["cpu"])
    for line in (files.text("proc/stat") ?? "").split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let name = words.first, missing.remove(String(name)) != nil else { continue }
      // The columns are user, nice, system, idle, iowait, irq, softirq and steal, then those of guests.
      let ticks = words.dropFirst().prefix(8).compactMap { UInt64($0) }
      guard ticks.count == 8 else { return nil }
      total &+= ticks.reduce(0, &+)
      working &+= ticks[..<3].reduce(0, &+)
      stolen &+= ticks[7]
    }
    guard missing.isEmpty else { return nil }
  }

  /// The share that `amount` has of the time since `earlier`; nil if no time has passed, or if the kernel's
  /// counters decreased.
  package func share(_ amount: KeyPath<CPUTicks, UInt64>, since earlier: CPUTicks) -> Double? {
    let (now, then) = (self[keyPath: amount], earlier[keyPath: amount])
    guard total > earlier.total, now >= then else { return nil }
    return Double(now - then) / Double(total - earlier.total)
  }
}

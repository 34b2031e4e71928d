/// Time of CPUs by the kernel (proc_stat(5)), in its ticks, since the machine has started.
package struct CPUTicks: Sendable, Equatable {
  /// All of it; what guests had is within what users had.
  package private(set) var total: UInt64 = 0
  /// Time of processes, and of the kernel on their behalf; without interrupts.
  package private(set) var working: UInt64 = 0
  /// What a hypervisor gave to others.
  package private(set) var stolen: UInt64 = 0

  /// Reads the time of some CPUs together, or of all; nil where the kernel does not tell one of them.
  init?(_ files: MachineFiles, of cpus: [Int]? = nil) {
    var missing = Set(cpus?.map { "cpu\($0)" } ?? ["cpu"])
    for line in (files.text("proc/stat") ?? "").split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let name = words.first, missing.remove(String(name)) != nil else { continue }
      // user, nice, system, idle, iowait, irq, softirq, steal; then guests.
      let ticks = words.dropFirst().prefix(8).compactMap { UInt64($0) }
      guard ticks.count == 8 else { return nil }
      total &+= ticks.reduce(0, &+)
      working &+= ticks[..<3].reduce(0, &+)
      stolen &+= ticks[7]
    }
    guard missing.isEmpty else { return nil }
  }

  /// The part of the time between `earlier` and this that `amount` tells; nil if no time has passed, or the
  /// kernel's counters went back.
  package func share(_ amount: KeyPath<CPUTicks, UInt64>, since earlier: CPUTicks) -> Double? {
    let (now, then) = (self[keyPath: amount], earlier[keyPath: amount])
    guard total > earlier.total, now >= then else { return nil }
    return Double(now - then) / Double(total - earlier.total)
  }
}

import Foundation
import Machine
import Testing

import struct Results.Environment

/// `MachineLoad.since`: what others used of the machine during a run, from made-up counters of a kernel.
@Suite struct MachineLoadTests {
  /// The columns are user, nice, system, idle, iowait, irq, softirq and steal.
  private static func tree(_ ticks: [Int]) throws -> MachineTree {
    try MachineTree([
      "proc/stat": stat(ticks), "proc/loadavg": "1.50 1.00 0.50 3/100 4711",
      "proc/77/cmdline": "vpebench\0role\0serve\0--roles\0generator",
      "proc/77/status": "Name:\tvpebench\nPPid:\t76",
    ])
  }

  private static func stat(_ ticks: [Int]) -> String {
    "cpu  " + ticks.map(String.init).joined(separator: " ") + " 0 0"
  }

  @Test func sharesAreOfTheTimeSinceTheStart() throws {
    let tree = try Self.tree([1000, 0, 500, 8000, 0, 0, 0, 500])
    let load = MachineLoad(tree.machine)
    #expect(load.before.loadAverage == 1.5 && load.before.otherRuns == 1)
    // A million ticks, so that the work of this process in the meantime is negligible. Users had a fifth of
    // it, the kernel a tenth, and other machines a twentieth.
    let later = Self.stat([201_000, 0, 100_500, 658_000, 0, 0, 0, 50_500])
    try Data(later.utf8).write(to: tree.root.appendingPathComponent("proc/stat"))
    let now = load.since(earlier: nil)
    #expect(now.stealShare == 0.05 && now.loadAverage == 1.5 && now.otherRuns == 1)
    #expect(abs(try #require(now.othersCpuShare) - 0.3) < 0.01)
  }

  @Test func ofSeveralPartsTheWorstIsTold() throws {
    let tree = try Self.tree([1000, 0, 0, 0, 0, 0, 0, 0])
    let load = MachineLoad(tree.machine)
    try Data(Self.stat([1000, 0, 0, 9_000_000, 0, 0, 0, 1_000_000]).utf8)
      .write(to: tree.root.appendingPathComponent("proc/stat"))
    var earlier = Environment.Load()
    (earlier.loadAverage, earlier.otherRuns) = (7, 0)
    (earlier.othersCpuShare, earlier.stealShare) = (0.5, 0.01)
    let now = load.since(earlier: earlier)
    #expect(now.loadAverage == 7 && now.otherRuns == 1 && now.othersCpuShare == 0.5 && now.stealShare == 0.1)
  }

  @Test func aKernelThatTellsNothingIsNoFigure() throws {
    let load = MachineLoad(try MachineTree([:]).machine).since(earlier: nil)
    #expect(load.stealShare == nil && load.othersCpuShare == nil && load.loadAverage == nil)
    #expect(load.otherRuns == nil)
  }
}

import Results
import TestRuns
import Testing

@Suite struct WarningTests {
  private func warnings(_ records: [SampleRecord], _ change: (inout Environment) -> Void = { _ in }) throws
    -> [Warning]
  {
    var run = MadeRun(records: records)
    change(&run.environment)
    return WarningSearch.warnings(of: try run.reading())
  }

  private static let calm: [Double] = [10, 10.1, 9.9, 10, 10.1, 9.9, 10, 10.1, 9.9, 10]

  @Test func aCalmRunHasNone() throws {
    #expect(try warnings(throughputs("vpe", Self.calm)) == [])
  }

  @Test func fewSamples() throws {
    #expect(
      try warnings(throughputs("vpe", [10, 10, 10, 10])) == [.fewSamples(case: "vpe-64B-2t-0h", samples: 4)])
    #expect(try warnings(throughputs("vpe", [10, 10, 10, 10, 10])) == [])
  }

  @Test func invalidSamples() throws {
    let bad = record("vpe", sample: 10, ["capacity_gbps": 10], valid: false)
    #expect(
      try warnings(throughputs("vpe", Self.calm) + [bad]) == [
        .invalidSamples(case: "vpe-64B-2t-0h", invalid: 1, of: 11, fault: "a frame was lost")
      ])
  }

  @Test func wideIntervals() throws {
    // Five values with the standard deviation s: half the interval is 1.2416 s.
    func kinds(_ spread: Double) throws -> [String] {
      try warnings(throughputs("vpe", [10 - spread, 10 + spread, 10, 10 - spread, 10 + spread])).map(\.kind)
    }
    #expect(try kinds(0.75) == [])
    #expect(try kinds(1) == ["wide intervals"])
  }

  @Test func outliers() throws {
    let values = Self.calm + [10.8]
    #expect(
      try warnings(throughputs("vpe", values)) == [
        .outliers(case: "vpe-64B-2t-0h", metric: "capacity_gbps", outliers: 1, of: 11)
      ])
  }

  @Test func drift() throws {
    let rising = (0..<10).map { 10 + 0.1 * Double($0) }
    guard
      case .drift(_, "capacity_gbps", let change) = try #require(
        try warnings(throughputs("vpe", rising)).first)
    else {
      Issue.record("no drift was found")
      return
    }
    #expect(abs(change - 0.9 / 10.45) < 1e-9)
    // A steady change of less than five percent.
    #expect(try warnings(throughputs("vpe", (0..<10).map { 10 + 0.04 * Double($0) })) == [])
  }

  @Test func nearTheFloor() throws {
    let slow = throughputs("vpe", Self.calm) + throughputs("baseline", Self.calm.map { $0 * 1.3 })
    #expect(try warnings(slow) == [])
    let near = throughputs("vpe", Self.calm) + throughputs("baseline", Self.calm.map { $0 * 1.2 })
    #expect(try warnings(near).map(\.kind) == ["near the harness's floor"])
  }

  @Test func modelErrors() throws {
    func kinds(_ error: Double) throws -> [String] {
      try warnings([record("vpe", basis: .model, ["capacity_gbps": 1, "model_error_ratio": error])]).map(
        \.kind)
    }
    #expect(try kinds(-0.09) == [])
    #expect(try kinds(-0.11) == ["model errors"])
  }

  @Test func theEnvironment() throws {
    let records = throughputs("vpe", Self.calm)
    let found = try warnings(records) {
      $0.commandLine.append("--quick")
      $0.software.gitDirty = true
      $0.system.virtualMachine = true
      $0.cpu.governor = "powersave"
      $0.cpu.smt = true
    }
    #expect(
      found == [
        .quickProfile, .dirtySource(commit: "0123456789abcdef"), .virtualMachine, .governor("powersave"),
        .sharedCores,
      ])
    #expect(try warnings(records) { $0.cpu.governor = "performance" } == [])
    #expect(
      try warnings(records) { $0.software.intelIpsecMb = "1.3.0" } == [.sharedLine(version: "1.3.0")])
    #expect(try warnings(records) { $0.software.intelIpsecMb = "1.4.0" } == [])
    let bare = RunReading(name: "x", samples: records)
    #expect(WarningSearch.warnings(of: bare) == [.unknownEnvironment])
  }

  @Test func eachSaysWhatToDo() {
    let all: [Warning] = [
      .invalidSamples(case: "c", invalid: 1, of: 2, fault: "f"), .gap(case: "c", reason: "r"),
      .fewSamples(case: "c", samples: 1),
      .wideInterval(case: "c", metric: "m", margin: 0.2),
      .outliers(case: "c", metric: "m", outliers: 1, of: 9),
      .drift(case: "c", metric: "m", change: -0.1), .nearFloor(case: "c", shareOfFloor: 0.9),
      .modelError(case: "c", error: 0.3), .quickProfile, .unknownEnvironment, .dirtySource(commit: "1"),
      .virtualMachine, .governor("x"), .sharedCores, .sharedLine(version: "1.3.0"), .anyMachineState,
    ]
    for warning in all {
      #expect(
        warning.description.contains(/[;,] .*\b(run|measure|compare|do not|keep|commit|set|switch|look)\b/))
    }
    #expect(Set(all.map(\.kind)).count == all.count)
  }

  @Test func theWorstOfAKindComesFirst() {
    let sorted = WarningSearch.byKind([
      .outliers(case: "a", metric: "m", outliers: 1, of: 9), .quickProfile,
      .outliers(case: "b", metric: "m", outliers: 3, of: 9),
    ])
    #expect(sorted.map(\.kind) == ["outliers", "quick profile"])
    #expect(sorted[0].warnings.first == .outliers(case: "b", metric: "m", outliers: 3, of: 9))
  }

  @Test func whatTookTimeFromTheRun() throws {
    func told(_ change: (inout Environment) -> Void) throws -> [Warning] {
      try warnings(throughputs("vpe", Self.calm), change)
    }
    #expect(try told { $0.cpu.quotaCpus = 0.5 } == [.quota(0.5)])
    #expect(try told { $0.anyMachineState = true } == [.anyMachineState])
    func load(runs: Int, others: Double, stolen: Double) -> Environment.Load {
      var load = Environment.Load()
      load.loadAverage = 9
      load.otherRuns = runs
      load.othersCpuShare = others
      load.stealShare = stolen
      return load
    }
    #expect(
      try told { $0.load = load(runs: 2, others: 0.3, stolen: 0.1) } == [
        .otherRuns(2), .busyMachine(share: 0.3), .stolenTime(share: 0.1),
      ])
    #expect(try told { $0.load = load(runs: 0, others: 0.01, stolen: 0.01) } == [])
  }
}

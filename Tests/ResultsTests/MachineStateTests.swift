import Reports
import Results
import TestRuns
import Testing

@Suite struct MachineStateTests {
  static func state(_ handOver: Double?, _ ghz: Double?, _ rate: Double? = 4) -> MachineState {
    MachineState(handOverTicks: handOver, coreGHz: ghz, issueRate: rate)
  }

  @Test(arguments: [
    (state(100, 3), state(149, 3), true, true), (state(100, 3), state(151, 3), true, false),
    (state(151, 3), state(100, 3), true, false), (state(100, 3), state(151, 3), false, true),
    (state(100, 3), state(100, 3.29), true, true), (state(100, 3), state(100, 3.31), true, false),
    (state(100, 3), state(100, 3.31), false, false), (state(nil, 3), state(100, 3), true, true),
    (state(100, 3, 4), state(100, 3, 1), true, true),
  ])
  func onlyFarValuesAreOtherStates(a: MachineState, b: MachineState, handsOver: Bool, isSame: Bool) {
    #expect(a.isSame(as: b, handsOver: handsOver) == isSame)
  }

  /// Samples taken in the given states.
  static func records(_ states: [MachineState]) -> [SampleRecord] {
    states.enumerated().map { number, state in
      var made = record("vpe", sample: number, ["capacity_gbps": 10].merging(state.metrics) { $1 })
      made.launch = number
      return made
    }
  }

  @Test func rareStatesAreLeftOutAndNamed() throws {
    let near = [170.0, 180, 175, 171].map { Self.state($0, 3) }
    let far = [850.0, 840].map { Self.state($0, 3) }
    let found = MachineStates.classify(Self.records(near + far), handsOver: true)
    #expect(found.map(\.machineState) == ["A", "A", "A", "A", "B", "B"])
    #expect(found.map(\.isUsable) == [true, true, true, true, false, false])
    #expect(found.allSatisfy { $0.valid }, "it is nothing wrong")
    let states = MachineStates(of: found)
    #expect(states.states.map(\.samples) == [4, 2])
    #expect(states.states.map(\.median.handOverTicks) == [173, 845])
    #expect(states.notes.count == 1 && states.notes[0].contains("2 states"))
    // Classifying twice gives the same result.
    #expect(MachineStates.classify(found, handsOver: true) == found)
    // The cost of a packet on one core does not depend on hand-overs.
    let cost = MachineStates.classify(Self.records(near + far), handsOver: false)
    #expect(Set(cost.map(\.machineState)) == ["A"] && MachineStates(of: cost).notes.isEmpty)
  }

  @Test func aSlowDriftIsOneState() {
    let drift = (0..<20).map { Self.state(100 * (1 + 0.2 * Double($0)), 3) }
    #expect(Set(MachineStates.classify(Self.records(drift), handsOver: true).map(\.machineState)) == ["A"])
  }

  @Test func whatChangedOrIsUnknownIsOfNoState() {
    var records = Self.records([Self.state(100, 3), Self.state(100, 2), Self.state(nil, nil, nil)])
    records[1].gaps = [MachineState.changed]
    let found = MachineStates.classify(records, handsOver: true)
    #expect(found.map(\.machineState) == ["A", nil, nil])
    #expect(found.map(\.isUsable) == [true, false, true])
    let notes = MachineStates(of: found).notes
    #expect(notes.count == 1 && notes[0].hasPrefix("1 sample is left out: "))
    #expect(notes[0].hasSuffix(" while it was taken"))
  }

  @Test func coresThatAreNeverAloneAreNamed() {
    let busy = MachineStates(of: Self.records((0..<10).map { _ in Self.state(100, 3, 2.4) }))
    #expect(busy.isNeverAlone && busy.notes.contains { $0.contains("additions a cycle") })
    let quiet = MachineStates(of: Self.records((0..<10).map { Self.state(100, 3, $0 < 8 ? 2.4 : 3.9) }))
    #expect(!quiet.isNeverAlone && quiet.notes.isEmpty)
  }

  @Test func aTableHasEachState() throws {
    let states = [170.0, 171, 172, 850].map { Self.state($0, 3) }
    let found = MachineStates.classify(Self.records(states), handsOver: true)
    let folder = try TemporaryFolder()
    let run = try MadeRun(records: found).write(to: folder.path)
    let rows = try text(of: run.path(of: .states)).split(separator: "\n").filter {
      $0.contains(",capacity_gbps,")
    }
    #expect(rows.map { $0.contains(",A,capacity_gbps,10.0,") } == [true, false])
    #expect(rows.map { $0.contains(",B,capacity_gbps,10.0,") } == [false, true])
    let reading = try RunReading(path: run.path)
    #expect(reading.samples.map(\.machineState) == ["A", "A", "A", "B"])
    #expect(reading.figures.first { $0.metric == "capacity_gbps" }?.samples == 3)
    // A run with one state has no such table.
    let one = try MadeRun(records: Array(found.prefix(3))).write(to: folder.path)
    #expect(throws: (any Error).self) { try text(of: one.path(of: .states)) }
  }

  @Test func comparisonsWarnOfOtherStates() throws {
    func run(_ state: MachineState) throws -> RunReading {
      try MadeRun(
        records: MachineStates.classify(Self.records(Array(repeating: state, count: 4)), handsOver: true)
      ).reading()
    }
    let near = try run(Self.state(170, 3))
    #expect(try RunComparison(near, run(Self.state(180, 3.1))).stateWarnings.isEmpty)
    let far = try RunComparison(near, run(Self.state(850, 3)))
    #expect(
      far.stateWarnings.count == 1 && far.lines().contains { $0.hasPrefix("warning: the machine was not") })
    let busy = try RunComparison(near, run(Self.state(170, 3, 3.3)))
    #expect(busy.stateWarnings.count == 1 && busy.stateWarnings[0].contains("in the second run"))
  }
}

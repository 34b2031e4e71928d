import Cases
import Results
import Runs
import TestRuns
import Testing

/// `MachineWatch.around`: a sample between two probes of the machine.
@Suite struct RunMachineWatchTests {
  private static func sample(valid: Bool = true, gaps: [String] = []) -> SampleRecord {
    SampleRecord(
      coordinates: CaseCoordinates(
        name: "a", system: "vpe", aead: "aes128gcm", threads: 2, frameBytes: 64, extraHeadroomBytes: 0,
        link: "ring"),
      sample: 0, startedAt: "", basis: .capacity, windowSeconds: 1, metrics: ["goodput_gbps": 1],
      counts: [:], valid: valid, faults: valid ? [] : ["no"], gaps: gaps, stages: [])
  }

  /// Tells these states one after the other.
  private static func watch(_ states: [MachineState?], acceptsAnyState: Bool = false) -> MachineWatch {
    var left = states[...]
    return MachineWatch(cpus: [0], handsOver: true, acceptsAnyState: acceptsAnyState) {
      left.popFirst() ?? nil
    }
  }

  private static func state(_ ticks: Double, _ ghz: Double = 3) -> MachineState {
    MachineState(handOverTicks: ticks, coreGHz: ghz, issueRate: 4)
  }

  @Test func aSteadyMachineIsTheMeanOfBothProbes() {
    let record = Self.watch([Self.state(100), Self.state(120)]).around { Self.sample() }
    #expect(record.valid && record.gaps == [])
    #expect(record.metrics["hand_over_ticks"] == 110 && record.metrics["core_ghz"] == 3)
    #expect(record.metrics["goodput_gbps"] == 1, "the sample's own figures stay")
  }

  @Test func aChangeMeanwhileIsAGap() {
    let record = Self.watch([Self.state(100), Self.state(400)]).around { Self.sample(gaps: ["own"]) }
    #expect(record.valid && record.gaps == ["own", MachineState.changed])
    let slower = Self.watch([Self.state(100), Self.state(100, 2)]).around { Self.sample() }
    #expect(slower.gaps == [MachineState.changed])
  }

  @Test func aProbeThatFailsTellsNothing() {
    for states in [[nil, Self.state(100)], [Self.state(100), nil], [nil, nil]] {
      let record = Self.watch(states).around { Self.sample() }
      #expect(record.valid && record.gaps == [] && record.metrics["hand_over_ticks"] == nil)
    }
    let invalid = Self.watch([Self.state(100), Self.state(400)]).around { Self.sample(valid: false) }
    #expect(invalid.gaps == [] && !invalid.valid)
  }

  @Test func anyStateCountsWhereItIsAskedFor() {
    let record = Self.watch([Self.state(100), Self.state(400)], acceptsAnyState: true)
      .around { Self.sample(gaps: ["own"]) }
    #expect(record.isUsable && record.metrics["hand_over_ticks"] == 250)
  }

  @Test func errorsPass() {
    #expect(throws: RunError.interrupted) {
      try Self.watch([Self.state(100)]).around { throw RunError.interrupted }
    }
  }
}

import Results
import TestRuns
import Testing

/// The verdict of a run: faults are distinguished from what a machine cannot show.
@Suite struct RunVerdictTests {
  private static func verdict(
    _ records: [SampleRecord], scheduled: Int? = nil, failed: Bool = false
  ) -> RunVerdict { RunVerdict(records, scheduled: scheduled ?? records.count, failed: failed) }

  @Test func allIsWell() {
    let verdict = Self.verdict([sample(), sample(sample: 1)])
    #expect(verdict.isWell && verdict.gaps.isEmpty)
    #expect(verdict.lines("test") == ["test: all is well, 2 samples valid"])
  }

  @Test func aGapIsNoFault() {
    let verdict = Self.verdict([
      sample("esp-single"), sample(gaps: ["why", "more"]), sample(sample: 1, gaps: ["why"]),
    ])
    #expect(verdict.isWell)
    #expect(verdict.gaps.map(\.case) == ["vpe-aes128gcm-1420B-2t-0h"])
    #expect(verdict.gaps.map(\.reasons) == [["why", "more"]])
    #expect(
      verdict.lines("test") == [
        "test: all is well, 3 samples valid; 1 case not shown on this machine, for the reasons above"
      ])
  }

  @Test func aCaseThatSomeSamplesShowIsShown() {
    let verdict = Self.verdict([sample(gaps: ["why"]), sample(sample: 1)])
    #expect(verdict.isWell && verdict.gaps.isEmpty)
    #expect(verdict.lines("test") == ["test: all is well, 2 samples valid"])
  }

  @Test func aFaultIsNamed() {
    let bad = sample(sample: 1, valid: false, faults: ["1 missing", "more"], gaps: ["why"])
    let verdict = Self.verdict([sample(), bad])
    #expect(!verdict.isWell)
    #expect(
      verdict.lines("test") == [
        "test: FAILED, 1 of 2 samples is invalid:", "  vpe-aes128gcm-1420B-2t-0h, 1 sample: 1 missing",
      ])
  }

  @Test func manyFaultyCasesAreCounted() {
    let lines = Self.verdict((1...7).map { sample(frameBytes: 64 * $0, valid: false, faults: ["no"]) })
      .lines("test")
    #expect(lines.count == 7 && lines.last == "  and 2 more cases")
  }

  @Test func whatWasNotRunIsMissed() {
    let verdict = Self.verdict([sample()], scheduled: 3)
    #expect(!verdict.isWell && verdict.lines("test") == ["test: 2 of 3 samples were not run"])
    #expect(!Self.verdict([sample()], failed: true).isWell)
    #expect(Self.verdict([sample()], failed: true).lines("test") == [])
  }
}

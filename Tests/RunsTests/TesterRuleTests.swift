import Cases
import Results
import Runs
import Testing

/// Whether a tester can show what a DUT carries: told of a case as a whole, by the tester's own rate.
@Suite struct TesterRuleTests {
  private func records(_ system: String, link: String = "memif", bytes: Int = 64, _ rates: [(Double, Double)])
    -> [SampleRecord]
  {
    rates.enumerated().map { sample, rate in
      SampleRecord(
        coordinates: CaseCoordinates(
          name: "\(system)-\(bytes)B-2t-0h-solo", system: system, aead: "aes-128-gcm", threads: 2,
          frameBytes: bytes, extraHeadroomBytes: 0, link: link),
        sample: sample, startedAt: "", basis: .capacity, windowSeconds: 1,
        metrics: ["seal_mpps": rate.0, "open_mpps": rate.1], counts: [:], valid: true, faults: [], stages: [])
    }
  }

  private func gaps(_ records: [SampleRecord], of system: String) -> [[String]] {
    TesterRule.addingGaps(to: records).filter { $0.coordinates.system == system }.map(\.gaps)
  }

  @Test func aTesterThatIsFasterShowsTheCase() {
    let records = records("tester", [(11, 22)]) + records("vpe", [(10, 20)])
    #expect(gaps(records, of: "vpe") == [[]] && gaps(records, of: "tester") == [[]])
  }

  /// Each direction by itself.
  @Test func aTesterThatIsHardlyFasterDoesNot() throws {
    let records = records("tester", [(10.9, 22)]) + records("vpe", [(10, 20), (10, 20)])
    let found = gaps(records, of: "vpe")
    #expect(found.count == 2 && found[0] == found[1] && found[0].count == 1)
    #expect(try #require(found[0].first).hasPrefix("seal: the tester itself carries 10.9 Mpps"))
  }

  /// A sample that is slow or fast by chance is neither left out nor the reason for leaving out others.
  @Test func samplesAreJudgedTogether() {
    let tester = records("tester", [(20, 20), (20, 20), (3, 3)])
    let slowAndFast = records("vpe", [(10, 10), (19, 19), (1, 1)])
    #expect(gaps(tester + slowAndFast, of: "vpe") == [[], [], []])
    let fastButForOne = records("vpe", [(19, 19), (19, 19), (1, 1)])
    #expect(gaps(tester + fastButForOne, of: "vpe").allSatisfy { $0.count == 2 })
  }

  @Test func onlyTheSameFramesAndPortsTell() {
    let tester = records("tester", [(20, 20)]) + records("tester", link: "ring", bytes: 1420, [(20, 20)])
    let found = gaps(tester + records("vpe", bytes: 1420, [(1, 1)]), of: "vpe")
    #expect(found.first?.count == 2 && found[0].allSatisfy { $0.contains("nobody knows") })
  }

  @Test func whatHasNoTesterIsNotJudged() {
    let records = records("vpe", [(1, 1)])
    #expect(TesterRule.addingGaps(to: records) == records)
  }
}

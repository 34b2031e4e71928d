import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

/// Which cases are compared, and the results in `ratios.csv` and `compare`.
@Suite struct SystemPairTests {
  /// Names of the compared cases, for given cases.
  private func compared(_ records: [SampleRecord]) -> [String] {
    SystemPair.pairs(of: records).map { "\($0.coordinates.name) / \($0.other.name)" }
  }

  @Test func allElseIsEqual() {
    let records =
      throughputs("vpe", [2]) + throughputs("vpe", frameBytes: 1420, [2]) + throughputs("esp-single", [1])
      + [record("esp-single", headroom: 2, ["capacity_gbps": 1])]
      + throughputs("esp-single", frameBytes: 1420, basis: .model, [1])
    #expect(compared(records) == ["vpe-64B-2t-0h / esp-single-64B-2t-0h"])
  }

  @Test func aPipelineMayHaveOneThreadMore() {
    let vpe = throughputs("vpe", threads: 6, [2]) + throughputs("vpe", threads: 2, [2])
    let pipelines = [3, 8].flatMap { throughputs("esp-pipeline", threads: $0, [1]) }
    #expect(compared(vpe + pipelines) == ["vpe-64B-2t-0h / esp-pipeline-64B-3t-0h"])
    let even = throughputs("esp-pipeline", threads: 6, [1])
    #expect(
      compared(vpe + even + throughputs("esp-pipeline", threads: 7, [1])).first?.hasSuffix("6t-0h") == true)
  }

  /// The threads of a direction run in turn on one core.
  @Test func threadsOfALoneGatewayDoNotMatter() {
    func alone(_ system: String, _ threads: Int) -> SampleRecord {
      var made = record(system, threads: threads, ["capacity_gbps": 1])
      made.coordinates.name += "-solo"
      return made
    }
    let found = SystemPair.pairs(of: [alone("vpe", 2), alone("esp-pipeline", 6)])
    #expect(found.map(\.caseName) == ["vpe-64B-2t-0h-solo (the other with 6)"])
  }

  @Test func axesThatDoNotApplyDoNotMatter() {
    let metrics = ["capacity_gbps": 2.0]
    let vpe = record("vpe", axes: ["window_size": "64", "flows": "8"], metrics)
    let esp = record("esp-single", axes: ["esn": "true", "flows": "8"], metrics)
    #expect(compared([vpe, esp]).count == 1)
    #expect(compared([vpe, record("esp-single", axes: ["flows": "16"], metrics)]).isEmpty)
  }

  /// A third-party gateway is represented by its best mode that checks for replays.
  @Test func aPeerIsItsBestMode() {
    func peer(_ mode: String, _ value: Double) -> SampleRecord {
      record("ipsec-secgw", axes: ["peer_mode": mode], ["capacity_gbps": value], link: "memif")
    }
    var ours = record("esp-single", ["capacity_gbps": 6], link: "memif")
    ours.coordinates.name += "-solo"
    let found = SystemPair.pairs(of: [ours, peer("legacy", 9), peer("cpu-crypto", 3), peer("inline", 2)])
    #expect(found.map(\.ratio.value) == [2])
    #expect(found.first?.title == "ESP / DPDK's cpu-crypto")
  }

  static let records: [SampleRecord] = ["vpe", "esp-single", "esp-pipeline"].enumerated().flatMap {
    index, system in
    (0..<4).map { launch in
      let value = Double(12 / (index + 1)) * (1 + 0.1 * Double(launch % 2))
      var made = record(
        system, threads: system == "esp-pipeline" ? 3 : 2, sample: launch,
        ["capacity_gbps": value, "seal_cycles_per_packet": 100 / value],
        valid: system != "esp-pipeline" || launch > 0)
      made.launch = launch
      return made
    }
  }

  @Test func eachPairHasARow() throws {
    let table = Schemas.ratios(Self.records)
    let lines = String(decoding: CSV.encode(table), as: UTF8.self).split(separator: "\n").map(String.init)
    #expect(
      lines.first
        == "numerator,denominator,aead,threads,frame_bytes,extra_headroom_bytes,link,numerator_case,"
        + "denominator_case,basis,metric,ratio,ratio_low,ratio_high,launches,samples,valid")
    let cells = lines.dropFirst().map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    let told = cells.map { cell -> String in
      let parts: [String] = [cell[0], cell[1], cell[8], cell[10], String(cell[11].prefix(4)), cell[14]]
      return (parts + [cell[15], cell[16]]).joined(separator: " ")
    }
    #expect(
      told == [
        "vpe esp-single esp-single-64B-2t-0h capacity_gbps 2.0 4 4 true",
        "vpe esp-single esp-single-64B-2t-0h seal_cycles_per_packet 0.5 4 4 true",
        "vpe esp-pipeline esp-pipeline-64B-3t-0h capacity_gbps 3.0 3 3 false",
        "vpe esp-pipeline esp-pipeline-64B-3t-0h seal_cycles_per_packet 0.33 3 3 false",
      ])
  }

  /// The ratio of two runs' ratios, which compares across machines.
  @Test func ratiosOfDifferentMachinesAreCompared() throws {
    func run(_ factor: Double, family: Int) throws -> RunReading {
      var made = MadeRun(
        records: Self.records.filter { $0.coordinates.system != "esp-pipeline" }.map { sample in
          var sample = sample
          if sample.coordinates.system == "vpe" { sample.metrics["capacity_gbps"]? *= factor }
          return sample
        })
      made.environment.cpu.family = family
      return try made.reading()
    }
    let comparison = try RunComparison(run(1, family: 6), run(1.5, family: 25))
    #expect(!comparison.isOneMachine)
    let row = try #require(comparison.ratios.first)
    #expect(abs(row.change.ratio - 1.5) < 1e-9 && row.change.leavesOutOne)
    let text = comparison.lines().joined(separator: "\n")
    #expect(text.contains("VPE / ESP") && text.contains("the runs are of different machines"))
    #expect(text.contains(Basis.capacityCaveat) && !text.contains("esp-single-64B-2t-0h"))
    let alike = try RunComparison(run(1, family: 6), run(1, family: 6))
    #expect(alike.isOneMachine && alike.ratios.allSatisfy { !$0.change.leavesOutOne })
    #expect(alike.lines().joined().contains("esp-single-64B-2t-0h"))
  }

  /// Two ratios with their intervals, by hand: half widths of 3 and 4 % on the logarithm give 5 %.
  @Test func theSpreadOfBothCounts() throws {
    let text = try RunComparison(
      MadeRun(records: Self.records).reading(), MadeRun(records: Self.records).reading())
    for row in text.ratios {
      let own = try #require(row.pair.ratio.high) / #require(row.pair.ratio.low)
      let both = try #require(row.change.ci95High) / #require(row.change.ci95Low)
      #expect(abs(log(both) - log(own) * 2.0.squareRoot()) < 1e-9)
    }
  }
}

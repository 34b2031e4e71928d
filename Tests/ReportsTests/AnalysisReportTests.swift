import Foundation
import Results
import TestRuns
import Testing

@Suite struct AnalysisReportTests {
  static let analysed = Periodicity.analyse(
    curve(repetitions: 25, noise: 0.5, dips(period: 64, phase: 44, depth: 6)),
    expecting: PeriodExpectation(minima: [1196, 1260, 1324, 1388]),
    options: quickOptions(permutations: 3_999, periods: [16, 32, 64])
  )
  static let flat = Periodicity.analyse(
    CostCurve(
      label: .init(
        system: "raw", aead: "aes128gcm", axis: "packet_bytes", metric: "open_cycles_per_packet",
        coordinates: ["extra_headroom_bytes": "8"]),
      points: curve(repetitions: 1) { _ in 100 }.points), options: quickOptions())
  static let empty = Periodicity.analyse(
    CostCurve(label: flat.label, points: []), expecting: PeriodExpectation(minima: [2, 18]))

  @Test func text() {
    let lines = AnalysisText.lines([Self.analysed, Self.flat, Self.empty])
    #expect(lines.count == 10)
    #expect(lines[0] == "vpe aes128gcm, seal_cycles_per_packet over packet_bytes:")
    #expect(lines[1].hasPrefix("  period 64 bytes explains 9"))
    #expect(
      lines[1].contains(" % of the residual variance (p < 0.001), lowest at 64 k + 44; period 32 alone 4"))
    #expect(lines[2].hasPrefix("  22 local minima among 358 places: 108, 172, "))
    #expect(lines[2].contains(", 812, ...; the deepest at "))
    #expect(lines[2].contains(" TSC ticks/packet or "))
    #expect(
      lines[3] == "  the paper's period 64, minima at 1196, 1260, 1324, 1388: yes, lowest at 64 k + 44; "
        + "a local minimum at 4 of the 4 places")
    #expect(
      lines[4] == "raw aes128gcm, open_cycles_per_packet over packet_bytes (extra_headroom_bytes 8):")
    #expect(lines[5].hasPrefix("  no significant period among 8, 16, 32, 64, 128 bytes (p = "))
    #expect(lines[6].hasPrefix("  local minima not tested: "))
    #expect(lines[8] == "  not analysed: 0 points are too few; sweep at least 6")
    #expect(lines[9].contains("cannot be told: 0 points are too few"))
  }

  @Test func table() throws {
    let table = Schemas.analysis([Self.analysed, Self.flat])
    #expect(
      table.columns.map(\.name) == [
        "system", "aead", "curve", "metric", "finding", "value", "status", "phase", "share", "p_value",
        "added_share", "added_p_value", "depth", "depth_ratio", "step", "points", "samples",
        "extra_headroom_bytes",
      ])
    for column in table.columns { #expect(column.description.hasSuffix("."), "\(column.name)") }
    let findings = table.rows.map { "\($0[0].text) \($0[4].text)" }
    #expect(findings.count { $0 == "vpe period" } == 3)
    #expect(findings.count { $0 == "vpe minimum" } == 22)
    #expect(findings.count { $0 == "vpe expectation" } == 1)
    #expect(findings.count { $0 == "raw period" } == 5)
    let base = try #require(table.rows.first { $0[6] == .text("base") })
    #expect(base[5] == .integer(64))
    #expect(base[7] == .integer(44))
    #expect(base[17] == .empty)
    let expectation = try #require(table.rows.first { $0[4] == .text("expectation") })
    #expect(expectation[5...9] == [.integer(64), .text("yes"), .integer(44), .empty, .empty])
    #expect(table.rows.last?.last == .text("8"))
    #expect(table.columns.last?.unit == "byte")
  }

  @Test func nothingMakesAnEmptyTable() {
    #expect(Schemas.analysis([]).rows.isEmpty)
    #expect(AnalysisText.lines([]) == [])
  }

  @Test func curvesComeFromSamples() throws {
    let metric = "seal_cycles_per_packet"
    func record(_ system: String, _ bytes: Int, _ repetition: Int, _ value: Double?, valid: Bool = true)
      -> SampleRecord
    {
      sample(
        system, frameBytes: bytes + 18, axes: ["packet_bytes": "\(bytes)"], sample: repetition,
        metrics: value.map { [metric: $0] } ?? [:], valid: valid)
    }
    let curves = CostCurve.curves(
      of: [
        record("vpe", 68, 0, 2), record("vpe", 64, 0, 1), record("raw", 64, 0, 5),
        record("vpe", 64, 2, 3), record("vpe", 68, 1, 9, valid: false), record("vpe", 68, 2, .nan),
        record("vpe", 72, 0, nil), sample("vpe", metrics: [metric: 4]),
      ], over: "packet_bytes", metrics: [metric, "open_cycles_per_packet"])
    #expect(curves.map(\.label.system) == ["vpe", "raw"])
    #expect(curves[0].points == [.init(x: 64, values: [1, 3]), .init(x: 68, values: [2, nil])])
    #expect(
      curves[0].label.coordinates == [
        "threads": "2", "extra_headroom_bytes": "0", "link": "ring", "basis": "measured",
      ])
  }

  @Test func aCurvePerOtherCoordinate() {
    let samples = [64, 128].flatMap { bytes in
      (0..<3).map { repetition in
        sample(frameBytes: bytes, sample: repetition, metrics: ["open_ns_per_packet": 1])
      }
    }
    let curves = CostCurve.curves(of: samples, over: "extra_headroom_bytes", metrics: ["open_ns_per_packet"])
    #expect(curves.map { $0.label.coordinates["frame_bytes"] } == ["64", "128"])
    #expect(curves.map(\.points) == [[.init(x: 0, values: [1, 1, 1])], [.init(x: 0, values: [1, 1, 1])]])
  }
}

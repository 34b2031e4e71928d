import Foundation
import Model
import Testing

@Suite struct PaperValidationTests {
  private func row(_ rows: [PaperValidation.Row], _ what: String) throws -> PaperValidation.Row {
    try #require(rows.first { $0.what.contains(what) }, "no row \(what)")
  }

  @Test func vpeRowsByHand() throws {
    let rows = try PaperValidation.rows()
    let constant = try row(rows, "VPE, 64 B, 38 threads, constant")
    // 19 threads a direction instead of one.
    #expect(abs(constant.predicted - 19 * 2.32) < 1e-9)
    #expect(constant.paper == 29.8)
    let error = try #require(constant.error)
    #expect(abs(error - 0.479195) < 1e-6)
    // 19 cores a socket: 3.6 - 17/18 × 0.9 = 2.75 GHz.
    let turbo = try row(rows, "VPE, 64 B, 38 threads, turbo")
    #expect(abs(turbo.predicted - 19 * 2.32 * 2.75 / 3.6) < 1e-9)
    let implied = try row(rows, "alone would explain")
    #expect(abs(implied.predicted - 3.6 * 29.8 / (19 * 2.32)) < 1e-9)
    #expect(implied.error == nil)
    // 5 × 19.5 is more than the link carries: 1420 + 52 + 20 bytes a packet.
    let large = try row(rows, "VPE, 1420 B, 10 threads, constant")
    #expect(abs(large.predicted - 100.0 * 1420 / 1492) < 1e-9)
    #expect(large.basis.contains("black link"))
  }

  @Test func whatThePeakImplies() throws {
    let rows = try PaperValidation.rows()
    #expect(abs(try row(rows, "serial stage, if").predicted - 512 / 9.7) < 1e-9)
    #expect(abs(try row(rows, "over a packet of single").predicted - 2.29 / 9.7) < 1e-12)
    #expect(abs(try row(rows, "all threads are full").predicted - 19 * 2.29 / 9.7) < 1e-12)
  }

  /// Our single-threaded packet takes 200 ticks, our serial stage 40: a fifth, so the pipeline saturates at
  /// five times the paper's single-threaded goodput.
  @Test func stageRatiosScaleToThePaper() throws {
    let ticks = Fixtures.ticks.merging([.encrypt: 120]) { $1 }
    let costs = try StageCosts(ticksPerPacket: ticks, ticksPerSecond: 1e9)
    let rows = try PaperValidation.rows(espCosts: costs)
    let peak = try row(rows, "peak, constant")
    #expect(abs(peak.predicted / (5 * 2.29) - 1) < 0.001)
    #expect(peak.basis.hasSuffix("bottleneck steer"))
    let serial = try row(rows, "slower serial stage, scaled").predicted
    #expect(abs(serial - 512 / 2.29 / 5) < 1e-9)
    let rest = try row(rows, "dearer hand-over").predicted
    #expect(abs(rest - (512 / 9.7 - serial)) < 1e-9)
    // Frequency falls with the number of threads, so the peak is lower.
    #expect(try row(rows, "peak, turbo").predicted < peak.predicted)
    // Whatever the unit of our ticks, only their ratios count.
    let doubled = try StageCosts(
      ticksPerPacket: ticks.mapValues { $0 * 2 }, ticksPerSecond: 7e9)
    let same = try row(PaperValidation.rows(espCosts: doubled), "peak, constant")
    #expect(abs(same.predicted - peak.predicted) < 1e-9)
  }

  @Test func pipelineRowsNeedSingleThreadedCosts() throws {
    let costs = try StageCosts(
      ticksPerPacket: Fixtures.ticks.filter { $0.key != .open }, ticksPerSecond: 1e9)
    #expect(throws: ModelFailure.missingCost(.open)) { try PaperValidation.rows(espCosts: costs) }
  }

  @Test func rowsFitTheirHeader() throws {
    let rows = try PaperValidation.rows(espCosts: Fixtures.costs())
    for row in rows { #expect(row.cells.count == PaperValidation.header.count) }
    let first = try #require(rows.first)
    #expect(
      first.cells.prefix(5) == [
        "VPE, 64 B, 38 threads, constant frequency", "29.80", "44.08", "Gbit/s", "+47.9 %",
      ])
    #expect(try row(rows, "serial stage, if").cells[1].isEmpty)
  }

  /// The constants against the data files of `experiments/paper`, which are transcribed independently.
  @Test func constantsAgreeWithThePapersData() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("experiments/paper")
    struct Figure: Decodable {
      struct Point: Decodable {
        let system: String
        let frame_bytes: Int
        let threads: Int?
        let value: Double
      }
      let points: [Point]
    }
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    let points = try ["figure-5.json5", "figure-6.json5"].flatMap {
      try decoder.decode(Figure.self, from: Data(contentsOf: folder.appendingPathComponent($0))).points
    }
    func value(_ system: String, _ frame: Int, _ threads: Int?) -> Double? {
      points.last { $0.system == system && $0.frame_bytes == frame && $0.threads == threads }?.value
    }
    #expect(value("vpe", 64, 2) == PaperFigures.vpe64At2Threads)
    #expect(value("vpe", 64, 38) == PaperFigures.vpe64At38Threads)
    #expect(value("vpe", 1420, 2) == PaperFigures.vpe1420At2Threads)
    #expect(value("vpe", 1420, 10) == PaperFigures.vpe1420At10Threads)
    #expect(value("esp-single", 64, 2) == PaperFigures.espSingle64)
    #expect(value("esp-pipeline", 64, nil) == PaperFigures.espPipeline64Peak)
  }
}

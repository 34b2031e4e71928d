import Basics
import Cases
import Foundation
import Results
import Statistics

/// The output about gateways that were measured alone between a tester's ports: a line for each case.
struct DUTSummary {
  private let cases: [Case]
  private let samples: [String: [SampleRecord]]

  init(_ cases: [Case], _ records: [SampleRecord]) {
    self.cases = cases
    samples = Dictionary(grouping: records) { $0.coordinates.name }
  }

  func text() -> String {
    let hasCapacity = cases.contains { $0.link == .ring }
    let header =
      ["case", "seal Mpps", "open Mpps", "seal cyc/pkt", "open cyc/pkt"]
      + (hasCapacity ? ["seal error %", "open error %"] : []) + ["valid"]
    let rows = cases.map { point -> [String] in
      let all = samples[point.name] ?? []
      // A value that this machine cannot show is not printed.
      func figure(_ metric: String, _ digits: Int, times factor: Double = 1) -> String {
        LaunchEstimate(of: metric, in: all).map { RunSummary.number($0.value * factor, digits) } ?? ""
      }
      let errors = ["seal", "open"].map { figure("\($0)_capacity_error_ratio", 1, times: 100) }
      let valid = "\(all.filter(\.valid).count)/\(all.count)"
      return [
        point.name, figure("seal_mpps", 2), figure("open_mpps", 2), figure("seal_cycles_per_packet", 1),
        figure("open_cycles_per_packet", 1),
      ] + (hasCapacity ? errors : []) + [valid]
    }
    let note =
      hasCapacity
      ? "Mpps seen from outside; cycles per packet undisturbed; error: by how much the Mpps differ from the "
        + "capacity that the DUT's own polls say, mean against mean\n\(Basis.capacityCaveat)\n"
      : "cycles per packet of the DUT's core, seen from outside\n"
    return TextTable.render(header: header, rows: rows) + note
  }
}

import Basics
import Cases
import Descriptors
import Foundation
import Runs

/// The output of `vpebench list --placements`: the costs of a pipeline's stages, and for each case the stages
/// of each thread.
struct PlacementList {
  private let descriptor: Descriptor
  private let cases: [Case]

  init(_ descriptor: Descriptor, _ cases: [Case]) {
    self.descriptor = descriptor
    // Packet costs are measured on one thread, so no stages are placed.
    self.cases = cases.filter { $0.system.isPipeline && descriptor.measure.what == .throughput }
  }

  func print() throws {
    guard !cases.isEmpty else {
      Output.line("\(descriptor.name): no case of a pipeline with stages to place on threads")
      return
    }
    Interruption.watch()
    let calibration = try Calibration.measure(
      for: descriptor, cases, executable: try ownExecutable(), isInterrupted: { Interruption.isAsked })
    Output.line("cost of each stage, TSC ticks per packet (10th percentile over the repetitions):")
    let header = ["frame bytes", "stage", "undisturbed", "min", "max", "all on one core", "hand-over"]
    Output.line(TextTable.render(header: header, rows: costs(calibration)))
    let rows = try cases.map { point -> [String] in
      guard let assignment = try calibration.assignment(of: point) else { return [] }
      let loads = try calibration.placements(of: [point])
      let busiest = loads.filter { $0.load >= 0.999 }.map { $0.stages.joined(separator: "+") }
      return [
        point.name, "\(assignment.seal)", "\(assignment.open)", RunSummary.mostFrequent(busiest),
      ]
    }
    Output.line(TextTable.render(header: ["case", "seal", "open", "busiest"], rows: rows))
    calibration.leftOutLines.forEach { Output.line($0) }
    Output.line("n/128: the thread's share of the packets to encrypt or decrypt beside its other work")
  }

  private func costs(_ calibration: Calibration) -> [[String]] {
    calibration.table.map { row in
      [row.frames, row.stage]
        + [row.cost, row.least, row.most, row.onOneCore, row.onOneCore.map { row.cost - $0 }].map {
          $0.map { RunSummary.number($0, 1) } ?? ""
        }
    }
  }
}

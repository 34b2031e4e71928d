import Basics
import Descriptors
import Results
import Runs
import Statistics

/// The output about a model: a line for each case, the model's errors, and the origin of its inputs.
struct ModelSummary {
  private let outcome: ExperimentRun.Outcome
  private let descriptor: Descriptor

  init(_ outcome: ExperimentRun.Outcome, _ descriptor: Descriptor) {
    self.outcome = outcome
    self.descriptor = descriptor
  }

  func lines() -> [String] {
    guard !outcome.predictions.isEmpty else { return [] }
    let names = outcome.predictions.map(\.coordinates.name).distinct()
    let table = TextTable.render(
      header: ["case", "model Gbit/s", "limited by", "without limit", "run here", "error %"],
      rows: names.map(row))
    return ["", table] + error(names) + [
      "basis model: computed from what stages cost at few threads in the same repetition (docs/model.md);",
      "the error compares it, without shared limits, with the figure above.",
    ] + paper()
  }

  /// The model's validation with the paper's figures; only for the figure for which the paper has such
  /// values.
  private func paper() -> [String] {
    guard descriptor.paper?.figure == "6", let check = try? outcome.calibration.paperValidation() else {
      return []
    }
    return [
      "", "the model fed with the paper's figures at two threads, and ESP's stages in our proportions:",
      TextTable.render(header: check.header, rows: check.rows),
    ]
  }

  private func figure(_ name: String, _ metric: String, of records: [SampleRecord]) -> LaunchEstimate? {
    let records = records.filter { $0.coordinates.name == name }
    return records.first.flatMap { LaunchEstimate(of: $0.basis.name(of: metric), in: records) }
  }

  private func row(_ name: String) -> [String] {
    func text(_ metric: String, _ records: [SampleRecord]) -> String {
      figure(name, metric, of: records).map { RunSummary.number($0.value, 2) } ?? ""
    }
    let predictions = outcome.predictions.filter { $0.coordinates.name == name }
    return [
      name, text("goodput_gbps", predictions), RunSummary.mostFrequent(predictions.compactMap(\.bottleneck)),
      text("unlimited_capacity_gbps", predictions), text("goodput_gbps", outcome.records), error(name),
    ]
  }

  private func error(_ name: String) -> String {
    figure(name, "model_error_ratio", of: outcome.predictions).map {
      RunSummary.number($0.value * 100, 1)
    } ?? ""
  }

  private func error(_ names: [String]) -> [String] {
    let errors = names.compactMap { name in
      figure(name, "model_error_ratio", of: outcome.predictions).map { (name, $0.value) }
    }
    guard let worst = errors.max(by: { abs($0.1) < abs($1.1) }) else { return [] }
    let mean = errors.reduce(0) { $0 + abs($1.1) } / Double(errors.count) * 100
    return [
      "model error over \(errors.count.counted("point")): mean \(RunSummary.number(mean, 1)) %, worst "
        + "\(RunSummary.number(worst.1 * 100, 1)) % (\(worst.0))"
    ]
  }
}

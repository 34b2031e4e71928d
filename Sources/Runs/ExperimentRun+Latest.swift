import Foundation
import Results

/// Whether a run becomes the one that `latest` points to.
///
/// Plots, reports and readers take the link's target for *the* result of an experiment. So it moves only to a
/// complete run, and only if that is the same experiment as before: the same question about the same systems,
/// however much it measures. A descriptor that merely has the same name is another experiment.
extension ExperimentRun {
  /// Whether `latest` points to the run.
  public enum Publication: Sendable, Equatable {
    /// `latest` points to the run.
    case published
    /// `latest` does not point to the run, for this reason: a sentence.
    case withheld(String)
  }

  func publish(_ directory: RunDirectory, isWhole: Bool) -> Publication {
    let folder = options.output + "/" + descriptor.name
    guard isWhole else {
      return .withheld("\(folder)/latest moves for whole runs only, and this one is not")
    }
    if let before = RunDirectory.latest(in: options.output, name: descriptor.name),
      let theirs = Self.identity(before), let own = Self.identity(directory), theirs != own
    {
      return .withheld(
        "\(folder)/latest stays at \(before.runID), which asked another question or compared other systems; "
          + "give this experiment a name of its own, or remove the link")
    }
    do {
      try directory.publishAsLatest()
      return .published
    } catch {
      return .withheld(
        "there is no link \(folder)/latest to this run (\(Self.cause(error))); name the run's folder")
    }
  }

  /// The identity of an experiment, independent of profile and `--set`; nil if the descriptor cannot be read.
  private static func identity(_ run: RunDirectory) -> [String]? {
    guard let data = FileManager.default.contents(atPath: run.path(of: .descriptor)),
      let tree = try? JSONSerialization.jsonObject(with: data) as? [String: Any],
      let question = tree["question"] as? String, let systems = tree["systems"] as? [String]
    else { return nil }
    let what = (tree["measure"] as? [String: Any])?["what"] as? String
    return [question, what ?? "", tree["link"] as? String ?? ""] + systems.sorted()
  }

  static func cause(_ error: any Error) -> String {
    if case ResultsError.file(_, _, let code) = error { return String(cString: strerror(code)) }
    return "\(error)"
  }
}

import Basics
import Descriptors
import Foundation
import Runs

/// Shows the progress of one or several runs: on a terminal in one line that changes, elsewhere by a plain
/// line from time to time.
final class Progress {
  private let descriptors: [Descriptor]
  private let isTerminal = isatty(STDERR_FILENO) != 0
  private var forecast: Forecast
  private var current = 0
  private var lastLine: Moment?
  private var isLineOpen = false

  /// Seconds between plain lines.
  private static let interval = 10.0

  /// - Parameter descriptors: all descriptors that will be run, in order.
  init(_ descriptors: [Descriptor]) {
    self.descriptors = descriptors
    forecast = Forecast(descriptors.map(\.plan))
  }

  private var descriptor: Descriptor { descriptors[current] }

  /// Continues with the descriptor at `index`.
  func begin(_ index: Int) {
    current = index
    forecast.begin(index)
  }

  /// Shows an event of the current run.
  func show(_ event: ExperimentRun.Event) {
    switch event {
    case .opened: break
    case .preparing(let what): line(prefix + what)
    case .warned(let what): line("\(prefix)note: \(what)")
    case .started(let folder, let cases, let samples, let done):
      forecast.begin(current, done: done, of: samples)
      finish()
      print("\(prefix)\(descriptor.name)\(descriptor.isQuick ? " (quick)" : ""): \(descriptor.question)")
      let rest = done > 0 ? ", of which \(done) are there already" : ""
      print("\(cases.counted("case")), \(samples.counted("sample"))\(rest), into \(folder)")
      Output.flush()
    case .sample(let record, let done, let total, let secondsLeft):
      forecast.sample(done: done, of: total, secondsLeft: secondsLeft)
      for fault in record.faults {
        line("\(record.coordinates.name), sample \(record.sample): invalid: \(fault)")
      }
      let left = overall ?? secondsLeft.map { "\($0.asDuration) left" }
      let text = "\(prefix)\(done)/\(total)  \(record.coordinates.name)" + (left.map { "  " + $0 } ?? "")
      if isTerminal {
        write("\r\u{1B}[K" + text)
        isLineOpen = true
      } else if lastLine.map({ $0.secondsAgo > Progress.interval }) ?? true {
        line(text)
        lastLine = Moment.now
      }
    }
  }

  /// Ends the line that is shown.
  func finish() {
    if isLineOpen { write("\r\u{1B}[K") }
    isLineOpen = false
  }

  /// The number of the current run, if there are several.
  private var prefix: String { descriptors.count > 1 ? "[\(current + 1)/\(descriptors.count)] " : "" }

  /// The progress of several runs together; nil for a single run.
  private var overall: String? {
    guard descriptors.count > 1 else { return nil }
    let share = Int((forecast.shareDone * 100).rounded(.down))
    return "\(share) % of all, about \(forecast.secondsLeft.asDuration) left"
  }

  private func line(_ text: String) {
    finish()
    write(text + "\n")
  }

  private func write(_ text: String) { Output.complain(text) }
}

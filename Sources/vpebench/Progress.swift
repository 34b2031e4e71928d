import Experiments
import Foundation

/// Tells how far a run is: one line that changes on a terminal, a plain line now and then elsewhere.
final class Progress {
  private let descriptor: Descriptor
  private let isTerminal = isatty(STDERR_FILENO) != 0
  private var lastLine = Date.distantPast
  private var isLineOpen = false

  /// Seconds between plain lines.
  private static let interval = 10.0

  init(_ descriptor: Descriptor) { self.descriptor = descriptor }

  /// Shows an event.
  func show(_ event: ExperimentRun.Event) {
    switch event {
    case .opened: break
    case .preparing(let what): line(what)
    case .started(let folder, let cases, let samples, let done):
      print("\(descriptor.name)\(descriptor.isQuick ? " (quick)" : ""): \(descriptor.question)")
      let rest = done > 0 ? ", of which \(done) are there already" : ""
      print("\(cases) cases, \(samples) samples\(rest), into \(folder)")
      // A pipe would keep the lines until the end.
      fflush(nil)
    case .sample(let record, let done, let total, let secondsLeft):
      for fault in record.faults {
        line("\(record.coordinates.name), sample \(record.sample): invalid: \(fault)")
      }
      let text = "\(done)/\(total)  \(record.coordinates.name)  \(Progress.duration(secondsLeft)) left"
      if isTerminal {
        write("\r\u{1B}[K" + text)
        isLineOpen = true
      } else if -lastLine.timeIntervalSinceNow > Progress.interval {
        line(text)
        lastLine = Date()
      }
    }
  }

  /// Ends the line that is being shown.
  func finish() {
    if isLineOpen { write("\r\u{1B}[K") }
    isLineOpen = false
  }

  private func line(_ text: String) {
    finish()
    write(text + "\n")
  }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

  /// As in `1 h 5 min`, `3 min` or `12 s`.
  static func duration(_ seconds: Double) -> String {
    let whole = Int(seconds.rounded())
    if whole >= 3600 { return "\(whole / 3600) h \(whole % 3600 / 60) min" }
    return whole >= 60 ? "\(whole / 60) min" : "\(whole) s"
  }
}

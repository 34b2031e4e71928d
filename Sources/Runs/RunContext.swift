import Cases
import Descriptors
import Foundation
import Results

/// The context of all samples of a run, whatever they measure.
struct RunContext {
  let crew: RoleCrew
  let descriptor: Descriptor
  let runID: RunID
  /// A file for the keys of the sample that runs, if any.
  var keysFile: String?
  /// Whether the user wants to stop.
  let isInterrupted: () -> Bool

  /// Takes a sample of a case.
  /// - Parameters:
  ///   - basis: the basis of the record if the sample fails.
  ///   - clear: cleans up after a sample that failed.
  /// - Throws: `RunError.interrupted` only; any other error makes the sample invalid.
  func take(
    _ point: Case, sample: Int, basis: Basis, clear: () -> Void,
    _ body: (_ startedAt: String) throws -> SampleRecord
  ) throws -> SampleRecord {
    if isInterrupted() { throw RunError.interrupted }
    let startedAt = Date().formatted(.iso8601)
    do {
      return try body(startedAt)
    } catch {
      clear()
      if case RunError.interrupted = error { throw error }
      let awaitsHost = crew.testbed != nil && (error as? RunError)?.isAbsence == true
      let rest = awaitsHost ? "; --resume takes the sample again" : ""
      var record = SampleRecord(
        coordinates: CaseCoordinates(point), sample: sample, startedAt: startedAt, basis: basis,
        windowSeconds: 0, metrics: [:], counts: [:], valid: false, faults: ["\(error)\(rest)"], stages: [])
      if awaitsHost { record.awaitsHost = true }
      return record
    }
  }
}

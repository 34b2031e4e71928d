import Cases
import Foundation
import Model
import Results
import Statistics

/// Decides whether a tester was fast enough for a DUT: its own rate must be higher than the DUT's.
///
/// Tester and DUT work at the same time on a core each, so the observed rate is that of the slower one. The
/// tester's own rate is measured without a DUT (system `tester`) in the same run, at the same frame size,
/// equally often; its median must be `margin` times the case's. The rule uses all samples of a case together:
/// none is repeated or left out because it was slow or fast by chance.
package enum TesterRule {
  /// The least ratio of the tester's own rate to the case's.
  static let margin = 1.1

  /// Adds a gap to all samples of each case for which the tester was too slow.
  package static func addingGaps(to records: [SampleRecord]) -> [SampleRecord] {
    let testers = records.filter { $0.coordinates.system == System.tester.rawValue }
    guard !testers.isEmpty else { return records }
    let cases = Dictionary(grouping: records.filter { $0.coordinates.system != System.tester.rawValue }) {
      $0.coordinates
    }
    let gaps = cases.mapValues { samples -> [String] in
      let same = testers.filter { haveSameFrames($0.coordinates, samples[0].coordinates) }
      return StageKind.Direction.allCases.compactMap { gap(of: samples, same, $0.rawValue) }
    }
    return records.map { record in
      var record = record
      record.gaps += gaps[record.coordinates] ?? []
      return record
    }
  }

  private static func haveSameFrames(_ first: CaseCoordinates, _ second: CaseCoordinates) -> Bool {
    first.frameBytes == second.frameBytes && first.link == second.link
      && first.extraHeadroomBytes == second.extraHeadroomBytes
  }

  private static func gap(
    of samples: [SampleRecord], _ testers: [SampleRecord], _ direction: String
  ) -> String? {
    func median(_ records: [SampleRecord]) -> Double? {
      Estimate(records.filter(\.isUsable).compactMap { $0.metrics["\(direction)_mpps"] })?.median
    }
    // Without a rate there is a fault, which says more.
    guard let own = median(samples) else { return nil }
    guard let tester = median(testers) else {
      return "\(direction): nobody knows what the tester itself can carry, for it has no valid sample"
    }
    if tester >= margin * own { return nil }
    let rates = [tester, own].map { String(format: "%.3g", $0) }
    return "\(direction): the tester itself carries \(rates[0]) Mpps, not \(margin) times the \(rates[1]) "
      + "that came out of the DUT, so it may be the tester that was measured"
  }
}

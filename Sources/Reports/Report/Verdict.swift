import Cases
import Foundation
import Statistics

/// The verdict on a claim, as its rule decides.
public enum Verdict: Sendable, Equatable {
  /// The figures confirm the claim.
  case reproduced
  /// The figures contradict the claim. The text says how.
  case notReproduced(String)
  /// The figures do not decide. The text says why, and what would decide.
  case notResolved(String)
  /// There are no figures. The text says why, and how to get them.
  case notRun(String)

  /// The verdict in one to three words.
  public var words: String {
    switch self {
    case .reproduced: "reproduced"
    case .notReproduced: "not reproduced"
    case .notResolved: "not resolved"
    case .notRun: "not run"
    }
  }

  /// Whether the figures decide the claim, for or against it.
  public var isDecided: Bool {
    switch self {
    case .reproduced, .notReproduced: true
    case .notResolved, .notRun: false
    }
  }

  /// The words of all verdicts, in the order of reports.
  public static let allWords = ["reproduced", "not reproduced", "not resolved", "not run"]

  /// The reason; nil if the claim is reproduced.
  public var reason: String? {
    switch self {
    case .reproduced: nil
    case .notReproduced(let reason), .notResolved(let reason), .notRun(let reason): reason
    }
  }
}

/// Whether figures agree with a claim, regardless of their basis.
package struct Judgement: Equatable {
  /// The figures agree with the claim (`same`), contradict it (`other`), or do not decide (`open`).
  package enum Direction: String { case same, other, open }

  package let direction: Direction
  /// Why the figures do not agree with the claim, or what would decide it; empty if they agree.
  package let reason: String
  /// Two-sided p value of the deciding test; nil if the rule is not a statistical test.
  package let pValue: Double?

  package static func same(_ pValue: Double? = nil) -> Judgement {
    Judgement(direction: .same, reason: "", pValue: pValue)
  }
  package static func other(_ reason: String, _ pValue: Double? = nil) -> Judgement {
    Judgement(direction: .other, reason: reason, pValue: pValue)
  }
  package static func open(_ reason: String) -> Judgement {
    Judgement(direction: .open, reason: reason, pValue: nil)
  }

  /// The verdict that follows if the figures have these bases. A figure that is not measured leaves out what
  /// cores share, so it confirms no claim. It refutes none either, as that would confirm the opposite. The
  /// exception is a claim that looks only better for what is left out: such a figure can refute it.
  /// - Parameter isFavoured: whether the claim looks only better for what is left out.
  package func verdict(_ bases: [Basis], isFavoured: Bool = false) -> Verdict {
    let names = Basis.allCases.filter { $0 != .measured && bases.contains($0) }.map(\.rawValue)
    if direction == .open { return .notResolved(reason) }
    if names.isEmpty || (direction == .other && isFavoured) {
      return direction == .same ? .reproduced : .notReproduced(reason)
    }
    let basis = "of basis \(names.joined(separator: " and ")), which leaves out what cores share"
    let remedy = "a core for each thread decides it"
    if direction == .same {
      return .notResolved("the figures point the claim's way, but are \(basis); \(remedy)")
    }
    return .notResolved("\(reason); but the figures are \(basis), whichever way that counts; \(remedy)")
  }
}

/// How the paper's value compares with the interval of the suite's own value.
public enum Magnitude: String, Sendable, Equatable {
  /// The paper's value lies in the 95 % interval.
  case inside
  /// The paper's value lies above the interval, so the suite's own is smaller.
  case smaller = "smaller here"
  /// The paper's value lies below the interval, so the suite's own is larger.
  case larger = "larger here"
  /// The paper states no value, or the suite's own has no interval.
  case unknown = "–"

  package init(_ paper: Double?, in estimate: LaunchEstimate?) {
    guard let paper, let low = estimate?.low, let high = estimate?.high else {
      self = .unknown
      return
    }
    self = paper > high ? .smaller : paper < low ? .larger : .inside
  }
}

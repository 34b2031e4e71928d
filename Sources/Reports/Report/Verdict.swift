import Cases
import Foundation
import Statistics

/// The verdict on a claim, by a stated rule.
public enum Verdict: Sendable, Equatable {
  /// The figures confirm the claim.
  case reproduced
  /// The figures contradict it: how.
  case notReproduced(String)
  /// The figures do not decide it: why, and what would.
  case notResolved(String)
  /// There are no figures: why, and what makes them.
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

  /// Whether the figures decide it, either way.
  public var isDecided: Bool {
    switch self {
    case .reproduced, .notReproduced: true
    case .notResolved, .notRun: false
    }
  }

  /// The words of all, in the order of reports.
  public static let allWords = ["reproduced", "not reproduced", "not resolved", "not run"]

  /// The reason; nil for a claim that is reproduced.
  public var reason: String? {
    switch self {
    case .reproduced: nil
    case .notReproduced(let reason), .notResolved(let reason), .notRun(let reason): reason
    }
  }
}

/// Whether figures point the way that a claim does, whatever they rest on.
package struct Judgement: Equatable {
  /// The way.
  package enum Direction: String { case same, other, open }

  package let direction: Direction
  /// Why it is not the claim's, or what would resolve it; empty if it is.
  package let reason: String
  /// Two-sided p value of the test that decided; nil where the rule is no test of chance.
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

  /// What follows from figures of these bases. What is not measured leaves out what cores share, so it
  /// confirms no claim. Nor does it refute one, for that would confirm its opposite; but for a claim that
  /// what is left out can only make look better.
  /// - Parameter isFavoured: whether the claim is such a one.
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

/// The position of the paper's value relative to ours.
public enum Magnitude: String, Sendable, Equatable {
  /// In our 95 % interval.
  case inside
  /// Above it.
  case smaller = "smaller here"
  /// Below it.
  case larger = "larger here"
  /// The paper states none, or ours has no interval.
  case unknown = "–"

  package init(_ paper: Double?, in estimate: LaunchEstimate?) {
    guard let paper, let low = estimate?.low, let high = estimate?.high else {
      self = .unknown
      return
    }
    self = paper > high ? .smaller : paper < low ? .larger : .inside
  }
}

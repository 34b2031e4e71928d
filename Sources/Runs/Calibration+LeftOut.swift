import Basics
import Cases

/// A part of a sample in which frames were lost and counted, or a thread got none, while its accounts closed.
package struct LostFrames: Error, Equatable, CustomStringConvertible {
  let purpose: String
  let reason: String

  package init(_ purpose: String, _ reason: String) { (self.purpose, self.reason) = (purpose, reason) }

  package var description: String { "\(purpose): \(reason)" }
}

extension Calibration {
  /// Repetitions at a point that are not among the samples. A machine that stands still for a moment loses
  /// frames; accounts that do not close, and drops that no honest run has, are never left out.
  public struct LeftOut: Codable, Equatable, Sendable {
    /// Where in the sweep.
    public let point: Point
    /// Rings that packets were dealt to; nil where the stages themselves were measured.
    public let rings: Int?
    /// How many there are.
    public private(set) var repetitions = 0
    /// Why, a sentence each.
    public private(set) var reasons: [String] = []

    init(_ point: Point, rings: Int?) { (self.point, self.rings) = (point, rings) }

    mutating func add(_ loss: LostFrames) {
      repetitions += 1
      reasons.append(loss.reason)
    }
  }

  /// The most repetitions of a point that are left out: a defect would lose frames in each of them.
  package static let leftOutMax = 2

  /// Leaves a repetition out, and remembers it.
  /// - Parameter rings: those that packets were dealt to, if that was measured. The model does without, so
  ///   that all of these may be missing.
  /// - Throws: `RunError.refused` where that are too many.
  package mutating func leaveOut(_ point: Case, _ loss: LostFrames, rings: Int? = nil) throws {
    var all = leftOut ?? []
    let place = Point(point)
    let index = all.firstIndex { $0.point == place && $0.rings == rings } ?? all.endIndex
    if index == all.endIndex { all.append(LeftOut(place, rings: rings)) }
    guard rings != nil || all[index].repetitions < Self.leftOutMax else {
      throw RunError.refused(role: loss.purpose, reason: loss.reason)
    }
    all[index].add(loss)
    leftOut = all
  }

  /// What was left out, a line for each point.
  public var leftOutLines: [String] {
    (leftOut ?? []).map { left in
      let rings = left.rings.map { " with \($0) rings" } ?? ""
      let reasons = left.reasons.distinctButForNumbers().joined(separator: "; ")
      return "left out of the calibration at \(left.point.frames) bytes: "
        + "\(left.repetitions.counted("repetition"))\(rings) (\(reasons))"
    }
  }
}

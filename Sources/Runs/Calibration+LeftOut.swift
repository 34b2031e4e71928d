import Basics
import Cases

/// A part of a sample in which frames were lost and counted, or a thread received none, although its accounts
/// closed.
package struct LostFrames: Error, Equatable, CustomStringConvertible {
  let purpose: String
  let reason: String

  package init(_ purpose: String, _ reason: String) { (self.purpose, self.reason) = (purpose, reason) }

  package var description: String { "\(purpose): \(reason)" }
}

extension Calibration {
  /// Repetitions at a point that were left out of the samples, because a machine that pauses for a moment
  /// loses frames. Accounts that do not close, and drops that do not occur in an honest run, are never left
  /// out.
  public struct LeftOut: Codable, Equatable, Sendable {
    /// The point of the sweep.
    public let point: Point
    /// How many rings packets were dealt to; nil if the stages themselves were measured.
    public let rings: Int?
    /// How many repetitions were left out.
    public private(set) var repetitions = 0
    /// The reasons, a sentence each.
    public private(set) var reasons: [String] = []

    init(_ point: Point, rings: Int?) { (self.point, self.rings) = (point, rings) }

    mutating func add(_ loss: LostFrames) {
      repetitions += 1
      reasons.append(loss.reason)
    }
  }

  /// The most repetitions of a point that may be left out: a defect would lose frames in every one.
  package static let leftOutMax = 2

  /// Leaves a repetition out, and records it.
  /// - Parameter rings: how many rings packets were dealt to, if dealing was measured; all of these may be
  ///   left out, for the model works without them.
  /// - Throws: `RunError.refused` if too many are left out.
  package mutating func leaveOut(_ point: Case, _ loss: LostFrames, rings: Int? = nil) throws {
    var all = leftOut ?? []
    let key = Point(point)
    let index = all.firstIndex { $0.point == key && $0.rings == rings } ?? all.endIndex
    if index == all.endIndex { all.append(LeftOut(key, rings: rings)) }
    guard rings != nil || all[index].repetitions < Self.leftOutMax else {
      throw RunError.refused(role: loss.purpose, reason: loss.reason)
    }
    all[index].add(loss)
    leftOut = all
  }

  /// A line for each point about its left-out repetitions.
  public var leftOutLines: [String] {
    (leftOut ?? []).map { left in
      let rings = left.rings.map { " with \($0) rings" } ?? ""
      let reasons = left.reasons.distinctButForNumbers().joined(separator: "; ")
      return "left out of the calibration at \(left.point.frames) bytes: "
        + "\(left.repetitions.counted("repetition"))\(rings) (\(reasons))"
    }
  }
}

import Basics
import Foundation

/// Everything that is wrong with one file, found before anything starts.
public struct DescriptorError: Error, Sendable, Equatable, CustomStringConvertible {
  /// One thing that is wrong.
  public struct Problem: Sendable, Equatable {
    /// Where: `sweep.frame_bytes[1]`, `quick.measure.windows`, `--set link`; empty for the file as a whole.
    public let path: String
    /// What is wrong with the value given and what is allowed, in one sentence.
    public let reason: String

    /// A problem at a place of the descriptor.
    public init(path: String, reason: String) {
      self.path = path
      self.reason = reason
    }
  }

  /// The file as the caller named it.
  public let file: String
  /// At least one problem, in the order of the file's format.
  public let problems: [Problem]

  /// An error of one file, with all its problems.
  public init(file: String, problems: [Problem]) {
    self.file = file
    self.problems = problems
  }

  package init(file: URL, _ failure: JSON5.Failure) {
    self.init(file: file.relativePath, problems: [Problem(path: "", reason: failure.reason)])
  }

  /// The most problems that are told: more of them mostly have one cause.
  package static let most = 20

  /// A line for each problem: file, path, reason.
  public var description: String {
    let lines = problems.prefix(Self.most).map { problem in
      [file, problem.path, problem.reason].filter { !$0.isEmpty }.joined(separator: ": ")
    }
    let rest = problems.count - lines.count
    return (lines + (rest > 0 ? ["\(file): and \(rest.counted("more problem"))"] : []))
      .joined(separator: "\n")
  }
}

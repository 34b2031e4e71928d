import Basics
import Foundation

/// All problems of one file. They are found before anything starts.
public struct DescriptorError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A problem of a descriptor.
  public struct Problem: Sendable, Equatable {
    /// The path of the value: `sweep.frame_bytes[1]`, `quick.measure.windows` or `--set link`; empty if the
    /// problem concerns the whole file.
    public let path: String
    /// One sentence on what is wrong with the value, and on what is allowed.
    public let reason: String

    /// Makes a problem from its path in the descriptor and its reason.
    public init(path: String, reason: String) {
      self.path = path
      self.reason = reason
    }
  }

  /// The file's path, as the caller named it.
  public let file: String
  /// At least one problem, in the order of the descriptor's shape.
  public let problems: [Problem]

  /// Makes the error of a file from all its problems.
  public init(file: String, problems: [Problem]) {
    self.file = file
    self.problems = problems
  }

  package init(file: URL, _ failure: JSON5.Failure) {
    self.init(file: file.relativePath, problems: [Problem(path: "", reason: failure.reason)])
  }

  /// The most problems that are printed. If there are more, most of them have one cause.
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

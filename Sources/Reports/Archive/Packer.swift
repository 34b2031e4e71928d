import Foundation
import Results

/// The source of the program that packs, as git tells it, and the gnuplot that draws: whoever rebuilds the
/// report needs these, not what the runs were measured with.
public struct Packer: Sendable {
  /// The commit that is checked out; nil without git, or outside a work tree.
  public let commit: String?
  /// Whether the work tree differs from it, results left out; nil likewise.
  public let isDirty: Bool?
  /// As it calls itself, such as `gnuplot 5.4 patchlevel 6`; nil without one.
  public let gnuplot: String?
  private let folder: String
  /// The name of main here; nil where there is none.
  private let main: String?

  /// Asks git about the work tree that holds `folder`, and gnuplot for its version.
  public init(folder: String) {
    self.folder = folder
    commit = Self.git(["rev-parse", "--verify", "--quiet", "HEAD"], folder)
    isDirty =
      commit == nil
      ? nil
      : Self.git(["status", "--porcelain", "--", ":(top)", ":(top,exclude)results"], folder).map {
        !$0.isEmpty
      }
    main = ["refs/heads/main", "refs/remotes/origin/main"].first {
      Self.git(["rev-parse", "--verify", "--quiet", $0], folder) != nil
    }
    gnuplot = Self.said(try? Tool.run(["gnuplot", "--version"]))
  }

  /// Whether `commit` is main's or one before it; nil where git cannot tell, for there is none.
  func isOfMain(_ commit: String) -> Bool? {
    guard self.commit != nil else { return nil }
    guard let main else { return false }
    return Self.git(["merge-base", "--is-ancestor", commit, main], folder) != nil
  }

  /// What stands in the way of packing a run: that it is not known to be built from a commit, without
  /// changes, or from one of main; nil if nothing, or if git cannot tell.
  func problem(of run: RunReading) -> ArchiveProblem? {
    let software = run.environment?.software
    guard let commit = software?.gitCommit, software?.gitDirty == false else {
      return .uncommitted(run: "this run", commit: software?.gitCommit)
    }
    return isOfMain(commit) == false ? .notOfMain("this run", commit: commit) : nil
  }

  /// What stands in the way of packing; nil if nothing, or if git cannot tell.
  var problem: ArchiveProblem? {
    guard let commit else { return nil }
    if isDirty != false { return .uncommittedPacker(commit: commit) }
    return isOfMain(commit) == false ? .notOfMain("the program that packs", commit: commit) : nil
  }

  /// In words, for readers.
  public var words: String {
    let source = commit.map {
      "commit \($0)\(isDirty == false ? "" : ", with changes that it does not hold")"
    }
    return "\(source ?? "a commit that nobody knows, for there was no git,") and "
      + (gnuplot ?? "a gnuplot of unknown version")
  }

  /// What git says; nil if it fails. It only looks, and locks nothing.
  private static func git(_ words: [String], _ folder: String) -> String? {
    let options = ["--no-optional-locks", "-c", "safe.directory=*", "-c", "core.fsmonitor=false"]
    return said(try? Tool.run(["git", "-C", folder] + options + words))
  }

  private static func said(_ data: Data?) -> String? {
    data.map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
  }
}

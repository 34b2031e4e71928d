import Foundation
import Results

/// The source of the packing program according to git, and the gnuplot that draws: a rebuild of the report
/// needs these, not the programs that measured.
public struct Packer: Sendable {
  /// The commit that is checked out; nil without git, or outside a work tree.
  public let commit: String?
  /// Whether the work tree differs from it, results left out; nil likewise.
  public let isDirty: Bool?
  /// gnuplot's version, such as `gnuplot 5.4 patchlevel 6`; nil without gnuplot.
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

  /// Whether `commit` is main or an ancestor of it; nil without git.
  func isOfMain(_ commit: String) -> Bool? {
    guard self.commit != nil else { return nil }
    guard let main else { return false }
    return Self.git(["merge-base", "--is-ancestor", commit, main], folder) != nil
  }

  /// The reason why a run cannot be packed: it is not known to be built from a clean commit, or the commit is
  /// not in main; nil if there is none, or git cannot tell.
  func problem(of run: RunReading) -> ArchiveProblem? {
    let software = run.environment?.software
    guard let commit = software?.gitCommit, software?.gitDirty == false else {
      return .uncommitted(run: "this run", commit: software?.gitCommit)
    }
    return isOfMain(commit) == false ? .notOfMain("this run", commit: commit) : nil
  }

  /// The reason why this program cannot pack; nil if there is none, or git cannot tell.
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

  /// The output of a read-only git command; nil if it fails. It takes no lock.
  private static func git(_ words: [String], _ folder: String) -> String? {
    let options = ["--no-optional-locks", "-c", "safe.directory=*", "-c", "core.fsmonitor=false"]
    return said(try? Tool.run(["git", "-C", folder] + options + words))
  }

  private static func said(_ data: Data?) -> String? {
    data.map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
  }
}

import Foundation
import Results

/// The git state of this program's source, and the version of gnuplot. To rebuild a report, the reader needs
/// these, not the programs that measured.
public struct Packer: Sendable {
  /// The commit that is checked out; nil without git or outside a work tree.
  public let commit: String?
  /// Whether the work tree, without its results, differs from `commit`; nil without git or outside a work
  /// tree.
  public let isDirty: Bool?
  /// gnuplot's version, such as `gnuplot 5.4 patchlevel 6`; nil without gnuplot.
  public let gnuplot: String?
  private let folder: String
  /// The name of the main branch in this clone; nil if there is none.
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

  /// The reason why a run cannot be packed: it was not built from a clean commit, or from a commit that is
  /// not in main. Nil if the run can be packed, or if git cannot tell.
  func problem(of run: RunReading) -> ArchiveProblem? {
    let software = run.environment?.software
    guard let commit = software?.gitCommit, software?.gitDirty == false else {
      return .uncommitted(run: "this run", commit: software?.gitCommit)
    }
    return isOfMain(commit) == false ? .notOfMain("this run", commit: commit) : nil
  }

  /// The reason why this program cannot pack; nil if it can, or if git cannot tell.
  var problem: ArchiveProblem? {
    guard let commit else { return nil }
    if isDirty != false { return .uncommittedPacker(commit: commit) }
    return isOfMain(commit) == false ? .notOfMain("the program that packs", commit: commit) : nil
  }

  /// The commit and the gnuplot version, as readers see them.
  public var words: String {
    let source = commit.map {
      "commit \($0)\(isDirty == false ? "" : ", with changes that it does not hold")"
    }
    return "\(source ?? "a commit that nobody knows, for there was no git,") and "
      + (gnuplot ?? "a gnuplot of unknown version")
  }

  /// The output of a git command; nil if it fails. The command only reads and takes no lock.
  private static func git(_ words: [String], _ folder: String) -> String? {
    let options = ["--no-optional-locks", "-c", "safe.directory=*", "-c", "core.fsmonitor=false"]
    return said(try? Tool.run(["git", "-C", folder] + options + words))
  }

  private static func said(_ data: Data?) -> String? {
    data.map { String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines) }
  }
}

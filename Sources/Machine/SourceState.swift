import Foundation

import enum Results.Program

/// The source from which a run was built, according to git.
public struct SourceState: Sendable, Equatable {
  /// The commit that is checked out; `nil` outside a work tree, without git, or before the first commit.
  public var commit: String?
  /// Whether the work tree differs from that commit, for example by untracked files. Results do not count,
  /// because a run may write its own into the work tree.
  public var isDirty: Bool?

  /// Makes a source state from its parts.
  public init(commit: String?, isDirty: Bool?) {
    self.commit = commit
    self.isDirty = isDirty
  }

  /// The present state of the work tree that contains `folder`.
  ///
  /// Without `folder` it is the work tree in which this program was built, so that a run started elsewhere
  /// records the commit of vpebench and not that of its surroundings. A commit made after the build cannot be
  /// distinguished from the one that was built.
  public static func read(folder: URL? = nil) -> SourceState {
    let workTree =
      folder
      ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
    // git runs without locks, hooks and file monitors. So a run as root in a user's work tree changes nothing
    // there, and it is safe to trust the folder.
    let options = [
      "--no-optional-locks", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", workTree.path,
    ]
    let paths = ["--", ":(top)", ":(top,exclude)results"]
    guard let status = Program.run(["git"] + options + ["status", "--porcelain"] + paths), status.status == 0
    else {
      return SourceState(commit: nil, isDirty: nil)
    }
    let head = Program.run(["git"] + options + ["rev-parse", "--verify", "--quiet", "HEAD"])
    return SourceState(
      commit: head.flatMap { $0.status == 0 ? $0.text : nil }, isDirty: !status.output.isEmpty)
  }
}

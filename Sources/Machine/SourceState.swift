import Foundation

import enum Results.Program

/// Which source a run was built from, as git tells it.
public struct SourceState: Sendable, Equatable {
  /// The commit that is checked out; `nil` outside a work tree, without git, or before the first commit.
  public var commit: String?
  /// Whether the work tree differs from that commit, new files that are not ignored included, results not:
  /// a run may write its own into the tree.
  public var isDirty: Bool?

  /// A source in a state known otherwise.
  public init(commit: String?, isDirty: Bool?) {
    self.commit = commit
    self.isDirty = isDirty
  }

  /// The state of the work tree that holds `folder`, now.
  ///
  /// Without a folder it is the one in which this program was built, so that a run started elsewhere
  /// records the commit of vpebench rather than of whatever lies around it. A commit made after the build
  /// cannot be told from the one that was built.
  public static func read(folder: URL? = nil) -> SourceState {
    let place =
      folder
      ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
    // A run as root in a user's work tree only looks, and locks nothing; the user's git hooks and monitors
    // stay off, so trusting the folder is safe.
    let options = [
      "--no-optional-locks", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", place.path,
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

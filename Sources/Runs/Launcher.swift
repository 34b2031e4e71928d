import Descriptors

/// How a role process is started on a host of a testbed.
package enum Launcher {
  /// A shell between the run and the launcher. It keeps open the descriptor by which Foundation watches a
  /// child, and which `ssh` closes (Foundation would then wait in a way that blocks all other waiting). When
  /// it is ended, it kills the launcher, for its trap is set before the launcher starts. It ignores Ctrl-C,
  /// which a terminal sends to all processes: the run decides.
  private static let shell = """
    ended=
    trap '' INT HUP
    trap 'ended=1; kill -9 $! 2>/dev/null' TERM
    exec 3<&0 </dev/null
    "$@" <&3 3<&- &
    exec 3<&-
    [ -z "$ended" ] || kill -9 $!
    wait $!
    exit $?
    """

  /// The words of a command that a host runs.
  package static func command(_ words: [String], on host: Testbed.Host) -> [String] {
    let last =
      switch host.quoting {
      case .none: words
      case .shell: [words.map(quoted).joined(separator: " ")]
      }
    return ["sh", "-c", shell, "sh"] + host.launcher + last
  }

  /// The word quoted for a shell.
  package static func quoted(_ word: String) -> String {
    "'" + word.replacing("'", with: #"'\''"#) + "'"
  }
}

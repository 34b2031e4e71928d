import Descriptors

/// How a role process is started on a host of a testbed.
package enum Launcher {
  /// A shell between the run and the launcher. It keeps open what Foundation watches a child by, which `ssh`
  /// closes (Foundation then waits for it in a way that blocks all other waiting), and takes the launcher
  /// along when it is ended, however soon: its trap stands before the launcher does. Ctrl-C, which a terminal
  /// sends to all, is the run's to judge.
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

  /// The words that have a host run a command.
  package static func command(_ words: [String], on host: Testbed.Host) -> [String] {
    let last =
      switch host.quoting {
      case .none: words
      case .shell: [words.map(quoted).joined(separator: " ")]
      }
    return ["sh", "-c", shell, "sh"] + host.launcher + last
  }

  /// A word that a shell takes for exactly this.
  package static func quoted(_ word: String) -> String {
    "'" + word.replacing("'", with: #"'\''"#) + "'"
  }
}

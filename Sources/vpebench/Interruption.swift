import Foundation

/// Ctrl-C and a polite kill: noted, and looked at between steps, so that a run ends cleanly.
enum Interruption {
  nonisolated(unsafe) private static let flag: UnsafeMutablePointer<sig_atomic_t> = {
    let flag = UnsafeMutablePointer<sig_atomic_t>.allocate(capacity: 1)
    flag.initialize(to: 0)
    return flag
  }()

  /// From now on SIGINT and SIGTERM are noted; a second one ends the process at once.
  static func watch() {
    flag.pointee = 0
    // A parent may have blocked them, and the mask is inherited.
    var both = sigset_t()
    sigemptyset(&both)
    sigaddset(&both, SIGINT)
    sigaddset(&both, SIGTERM)
    sigprocmask(SIG_UNBLOCK, &both, nil)
    for number in [SIGINT, SIGTERM] {
      signal(number) { number in
        if Interruption.isAsked { _exit(128 + number) }
        Interruption.note()
      }
    }
  }

  private static func note() { flag.pointee = 1 }

  /// Whether the user wants to stop.
  static var isAsked: Bool { flag.pointee != 0 }
}

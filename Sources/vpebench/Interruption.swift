import Foundation

/// Ctrl-C, a polite kill, a terminal that is closed: noted, and looked at between steps, so that a run ends
/// cleanly.
enum Interruption {
  nonisolated(unsafe) private static let flag: UnsafeMutablePointer<sig_atomic_t> = {
    let flag = UnsafeMutablePointer<sig_atomic_t>.allocate(capacity: 1)
    flag.initialize(to: 0)
    return flag
  }()

  /// Whether this command looks at `isAsked`.
  nonisolated(unsafe) private(set) static var isWatched = false

  /// From now on SIGINT, SIGTERM and SIGHUP are noted; a second one ends the process at once.
  static func watch() {
    flag.pointee = 0
    isWatched = true
    // A parent may have blocked them, and the mask is inherited.
    var all = sigset_t()
    sigemptyset(&all)
    for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&all, number) }
    sigprocmask(SIG_UNBLOCK, &all, nil)
    for number in [SIGINT, SIGTERM, SIGHUP] where number != SIGHUP || !isIgnored(number) {
      signal(number) { number in
        if Interruption.isNoted { _exit(128 + number) }
        Interruption.note()
      }
    }
  }

  /// What `nohup` does to SIGHUP.
  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static func note() { flag.pointee = 1 }
  private static var isNoted: Bool { flag.pointee != 0 }

  /// Whether the user wants to stop, or nobody reads any more what is printed.
  static var isAsked: Bool { isNoted || Output.isReaderGone }
}

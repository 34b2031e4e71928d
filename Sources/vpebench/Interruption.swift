import Foundation

/// Records SIGINT (Ctrl-C), SIGTERM and SIGHUP (a closed terminal). Commands check between steps, so that a
/// run ends cleanly.
enum Interruption {
  nonisolated(unsafe) private static let flag: UnsafeMutablePointer<sig_atomic_t> = {
    let flag = UnsafeMutablePointer<sig_atomic_t>.allocate(capacity: 1)
    flag.initialize(to: 0)
    return flag
  }()

  /// Whether the command handles interruptions, that is, checks `isAsked`.
  nonisolated(unsafe) private(set) static var isWatched = false

  /// Records SIGINT, SIGTERM and SIGHUP from now on. A second signal ends the process at once.
  static func watch() {
    flag.pointee = 0
    isWatched = true
    // The parent process may have blocked the signals, and the mask is inherited.
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

  /// Whether the signal is ignored, as SIGHUP is under `nohup`.
  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    sigaction(number, nil, &action)
    return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static func note() { flag.pointee = 1 }
  private static var isNoted: Bool { flag.pointee != 0 }

  /// Whether the user wants to stop, or the reader of standard output is gone.
  static var isAsked: Bool { isNoted || Output.isReaderGone }
}

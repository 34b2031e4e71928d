/// A moment on a clock that nobody sets: waiting for it ends, and what has passed since is right, even if the
/// machine's date jumps meanwhile.
public struct Moment: Sendable {
  private let instant: ContinuousClock.Instant

  /// The present.
  public static var now: Moment { Moment(in: 0) }

  /// The moment so many seconds from now, at most some thirty years.
  public init(in seconds: Double) {
    instant = ContinuousClock.now.advanced(by: .seconds(min(seconds, 1e9)))
  }

  /// Seconds until it; negative once it has passed.
  public var secondsLeft: Double { ContinuousClock.now.duration(to: instant) / .seconds(1) }
  /// Seconds since it; negative until it has come.
  public var secondsAgo: Double { -secondsLeft }
  /// Whether it has passed.
  public var isPast: Bool { secondsLeft < 0 }
}

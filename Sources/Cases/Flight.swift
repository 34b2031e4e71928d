/// How many frames a generator keeps under way where the black link makes some of them late.
///
/// It takes for under way what it has not yet seen again, and so beside what really is:
/// 1. late packets that the link holds back, both ways;
/// 2. late packets that a receiver has dropped, until so much later ones are back that they must be lost.
public struct Flight: Equatable, Sendable {
  /// Frames, over all paths together.
  public let frames: Int
  /// Numbers of a path that the generator gives up together; nil where nothing is late.
  public let spanFrames: Int?

  /// Of how many spans a frame may lag before it counts as lost.
  public static let lagSpans = 8
  /// The most frames that there are buffers for.
  public static let framesMax = 131_072

  /// - Parameter frames: as many as would be under way if none were late.
  public init(of frames: Int, _ system: System, _ values: AxisValues) {
    let late = values.latePackets
    guard late > 0 else {
      (self.frames, spanFrames) = (frames, nil)
      return
    }
    let paths = system.runsInParallel ? values.sealing : 1
    let own = max(frames / paths, 1)
    // A frame that comes back is overtaken by this many at most.
    let reach = 2 * late + own
    var span = 64
    while (Self.lagSpans - 1) * span < reach { span *= 2 }
    spanFrames = span
    let isApart = values.classes > 1 && system.keepsClassesApart
    let share = Self.lateShare(values)
    let held = Int(share * Double(2 * late)) + 2
    let lost = Int(share * Double((Self.lagSpans + 1) * span + own))
    // With half a window to spare nobody drops any.
    let mayLose = !isApart && 2 * late > values.windowSize
    self.frames = paths * (own + (mayLose ? max(held, lost) : held))
  }

  /// Part of the frames that are late on one of their two ways over the black link: with several classes they
  /// are the same ones both ways, with one all but those that take the fastest path twice.
  private static func lateShare(_ values: AxisValues) -> Double {
    values.classes > 1 ? 1 - 1 / Double(values.classes) : 1 - 1 / Double(values.paths * values.paths)
  }
}

extension AxisValues {
  /// Threads of a gateway that seal, where any number run to completion.
  public var sealing: Int { min(max(sealThreads ?? (threads + 1) / 2, 1), max(threads - 1, 1)) }
  /// Threads that open, likewise.
  public var opening: Int { max(threads - sealing, 1) }

  /// From a class's window, or a tunnel's child association, to the next one's. As many opening threads share
  /// those of each, so that number w belongs to opening thread w modulo these whatever its class or tunnel.
  public var windowStride: Int { (sealing + opening - 1) / opening * opening }
  /// Child associations of a direction where each tunnel has one for each sealing thread.
  public var children: Int { tunnels * windowStride }
}

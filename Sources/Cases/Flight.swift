/// The number of frames that a generator keeps in flight if the black link makes some of them late.
///
/// The generator counts a frame as in flight until it comes back. So in addition to those that really are in
/// flight, it counts:
/// 1. late packets that the link holds back, in both directions;
/// 2. late packets that a receiver has dropped, until so much later ones are back that they must be lost.
public struct Flight: Equatable, Sendable {
  /// Number of frames, over all paths together.
  public let frames: Int
  /// Size of the spans of numbers that the generator gives up together, for each path; nil if no packet is
  /// late.
  public let spanFrames: Int?

  /// A frame counts as lost if it lags behind by this number of spans.
  public static let lagSpans = 8
  /// The largest number of frames for which there are buffers.
  public static let framesMax = 131_072

  /// - Parameter frames: the number in flight if no packet were late.
  public init(of frames: Int, _ system: System, _ values: AxisValues) {
    let late = values.latePackets
    guard late > 0 else {
      (self.frames, spanFrames) = (frames, nil)
      return
    }
    let paths = system.runsInParallel ? values.sealing : 1
    let own = max(frames / paths, 1)
    // The largest number of frames that overtake a frame which comes back.
    let reach = 2 * late + own
    var span = 64
    while (Self.lagSpans - 1) * span < reach { span *= 2 }
    spanFrames = span
    let isApart = values.classes > 1 && system.keepsClassesApart
    let share = Self.lateShare(values)
    let held = Int(share * Double(2 * late)) + 2
    let lost = Int(share * Double((Self.lagSpans + 1) * span + own))
    // A window twice as large as the delay drops no packet.
    let mayLose = !isApart && 2 * late > values.windowSize
    self.frames = paths * (own + (mayLose ? max(held, lost) : held))
  }

  /// The share of frames that are late in one of the two directions over the black link. With several classes
  /// the same frames are late in both directions. With one class all frames are late except those that take
  /// the fastest path twice.
  private static func lateShare(_ values: AxisValues) -> Double {
    values.classes > 1 ? 1 - 1 / Double(values.classes) : 1 - 1 / Double(values.paths * values.paths)
  }
}

extension AxisValues {
  /// The number of a gateway's sealing threads, for systems whose threads run to completion.
  public var sealing: Int { min(max(sealThreads ?? (threads + 1) / 2, 1), max(threads - 1, 1)) }
  /// The number of a gateway's opening threads, for the same systems.
  public var opening: Int { max(threads - sealing, 1) }

  /// The distance from a class's first window, or a tunnel's first child association, to the next one's. It
  /// is a multiple of the number of opening threads. So number w belongs to opening thread w modulo that
  /// number, for every class and tunnel.
  public var windowStride: Int { (sealing + opening - 1) / opening * opening }
  /// The number of child associations of a direction, if each tunnel has one for each sealing thread.
  public var children: Int { tunnels * windowStride }
}

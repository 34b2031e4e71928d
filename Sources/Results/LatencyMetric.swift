import Foundation

/// A percentile of latency at a share of the rate that a search has found, as a metric. `latency_90_p99_us`
/// is the time within which 99 % of the frames came out at 90 % of the rate; `probe_latency_90_p99_us` is
/// that of probes beside the load. The prefix `floor_` marks the same latency without a DUT.
public struct LatencyMetric: Hashable, Sendable {
  /// A percentile that is reported.
  public enum Percentile: String, CaseIterable, Sendable {
    case p50, p90, p99, p999, p9999

    /// The share of frames that are at least as fast, from 0 to 1.
    public var share: Double {
      switch self {
      case .p50: 0.5
      case .p90: 0.9
      case .p99: 0.99
      case .p999: 0.999
      case .p9999: 0.9999
      }
    }

    /// The name for readers, such as `99.9 %`.
    public var title: String { String(format: "%g %%", 100 * share) }
  }

  /// A percentile is reported only if at least this many frames lie beyond it.
  public static let beyondMin = 10.0

  /// Percent of the rate; 0 for a low, fixed rate.
  public let percent: Int
  /// The percentile that the metric holds.
  public let percentile: Percentile
  /// Whether this is the latency of the tester alone, without a DUT.
  public let isFloor: Bool
  /// Whether this is the latency of probes, which are sent beside the load.
  public let isProbe: Bool

  /// Makes a metric from its parts.
  public init(percent: Int, _ percentile: Percentile, isFloor: Bool = false, isProbe: Bool = false) {
    (self.percent, self.percentile, self.isFloor, self.isProbe) = (percent, percentile, isFloor, isProbe)
  }

  /// The metric of this name; nil if the name is not that of a latency.
  public init?(_ name: String) {
    let isFloor = name.hasPrefix(Self.floor)
    var rest = name.dropFirst(isFloor ? Self.floor.count : 0)
    let isProbe = rest.hasPrefix(Self.probe)
    if isProbe { rest = rest.dropFirst(Self.probe.count) }
    let parts = rest.split(separator: "_")
    guard parts.count == 4, parts[0] == "latency", let percent = Int(parts[1]), parts[3] == "us",
      let percentile = Percentile(rawValue: String(parts[2]))
    else { return nil }
    self.init(percent: percent, percentile, isFloor: isFloor, isProbe: isProbe)
  }

  /// The name in tables.
  public var name: String {
    "\(isFloor ? Self.floor : "")\(isProbe ? Self.probe : "")latency_\(percent)_\(percentile.rawValue)_us"
  }

  private static let floor = "floor_"
  private static let probe = "probe_"

  /// The metric's meaning, as a sentence.
  var meaning: String {
    let load = percent == 0 ? "10,000 frames a second" : "\(percent) % of the rate that was found"
    return "Time from when a \(isProbe ? "probe" : "frame") was due within which \(percentile.title) of them "
      + "came out, \(isProbe ? "beside a load at" : "at") \(load)"
      + (isFloor ? ", with a sink in the DUT's place: the harness's own." : "; at most 3.2 % off.")
  }
}

/// A rate that no number of threads can pass, because they all share what sets it.
public struct SharedLimit: Equatable, Sendable {
  /// For a table, such as `100 Gbit/s black link`.
  public let name: String
  /// Packets per second in each direction.
  public let packetsPerSecond: Double

  /// Bytes of a link's time that a frame takes beyond its own: preamble 7, start of frame 1, gap 12
  /// (IEEE 802.3, clauses 3.1.1 and 4.4.2).
  public static let wireBytesPerFrame = 20

  /// - Throws: `ModelFailure.notPositive`
  public init(name: String, packetsPerSecond: Double) throws {
    self.name = name
    self.packetsPerSecond = try ModelFailure.positive(packetsPerSecond, "the limit \(name)")
  }

  /// What an Ethernet link carries in one direction.
  /// - Parameters:
  ///   - name: the link's, such as `black link`; the rate is put before it.
  ///   - gigabitsPerSecond: its nominal rate.
  ///   - outerFrameBytes: the frame on it with frame check sequence; on the black link with outer headers.
  /// - Throws: `ModelFailure.notPositive`
  public static func link(
    _ name: String, gigabitsPerSecond: Double, outerFrameBytes: Int
  ) throws -> SharedLimit {
    let rate = try ModelFailure.positive(gigabitsPerSecond, "the rate of the \(name)")
    let bytes = try ModelFailure.positive(Double(outerFrameBytes), "the length of a frame on the \(name)")
    // No locale, and no decimals where there are none: "100 Gbit/s".
    let text = rate == rate.rounded() && rate < 1e6 ? "\(Int(rate))" : "\(rate)"
    return try SharedLimit(
      name: "\(text) Gbit/s \(name)",
      packetsPerSecond: rate * 1e9 / ((bytes + Double(wireBytesPerFrame)) * 8))
  }
}

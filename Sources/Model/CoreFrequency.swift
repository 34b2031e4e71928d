/// How a core's frequency falls as more cores of its socket are active (turbo bins).
///
/// The TSC ticks at a fixed rate, so a cost in ticks grows as the core slows down. The model lets the whole
/// cost of a packet follow the core's frequency: caches beyond L2 and memory have clocks of their own, so
/// this overstates what is lost.
public struct CoreFrequency: Equatable, Sendable {
  /// A point of the table.
  public struct Point: Equatable, Sendable {
    /// Active cores of one socket.
    public var activeCores: Int
    /// Frequency of each of them, GHz.
    public var gigahertz: Double

    /// Makes a point from its parts.
    public init(activeCores: Int, gigahertz: Double) {
      self.activeCores = activeCores
      self.gigahertz = gigahertz
    }
  }

  /// The table, by active cores; linear between its points, level before the first.
  public let points: [Point]
  /// Sockets over which a gateway's threads are spread evenly.
  public let sockets: Int
  /// Cores of the whole machine that were active when the costs were measured.
  public let measuredActiveCores: Int

  /// - Throws: `ModelFailure.noFrequencies`; `notPositive`; `cores` if costs were measured past its end.
  public init(points: [Point], sockets: Int, measuredActiveCores: Int) throws {
    guard !points.isEmpty else { throw ModelFailure.noFrequencies }
    for point in points {
      _ = try ModelFailure.positive(Double(point.activeCores), "a count of active cores in the table")
      _ = try ModelFailure.positive(point.gigahertz, "the frequency with \(point.activeCores) active cores")
    }
    _ = try ModelFailure.positive(Double(sockets), "the number of sockets")
    _ = try ModelFailure.positive(Double(measuredActiveCores), "the number of active cores when measured")
    self.points = points.sorted { $0.activeCores < $1.activeCores }
    self.sockets = sockets
    self.measuredActiveCores = measuredActiveCores
    _ = try gigahertz(activeCores: measuredActiveCores)
  }

  /// The frequency, GHz, with so many cores of the machine active; that of the fullest socket, since the
  /// slowest thread counts.
  /// - Throws: `ModelFailure.cores` past the end of the table.
  public func gigahertz(activeCores: Int) throws -> Double {
    let perSocket = activeCores / sockets + (activeCores % sockets > 0 ? 1 : 0)
    guard let above = points.firstIndex(where: { $0.activeCores >= perSocket }) else {
      let most = (points.last?.activeCores ?? 0).multipliedReportingOverflow(by: sockets)
      throw ModelFailure.cores(activeCores, allowed: 1...max(1, most.overflow ? .max : most.partialValue))
    }
    let high = points[above]
    guard above > 0 else { return high.gigahertz }
    let low = points[above - 1]
    let part = Double(perSocket - low.activeCores) / Double(high.activeCores - low.activeCores)
    return low.gigahertz + part * (high.gigahertz - low.gigahertz)
  }

  /// The speed of a core against that when costs were measured.
  /// - Throws: `ModelFailure.cores` past the end of the table.
  public func factor(activeCores: Int) throws -> Double {
    try gigahertz(activeCores: activeCores) / gigahertz(activeCores: measuredActiveCores)
  }
}

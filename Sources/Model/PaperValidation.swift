import Foundation

/// The model against the paper's own measurements.
///
/// VPE's rows need the paper alone. It gives no cost of a stage of its ESP pipeline, so those rows take the
/// *ratios* of our stage costs to our single-threaded ESP and scale them to the paper's.
public enum PaperValidation {
  /// One comparison.
  public struct Row: Equatable, Sendable {
    /// What is compared.
    public let what: String
    /// The unit of `paper` and `predicted`.
    public let unit: String
    /// What the paper measured; nil where the row is a consequence of its figures that it does not state.
    public let paper: Double?
    /// What the model says, or what the paper's figure implies in the model.
    public let predicted: Double
    /// How `predicted` comes about.
    public let basis: String

    /// predicted ÷ paper − 1; nil without a value of the paper.
    public var error: Double? { paper.flatMap { Prediction.error(predicted, observed: $0) } }

    /// The row for a table under `PaperValidation.header`; what is unknown is empty.
    public var cells: [String] {
      [
        what, paper.map { String(format: "%.2f", $0) } ?? "",
        String(format: predicted < 1 ? "%.3f" : "%.2f", predicted),
        unit, error.map { String(format: "%+.1f %%", $0 * 100) } ?? "", basis,
      ]
    }
  }

  /// Titles of `Row.cells`.
  public static let header = ["what", "paper", "model", "unit", "error", "basis"]

  /// All comparisons.
  /// - Parameter costs: our own costs of ESP with 64-byte frames, all stages of the pipeline and `seal` and
  ///   `open`; nil for what the paper alone gives.
  /// - Throws: `ModelFailure.missingCost`
  public static func rows(espCosts costs: StageCosts? = nil) throws -> [Row] {
    try vpeRows() + pipelineImplications() + (costs.map(pipelineRows) ?? [])
  }

  // MARK: VPE

  /// VPE's costs as its goodput with one thread a direction implies, in nanoseconds. Of the two directions
  /// only the slower shows, so both are taken to cost the same.
  static func vpeCosts(gbps: Double, frameBytes: Int) throws -> StageCosts {
    let nanoseconds = 1e9 / Goodput.packetsPerSecond(gbps: gbps, frameBytes: frameBytes)
    return try StageCosts(
      ticksPerPacket: [.seal: nanoseconds, .open: nanoseconds], ticksPerSecond: 1e9)
  }

  private static func vpeRows() throws -> [Row] {
    let small = try vpeCosts(gbps: PaperFigures.vpe64At2Threads, frameBytes: PaperFigures.smallFrameBytes)
    let large = try vpeCosts(gbps: PaperFigures.vpe1420At2Threads, frameBytes: PaperFigures.largeFrameBytes)
    let frequency = try PaperFigures.frequency()
    let smallConstant = try vpe(
      small, frameBytes: PaperFigures.smallFrameBytes, threads: PaperFigures.threadsMax, frequency: nil,
      paper: PaperFigures.vpe64At38Threads)
    let implied =
      PaperFigures.maxTurboGigahertz * PaperFigures.vpe64At38Threads / smallConstant.predicted
    return [
      smallConstant,
      try vpe(
        small, frameBytes: PaperFigures.smallFrameBytes, threads: PaperFigures.threadsMax,
        frequency: frequency, paper: PaperFigures.vpe64At38Threads),
      Row(
        what: "VPE, 64 B: core frequency that alone would explain 38 threads", unit: "GHz", paper: nil,
        predicted: implied,
        basis: "Intel: \(PaperFigures.allCoreTurboGigahertz) with all cores, "
          + "\(PaperFigures.maxTurboGigahertz) with 2"),
      try vpe(
        large, frameBytes: PaperFigures.largeFrameBytes, threads: 10, frequency: nil,
        paper: PaperFigures.vpe1420At10Threads),
      try vpe(
        large, frameBytes: PaperFigures.largeFrameBytes, threads: 10, frequency: frequency,
        paper: PaperFigures.vpe1420At10Threads),
    ]
  }

  private static func vpe(
    _ costs: StageCosts, frameBytes: Int, threads: Int, frequency: CoreFrequency?, paper: Double
  ) throws -> Row {
    let link = try SharedLimit.link(
      "black link", gigabitsPerSecond: PaperFigures.linkGigabitsPerSecond,
      outerFrameBytes: frameBytes + PaperFigures.vpeOverheadBytes)
    let prediction = try ScalingModel.rate(
      sealThreads: threads / 2, openThreads: threads - threads / 2, costs: costs, limits: [link],
      frequency: frequency)
    return Row(
      what: "VPE, \(frameBytes) B, \(threads) threads, "
        + (frequency == nil ? "constant frequency" : "turbo frequency"),
      unit: "Gbit/s", paper: paper, predicted: prediction.goodputGbps(frameBytes: frameBytes),
      basis: "from 2 threads; bottleneck \(prediction.bottleneck.name)")
  }

  // MARK: ESP's pipeline

  /// What a packet costs a thread of the paper's single-threaded ESP, ns: 1 ÷ its packet rate.
  static var espPacketNanoseconds: Double {
    1e9
      / Goodput.packetsPerSecond(gbps: PaperFigures.espSingle64, frameBytes: PaperFigures.smallFrameBytes)
  }

  /// The time between two packets at the peak of the paper's pipeline, ns.
  static var peakNanoseconds: Double {
    1e9
      / Goodput.packetsPerSecond(
        gbps: PaperFigures.espPipeline64Peak, frameBytes: PaperFigures.smallFrameBytes)
  }

  /// What the paper's peak would mean for its stages. Two readings exclude each other: one thread was full,
  /// or all were.
  private static func pipelineImplications() throws -> [Row] {
    let perDirection = PaperFigures.threadsMax / 2
    let slowdown = try PaperFigures.frequency().factor(activeCores: PaperFigures.threadsMax)
    let multiple = peakNanoseconds / espPacketNanoseconds
    let peak = "\(PaperFigures.espPipeline64Peak) Gbit/s"
    func row(_ what: String, _ unit: String, _ predicted: Double, _ basis: String) -> Row {
      Row(what: "ESP pipeline, 64 B: \(what)", unit: unit, paper: nil, predicted: predicted, basis: basis)
    }
    return [
      row("serial stage, if it sets the peak", "ns/packet", peakNanoseconds, "time per packet at \(peak)"),
      row(
        "the same over a packet of single-threaded ESP", "ratio", multiple,
        "\(String(format: "%.1f", espPacketNanoseconds)) ns at \(PaperFigures.espSingle64) Gbit/s"),
      row(
        "the same, if the peak was at 38 threads' frequency", "ratio", multiple * slowdown,
        "frequency factor \(String(format: "%.3f", slowdown))"),
      row(
        "work of all stages of a direction over the same, if all threads are full instead", "ratio",
        multiple * Double(perDirection), "\(perDirection) threads a direction at \(peak)"),
      row(
        "the same, at 38 threads' frequency", "ratio", multiple * Double(perDirection) * slowdown,
        "frequency factor \(String(format: "%.3f", slowdown))"),
    ]
  }

  /// Our stage costs, scaled such that our single-threaded ESP takes as long as the paper's; nanoseconds.
  static func scaled(_ costs: StageCosts) throws -> StageCosts {
    let single = try max(costs.ticks(.seal), costs.ticks(.open))
    return try StageCosts(
      ticksPerPacket: costs.ticksPerPacket.mapValues { $0 / single * espPacketNanoseconds },
      ticksPerSecond: 1e9, growth: costs.growth)
  }

  private static func pipelineRows(_ ours: StageCosts) throws -> [Row] {
    let costs = try scaled(ours)
    let assignments = try (PaperFigures.pipelineThreadsMin...PaperFigures.threadsMax).map {
      try AssignmentSearch.best(threads: $0, costs: costs, steerThreadsMax: 1)
    }
    let steering = try costs.ticks(.steer, rings: PaperFigures.threadsMax / 2)
    let serial = try max(costs.ticks(.number), steering)
    return [
      try peak(assignments, costs: costs, frequency: nil),
      try peak(assignments, costs: costs, frequency: PaperFigures.frequency()),
      Row(
        what: "ESP pipeline, 64 B: our slower serial stage, scaled", unit: "ns/packet", paper: nil,
        predicted: serial, basis: serial > steering ? "number" : "steer"),
      Row(
        what: "ESP pipeline, 64 B: what the peak leaves for dearer hand-over in it", unit: "ns/packet",
        paper: nil, predicted: peakNanoseconds - serial,
        basis: "the peak's time per packet less the row above"),
    ]
  }

  /// The highest goodput over all thread counts; of those within the search's tolerance the fewest threads.
  private static func peak(
    _ assignments: [PipelineAssignment], costs: StageCosts, frequency: CoreFrequency?
  ) throws -> Row {
    let rates = try assignments.map {
      try ScalingModel.rate(of: $0, costs: costs, frequency: frequency)
    }
    let most = rates.map(\.packetsPerSecond).max() ?? 0
    let fewest = zip(assignments, rates).first {
      $0.1.packetsPerSecond >= most * (1 - AssignmentSearch.tolerance)
    }
    return Row(
      what: "ESP pipeline, 64 B, peak, "
        + (frequency == nil ? "constant frequency" : "turbo frequency"),
      unit: "Gbit/s", paper: PaperFigures.espPipeline64Peak,
      predicted: Goodput.gbps(packetsPerSecond: most, frameBytes: PaperFigures.smallFrameBytes),
      basis: fewest.map { "our stage ratios; \($0.threads) threads, bottleneck \($1.bottleneck.name)" } ?? "")
  }
}

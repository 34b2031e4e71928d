import Cases
import Descriptors
import Foundation
import Model
import Results
import Roles
import Statistics

/// The costs of an ESP pipeline's stages on this machine, measured before a run: from them follows which
/// thread runs which stages at each thread count. They belong to the run's files, so that a resumed run has
/// the same assignments.
public struct Calibration: Codable, Equatable, Sendable {
  /// The costs at one point of the sweep; they do not depend on the number of threads.
  public struct Entry: Codable, Equatable, Sendable {
    /// The point: a case's coordinates without its system and threads.
    public let point: Point
    /// The figure over all repetitions, by the estimator that case figures use.
    public let costs: StageCosts
    /// Each repetition's costs, ticks per packet.
    public let samples: [[StageKind: Double]]
    /// Each stage's cost with all stages on one core; nil if that was not measured. The difference is the
    /// cost of the hand-over between cores.
    public var onOneCore: [StageKind: Double]?
  }

  /// The coordinates that a stage's cost depends on.
  public struct Point: Codable, Hashable, Sendable {
    let frameBytes: Int
    /// The mix's name; nil where frames have one length.
    let frameMix: String?
    let aead: String
    let extraHeadroomBytes: Int
    let flows: Int
    let windowSize: Int
    let esn: Bool

    init(_ point: Case) {
      frameBytes = point.frameBytes
      frameMix = point.frameMix?.name
      aead = point.aead?.rawValue ?? "none"
      extraHeadroomBytes = point.extraHeadroomBytes
      flows = point.flows
      windowSize = point.windowSize
      esn = point.esn
    }

    /// The frame's bytes, or the mix.
    var frames: String { frameMix ?? "\(frameBytes)" }
  }

  /// Points without costs, because threads were off their cores too often.
  private var unknown: [Point]?
  /// Repetitions that were left out because they lost frames; nil if none were.
  public internal(set) var leftOut: [LeftOut]?
  /// An entry for each point with costs at which a pipeline runs.
  public private(set) var entries: [Entry] = []
  /// Ticks of the time-stamp counter in a second.
  public private(set) var ticksPerSecond = 1.0

  /// No costs: for cases without a pipeline.
  public init(ticksPerSecond: Double = 1) { self.ticksPerSecond = ticksPerSecond }

  /// The costs at a case's point.
  public func costs(of point: Case) -> StageCosts? {
    let key = Point(point)
    return entries.first { $0.point == key }?.costs
  }

  /// Why a pipeline's case cannot be measured on this machine; nil if it can, and for another system.
  package func gap(of point: Case) -> String? {
    guard point.system.isPipeline, unknown?.contains(Point(point)) == true else { return nil }
    return Self.unknownCosts
  }

  private static let unknownCosts =
    "what a pipeline's stages cost is not known, for threads were off their cores in the calibration; "
    + "other programs want the cores"

  /// The best assignment that can be found for a pipeline's case; nil for another system.
  /// - Throws: `ModelFailure`, `RunError.refused` where the point was not calibrated.
  public func assignment(of point: Case) throws -> PipelineAssignment? {
    guard point.system.isPipeline else { return nil }
    guard let costs = costs(of: point) else {
      let reason = gap(of: point) ?? "the costs of its stages were not measured"
      throw RunError.refused(role: point.name, reason: reason)
    }
    // A port puts an association's packets into one queue, unless it steers by sequence numbers.
    let isOne =
      point.system == .espPipelinePaper || [.veth, .ports].contains(point.link)
      || point.steering == .software
    return try AssignmentSearch.best(
      threads: point.threads, costs: costs, steerThreadsMax: isOne ? 1 : .max)
  }

  /// The costs that a descriptor states, at the points of its cases.
  /// - Throws: `ModelFailure`.
  package init(stated cycles: [StageKind: Double], cases: [Case], ticksPerSecond: Double) throws {
    self.ticksPerSecond = ticksPerSecond
    let costs = try StageCosts(ticksPerPacket: cycles, ticksPerSecond: ticksPerSecond)
    for point in cases where point.system.isPipeline && self.costs(of: point) == nil {
      add(Entry(point: Point(point), costs: costs, samples: []))
    }
  }

  /// Adds a point's costs over its repetitions, or notes that it has none if too many repetitions stalled.
  /// - Parameter dealing: costs of stages that deal packets to so many rings; empty if not measured.
  /// - Throws: `ModelFailure`.
  package mutating func add(
    _ point: Case, _ repetitions: [[StageKind: Double]?], onOneCore: [[StageKind: Double]?]? = nil,
    dealing: (rings: Int, repetitions: [[StageKind: Double]]) = (0, [])
  ) throws {
    let samples = repetitions.compactMap(\.self)
    guard samples.count >= Self.samplesMin, onOneCore?.contains(where: { $0 != nil }) != false else {
      unknown = (unknown ?? []) + [Point(point)]
      return
    }
    let figures = Self.figures(samples)
    let dealt = dealing.repetitions.count < Self.samplesMin ? [:] : Self.figures(dealing.repetitions)
    let ratios = [StageKind.receiveNumber, .steer].compactMap { kind -> (StageKind, Double)? in
      guard let few = figures[kind], let many = dealt[kind] else { return nil }
      return (kind, many / few)
    }
    let growth =
      ratios.isEmpty
      ? nil : try RingGrowth(rings: dealing.rings, ratios: Dictionary(uniqueKeysWithValues: ratios))
    let costs = try StageCosts(ticksPerPacket: figures, ticksPerSecond: ticksPerSecond, growth: growth)
    add(
      Entry(
        point: Point(point), costs: costs, samples: samples,
        onOneCore: onOneCore.map { Self.figures($0.compactMap(\.self)) }))
  }

  /// The least number of repetitions in which threads had their cores.
  fileprivate static let samplesMin = 3

  private static func figures(_ samples: [[StageKind: Double]]) -> [StageKind: Double] {
    Dictionary(
      uniqueKeysWithValues: StageKind.allCases.compactMap { kind in
        Estimator.lowEnd.value(of: samples.compactMap { $0[kind] }).map { (kind, $0) }
      })
  }

  private mutating func add(_ entry: Entry) { entries.append(entry) }
}

extension Calibration {
  /// The stages and the share of each thread, in each case of a pipeline.
  /// - Throws: `ModelFailure`.
  public func placements(of cases: [Case]) throws -> [PlacementRecord] {
    try cases.flatMap { point -> [PlacementRecord] in
      guard gap(of: point) == nil, let assignment = try assignment(of: point), let costs = costs(of: point)
      else { return [] }
      let prediction = try ScalingModel.rate(of: assignment, costs: costs)
      let greatest = prediction.loads.map(\.ticksPerPacket).max() ?? 1
      return prediction.loads.map { load in
        let shares = load.direction == .seal ? assignment.seal.shares : assignment.open.shares
        return PlacementRecord(
          coordinates: CaseCoordinates(point), direction: load.direction.rawValue, thread: load.thread,
          stages: load.stages.map(\.rawValue), share: shares[load.thread],
          cyclesPerPacket: load.ticksPerPacket, load: load.ticksPerPacket / greatest)
      }
    }
  }
}

extension Calibration {
  /// Measures the costs of the stages of `cases` on this machine.
  /// - Parameters:
  ///   - executable: this program's own binary, for role processes.
  ///   - isInterrupted: whether the user wants to stop.
  /// - Throws: `RunError`, `ModelFailure`.
  public static func measure(
    for descriptor: Descriptor, _ cases: [Case], executable: String, isInterrupted: @escaping () -> Bool
  ) throws -> Calibration {
    let folder = try TemporaryFolder()
    defer { withExtendedLifetime(folder) {} }
    var runner = CalibrationRunner(
      descriptor: descriptor, runID: .drawn(), cpus: try UsableCPUs.forDPDK(cases), executable: executable,
      logFolder: folder.path,
      isInterrupted: isInterrupted)
    runner.comparesWithOneCore = true
    return try runner.run(cases) { _ in }
  }

  /// The model's predictions of the paper's figures from the paper's two-thread figures, and, for ESP's
  /// pipeline, from the relation of the costs measured here.
  /// - Throws: `ModelFailure`.
  public func paperValidation() throws -> (header: [String], rows: [[String]]) {
    let costs = entries.first { $0.point.frames == "64" }?.costs
    return (PaperValidation.header, try PaperValidation.rows(espCosts: costs).map(\.cells))
  }

  /// A line of the table of costs; TSC ticks per packet.
  public struct CostLine: Sendable {
    /// The red frame's bytes, or the mix that it is of.
    public let frames: String
    /// The stage's name.
    public let stage: String
    /// The undisturbed cost: the 10th percentile over the repetitions.
    public let cost: Double
    /// The lowest cost of a repetition.
    public let least: Double
    /// The highest cost of a repetition.
    public let most: Double
    /// With all stages on one core; nil if that was not measured.
    public let onOneCore: Double?
  }

  /// The cost of each stage at each point.
  public var table: [CostLine] {
    entries.flatMap { entry in
      StageKind.allCases.compactMap { kind in
        guard let cost = entry.costs.ticksPerPacket[kind] else { return nil }
        let values = entry.samples.compactMap { $0[kind] }
        return CostLine(
          frames: entry.point.frames, stage: kind.rawValue, cost: cost,
          least: values.min() ?? cost, most: values.max() ?? cost,
          onOneCore: entry.onOneCore?[kind])
      }
    }
  }
}

/// Measures the costs of a pipeline's stages: over rings, whatever the descriptor's link, with each stage on
/// a thread of its own and neighbours on different cores, so that packets really move between cores.
struct CalibrationRunner {
  let descriptor: Descriptor
  let runID: RunID
  let cpus: [Int]
  let executable: String
  let logFolder: String
  /// Where the stages run; nil for this machine.
  var testbed: TestbedSites?
  let isInterrupted: () -> Bool
  /// Whether to measure all stages on one core as well.
  var comparesWithOneCore = false

  private static let repetitions = 7
  /// The most repetitions if threads are off their cores too often: with fewer, a run on a busy machine would
  /// have no pipeline.
  private static let repetitionsMax = 28
  private static let warmUpSeconds = 0.05
  private static let windowSeconds = 0.15

  /// Costs at every point at which one of `cases` is a pipeline.
  /// - Throws: `RunError`, `ModelFailure`.
  func run(_ cases: [Case], tell: (String) -> Void) throws -> Calibration {
    let pipelines = cases.filter(\.system.isPipeline)
    let crew = RoleCrew(
      descriptor: descriptor, link: .ring, cpus: cpus, executable: executable, logFolder: logFolder,
      testbed: testbed)
    let runner = SampleRunner(
      context: RunContext(crew: crew, descriptor: descriptor, runID: runID, isInterrupted: isInterrupted))
    let ticksPerSecond = Double(try crew.assemble() ?? 0)
    var calibration = Calibration(ticksPerSecond: ticksPerSecond)
    if let stated = descriptor.stageCycles {
      return try Calibration(stated: stated, cases: pipelines, ticksPerSecond: ticksPerSecond)
    }
    for point in pipelines where calibration.costs(of: point) == nil && calibration.gap(of: point) == nil {
      tell("measuring the stages of ESP's pipeline at \(Calibration.Point(point).frames) bytes")
      var samples: [[StageKind: Double]?] = []
      var onOneCore: [[StageKind: Double]?] = []
      var dealt: [[StageKind: Double]] = []
      let rings = CalibrationRunner.rings(point, of: pipelines)
      for repetition in 0..<Self.repetitionsMax
      where repetition < Self.repetitions || samples.count(where: { $0 != nil }) < Calibration.samplesMin {
        do {
          samples.append(try costs(point, repetition, cpus, runner))
          if comparesWithOneCore { onOneCore.append(try costs(point, repetition, [cpus[0]], runner)) }
        } catch let loss as LostFrames {
          tell("left out: \(loss)")
          try calibration.leaveOut(point, loss)
          continue
        }
        guard let rings else { continue }
        do {
          if let cost = try dealing(point, repetition, rings, runner) { dealt.append(cost) }
        } catch let loss as LostFrames {
          tell("\(rings) rings left out: \(loss)")
          try calibration.leaveOut(point, loss, rings: rings)
        }
      }
      try calibration.add(
        point, samples, onOneCore: comparesWithOneCore ? onOneCore : nil, dealing: (rings ?? 0, dealt))
    }
    return calibration
  }

  /// One repetition's costs; nil if threads were off their cores for too long.
  private func costs(
    _ point: Case, _ repetition: Int, _ cpus: [Int], _ runner: SampleRunner
  ) throws -> [StageKind: Double]? {
    var costs: [StageKind: Double] = [:]
    // nil: ESP on one thread per direction, for comparison.
    for assignment in try CalibrationRunner.assignments() + [nil] {
      guard let observed = try observe(point, repetition, assignment, cpus, runner) else { return nil }
      // If two assignments have a stage, the first one's cost counts.
      costs.merge(CalibrationRunner.costs(observed)) { first, _ in first }
    }
    return costs
  }

  /// How many rings the largest of `pipelines` deals to at a point; nil if only a few.
  private static func rings(_ point: Case, of pipelines: [Case]) -> Int? {
    let key = Calibration.Point(point)
    let most = pipelines.filter { Calibration.Point($0) == key }.map(\.threads).max() ?? 0
    return most / 2 < ringsMin ? nil : most / 2
  }

  /// With fewer rings the growth of the cost cannot be told from noise.
  private static let ringsMin = 4

  /// The costs of dealing stages with many rings: one for each thread that encrypts or decrypts. nil if
  /// threads were off their cores for too long; the model then ignores the growth.
  private func dealing(
    _ point: Case, _ repetition: Int, _ rings: Int, _ runner: SampleRunner
  ) throws -> [StageKind: Double]? {
    let parts = (0..<rings).map { DirectionAssignment.units * ($0 + 1) / rings }
    let shares = [0] + zip(parts, [0] + parts).map { $0 - $1 }
    let assignment = try PipelineAssignment(
      seal: DirectionAssignment(direction: .seal, ioThreads: 0, shares: shares),
      open: DirectionAssignment(direction: .open, ioThreads: 0, shares: shares))
    return try observe(point, repetition, assignment, cpus, runner).map(CalibrationRunner.costs)
  }

  private func observe(
    _ point: Case, _ repetition: Int, _ assignment: PipelineAssignment?, _ cpus: [Int],
    _ runner: SampleRunner
  ) throws -> ObservedSample? {
    let kind = assignment.map { $0.open.rings > 1 ? 3 : $0.seal.ioThreads } ?? 2
    // Negative sample numbers give calibrations keys of their own, for samples count from 0 upwards.
    let number = -1 - (repetition * 4 + kind) * 2 - (cpus.count == 1 ? 1 : 0)
    // The number of frames in flight follows from the threads.
    var plan = CasePlan(
      point.with(threads: assignment?.threads ?? 2), sample: number, of: descriptor, run: runID,
      assignment: assignment, cpus: cpus)
    if assignment == nil { plan.system = .espSingle }
    plan.rateMpps = nil
    plan.steering = .queue
    plan.fault = nil
    let observed = try runner.observe(
      plan, warmUpSeconds: Self.warmUpSeconds, windowSeconds: Self.windowSeconds)
    let analysis = SampleAnalysis(observed, point, descriptor)
    try analysis.requireWholePath("the calibration of \(point.name)")
    return analysis.stallGap == nil || MachineWatch.acceptsAnyState ? observed : nil
  }

  /// Two assignments: two threads per direction, with fused stages, and each stage on a thread of its own.
  private static func assignments() throws -> [PipelineAssignment?] {
    let all = DirectionAssignment.units
    return try [([0, all], 0, [0, all], 0), ([0, 0, all], 1, [0, all, 0], 1)].map {
      seal, receive, open, transmit in
      try PipelineAssignment(
        seal: DirectionAssignment(direction: .seal, ioThreads: receive, shares: seal),
        open: DirectionAssignment(direction: .open, ioThreads: transmit, shares: open))
    }
  }

  /// Ticks per packet of each stage, over both gateways, by the estimator of a sample's figures.
  private static func costs(_ observed: ObservedSample) -> [StageKind: Double] {
    let window = zip(observed.windowStart, observed.windowEnd).flatMap { $1.stages(since: $0) }
    return StageReport.costs(of: window).reduce(into: [:]) { costs, entry in
      if let kind = StageKind(rawValue: entry.key) { costs[kind] = entry.value.primary }
    }
  }
}

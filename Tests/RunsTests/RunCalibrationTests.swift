import Cases
import Foundation
import Model
import Roles
import Runs
import TestRuns
import Testing
import Wire

/// `Calibration`: costs of a pipeline's stages from repetitions, some of which the machine took away.
@Suite struct RunCalibrationTests {
  private static let cycles = RunModelRecordsTests.cycles

  private static func pipeline() throws -> Case {
    let descriptor = try RunModelRecordsTests.descriptor("")
    return try #require(descriptor.cases.first { $0.system.isPipeline })
  }

  @Test func repetitionsThatStalledAreLeftOut() throws {
    let point = try Self.pipeline()
    var calibration = Calibration(ticksPerSecond: 1e9)
    try calibration.add(point, [nil, Self.cycles, Self.cycles, nil, Self.cycles, nil, nil])
    #expect(calibration.gap(of: point) == nil)
    #expect(calibration.costs(of: point)?.ticksPerPacket == Self.cycles)
    #expect(try calibration.assignment(of: point) != nil)
    #expect(try !calibration.placements(of: [point]).isEmpty)
  }

  /// What many rings cost is kept as a ratio; too few repetitions are none.
  @Test func manyRingsAreAGrowth() throws {
    let point = try Self.pipeline()
    let many = Self.cycles.mapValues { $0 * 1.5 }
    for (repetitions, ratio) in [(2, nil), (3, 1.5)] {
      var calibration = Calibration(ticksPerSecond: 1e9)
      try calibration.add(
        point, [Self.cycles, Self.cycles, Self.cycles],
        dealing: (8, Array(repeating: many, count: repetitions)))
      let costs = try #require(calibration.costs(of: point))
      #expect(costs.growth?.ratios[.steer] == ratio)
      #expect(costs.growth?.ratios[.encrypt] == nil)
      let read = try JSONDecoder().decode(Calibration.self, from: try JSONEncoder().encode(calibration))
      #expect(read.costs(of: point) == costs)
    }
  }

  /// The cases are then a stated gap, and nothing is placed or predicted.
  @Test func tooFewAreAGap() throws {
    let point = try Self.pipeline()
    var calibration = Calibration(ticksPerSecond: 1e9)
    try calibration.add(point, [nil, Self.cycles, nil, Self.cycles, nil, nil, nil])
    let gap = try #require(calibration.gap(of: point))
    #expect(gap.contains("off their cores") && calibration.costs(of: point) == nil)
    #expect(try calibration.placements(of: [point]).isEmpty)
    #expect(throws: RunError.refused(role: point.name, reason: gap)) { try calibration.assignment(of: point) }
    // A run that goes on knows it, too.
    let read = try JSONDecoder().decode(Calibration.self, from: try JSONEncoder().encode(calibration))
    #expect(read.gap(of: point) == gap)
    // Other systems need no calibration.
    let descriptor = try RunModelRecordsTests.descriptor("")
    let vpe = try #require(descriptor.cases.first { $0.system == .vpe })
    #expect(try calibration.gap(of: vpe) == nil && calibration.assignment(of: vpe) == nil)
  }

  private typealias Sample = RunSampleFaultsTests.Sample

  /// What a busy machine does: frames lost and counted, a thread that got nothing. It may be left out.
  @Test func lossesAreToldAsLosses() throws {
    try Sample().analysis().requireWholePath("the calibration")
    let lossy = Sample(drops: (.queueFull, 10))
    let idle = Sample(change: { if $0 == 4 { $1 = .none } })
    for (sample, part) in [(lossy, "10 of 1000 frames were lost"), (idle, "received nothing")] {
      let analysis = try sample.analysis()
      let error = #expect(throws: LostFrames.self) { try analysis.requireWholePath("the calibration") }
      let sentence = try #require(error).description
      #expect(sentence.contains("the calibration") && sentence.contains(part), "\(sentence)")
    }
  }

  /// What no machine does: packets refused, and frames that nobody has counted. Beside losses, too.
  @Test(arguments: [DropReason.authentication, .replayed, .tooOld, .foreignWindow])
  func wrongAccountsAreNoLosses(reason: DropReason) throws {
    var refused = Sample(drops: (reason, 1), dropsAt: 2)
    for _ in 0..<2 {
      let analysis = try refused.analysis()
      let error = #expect(throws: RunError.self) { try analysis.requireWholePath("the calibration") }
      #expect("\(try #require(error))".contains("1 dropped as \(reason.name)"))
      refused.change = { if $0 == 4 { $1 = .none } }
    }
    var lost = Sample()
    lost.vanished = 1
    let analysis = try lost.analysis()
    let error = #expect(throws: RunError.self) { try analysis.requireWholePath("the calibration") }
    #expect("\(try #require(error))".contains("1 missing"))
  }

  /// Two repetitions of a point, and no third one; each is remembered with its reason.
  @Test func twoRepetitionsMayBeLeftOut() throws {
    let cases = try DescriptorFixture.parse(
      DescriptorFixture.text(systems: "['esp-pipeline']", "sweep: { threads: 3, frame_bytes: [64, 128] }")
    ).cases
    try #require(cases.count == 2)
    let (point, other) = (cases[0], cases[1])
    var calibration = Calibration(ticksPerSecond: 1e9)
    #expect(calibration.leftOutLines == [])
    let losses = (1...3).map { LostFrames("the calibration", "\($0) of 1000 frames were lost") }
    for loss in losses.prefix(2) { try calibration.leaveOut(point, loss) }
    let before = calibration
    #expect(throws: RunError.refused(role: "the calibration", reason: "3 of 1000 frames were lost")) {
      try calibration.leaveOut(point, losses[2])
    }
    #expect(calibration == before)
    // Each point has its own.
    try calibration.leaveOut(other, LostFrames("the calibration", "seal 0 received nothing"))
    #expect(calibration.leftOut?.map(\.repetitions) == [2, 1])
    #expect(
      calibration.leftOut?.first?.reasons == ["1 of 1000 frames were lost", "2 of 1000 frames were lost"])
    #expect(
      calibration.leftOutLines == [
        "left out of the calibration at 64 bytes: 2 repetitions (1 of 1000 frames were lost)",
        "left out of the calibration at 128 bytes: 1 repetition (seal 0 received nothing)",
      ])
    // It stands in the run's folder.
    let read = try JSONDecoder().decode(Calibration.self, from: try JSONEncoder().encode(calibration))
    #expect(read == calibration && read.leftOutLines == calibration.leftOutLines)
  }

  /// What many rings cost may be left out each time: the model then does without, and it is told.
  @Test func manyRingsMayBeLeftOutAlways() throws {
    let point = try Self.pipeline()
    var calibration = Calibration(ticksPerSecond: 1e9)
    for _ in 0..<7 {
      try calibration.leaveOut(point, LostFrames("the calibration", "decrypt 7 received nothing"), rings: 19)
    }
    try calibration.leaveOut(point, LostFrames("the calibration", "decrypt 7 received nothing"))
    #expect(
      calibration.leftOutLines.first
        == "left out of the calibration at 64 bytes: 7 repetitions with 19 rings (decrypt 7 received nothing)"
    )
    #expect(calibration.leftOut?.count == 2)
  }
}

import Cases
import Foundation
import Model
import Roles
import Runs
import Testing

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

  /// Frames lost, one that came twice, and a thread that got nothing: no cost is taken from that.
  @Test func costsAreRefusedWhereAccountsDoNotClose() throws {
    try RunSampleFaultsTests.Sample().analysis().requireWholePath("the calibration")
    let lossy = RunSampleFaultsTests.Sample(drops: (.queueFull, 10))
    let doubled = RunSampleFaultsTests.Sample(drops: (.replayed, 1), dropsAt: 2)
    let idle = RunSampleFaultsTests.Sample(change: { if $0 == 4 { $1 = .none } })
    for (sample, part) in [(lossy, "lost"), (doubled, "replayed"), (idle, "received nothing")] {
      let analysis = try sample.analysis()
      let error = #expect(throws: RunError.self) { try analysis.requireWholePath("the calibration") }
      let sentence = try #require(error).description
      #expect(sentence.contains("the calibration") && sentence.contains(part), "\(sentence)")
    }
  }
}

import Cases
import Reports
import Results
import TestRuns
import Testing

/// Claims about classes and paths, with data on both sides of each rule.
@Suite struct OrderClaimsTests {
  private static let windows = [64, 1024, 8192]
  private static let delays = [0, 96, 1536, 12_288]
  /// The share of late packets whose path is too slow for the window, if the skew is half as long again as
  /// the window: of four paths the slowest, of eight the three slowest.
  private static let tooSlow = [2: 1, 4: 1 / 3.0, 8: 3 / 7.0]

  /// The true effects on a made-up machine.
  private struct World {
    /// The share of late packets that ESP drops, with a window that is too short and with one that is long
    /// enough.
    var short = 1.0
    var long = 0.0
    /// The share of late packets that the other systems drop, with any window.
    var vpe = 0.0
    var multiSA = 0.0
    /// ESP's cost of opening with the longest window, relative to the other windows.
    var window = 1.0
    /// The memory and throughput of ESP multi-SA, relative to VPE's.
    var bytes = 3.0
    var carried = 1.0
    var basis = Basis.capacity
  }

  private static func records(_ world: World, classes: Bool) -> [SampleRecord] {
    classes
      ? records(world, classes: true, paths: 2)
      : [2, 4, 8].flatMap {
        records(world, classes: false, paths: $0)
      }
  }

  private static func records(_ world: World, classes: Bool, paths: Int) -> [SampleRecord] {
    var records: [SampleRecord] = []
    for system in ["esp-single", "vpe"] + (classes ? ["esp-multi-sa"] : []) {
      for (index, window) in windows.enumerated() {
        for late in delays where classes || late > 0 {
          let own = system == "esp-single" ? nil : system == "vpe" ? world.vpe : world.multiSA
          let isTooLate = late > window
          let part = isTooLate && late < 2 * window ? tooSlow[paths, default: 1] : 1
          let share = part * (own ?? (isTooLate ? world.short : world.long))
          for sample in 0..<5 {
            let noise = 1 + 0.002 * Double((sample * 7 + index * 3 + late) % 5 - 2)
            let (isLongest, isMultiSA) = (window == 8192, system == "esp-multi-sa")
            var metrics = [
              "open_cycles_per_packet": 150 * noise * (isLongest && own == nil ? world.window : 1),
              "sa_bytes": 2000 * (isMultiSA ? world.bytes : 1),
            ]
            metrics[world.basis.throughputMetric] = (isMultiSA ? world.carried : 1) * (2 - noise)
            if late > 0 { metrics["late_drop_ratio"] = share }
            let axes = [
              "window_size": "\(window)", "late_packets": "\(late)", "classes": classes ? "4" : "1",
              "paths": "\(paths)",
            ]
            records.append(record(system, sample: sample, basis: world.basis, axes: axes, metrics))
          }
        }
      }
    }
    return records
  }

  private static func claims(_ world: World, classes: Bool = true) throws -> [Claim] {
    let name = classes ? "qos" : "multipath"
    let run = try MadeRun(name: name, records: records(world, classes: classes)).reading()
    return try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == name }
  }

  private static func words(_ world: World, classes: Bool = true) throws -> [String: String] {
    Dictionary(
      uniqueKeysWithValues: try claims(world, classes: classes).map { ($0.id, $0.verdict.words) })
  }

  @Test func asExpected() throws {
    let found = try Self.words(World())
    #expect(
      found == [
        "qos-esp-drops": "reproduced", "qos-window-cost": "not resolved", "qos-vpe-none": "reproduced",
        "qos-sa-memory": "reproduced", "qos-sa-none": "reproduced",
        // A capacity does not decide between two systems; a share is counted, so it does.
        "qos-sa-carries": "not resolved", "qos-long-window": "reproduced",
      ])
    let measured = try Self.words(World(basis: .measured))
    #expect(measured["qos-sa-carries"] == "reproduced" && measured["qos-window-cost"] == "not reproduced")
    let claims = try Self.claims(World())
    #expect(claims[0].ours == "1.000 [1.000, 1.000]" && claims[0].basis == "measured")
    #expect(claims.first { $0.id == "qos-window-cost" }?.basis == "capacity")
    #expect(claims.first { $0.id == "qos-window-cost" }?.ours.hasSuffix("windows of 8192 over 64") == true)
    #expect(claims.first { $0.id == "qos-sa-memory" }?.ours == "3.000 [3.000, 3.000]")
    #expect(
      claims.filter { $0.source == .objection }.map(\.id)
        == ["qos-sa-none", "qos-sa-carries", "qos-long-window"])
  }

  /// The other side of each rule.
  @Test func theOtherWay() throws {
    var world = World()
    (world.short, world.long, world.vpe, world.multiSA) = (0.2, 0.3, 0.02, 0.5)
    (world.window, world.bytes, world.carried) = (1.2, 0.8, 0.7)
    let found = try Self.words(world)
    #expect(
      found == [
        "qos-esp-drops": "not reproduced", "qos-window-cost": "not resolved",
        "qos-vpe-none": "not reproduced", "qos-sa-memory": "not reproduced", "qos-sa-none": "not reproduced",
        "qos-sa-carries": "not resolved", "qos-long-window": "not reproduced",
      ])
    world.basis = .measured
    let measured = try Self.words(world)
    #expect(measured["qos-window-cost"] == "reproduced" && measured["qos-sa-carries"] == "not reproduced")
  }

  @Test func pathsNobodyChooses() throws {
    var world = World()
    world.vpe = 1
    let found = try Self.words(world, classes: false)
    #expect(
      found == [
        "multipath-esp-drops": "reproduced", "multipath-vpe-drops": "reproduced",
        "multipath-long-window": "reproduced",
      ])
    (world.short, world.vpe, world.long) = (0.1, 0, 0.5)
    #expect(Set(try Self.words(world, classes: false).values) == ["not reproduced"])
  }

  /// The claims hold for every number of paths, each with its own delays.
  @Test(arguments: [2, 4, 8]) func pathsOfEachNumberCount(paths: Int) throws {
    var world = World()
    world.vpe = 1
    let others = [2, 4, 8].filter { $0 != paths }.flatMap { Self.records(world, classes: false, paths: $0) }
    (world.short, world.vpe) = (0.45, 0.45)
    let run = try MadeRun(
      name: "multipath", records: others + Self.records(world, classes: false, paths: paths)
    ).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "multipath" }
    #expect(found.map(\.verdict.words) == ["not reproduced", "not reproduced", "reproduced"])
    #expect(found[0].ours == "0.450 [0.450, 0.450]")
  }

  /// Results from before paths were an axis have two paths.
  @Test func withoutTheAxisThereAreTwoPaths() throws {
    var world = World()
    world.vpe = 1
    var records = Self.records(world, classes: false, paths: 2)
    for index in records.indices { records[index].coordinates.axes["paths"] = nil }
    let run = try MadeRun(name: "multipath", records: records).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "multipath" }
    #expect(found.map(\.verdict.words) == ["reproduced", "reproduced", "reproduced"])
  }

  /// A single window that keeps the late packets refutes that all windows drop them; and the converse.
  @Test func theLeastAndTheLargestCount() throws {
    var records = Self.records(World(), classes: true)
    for index in records.indices
    where records[index].coordinates.axes["window_size"] == "1024"
      && records[index].coordinates.axes["late_packets"] == "1536"
    {
      records[index].metrics["late_drop_ratio"] = 0.4
    }
    let run = try MadeRun(name: "qos", records: records).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "qos" }
    let words = Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0.verdict.words) })
    #expect(words["qos-esp-drops"] == "not reproduced" && words["qos-vpe-none"] == "not reproduced")
    #expect(words["qos-long-window"] == "reproduced")
  }

  @Test func whatIsNotThereIsTold() throws {
    let punctual = Self.records(World(), classes: true).filter {
      $0.coordinates.axes["late_packets"] == "0" && $0.coordinates.system == "vpe"
    }
    let run = try MadeRun(name: "qos", records: punctual).reading()
    let found = try Claims.judge([run], suite: suiteFolder()).filter { $0.experiment == "qos" }
    #expect(found.count == 7 && found.allSatisfy { $0.verdict.words == "not run" })
    #expect(found.allSatisfy { $0.verdict.reason?.contains("not in the run") == true })
  }
}

import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

@Suite struct PlotTests {
  /// A small run for each figure.
  static func run(_ figure: Figure) -> MadeRun {
    if figure == .ladder { return PropertyLadderTests.run() }
    var records: [SampleRecord] = []
    for repetition in 0..<3 {
      func add(
        _ system: String, _ threads: Int, _ bytes: Int, _ headroom: Int, _ axes: [String: String],
        _ metrics: [String: Double], _ basis: Basis = .measured
      ) {
        records.append(
          record(
            system, threads: threads, frameBytes: bytes, headroom: headroom, sample: repetition, basis: basis,
            axes: axes, metrics.mapValues { $0 * (1 + 0.01 * Double(repetition)) }))
      }
      // The last system has no style of its own.
      for system in ["vpe", "esp-single", "baseline", "cryptodev", "esp-multi-sa", "odd"] {
        for index in 0..<12 {
          let value = Double(10 + index)
          switch figure {
          case .five:
            if index < 2 {
              add(system, 2, index == 0 ? 64 : 1420, 0, [:], ["capacity_gbps": value], .capacity)
            }
          case .six:
            add(system, 2 + index, 64, 0, [:], ["capacity_gbps": value], index < 4 ? .capacity : .model)
          case .seven, .eight:
            add(
              system, 1, figure == .seven ? 82 + 4 * index : 82, figure == .eight ? 2 * index : 0,
              ["packet_bytes": figure == .seven ? "\(64 + 4 * index)" : "64"],
              ["seal_cycles_per_packet": value, "seal_cycles_per_packet_to_raw_ratio": value / 9])
          case .frameSizes: add(system, 2, 64 + 100 * index, 0, [:], ["goodput_gbps": value])
          case .rates, .ratesOpen:
            add(system, 2, 64 + 100 * index, 0, [:], ["ndr_mpps": value, "pdr_mpps": value + 1])
          case .latency where index < 2:
            add(system, 2, 64, 0, ["direction": index == 0 ? "seal" : "open"], latencies(value))
          case .floor: add(system, 1, 64 + 100 * index, 0, [:], ["seal_cycles_per_packet": value])
          case .tunnels:
            add(system, 1, 64, 0, ["tunnels": "\(1 << index)"], costs(value))
          case .multicast where index < 9:
            add(
              system, 1, 64, 0, ["senders": "\(1 << index)"],
              [
                "open_cycles_per_packet": value, "group_bytes": 1000 * value,
                "replays_accepted_ratio": system == "odd" ? 1 : 0,
              ])
          case .replayFlood, .forgeryFlood:
            add(
              system, 2, 64, 0,
              [figure == .replayFlood ? "replayed_percent" : "forged_percent": "\(5 * index)"],
              ["capacity_gbps_to_unattacked_ratio": 10 / value], .capacity)
          case .tfc:
            add(
              system, 2, 64, 0, ["pad_bytes": "\(128 * index)"],
              ["capacity_gbps": 10 / value].merging(costs(value)) { $1 }, .capacity)
          case .fill, .hashKey, .rekey, .bursts:
            add(system, 2, 64, 0, flowing(figure, index, value).axes, flowing(figure, index, value).metrics)
          case .qos, .multipath:
            add(
              system, 2, 64, 0, overtaken(figure, index),
              ["late_drop_ratio": value / 30, "reordered_ratio": value / 40], .capacity)
          case .nat:
            add(
              system, 1, 82, 2 * (index / 2),
              ["packet_bytes": "64", "encapsulation": index % 2 == 0 ? "ip" : "udp"],
              ["open_cycles_per_packet": value, "open_stage_cycles_per_packet": value + 9])
          default: break
          }
        }
      }
    }
    return MadeRun(name: figure.name, records: records)
  }

  /// The axes of a run with packets that others overtake.
  private static func overtaken(_ figure: Figure, _ index: Int) -> [String: String] {
    [
      "late_packets": "\(16 << index)", "window_size": index % 2 == 0 ? "64" : "1024",
      "paths": figure == .qos || index < 3 ? "2" : "8",
    ]
  }

  /// The axes and metrics of a run in which something changes while packets flow.
  private static func flowing(
    _ figure: Figure, _ index: Int, _ value: Double
  ) -> (axes: [String: String], metrics: [String: Double]) {
    switch figure {
    case .rekey:
      let axes = ["rekey_ms": "\(100 * (index / 2))", "tunnels": index % 2 == 0 ? "1" : "1000"]
      return (axes, ["goodput_gbps": value, "loss_ratio": 0, "first_packet_p99_us": 10 * value])
    case .bursts:
      return (["burst_frames": "\(1 << index)"], ["ndr_mpps": value, "pdr_mpps": value + 1])
    case .hashKey:
      let metrics = ["goodput_gbps": value, "loss_ratio": 0, "reordered_ratio": value / 1000]
      return (["hash_key_ms": "\(10 * index)"], metrics)
    default:
      let metrics = ["fill_ratio": 1 - 1 / value].merging(costs(value)) { $1 }
      return (["fill_kpps": "\(100 * index)", "pad_bytes": "0"], metrics)
    }
  }

  private static func costs(_ value: Double) -> [String: Double] {
    ["seal_cycles_per_packet": value, "open_cycles_per_packet": value + 1]
  }

  private static func latencies(_ value: Double) -> [String: Double] {
    var metrics = [LatencyMetric(percent: 90, .p50, isFloor: true).name: 2.0]
    for percentile in LatencyMetric.Percentile.allCases {
      for percent in [10, 90] {
        metrics[LatencyMetric(percent: percent, percentile).name] = value / (1 - percentile.share)
      }
    }
    return metrics
  }

  private func plotter() throws -> Plotter { Plotter(suite: try suiteFolder()) }

  /// A print in grey must suffice to distinguish the systems.
  @Test func noTwoSystemsHaveTheSameDashesAndMarker() throws {
    let script = try String(contentsOfFile: suiteFolder().path + "/plots/style.gnuplot", encoding: .utf8)
    func numbers(_ name: String) throws -> [Int] {
      let list = try #require(
        try Regex("array \\Q\(name)\\E\\[25\\] = \\[([0-9, ]+)\\]").firstMatch(in: script))
      return list[1].substring?.split(separator: ", ").compactMap { Int($0) } ?? []
    }
    let styles = zip(try numbers("filled"), try numbers("dashes")).map { "\($0) \($1)" }
    #expect(styles.count == 25 && Set(styles).count == styles.count)
  }

  @Test(arguments: Figure.known) func tablesAloneGiveTheSameFigure(figure: Figure) throws {
    let folder = try TemporaryFolder()
    let run = try Self.run(figure).write(to: folder.path)
    let first = try plotter().draw(figure, of: RunReading(path: run.path), as: .svg)
    // Only the tables and their description are kept, in folders with other names.
    let bare = folder("bare")
    try FileManager.default.createDirectory(atPath: bare, withIntermediateDirectories: true)
    for name in try FileManager.default.contentsOfDirectory(atPath: run.path)
    where name.hasSuffix(".csv") || name == "datapackage.json" {
      try FileManager.default.copyItem(atPath: "\(run.path)/\(name)", toPath: "\(bare)/\(name)")
    }
    try FileManager.default.removeItem(atPath: run.path)
    let again = try RunReading(path: bare)
    #expect(try Plotter.figure(of: again) == figure)
    #expect(try plotter().draw(figure, of: again, as: .svg) == first)
    let svg = String(decoding: first.data, as: UTF8.self)
    #expect(svg.contains("</svg>") && svg.contains("VPE") && svg.contains(">ESP"))
  }

  @Test func everyFormIsDrawn() throws {
    let folder = try TemporaryFolder()
    let run = try Self.run(.five).reading()
    let paths = try plotter().write(run, formats: PlotFormat.allCases, to: folder("new/plots")).paths
    #expect(
      paths.map { URL(fileURLWithPath: $0).lastPathComponent } == [
        "figure-5.svg", "figure-5.pdf", "figure-5.png",
      ])
    let starts = try paths.map { try Data(contentsOf: URL(fileURLWithPath: $0)).prefix(5) }
    #expect(starts[0] == Data("<?xml".utf8) && starts[1] == Data("%PDF-".utf8))
    #expect(starts[2].dropFirst() == Data("PNG\r".utf8))
  }

  /// Figure 5 shows the gateways that were measured alone if their run lies beside it; otherwise it says that
  /// it lacks them.
  @Test func figureFiveJoinsTheBaselineBesideIt() throws {
    let folder = try TemporaryFolder()
    let run = try Self.run(.five).write(to: folder.path)
    func drawn() throws -> (svg: String, remarks: [String]) {
      let found = try plotter().write(RunReading(path: run.path), formats: [.svg], to: folder("plots"))
      return (try text(of: found.paths[0]), found.remarks)
    }
    let without = try drawn()
    #expect(without.svg.contains("no run of the baseline") && without.remarks.count == 1)

    let records = (0..<2).flatMap { sample in
      [
        record("tester", sample: sample, ["capacity_gbps": 99], link: "memif"),
        record("esp-single", sample: sample, ["capacity_gbps": 7], link: "memif"),
        record("vpe", sample: sample, ["capacity_gbps": 8], gaps: ["it is too fast"], link: "memif"),
      ]
    }
    let baseline = try MadeRun(name: "baseline", records: records).write(to: folder.path)
    try baseline.publishAsLatest()
    let with = try drawn()
    #expect(with.svg.contains("solo") && with.svg.contains("no bar: failed, or not shown here"))
    #expect(!with.svg.contains("tester"))
    #expect(with.remarks == ["Not shown here: vpe-64B-2t-0h (it is too fast)"])

    // With another crypto library the bars would not compare.
    var other = MadeRun(name: "baseline", records: records)
    other.environment.software.intelIpsecMb = "0.0.1"
    try other.write(to: folder.path).publishAsLatest()
    #expect(try drawn().svg.contains("no run of the baseline"))
  }

  /// If launches differ by a factor of a thousand, an interval spans many decades. It must not determine the
  /// y range.
  @Test func valuesChooseTheScaleOfLatency() throws {
    let records = [0.8, 6, 900.0].enumerated().map { launch, value in
      var made = record(
        "vpe", sample: launch, basis: .measured, ["latency_90_p50_us": value, "latency_90_p90_us": 4])
      made.launch = launch
      return made
    }
    let run = try MadeRun(name: "latency", records: records).reading()
    let interval = try #require(run.figures.first { $0.metric == "latency_90_p50_us" }?.interval)
    #expect(interval.low < 0.1 && interval.high > 1000)
    // The tics of both axes. Percentiles lie at 2 and 10, values at 6 and 4.
    let tics = try tics(of: .latency, run)
    #expect(tics.min() == 1 && tics.max() == 10, "\(tics)")
  }

  /// The same holds for the delay of a first packet, and only for that.
  @Test func valuesChooseTheScaleOfFirstPackets() throws {
    let records = [0.8, 6, 900.0].enumerated().flatMap { launch, value in
      [100, 250].map { interval in
        var made = record(
          "vpe", sample: launch, basis: .measured, axes: ["rekey_ms": "\(interval)"],
          ["goodput_gbps": 7, "first_packet_p99_us": 100 * value])
        made.launch = launch
        return made
      }
    }
    let run = try MadeRun(name: "rekey", records: records).reading()
    let interval = try #require(run.figures.first { $0.metric == "first_packet_p99_us" }?.interval)
    #expect(interval.low < 10 && interval.high > 100_000)
    // Values lie at 600 and 7, with 10 and 4 renewals per second.
    let tics = try tics(of: .rekey, run)
    #expect(tics.max() == 1000 && tics.contains(100) && tics.filter { $0 > 10 } == [100, 1000], "\(tics)")
    #expect(tics.contains(0) && tics.contains(8), "\(tics)")
  }

  /// The numbers beside the axes of a drawing.
  private func tics(of figure: Figure, _ run: RunReading) throws -> [Double] {
    let svg = try plotter().draw(figure, of: run, as: .svg).data
    return String(decoding: svg, as: UTF8.self).matches(of: />\s*([0-9.]+(?:e[+-]?[0-9]+)?)\s*</)
      .compactMap { Double($0.1) }
  }

  /// Figures in which the hardware cancels out: growth beside the paper's, and how much more ESP's seal costs
  /// than VPE's.
  @Test func differencesAreShownAsSuch() throws {
    func svg(_ figure: Figure) throws -> String {
      String(
        decoding: try plotter().draw(figure, of: Self.run(figure).reading(), as: .svg).data, as: UTF8.self)
    }
    let growth = try svg(.six)
    #expect(growth.contains("Multiple of VPE with 2 threads") && growth.contains("paper: ESP pipeline"))
    #expect(try svg(.seven).contains("ESP − VPE, TSC ticks"))
    // Without VPE at two threads there is no reference for the multiples.
    var made = Self.run(.six)
    made.records.removeAll { $0.coordinates.system == "vpe" }
    let without = try plotter().draw(.six, of: made.reading(), as: .svg).data
    #expect(!String(decoding: without, as: UTF8.self).contains("Multiple of VPE"))
  }

  /// A case that failed has no bar, and is named.
  @Test(arguments: [(1, "not every"), (2, "no")])
  func aCaseThatFailedIsNamed(invalid: Int, share: String) throws {
    var made = Self.run(.five)
    made.records.removeAll { $0.coordinates.system == "esp-multi-sa" }
    made.records += (0..<2).map {
      record("esp-multi-sa", sample: $0, ["capacity_gbps": 7], valid: $0 >= invalid)
    }
    let remarks = try plotter().draw(.five, of: try made.reading(), as: .svg).remarks
    #expect(remarks.contains("Failed: esp-multi-sa-64B-2t-0h, of which \(share) sample is valid"))
  }

  @Test func theFigureFollowsFromTheName() {
    #expect(Figure(experiment: "figure-6") == .six && Figure(experiment: "figure-6-short") == .six)
    #expect(Figure(experiment: "figure-66") == nil && Figure(experiment: "hot-path") == nil)
  }

  /// The figure of an experiment without a definition follows from its axes.
  @Test func anyExperimentIsDrawn() throws {
    var records: [SampleRecord] = []
    for (index, window) in [64, 256, 1024, 16384].enumerated() {
      for (system, bytes) in [("vpe", 64), ("vpe", 1420), ("esp-single", 64), ("esp-single", 1420)] {
        records += (0..<2).map {
          record(
            system, frameBytes: bytes, sample: $0, axes: ["window_size": "\(window)"],
            ["capacity_gbps": Double(index + bytes)])
        }
      }
    }
    let run = try MadeRun(name: "my-windows", records: records).reading()
    let figure = try Plotter.figure(of: run)
    #expect(figure.name == "my-windows")
    let drawing = try plotter().draw(figure, of: run, as: .svg)
    let svg = String(decoding: drawing.data, as: UTF8.self)
    #expect(drawing.fileName == "my-windows.svg")
    for text in ["Window size", "64-byte frames", "1420-byte frames", "Capacity, Gbit/s", "VPE", "ESP"] {
      #expect(svg.contains(text), "\(text)")
    }
    // The whole caveat, in lines.
    #expect(svg.contains("Capacity leaves out") && svg.contains("ways between sockets."))
  }

  @Test func anExperimentWithoutANumericAxisIsBars() throws {
    let records = ["vpe", "esp-single", "esp-multi-sa", "esp-pipeline"].flatMap {
      throughputs($0, basis: .measured, [0.01, 0.02])
    }
    let run = try MadeRun(name: "one-point", records: records).reading()
    let svg = try plotter().draw(Plotter.figure(of: run), of: run, as: .svg).data
    let text = String(decoding: svg, as: UTF8.self)
    #expect(
      text.contains("Goodput, Gbit/s") && text.contains("64-byte frames") && !text.contains("leaves out"))
  }

  @Test func costsOfAnyExperimentHaveAPanelEach() throws {
    let records = [1, 2, 4].flatMap { cores in
      ["vpe", "esp-single"].map {
        record(
          $0, basis: .measured, axes: ["lanes": "\(cores)"],
          ["seal_cycles_per_packet": 5, "open_cycles_per_packet": 6])
      }
    }
    let run = try MadeRun(name: "lanes", records: records).reading()
    let svg = try plotter().draw(Plotter.figure(of: run), of: run, as: .svg).data
    let text = String(decoding: svg, as: UTF8.self)
    #expect(text.contains("Seal, TSC ticks per packet") && text.contains("Open, TSC ticks per packet"))
  }

  @Test func whatCannotBeDrawnIsTold() throws {
    var made = Self.run(.five)
    made.name = "hot-path"
    let run = try made.reading()
    #expect(sentence { try Plotter.figure(of: run, named: "figure-9") }.contains("\"figure-9\""))
    #expect(
      sentence { try plotter().draw(.seven, of: run, as: .svg) }.contains(
        "the run has no valid seal_cycles_per_packet"))
  }

  @Test func aRunWithoutTheFiguresAxisIsTold() throws {
    let made = MadeRun(name: "tunnels", records: [record("vpe", ["seal_cycles_per_packet": 1])])
    #expect(
      sentence { try plotter().draw(.tunnels, of: made.reading(), as: .svg) }.hasSuffix(
        "the run has no valid figures over tunnels, which tunnels shows; name a run of that experiment"))
  }

  @Test func invalidCasesAreNotDrawn() throws {
    let run = try MadeRun(records: [record("vpe", ["capacity_gbps": 1], valid: false)]).reading()
    #expect(
      sentence { try plotter().draw(.five, of: run, as: .svg) }.contains(
        "has no valid goodput_gbps or capacity_gbps"))
  }

  @Test func aFailingScriptShowsWhatGnuplotSaid() throws {
    let folder = try TemporaryFolder()
    let root = URL(fileURLWithPath: folder.path)
    for name in ["plots", "experiments/paper"] {
      try FileManager.default.createDirectory(
        at: root.appendingPathComponent(name), withIntermediateDirectories: true)
    }
    try Data("plot nonsense(".utf8).write(to: root.appendingPathComponent("plots/lines.gnuplot"))
    let run = try Self.run(.tunnels).reading()
    let broken = Plotter(suite: SuiteFolder(path: folder.path))
    let message = sentence { try broken.draw(.tunnels, of: run, as: .svg) }
    #expect(message.hasPrefix("gnuplot could not draw tunnels (") && message.contains("nonsense"))
    #expect(
      sentence { try SuiteFolder.find(workingFolder: folder.path, executable: "/") }
        .contains("there is no folder plots/"))
  }

  @Test func namesFromFilesAreOnlyText() throws {
    let made = MadeRun(
      name: "frame-sizes",
      records: ["x'; system 'touch broken", "`touch broken`"].flatMap { system in
        throughputs(system, [1, 2]) + throughputs(system, frameBytes: 128, [2, 3])
      })
    let svg = try plotter().draw(.frameSizes, of: made.reading(), as: .svg).data
    #expect(String(decoding: svg, as: UTF8.self).contains("x_; system _touch broken"))
  }
}

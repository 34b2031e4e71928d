import Cases
import Descriptors
import Foundation
import TestRuns
import Testing

/// Descriptors that measure packet costs: defaults, cases, and refusals.
@Suite struct DescriptorPacketCostTests {
  static let allSystems = #"["null", "raw", "raw-aad", "esp-single", "vpe"]"#

  /// A valid descriptor of a packet-cost measurement, to which `measure` and `members` add.
  private static func text(
    systems: String = allSystems, measure: String = "", _ members: String = ""
  ) -> String {
    DescriptorFixture.text(systems: systems, "measure: { what: 'packet-cost', \(measure) }, \(members)")
  }

  private func names(_ members: String, systems: String = allSystems) throws -> [String] {
    try DescriptorFixture.parse(Self.text(systems: systems, members)).cases.map(\.name)
  }

  // MARK: - Values

  @Test func fillsInDefaults() throws {
    let descriptor = try DescriptorFixture.parse(Self.text())
    let measure = descriptor.measure
    #expect(measure.what == .packetCost && measure.repetitions == 25 && measure.samples == 25)
    #expect(measure.packets == 10_000_000 && measure.packetsInFlight == 16_384)
    #expect(measure.operations == [.seal, .open])
    #expect((measure.windows, measure.windowSeconds, measure.warmUpSeconds) == (0, 0, 0))
    #expect(descriptor.sweep[.threads] == [1] && descriptor.sweep[.flows] == [1])
    #expect(descriptor.sweep[.frameBytes] == [64] && !descriptor.sweep.isByPacket)
    #expect(descriptor.link == .none && descriptor.tunnel == .standard && descriptor.traffic.seed == 1)
  }

  @Test func readsEveryMember() throws {
    let descriptor = try DescriptorFixture.parse(
      Self.text(
        measure: "repetitions: 3, packets: 1e6, packets_in_flight: 64, operations: ['open-stage', 'seal']",
        "traffic: { seed: 7 }, sweep: { packet_bytes: [28, 1500], window_size: 64, esn: false }"))
    let measure = descriptor.measure
    #expect(measure.samples == 3 && measure.packets == 1_000_000 && measure.packetsInFlight == 64)
    #expect(measure.operations == [.openStage, .seal] && descriptor.traffic.seed == 7)
    #expect(descriptor.sweep[.frameBytes] == [46, 1518] && descriptor.sweep.isByPacket)
  }

  @Test func throughputCountsItsWindows() throws {
    let measure = try DescriptorFixture.parse(DescriptorFixture.text("measure: { windows: 5 }")).measure
    #expect(measure.samples == 5 && measure.windows == 5 && measure.repetitions == 0)
    #expect(measure.packets == 0 && measure.packetsInFlight == 0 && measure.operations.isEmpty)
  }

  @Test(arguments: [
    "sweep: { packet_bytes: { from: 64, to: 72, step: 4 } },", "sweep: { frame_bytes: 64 },", "",
  ])
  func resolvedTextRunsTheSameAgain(_ sweep: String) throws {
    let text = Self.text(
      measure: "repetitions: 3", sweep + "quick: { measure: { packets: 1000, operations: ['seal'] } }")
    let descriptor = try DescriptorFixture.parse(text, quick: true, set: ["traffic.seed=3"])
    let again = try DescriptorFixture.parse(descriptor.resolved.rendered)
    #expect(again.resolved == descriptor.resolved && again.cases == descriptor.cases)
    #expect(again.measure == descriptor.measure && again.measure.packets == 1000)
    let rendered = descriptor.resolved.rendered
    for key in ["threads", "flows", "windows", "link", "outer", "udp_port", "rate_mpps", "warm_up_seconds"] {
      #expect(!rendered.contains("\"\(key)\""), "\(key)")
    }
  }

  @Test func quickProfileAndSetReplaceValues() throws {
    let text = Self.text(
      measure: "repetitions: 9", "sweep: { packet_bytes: 64 }, quick: { measure: { repetitions: 3 } }")
    let quick = try DescriptorFixture.parse(
      text, quick: true, set: ["measure.packets=2000", "sweep.packet_bytes=[64,68]"])
    #expect(quick.measure.repetitions == 3 && quick.measure.packets == 2000)
    #expect(quick.cases.map(\.packetBytes) == [64, 68, 64, 68, 64, 68, 64, 68, 64, 68])
    #expect(try DescriptorFixture.parse(text).measure.repetitions == 9)
  }

  // MARK: - Cases

  @Test func namesCarryTheLengthThatIsSwept() throws {
    #expect(
      try names("sweep: { packet_bytes: [50, 1406], extra_headroom_bytes: 2 }") == [
        "baseline-none-50P-1t-2h", "baseline-none-1406P-1t-2h",
        "raw-aes128gcm-50P-1t-2h", "raw-aes128gcm-1406P-1t-2h",
        "raw-aad-aes128gcm-50P-1t-2h", "raw-aad-aes128gcm-1406P-1t-2h",
        "esp-single-aes128gcm-50P-1t-2h", "esp-single-aes128gcm-1406P-1t-2h",
        "vpe-aes128gcm-50P-1t-2h", "vpe-aes128gcm-1406P-1t-2h",
      ])
    #expect(
      try names("sweep: { frame_bytes: [64, 1518] }", systems: "['vpe']") == [
        "vpe-aes128gcm-64B-1t-0h", "vpe-aes128gcm-1518B-1t-0h",
      ])
  }

  @Test func casesHavePacketAndFrame() throws {
    let byPacket = try #require(
      DescriptorFixture.parse(Self.text(systems: "['vpe']", "sweep: { packet_bytes: 1406 }")).cases.first)
    #expect(byPacket.packetBytes == 1406 && byPacket.frameBytes == 1424)
    #expect(byPacket.axes == ["packet_bytes": "1406"])
    #expect(byPacket.threads == 1 && byPacket.flows == 1 && byPacket.link == .none)
    let byFrame = try #require(
      DescriptorFixture.parse(Self.text(systems: "['vpe']", "sweep: { frame_bytes: 1420 }")).cases.first)
    #expect(byFrame.packetBytes == 1402 && byFrame.frameBytes == 1420 && byFrame.axes.isEmpty)
  }

  @Test func axesThatDoNotApplyDoNotMultiply() throws {
    let text = Self.text(
      """
      sweep: {
        packet_bytes: 64, aead: ["aes-128-gcm", "aes-256-gcm"], window_size: [64, 128], esn: [true, false],
      }
      """)
    let cases = try DescriptorFixture.parse(text).cases
    func names(_ system: System) -> [String] {
      cases.filter { $0.system == system && $0.aead != .aes128GCM }.map(\.name)
    }
    #expect(names(.null) == ["baseline-none-64P-1t-0h"])
    #expect(names(.raw) == ["raw-aes256gcm-64P-1t-0h"])
    #expect(names(.rawAAD) == ["raw-aad-aes256gcm-64P-1t-0h-esn", "raw-aad-aes256gcm-64P-1t-0h-noesn"])
    #expect(names(.espSingle).count == 4)
    #expect(names(.vpe) == ["vpe-aes256gcm-64P-1t-0h-w64", "vpe-aes256gcm-64P-1t-0h-w128"])
    #expect(Set(cases.map(\.name)).count == cases.count && cases.count == 1 + 2 + 4 + 8 + 4)
    #expect(cases.allSatisfy { $0.windowSize == 0 || $0.system == .espSingle || $0.system == .vpe })
  }

  /// The bare call has the same lengths, ciphers and headrooms as the formats whose floor it is.
  @Test func theBareCallHasACaseBesideEachCaseOfItsFormat() throws {
    for name in ["figure-7", "figure-8", "floor", "hot-path"] {
      let file = DescriptorFixture.experiments.appending(path: "\(name).json5")
      for quick in [false, true] {
        let cases = try Descriptor.load(file: file, quick: quick, set: []).cases
        func points(_ system: System) -> [String] {
          cases.filter { $0.system == system }.map { point in
            let cipher = point.aead?.rawValue ?? ""
            return "\(cipher) \(point.packetBytes) \(point.extraHeadroomBytes) \(point.axes)"
          }
        }
        #expect(!points(.vpe).isEmpty && points(.raw) == points(.vpe), "\(name)")
        #expect(points(.rawAAD) == points(.espSingle), "\(name)")
      }
    }
  }

  @Test func shippedDescriptorsCoverTheFigures() throws {
    func load(_ name: String, quick: Bool) throws -> Descriptor {
      try Descriptor.load(
        file: DescriptorFixture.experiments.appending(path: "\(name).json5"), quick: quick, set: [])
    }
    for quick in [false, true] {
      let lengths = try load("figure-7", quick: quick)
      #expect(
        lengths.cases.filter { $0.system == .vpe }.map(\.packetBytes)
          == Array(stride(from: 64, through: 1500, by: 4)))
      #expect(lengths.paper?.metric == "local_minimum_packet_bytes")
      let headrooms = try load("figure-8", quick: quick)
      #expect(headrooms.sweep.integers(.extraHeadroomBytes) == Array(stride(from: 0, through: 64, by: 2)))
      #expect(headrooms.paper?.metric == "local_minimum_extra_headroom_bytes")
      #expect(
        try load("floor", quick: quick).sweep[.aead] == AEADAlgorithm.allCases.map { .word($0.rawValue) })
      #expect(try load("hot-path", quick: quick).measure.operations == MeasuredOperation.allCases)
      #expect(lengths.measure.repetitions >= 3 && lengths.measure.packetsInFlight == 4096)
    }
  }

  // MARK: - Refusals

  private static let belongs = #"belongs to measure.what "throughput"; with "packet-cost" "#
  private static let travels =
    #"belongs to measure.what "throughput" or "rate-search"; with "packet-cost" "#

  @Test(arguments: [
    ("link: 'ring'", "link", travels + "packets stay in memory"),
    ("tunnel: { outer: 'ipv4' }", "tunnel.outer", travels + "sealed packets travel nowhere"),
    (
      "tunnel: { selectors: true }, sweep: { tunnels: [1, 2] }", "tunnel.selectors", "with one tunnel alone"
    ),
    ("fault: { at: 'gateway-a.red', kind: 'drop', frame: 1 }", "fault", belongs + "there is no port"),
    ("require: { max_loss_ratio: 0 }", "require.max_loss_ratio", belongs + "no frames are sent"),
    ("traffic: { rate_mpps: 'max' }", "traffic.rate_mpps", belongs + "no frames are sent"),
    ("traffic: { in_flight_frames: 64 }", "traffic.in_flight_frames", travels + "measure.packets_in_flight"),
    ("traffic: { timestamps: true }", "traffic.timestamps", belongs + "no frames are sent"),
    ("sweep: { threads: 2 }", "sweep.threads", belongs + "one thread does all the work"),
    ("sweep: { flows: [1, 2] }", "sweep.flows", travels + "all packets are of one flow"),
    ("sweep: { packet_bytes: 64, frame_bytes: 64 }", "sweep.frame_bytes", "stands beside packet_bytes"),
    ("sweep: { packet_bytes: [64, 27] }", "sweep.packet_bytes[1]", "27 is too small"),
    ("sweep: { packet_bytes: 9001 }", "sweep.packet_bytes", "9001 is too large"),
    ("sweep: { packet_bytes: [64, 64] }", "sweep.packet_bytes[1]", "is listed twice"),
    (
      "sweep: { packet_bytes: { from: 64, to: 1500 }, extra_headroom_bytes: { from: 0, to: 64 } }", "sweep",
      "combinations; allowed are up to"
    ),
  ])
  func refusesWhatMakesNoSenseInMemory(_ members: String, _ path: String, _ reason: String) {
    DescriptorFixture.expectProblem(Self.text(members), at: path, reason)
  }

  @Test func refusesPorts() {
    let gateway = "{ red: 'a', black: 'b' }"
    let end = "{ devargs: 'c' }"
    let problems = DescriptorFixture.problems(
      Self.text(
        "ports: { generator: \(end), 'gateway-a': \(gateway), 'gateway-b': \(gateway), reflector: \(end) }"))
    #expect(problems.map(\.path) == ["ports"])
    #expect(problems.first?.reason == Self.belongs + "there are no roles with ports")
  }

  @Test(arguments: [
    ("windows: 3", "measure.windows", belongs + "repetitions says"),
    ("window_seconds: 1", "measure.window_seconds", belongs + "packets says"),
    ("warm_up_seconds: 1", "measure.warm_up_seconds", belongs + "a first pass"),
    ("repetitions: 0", "measure.repetitions", "from 1 to 1000"),
    ("packets: 999", "measure.packets", "from 1000 to 1000000000"),
    ("packets_in_flight: 200000", "measure.packets_in_flight", "from 64 to 131072"),
    ("operations: []", "measure.operations", "an empty list"),
    ("operations: ['seal', 'seal']", "measure.operations[1]", "listed twice"),
    ("operations: ['seal', 'opne']", "measure.operations[1]", #"did you mean "open"?"#),
    ("operations: ['seal-stage', 'open-stage']", "systems[1]", #""raw" is a bare call and has no stage"#),
    ("operations: ['open-stage']", "systems[2]", #"needs "seal" or "open" beside "open-stage""#),
  ])
  func refusesWrongMeasures(_ measure: String, _ path: String, _ reason: String) {
    DescriptorFixture.expectProblem(Self.text(measure: measure), at: path, reason)
  }

  @Test(arguments: [
    ("measure: { repetitions: 3 }", "measure.repetitions", "windows says how many samples there are"),
    ("measure: { packets: 1000 }", "measure.packets", "window_seconds says how long a sample is"),
    ("measure: { packets_in_flight: 64 }", "measure.packets_in_flight", "traffic.in_flight_frames says"),
    ("measure: { operations: ['seal'] }", "measure.operations", "gateways seal and open every frame"),
    ("sweep: { packet_bytes: 64 }", "sweep.packet_bytes", "frame_bytes says how long frames are"),
  ])
  func throughputRefusesWhatBelongsToPacketCost(_ members: String, _ path: String, _ otherwise: String) {
    let reason = #"belongs to measure.what "packet-cost"; with "throughput" "# + otherwise
    for text in [DescriptorFixture.text(members), DescriptorFixture.text("quick: { \(members) }")] {
      let problems = DescriptorFixture.problems(text, quick: true)
      #expect(problems.count == 1 && problems.first?.path.hasSuffix(path) == true, "got \(problems)")
      #expect(problems.first?.reason.hasPrefix(reason) == true, "got \(problems)")
    }
  }

  @Test(arguments: ["throughput", "packet-cost"])
  func eachSystemIsAcceptedWhereItRuns(_ what: String) throws {
    let quantity = try #require(MeasuredQuantity(rawValue: what))
    for system in System.allCases {
      let text = DescriptorFixture.text(
        systems: "['vpe', '\(system.rawValue)']", "measure: { what: '\(what)' }")
      let problems = DescriptorFixture.problems(text).filter { $0.reason.contains("this version") }
      let runs = system.quantities.contains(quantity)
      #expect(problems.map(\.path) == (runs ? [] : ["systems[1]"]), "\(system)")
    }
    #expect(
      System.implemented(for: .throughput)
        == [
          .null, .espSingle, .espPipeline, .espPipelinePaper, .espMultiSA, .espParallel, .espOrdered,
          .vpe, .wireguard, .wireguardParallel, .wireguardOrdered, .psp, .pspDerive, .eespSubSA,
          .ipsecSecgw, .tester,
        ])
    #expect(
      System.implemented(for: .packetCost)
        == [
          .null, .raw, .rawAAD, .cryptodev, .espSingle, .espPipeline, .espMultiSA, .vpe, .wireguard, .psp,
          .pspDerive, .eespSubSA, .ladderA, .ladderB, .ladderC, .ladderD, .ladderE, .espImplicitIV,
          .espSenders, .espSenderWindows, .espTransport, .vpeTransportA, .vpeTransportB,
        ])
  }

  @Test func theBareCallIsNoGateway() {
    let problems = DescriptorFixture.problems(DescriptorFixture.text(systems: "['raw-aad', 'vpe']"))
    #expect(
      problems == [
        .init(
          path: "systems[0]",
          reason: #""raw-aad" runs with measure.what "packet-cost" alone; with "throughput" this version "#
            + #"runs "baseline", "esp-single", "esp-pipeline", "esp-pipeline-paper", "esp-multi-sa", "#
            + #""esp-parallel", "esp-ordered", "vpe", "wireguard", "wireguard-parallel", "#
            + #""wireguard-ordered", "psp", "psp-derive", "eesp-subsa", "ipsec-secgw", "tester""#)
      ])
  }

  @Test func namesWhereTheMisplacedValueComesFrom() {
    let text = Self.text("quick: { measure: { windows: 3 }, sweep: { threads: [2, 4] } }")
    #expect(DescriptorFixture.problems(text).isEmpty)
    #expect(
      DescriptorFixture.problems(text, quick: true).map(\.path)
        == ["quick.sweep.threads", "quick.measure.windows"])
    let set = DescriptorFixture.problems(Self.text(), set: ["tunnel.udp_port=1", "measure.windows=3"])
    #expect(set.map(\.path) == ["--set measure.windows", "--set tunnel.udp_port"])
  }
}

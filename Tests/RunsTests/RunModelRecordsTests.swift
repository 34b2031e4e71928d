import Cases
import Descriptors
import Model
import Results
import Roles
import Runs
import TestRuns
import Testing

/// `ModelRecords`: predictions from made-up samples.
@Suite struct RunModelRecordsTests {
  static let ticksPerSecond = 1e9
  static let cycles: [StageKind: Double] = [
    .receive: 10, .number: 12, .receiveNumber: 18, .encrypt: 100, .steer: 40, .decrypt: 110,
    .decryptTransmit: 120, .transmit: 10,
  ]

  static func descriptor(_ members: String) throws -> Descriptor {
    try DescriptorFixture.parse(
      DescriptorFixture.text(
        systems: "['esp-pipeline-paper', 'vpe']",
        "sweep: { threads_of: { 'esp-pipeline-paper': [3, 9], vpe: [2, 8] } }, \(members)"))
  }

  static func stage(_ name: String, packets: UInt64, ticks: Double) -> StageRecord {
    StageRecord(
      role: "gateway-a", stage: name, thread: 0, core: 0, received: packets, transmitted: packets,
      dropped: 0, drops: [:], windowPackets: packets, busyCycles: UInt64(Double(packets) * ticks),
      busyPolls: 1, emptyPolls: 0, stalledPolls: 0, stalledCycles: 0)
  }

  static func record(
    _ point: Case, sample: Int = 0, mpps: Double, _ stages: [(String, Double)], valid: Bool = true
  ) -> SampleRecord {
    SampleRecord(
      coordinates: CaseCoordinates(point), sample: sample, startedAt: "", basis: .capacity, windowSeconds: 1,
      metrics: ["packet_rate_mpps": mpps], counts: [:], valid: valid, faults: [],
      stages: stages.map { stage($0.0, packets: 1000, ticks: $0.1) })
  }

  static func predictions(
    _ descriptor: Descriptor, _ records: (String) throws -> [SampleRecord]
  ) throws -> [String: SampleRecord] {
    let calibration = try Calibration(
      stated: cycles, cases: descriptor.cases, ticksPerSecond: ticksPerSecond)
    let model = ModelRecords(descriptor: descriptor, calibration: calibration)
    let all = try model.predictions(from: try records(""), cases: descriptor.cases)
    return Dictionary(uniqueKeysWithValues: all.map { ($0.coordinates.name, $0) })
  }

  @Test func vpeGrowsFromItsSmallestCase() throws {
    let descriptor = try Self.descriptor("model: { threads_of: { vpe: 16 } }")
    let cases = descriptor.cases.filter { $0.system == .vpe }
    let found = try Self.predictions(descriptor) { _ in
      [
        Self.record(cases[0], mpps: 8, [("seal", 125), ("open", 100)]),
        // What it cost there must not count.
        Self.record(cases[1], mpps: 25, [("seal", 160), ("open", 120)]),
      ]
    }
    #expect(
      Set(found.keys) == ["vpe-aes128gcm-64B-2t-0h", "vpe-aes128gcm-64B-8t-0h", "vpe-aes128gcm-64B-16t-0h"])
    let eight = try #require(found["vpe-aes128gcm-64B-8t-0h"])
    #expect(eight.basis == .model && eight.valid && eight.bottleneck == "seal")
    // Four threads at 125 ticks a packet, 10^9 ticks a second: 32 Mpps.
    #expect(abs((eight.metrics["packet_rate_mpps"] ?? 0) - 32) < 1e-9)
    #expect(abs((eight.metrics["capacity_gbps"] ?? 0) - 32e6 * 512 / 1e9) < 1e-9)
    #expect(abs((eight.metrics["model_error_ratio"] ?? 0) - 0.28) < 1e-9)
    #expect(found["vpe-aes128gcm-64B-2t-0h"]?.metrics["model_error_ratio"] == nil)
    #expect(abs((found["vpe-aes128gcm-64B-16t-0h"]?.metrics["packet_rate_mpps"] ?? 0) - 64) < 1e-9)
  }

  @Test func theBlackLinkLimits() throws {
    let descriptor = try Self.descriptor("model: { black_link_gbps: 10 }")
    let cases = descriptor.cases.filter { $0.system == .vpe }
    let found = try Self.predictions(descriptor) { _ in
      [Self.record(cases[0], mpps: 8, [("seal", 125), ("open", 100)])]
    }
    let eight = try #require(found["vpe-aes128gcm-64B-8t-0h"])
    #expect(eight.bottleneck == "10 Gbit/s black link")
    // Ethernet 14, IPv4 20, VPE 32, inner 46, FCS 4, preamble and gap 20: 136 bytes.
    let mpps = 10e9 / (136 * 8) / 1e6
    #expect(abs((eight.metrics["packet_rate_mpps"] ?? 0) - mpps) < 1e-9)
    #expect(abs((eight.metrics["unlimited_capacity_gbps"] ?? 0) - 32e6 * 512 / 1e9) < 1e-9)
  }

  @Test func aPipelineSaturatesAtItsSteeringThread() throws {
    let descriptor = try Self.descriptor("model: { threads_of: { 'esp-pipeline-paper': 21 } }")
    let cases = descriptor.cases.filter { $0.system == .espPipelinePaper }
    let found = try Self.predictions(descriptor) { _ in
      [
        Self.record(
          cases[0], mpps: 8,
          [("receive-number", 20), ("encrypt", 100), ("steer", 50), ("decrypt-transmit", 100)])
      ]
    }
    let most = try #require(found["esp-pipeline-paper-aes128gcm-64B-21t-0h"])
    #expect(most.bottleneck == "steer")
    #expect(abs((most.metrics["packet_rate_mpps"] ?? 0) - 20) < 1e-9)
  }

  @Test func invalidSamplesPredictNothing() throws {
    let descriptor = try Self.descriptor("model: {}")
    let point = try #require(descriptor.cases.first { $0.system == .vpe })
    let found = try Self.predictions(descriptor) { _ in
      [Self.record(point, mpps: 8, [("seal", 125), ("open", 100)], valid: false)]
    }
    #expect(found.isEmpty)
  }

  @Test func withoutAModelThereAreNoPredictions() throws {
    let descriptor = try Self.descriptor("")
    let point = try #require(descriptor.cases.first { $0.system == .vpe })
    let found = try Self.predictions(descriptor) { _ in
      [Self.record(point, mpps: 8, [("seal", 125), ("open", 100)])]
    }
    #expect(found.isEmpty)
  }
}

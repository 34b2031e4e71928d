import Results
import TestRuns
import Testing

@Suite struct AnalysisRatioTests {
  static let seal = "seal_cycles_per_packet"
  static let sealRatio = "seal_cycles_per_packet_to_raw_ratio"

  private func sealRatios(_ samples: [SampleRecord]) -> [Double?] {
    RatioToFloor.adding(to: samples).map { $0.metrics[Self.sealRatio] }
  }

  @Test func everySystemHasItsFloor() {
    let ratios = sealRatios([
      sample("vpe", metrics: [Self.seal: 110]), sample("baseline", metrics: [Self.seal: 10]),
      sample("raw", metrics: [Self.seal: 100]), sample("esp-single", metrics: [Self.seal: 144]),
      sample("raw-aad", metrics: [Self.seal: 120]), sample("other", metrics: [Self.seal: 1]),
    ])
    #expect(ratios == [1.1, 0.1, 1, 1.2, 1, nil])
  }

  @Test func everyCostHasItsFloor() throws {
    let costs = [
      Self.seal: 110.0, "open_cycles_per_packet": 150, "seal_stage_cycles_per_packet": 140,
      "open_stage_cycles_per_packet": 160, "seal_ns_per_packet": 50,
    ]
    let floor = [
      Self.seal: 100.0, "open_cycles_per_packet": 80, "seal_stage_cycles_per_packet": 1,
      "seal_ns_per_packet": 40,
    ]
    let records = RatioToFloor.adding(to: [sample(metrics: costs), sample("raw", metrics: floor)])
    let ratios = records[0].metrics.filter { $0.key.hasSuffix("_ratio") }
    #expect(
      ratios == [
        Self.sealRatio: 1.1, "open_cycles_per_packet_to_raw_ratio": 1.875,
        "seal_stage_cycles_per_packet_to_raw_ratio": 1.4, "open_stage_cycles_per_packet_to_raw_ratio": 2,
      ])
    #expect(records[0].metrics.filter { !$0.key.hasSuffix("_ratio") } == costs)
    for name in ratios.keys {
      #expect(MetricCatalog.metrics.contains(name))
      #expect(MetricCatalog.entry(for: name).unit == "1")
    }
  }

  @Test func theFloorIsOfTheSameRepetitionAndCoordinates() {
    let ratios = sealRatios([
      sample(frameBytes: 64, sample: 0, metrics: [Self.seal: 110]),
      sample(frameBytes: 64, sample: 1, metrics: [Self.seal: 110]),
      sample(frameBytes: 128, sample: 0, metrics: [Self.seal: 110]),
      sample(frameBytes: 64, axes: ["packet_bytes": "50"], sample: 0, metrics: [Self.seal: 110]),
      sample("raw", frameBytes: 64, sample: 0, metrics: [Self.seal: 100]),
      sample("raw", frameBytes: 64, sample: 1, metrics: [Self.seal: 55]),
    ])
    #expect(ratios == [1.1, 2, nil, nil, 1, 1])
  }

  @Test func aFloorMayLackSequenceNumbersAndWindows() {
    let ratios = sealRatios([
      sample(axes: ["esn": "true", "window_size": "64", "packet_bytes": "50"], metrics: [Self.seal: 110]),
      sample(axes: ["esn": "true", "flows": "2", "packet_bytes": "50"], metrics: [Self.seal: 110]),
      sample("raw", axes: ["packet_bytes": "50"], metrics: [Self.seal: 100]),
    ])
    #expect(ratios == [1.1, nil, 1])
    let matched = sealRatios([
      sample("esp-single", axes: ["esn": "true"], metrics: [Self.seal: 110]),
      sample("esp-single", axes: ["esn": "false"], metrics: [Self.seal: 110]),
      sample("raw-aad", axes: ["esn": "true"], metrics: [Self.seal: 100]),
      sample("raw-aad", axes: ["esn": "false"], metrics: [Self.seal: 50]),
    ])
    #expect(matched == [1.1, 2.2, 1, 1])
  }

  @Test func withoutAUsableFloorThereIsNoRatio() {
    let vpe = sample(metrics: [Self.seal: 110])
    #expect(sealRatios([vpe]) == [nil])
    #expect(sealRatios([vpe, sample("raw-aad", metrics: [Self.seal: 100])])[0] == nil)
    #expect(sealRatios([vpe, sample("raw", metrics: [Self.seal: 0])])[0] == nil)
    #expect(sealRatios([vpe, sample("raw", metrics: ["open_cycles_per_packet": 1])])[0] == nil)
    #expect(
      sealRatios([vpe, sample("raw", metrics: [Self.seal: 1], valid: false, faults: ["No."])]) == [nil, nil])
    #expect(
      sealRatios([sample(metrics: [Self.seal: .nan]), sample("raw", metrics: [Self.seal: 1])])[0] == nil)
    #expect(RatioToFloor.adding(to: []) == [])
  }

  @Test func aSystemWithoutACipherTakesTheOnlyFloor() {
    func record(_ system: String, _ aead: String, _ value: Double) -> SampleRecord {
      var record = sample(system, metrics: [Self.seal: value])
      record.coordinates.aead = aead
      return record
    }
    let null = record("baseline", "none", 10)
    #expect(sealRatios([null, record("raw", "aes128gcm", 100)])[0] == 0.1)
    #expect(
      sealRatios([null, record("raw", "aes128gcm", 100), record("raw", "aes256gcm", 120)])[0] == nil)
    #expect(sealRatios([record("vpe", "aes256gcm", 10), record("raw", "aes128gcm", 100)])[0] == nil)
  }
}

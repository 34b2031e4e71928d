import Results
import TestRuns
import Testing

@Suite struct AnalysisBaselineTests {
  static let seal = "seal_cycles_per_packet"

  private func ratios(_ samples: [SampleRecord], _ metric: String = seal) -> [Double?] {
    RatioToBaseline.oneTunnel.adding(to: samples).map {
      $0.metrics[RatioToBaseline.oneTunnel.name(of: metric)]
    }
  }

  private func tunnels(
    _ count: Int, _ cost: Double, system: String = "vpe", frameBytes: Int = 64, esn: String? = nil,
    repetition: Int = 0, valid: Bool = true
  ) -> SampleRecord {
    var axes = ["tunnels": "\(count)"]
    axes["esn"] = esn
    var record = sample(
      system, frameBytes: frameBytes, axes: axes, sample: repetition, metrics: [Self.seal: cost],
      valid: valid,
      faults: valid ? [] : ["No."])
    record.coordinates.name += "-\(count)sa"
    return record
  }

  @Test func manyAreComparedWithOneOfTheSame() {
    let samples = [
      tunnels(1, 100), tunnels(10_000, 130), tunnels(10, 110), tunnels(1, 200, system: "esp-single"),
      tunnels(10, 250, system: "esp-single"), tunnels(10, 90, frameBytes: 128),
    ]
    #expect(ratios(samples) == [1, 1.3, 1.1, 1, 1.25, nil])
  }

  @Test func theBaselineIsOfTheSameRepetitionAndCoordinates() {
    let samples = [
      tunnels(10, 150, repetition: 1), tunnels(1, 100, repetition: 1), tunnels(1, 50, repetition: 0),
      tunnels(10, 150, esn: "true", repetition: 1), tunnels(10, 150, repetition: 2),
    ]
    #expect(ratios(samples) == [1.5, 1, 1, nil, nil])
  }

  @Test func withoutAUsableOneThereIsNoRatio() {
    #expect(ratios([tunnels(10, 150), tunnels(1, 100, valid: false)]) == [nil, nil])
    #expect(ratios([tunnels(10, 150), tunnels(1, 0)]) == [nil, nil])
    #expect(ratios([sample(metrics: [Self.seal: 1])]) == [nil])
    #expect(ratios([tunnels(10, .nan), tunnels(1, 1)]) == [nil, 1])
    #expect(RatioToBaseline.oneTunnel.adding(to: []) == [])
  }

  @Test func everyCostHasARatioThatTheCatalogKnows() throws {
    let costs = [
      "seal_cycles_per_packet": 2.0, "open_cycles_per_packet": 4, "seal_stage_cycles_per_packet": 6,
      "open_stage_cycles_per_packet": 8, "seal_ns_per_packet": 9,
    ]
    let one = sample(axes: ["tunnels": "1"], metrics: costs)
    let many = sample(axes: ["tunnels": "7"], metrics: costs.mapValues { $0 * 1.5 })
    let added = RatioToBaseline.oneTunnel.adding(to: [one, many])[1].metrics.filter { costs[$0.key] == nil }
    #expect(added.count == 4 && added.values.allSatisfy { $0 == 1.5 })
    for name in Array(added.keys) + ["sa_bytes"] {
      #expect(MetricCatalog.metrics.contains(name))
      #expect(!MetricCatalog.entry(for: name).description.contains("as the run reported it"))
    }
    #expect(MetricCatalog.entry(for: RatioToBaseline.oneTunnel.name(of: Self.seal)).unit == "1")
    #expect(MetricCatalog.entry(for: "sa_bytes").unit == "byte")
    #expect(MetricCatalog.entry(for: "tunnels").unit == "tunnel")
  }

  /// The bare call has no tunnels.
  @Test func aFloorMayLackTunnels() {
    let raw = sample("raw", frameBytes: 64, metrics: [Self.seal: 50])
    let ratio = RatioToFloor.adding(to: [tunnels(10, 100), raw])[0].metrics[RatioToFloor.name(of: Self.seal)]
    #expect(ratio == 2)
  }

  /// Costs while all cores work, compared with those while one works.
  @Test func allCoresAreComparedWithOne() {
    func cores(_ value: String, _ cost: Double, system: String = "vpe", valid: Bool = true) -> SampleRecord {
      var record = sample(
        system, frameBytes: 64, axes: ["cores": value], metrics: [Self.seal: cost, "seal_ns_per_packet": 9],
        valid: valid)
      record.coordinates.name += "-\(value)-cores"
      return record
    }
    let ratio = RatioToBaseline.oneCore
    let name = "seal_cycles_per_packet_to_one_core_ratio"
    #expect(ratio.name(of: Self.seal) == name && MetricCatalog.metrics.contains(name))
    let added = ratio.adding(to: [
      cores("all", 150), cores("one", 100), cores("all", 90, system: "raw"), sample(metrics: [Self.seal: 70]),
    ])
    #expect(added.map { $0.metrics[name] } == [1.5, 1, nil, nil])
    #expect(added[0].metrics.count == 3, "of what is no cost in cycles there is no ratio")
    #expect(ratio.adding(to: [cores("all", 150), cores("one", 100, valid: false)])[0].metrics[name] == nil)
    #expect(RatioToBaseline.all.contains { $0.name(of: Self.seal) == name })
  }

  @Test func versionsAreComparedWithIPv4() {
    func way(_ axes: [String: String], _ cost: Double) -> SampleRecord {
      sample(axes: axes, metrics: ["seal_stage_cycles_per_packet": cost])
    }
    let name = "seal_stage_cycles_per_packet_to_ipv4_ratio"
    let added = RatioToBaseline.ipv4.adding(to: [
      way(["outer_version": "ipv4", "encapsulation": "ip"], 100),
      way(["outer_version": "ipv6", "encapsulation": "ip"], 110),
      way(["outer_version": "ipv6", "encapsulation": "udp"], 125), way([:], 70),
    ])
    #expect(added.map { $0.metrics[name] } == [1, 1.1, 1.25, nil])
    #expect(MetricCatalog.metrics.contains(name) && MetricCatalog.entry(for: name).unit == "1")
    #expect(RatioToBaseline.all.contains { $0.name(of: "seal_stage_cycles_per_packet") == name })
  }

  @Test func manySendersAreComparedWithOne() {
    func senders(_ count: Int, _ cost: Double) -> SampleRecord {
      var record = sample(
        axes: ["senders": "\(count)"], metrics: ["open_cycles_per_packet": cost, "group_bytes": 9])
      record.coordinates.name += "-\(count)snd"
      return record
    }
    let name = "open_cycles_per_packet_to_one_sender_ratio"
    #expect(RatioToBaseline.oneSender.name(of: "open_cycles_per_packet") == name)
    let added = RatioToBaseline.oneSender.adding(to: [senders(1, 100), senders(256, 119)])
    #expect(added.map { $0.metrics[name] } == [1, 1.19] && added[1].metrics.count == 3)
    #expect(MetricCatalog.metrics.contains(name) && MetricCatalog.entry(for: "senders").unit == "sender")
    #expect(RatioToBaseline.all.contains { $0.name(of: "open_cycles_per_packet") == name })
  }

  @Test func goodputUnderAttackIsComparedWithThatWithout() {
    func attacked(_ percent: Int, age: Int, _ goodput: Double) -> SampleRecord {
      let axes = ["replayed_percent": "\(percent)", "replay_age_packets": "\(age)"]
      var record = sample(axes: axes, metrics: ["goodput_gbps": goodput])
      record.coordinates.name += "-r\(percent)-a\(age)"
      return record
    }
    let ratio = RatioToBaseline.unattacked
    let samples = [attacked(0, age: 32, 8), attacked(100, age: 32, 6), attacked(100, age: 9, 6)]
    #expect(
      ratio.adding(to: samples).map { $0.metrics[ratio.name(of: "goodput_gbps")] } == [1, 0.75, nil])
    #expect(MetricCatalog.metrics.contains(ratio.name(of: "goodput_gbps")))
    // A case that has one axis of two is at the baseline if it has that axis's baseline value.
    #expect(ratio.isBaseline(sample(axes: ["forged_percent": "0"], metrics: [:]).coordinates))
    #expect(!ratio.isBaseline(sample(metrics: [:]).coordinates))
  }
}

import Foundation
import Results
import Statistics
import TestRuns
import Testing

@Suite struct SchemasTests {
  /// ESP is swept over flows and fails once; VPE is not swept and never fails.
  static let records = [
    sample(
      "esp-single", axes: ["flows": "64"], metrics: ["goodput_gbps": 4, "loss_ratio": 0],
      counts: ["frames_sent": 10, "frames_lost": 0, "frames_late": 2]),
    sample(metrics: ["goodput_gbps": 6, "zeal_us": 1.5], counts: ["frames_sent": 20]),
    sample(
      "esp-single", axes: ["flows": "64"], sample: 1, metrics: ["goodput_gbps": 400],
      counts: ["frames_sent": 10], valid: false, faults: ["One frame is missing.", "Role \"b\" died."]),
    sample(sample: 1, metrics: ["goodput_gbps": 8, "loss_ratio": .nan], counts: ["frames_sent": 21]),
  ]

  func csv(_ table: Table) -> String { String(decoding: CSV.encode(table), as: UTF8.self) }

  @Test func samplesSnapshot() {
    #expect(
      csv(Schemas.samples(Self.records)) == """
        case,system,aead,threads,frame_bytes,extra_headroom_bytes,link,flows,sample,started_at,basis,\
        window_seconds,frames_sent,frames_lost,frames_late,goodput_gbps,loss_ratio,zeal_us,valid,faults,gaps
        esp-single-aes128gcm-1420B-2t-0h,esp-single,aes128gcm,2,1420,0,ring,64,0,2026-11-20T13:18:24Z,\
        measured,0.5,10,0,2,4.0,0.0,,true,,
        vpe-aes128gcm-1420B-2t-0h,vpe,aes128gcm,2,1420,0,ring,,0,2026-11-20T13:18:24Z,\
        measured,0.5,20,,,6.0,,1.5,true,,
        esp-single-aes128gcm-1420B-2t-0h,esp-single,aes128gcm,2,1420,0,ring,64,1,2026-11-20T13:18:24Z,\
        measured,0.5,10,,,400.0,,,false,"One frame is missing.; Role ""b"" died.",
        vpe-aes128gcm-1420B-2t-0h,vpe,aes128gcm,2,1420,0,ring,,1,2026-11-20T13:18:24Z,\
        measured,0.5,21,,,8.0,,,true,,

        """)
  }

  @Test func summarySnapshot() throws {
    let esp = "esp-single-aes128gcm-1420B-2t-0h,esp-single,aes128gcm,2,1420,0,ring,measured"
    let vpe = "vpe-aes128gcm-1420B-2t-0h,vpe,aes128gcm,2,1420,0,ring,measured"
    let interval = try #require(Estimate([6, 8]))
    let ends = [interval.ci95Low, interval.ci95High].map { $0?.description ?? "" }.joined(separator: ",")
    #expect(
      csv(Schemas.summary(Self.records)) == """
        case,system,aead,threads,frame_bytes,extra_headroom_bytes,link,basis,metric,mean,ci95_low,ci95_high,\
        median,min,max,samples,valid,flows,p5,p25,p75,p95,gaps
        \(esp),goodput_gbps,4.0,,,4.0,4.0,4.0,1,false,64,4.0,4.0,4.0,4.0,
        \(esp),loss_ratio,0.0,,,0.0,0.0,0.0,1,false,64,0.0,0.0,0.0,0.0,
        \(vpe),goodput_gbps,7.0,\(ends),7.0,6.0,8.0,2,true,,6.1,6.5,7.5,7.9,
        \(vpe),zeal_us,1.5,,,1.5,1.5,1.5,1,true,,1.5,1.5,1.5,1.5,

        """)
  }

  @Test func aCaseWithoutAValidSampleKeepsItsRows() {
    let failed = sample("esp-single", metrics: ["odd_gbps": 1], valid: false, faults: ["It died."])
    let table = Schemas.summary([failed, sample(metrics: ["zeal_us": 1, "goodput_gbps": 2])])
    let metric = table.columns.firstIndex { $0.name == "metric" } ?? 0
    #expect(
      table.rows.map { $0[metric] } == ["goodput_gbps", "zeal_us", "goodput_gbps", "zeal_us"].map(Cell.text))
    for row in table.rows.prefix(2) {
      #expect(
        row[(metric + 1)...] == [
          .empty, .empty, .empty, .empty, .empty, .empty, .integer(0), .boolean(false), .empty, .empty,
          .empty, .empty, .text(""),
        ])
    }
  }

  /// A gap is no fault: the case stays valid, has rows without figures, and states the reason.
  @Test func aGapIsStatedAndNotAveraged() throws {
    let gap = "The tester is slower."
    let records = [
      sample(metrics: ["goodput_gbps": 9], gaps: [gap]),
      sample(sample: 1, metrics: ["goodput_gbps": 7], gaps: [gap]),
    ]
    let lines = csv(Schemas.summary(records)).split(separator: "\n").dropFirst()
    #expect(
      lines == [
        "vpe-aes128gcm-1420B-2t-0h,vpe,aes128gcm,2,1420,0,ring,measured,goodput_gbps,,,,,,,0,true,,,,,\(gap)"
      ])
    #expect(csv(Schemas.samples(records)).contains(",9.0,true,,\(gap)\n"))
    #expect(records.allSatisfy(\.valid) && !records.contains(where: \.isUsable))
  }

  @Test func aRunOfFailuresStillNamesGoodput() {
    let table = Schemas.summary([sample(valid: false, faults: ["It died."])])
    #expect(table.rows.count == 1)
    #expect(table.rows.first?.contains(.text("goodput_gbps")) == true)
  }

  @Test func metricsComeInTheirKnownOrder() {
    let names = ["b_us", "open_cycles_per_packet", "a_us", "packet_rate_mpps", "goodput_gbps"]
    let record = sample(metrics: Dictionary(uniqueKeysWithValues: names.map { ($0, 1) }))
    let table = Schemas.summary([record])
    let metric = table.columns.firstIndex { $0.name == "metric" } ?? 0
    #expect(
      table.rows.map { $0[metric].text } == [
        "goodput_gbps", "packet_rate_mpps", "open_cycles_per_packet", "a_us", "b_us",
      ])
  }

  @Test func casesOfTwoBasesAreKeptApart() {
    let records = [
      sample(basis: .measured, metrics: ["goodput_gbps": 1]),
      sample(basis: .model, metrics: ["capacity_gbps": 3]),
    ]
    let lines = csv(Schemas.summary(records)).split(separator: "\n").dropFirst()
    #expect(lines.map { $0.split(separator: ",")[9] } == ["1.0", "3.0"])
  }

  @Test func stagesSnapshot() throws {
    let records = [
      sample(
        stages: [
          stage(
            received: 10, transmitted: 8, drops: ["replayed": 2], windowPackets: 4, busyCycles: 400,
            busyPolls: 2),
          stage(thread: 1, core: 2, received: 5, transmitted: 5),
        ]),
      sample(
        sample: 1,
        stages: [
          stage(
            received: 20, transmitted: 19, drops: ["forged": 1], windowPackets: 4, busyCycles: 480,
            busyPolls: 1),
          stage(thread: 1, core: 3, received: 5, transmitted: 5),
        ]),
      sample(sample: 2, valid: false, faults: ["No."], stages: [stage(received: 1000)]),
    ]
    let interval = try #require(Estimate([100, 120]))
    let ends = [interval.ci95Low, interval.ci95High].map { $0?.description ?? "" }.joined(separator: ",")
    let vpe = "vpe-aes128gcm-1420B-2t-0h,vpe,aes128gcm,2,1420,0,ring,measured,gateway-a,seal"
    #expect(
      csv(Schemas.stages(records)) == """
        case,system,aead,threads,frame_bytes,extra_headroom_bytes,link,basis,role,stage,thread,core,samples,\
        received,transmitted,dropped,dropped_forged,dropped_replayed,window_packets,busy_cycles,busy_polls,\
        empty_polls,stalled_polls,stalled_cycles,packets_per_poll,cycles_per_packet,\
        cycles_per_packet_ci95_low,cycles_per_packet_ci95_high,\
        cycles_per_packet_median,cycles_per_packet_min,cycles_per_packet_max
        \(vpe),0,1,2,30,27,3,1,2,8,880,3,6,2,1000,3.0,110.0,\(ends),110.0,100.0,120.0
        \(vpe),1,,2,10,10,0,0,0,0,0,0,6,2,1000,,,,,,,

        """)
  }

  @Test func sharesAreOfTheirPort() {
    var record = sample()
    record.queues = [
      QueueRecord(end: "gateway-a.red", thread: 0, queues: [0, 2], received: 30, ledBy: "hash-addresses"),
      QueueRecord(end: "gateway-a.red", thread: 1, queues: [1], received: 10, ledBy: "hash-addresses"),
      QueueRecord(end: "gateway-a.black", thread: 2, queues: [0], received: 0, ledBy: "none"),
    ]
    let vpe = "vpe-aes128gcm-1420B-2t-0h,vpe,aes128gcm,2,1420,0,ring,measured,0,true"
    #expect(
      csv(Schemas.queues([sample(), record])) == """
        case,system,aead,threads,frame_bytes,extra_headroom_bytes,link,basis,sample,valid,end,thread,queues,\
        led_by,received,share_ratio
        \(vpe),gateway-a.red,0,0+2,hash-addresses,30,0.75
        \(vpe),gateway-a.red,1,1,hash-addresses,10,0.25
        \(vpe),gateway-a.black,2,0,none,0,

        """)
  }

  @Test func sumsStopAtTheLargestValue() {
    let records = [0, 1].map { sample(sample: $0, stages: [stage(received: .max)]) }
    let table = Schemas.stages(records)
    #expect(table.rows.first?.contains(.unsigned(.max)) == true)
  }

  @Test(arguments: [
    (["64", "1024"], ColumnType.integer), (["0.5", "1"], .number), (["64", "all"], .string),
    (["0x10"], .string),
    (["1e400"], .string),
  ])
  func axisTypes(values: [String], type: ColumnType) {
    let table = Schemas.samples(values.map { sample(axes: ["flows": $0]) })
    #expect(table.columns.first { $0.name == "flows" }?.type == type)
  }

  @Test func anAxisNamedLikeACoordinateIsNotRepeated() {
    let table = Schemas.summary([sample(axes: ["aead": "baseline", "flows": "1"])])
    #expect(table.columns.filter { $0.name == "aead" }.count == 1)
  }

  @Test func everyColumnIsDescribed() {
    for table in [Schemas.samples, Schemas.summary, Schemas.stages].map({ $0(Self.records) }) {
      for column in table.columns {
        #expect(column.description.hasSuffix("."), "\(table.name).\(column.name)")
      }
    }
  }

  @Test(arguments: [
    ("goodput_gbps", "Gbit/s"), ("odd_gbps", "Gbit/s"), ("odd_mpps", "10^6 packets/s"), ("odd_ratio", "1"),
    ("odd_cycles_per_packet", "TSC ticks/packet"), ("odd_us", "microseconds"), ("odd_seconds", "s"),
    ("odd_bytes", "byte"), ("frames_late", "frame"), ("odd", nil),
  ])
  func unitsFollowFromNames(name: String, unit: String?) {
    #expect(MetricCatalog.entry(for: name).unit == unit)
  }

  @Test func anUnknownMetricIsDescribedByItsName() {
    #expect(
      MetricCatalog.entry(for: "tail_latency_us").description == "Tail latency us, as the run reported it.")
  }
}

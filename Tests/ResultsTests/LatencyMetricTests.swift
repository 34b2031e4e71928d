import Results
import Testing

@Suite struct LatencyMetricTests {
  @Test func aMetricIsReadBackFromItsName() {
    for percent in [0, 10, 100] {
      for percentile in LatencyMetric.Percentile.allCases {
        for (isFloor, isProbe) in [(false, false), (true, false), (false, true), (true, true)] {
          let metric = LatencyMetric(percent: percent, percentile, isFloor: isFloor, isProbe: isProbe)
          #expect(LatencyMetric(metric.name) == metric)
        }
      }
    }
    #expect(LatencyMetric(percent: 90, .p999).name == "latency_90_p999_us")
    #expect(LatencyMetric(percent: 0, .p50, isFloor: true).name == "floor_latency_0_p50_us")
    #expect(LatencyMetric(percent: 0, .p50, isProbe: true).name == "probe_latency_0_p50_us")
    #expect(
      LatencyMetric(percent: 50, .p90, isFloor: true, isProbe: true).name == "floor_probe_latency_50_p90_us")
  }

  /// Latencies of a circuit at a fixed rate are not at a share of a rate.
  @Test(arguments: [
    "latency_p50_us", "latency_p99_us", "latency_90_p98_us", "latency_x_p50_us", "latency_90_p50",
    "floor_latency_90_p50_ms", "ndr_mpps", "", "floor_", "probe_", "probe_floor_latency_90_p50_us",
  ])
  func otherMetricsAreNone(name: String) { #expect(LatencyMetric(name) == nil) }

  @Test func readersAreToldWhatItIs() {
    let entry = MetricCatalog.entry(for: "latency_90_p999_us")
    #expect(entry.unit == "microseconds" && entry.description.contains("99.9 % of them came out"))
    #expect(entry.description.contains("at 90 % of the rate") && entry.description.contains("3.2 % off"))
    let floor = MetricCatalog.entry(for: "floor_latency_0_p50_us").description
    let probe = MetricCatalog.entry(for: "probe_latency_90_p50_us").description
    #expect(probe.contains("when a probe was due") && probe.contains("beside a load at 90 %"))
    #expect(floor.contains("10,000 frames a second") && floor.contains("the harness's own"))
  }
}

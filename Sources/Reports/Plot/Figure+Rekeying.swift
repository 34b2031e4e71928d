import Results

// Rekeying: security associations are renewed under load.
extension Figure {
  /// Throughput, loss and the first packet's delay against the rate of rekeying.
  public static let rekey = Figure(
    name: Experiment.rekey, title: "Renewing associations under load",
    caption: "Each association is renewed so often while packets flow, make before break. Below, "
      + "the share of frames that are lost, and the time from when a new association is published until its "
      + "first packet has been opened, which 99 % stay within. \(interval) \(cut) \(bases)",
    showsBasis: true,
    x: Axis(
      coordinate: .axis(.rekeyMilliseconds), label: "Renewals of each association a second",
      isOfIntervals: true),
    panels: Split(coordinate: .axis(.threads), words: "% threads"),
    subpanels: Split(coordinate: .axis(.tunnels), words: "associations: %"),
    contents: [
      allThroughput, Content(metrics: [(Metric.loss, "")], yLabel: "Share of frames lost"),
      Content(metrics: [(Metric.firstPacket99, "")], yLabel: "First packet, µs", form: .decades),
    ])
}

// Changes of the hash key, which move flows to other threads.
extension Figure {
  /// Reordering, loss and throughput against the rate of key changes.
  public static let hashKey = Figure(
    name: Experiment.hashKey, title: "Changing the key of the hash over flows",
    caption: "The key by which flows are hashed onto threads changes so often, both ways. "
      + "\(interval) \(bases)", showsBasis: true,
    x: Axis(coordinate: .axis(.hashKeyMilliseconds), label: "Other keys a second", isOfIntervals: true),
    panels: frames,
    contents: [
      Content(metrics: [(Metric.reordered, "")], yLabel: "Share of frames reordered"),
      Content(metrics: [(Metric.loss, "")], yLabel: "Share of frames lost"), allThroughput,
    ])
}

// Fill packets: dummy packets that a sender adds to keep a fixed clock.
extension Figure {
  /// Share of fill packets, and costs, against the clock.
  public static let fill = Figure(
    name: Experiment.fill, title: "Fill packets at a fixed clock",
    caption: "Each sealing thread sends so many packets a second, fill packets where none waits; 0: no "
      + "clock. Costs are of a packet, whether it carries anything or not. \(interval)",
    x: Axis(coordinate: .axis(.fillRate), label: "Clock of a sealing thread, 1,000 packets a second"),
    panels: Split(coordinate: .axis(.padBytes), words: "padded to multiples of %"),
    contents: [
      Content(metrics: [(Metric.fill, "")], yLabel: "Share of fill packets"), sealing,
      Content(metrics: [(Metric.open, "")], yLabel: "Open, TSC ticks per packet"),
    ])
}

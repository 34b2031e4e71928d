import Cases
import Results

extension Figure {
  /// The run's figure: the known one of its experiment, or one that follows from the axes of its sweep.
  public init(of run: RunReading) {
    self = Figure(experiment: run.name) ?? Figure(axesOf: run)
  }

  /// The most panels that fit on a page; further axes are told apart in the key.
  private static let panelsMax = 4

  /// Makes a figure from the axes of a run's sweep: along x the numeric axis with most values, a panel for
  /// each value of up to two others, and a series for each system and each value of the rest. Without a
  /// numeric axis the systems are bars.
  private init(axesOf run: RunReading) {
    let swept = Self.swept(run)
    let numeric = swept.filter { $0.values.allSatisfy { Double($0) != nil } }
    let x = numeric.max { $0.values.count < $1.values.count }
    var others = swept.filter { $0.name != x?.name }
    // Axes with fewer values make fewer panels.
    others.sort { ($0.values.count, $0.name) < ($1.values.count, $1.name) }
    let splits = others.filter { $0.values.count <= Self.panelsMax }.prefix(2)
    let hasBoth = splits.reduce(1) { $0 * $1.values.count } <= Self.panelsMax
    let panels = splits.prefix(hasBoth ? 2 : 1).map { Self.split($0.name) }
    let contents = Self.contents(of: run)
    let isThroughput = run.figures.contains(where: \.isThroughput)
    let values = (x?.values ?? []).compactMap(Double.init)
    let (least, most) = (values.min() ?? 0, values.max() ?? 0)
    self.init(
      name: Self.fileName(run.name), title: Self.title(of: run.name),
      caption: Self.interval + (isThroughput ? " \(Self.bases)" : ""),
      isBars: x == nil, showsBasis: isThroughput,
      x: Axis(
        coordinate: x?.name ?? .axis(.threads), label: x.map { Self.label($0.name) } ?? "",
        isLogarithmic: least > 0 && most / least >= 100),
      panels: panels.first ?? (x == nil ? Self.frames : nil),
      subpanels: panels.count > 1 ? panels[1] : nil, contents: contents)
  }

  /// Titles of experiments whose figures follow from their axes.
  private static let titles = [
    Experiment.baseline: "Our ESP beside DPDK's ipsec-secgw",
    Experiment.formats: "What a packet costs in each format",
    Experiment.fragments: "Cutting packets that the path does not take",
    Experiment.gatewayFragments: "Throughput with packets that the path does not take",
    Experiment.gatewayTunnels: "Throughput against the number of tunnels",
    Experiment.headerFields: "What header fields and selectors add",
    Experiment.hotPath: "What the suite's own code adds to the bare call",
    Experiment.jumbo: "Long packets in chained, merged and large buffers",
    Experiment.library: "Cores beside each other in the crypto library",
    Experiment.ringSolo: "A gateway alone on a core, seen from outside",
    Experiment.scalingToday: "Throughput against threads, ESP as it can be built today",
    Experiment.steering: "Flows that are hashed unevenly, and a thread that steers",
    Experiment.transport: "What a packet costs in transport mode",
    Experiment.versions: "What IPv6 and UDP for NAT add",
    Experiment.windows: "Many windows of one association",
  ]

  /// The title of the experiment `name`; its name if it has no title.
  private static func title(of name: String) -> String {
    titles.first { RunReading.name(name, isOf: $0.key) }?.value ?? name
  }

  /// The coordinates that have more than one value, with their values. A packet's length and its frame's
  /// length follow from each other, so only the one in the sweep counts.
  private static func swept(_ run: RunReading) -> [(name: String, values: Set<String>)] {
    let cases = run.cases.map(\.coordinates)
    let isByPacket = cases.contains { $0[.packetBytes] != nil }
    let left: Set = ["system", PeerMode.column, .axis(isByPacket ? .frameBytes : .packetBytes)]
    var values: [String: Set<String>] = [:]
    // A coordinate that has one value in each system follows from the system, so it is no axis.
    var isSwept: Set<String> = []
    for own in cases.grouped(by: \.system).map(\.values) {
      for name in Set(own.flatMap(\.byName.keys)).subtracting(left) {
        let mine = Set(own.compactMap { $0.byName[name] }).subtracting(["none"])
        values[name, default: []].formUnion(mine)
        if mine.count > 1 { isSwept.insert(name) }
      }
    }
    return values.filter { isSwept.contains($0.key) }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// Throughput if the run has any, otherwise each cost.
  private static func contents(of run: RunReading) -> [Content] {
    let shown = run.figures.filter { $0.value != nil && $0.isValid }
    if run.figures.contains(where: \.isThroughput) {
      return [
        Content(
          metrics: allThroughput.metrics, yLabel: allThroughput.yLabel,
          systems: Set(System.allCases).subtracting([.tester]))
      ]
    }
    return SystemPair.metrics.filter { metric in shown.contains { $0.metric == metric } }.map { metric in
      let name = metric.replacing("_cycles_per_packet", with: "").replacing("_", with: " ")
      return Content(metrics: [(metric, "")], yLabel: "\(capitalised(name)), TSC ticks per packet")
    }
  }

  private static func split(_ name: String) -> Split {
    switch name {
    case .axis(.frameBytes): frames
    case .axis(.packetBytes): Split(coordinate: name, words: "%-byte packets")
    case .axis(.aead): Split(coordinate: name, words: "%")
    case .axis(.threads): Split(coordinate: name, words: "% threads")
    default: Split(coordinate: name, words: "\(name.replacing("_", with: " ")) %")
    }
  }

  /// The x axis's label: that of a known figure with the same axis, otherwise the axis's name.
  private static func label(_ name: String) -> String {
    if let known = known.first(where: { $0.x.coordinate == name && !$0.x.label.isEmpty }) {
      return known.x.label
    }
    return capitalised(name.replacing("_", with: " "))
  }

  /// The run's name comes from a file and becomes a file name here, so other characters are replaced.
  private static func fileName(_ name: String) -> String {
    String(name.map { $0.isLetter || $0.isNumber || "-_".contains($0) ? $0 : "_" })
  }

  private static func capitalised(_ text: String) -> String { text.prefix(1).uppercased() + text.dropFirst() }
}

import Cases
import Results

/// The definition of a figure: which metrics of a run it shows against which coordinate, in which panels, and
/// a caption that says how to read it. ``known`` lists all figures with a definition of their own; every
/// other experiment's figure follows from its axes.
public struct Figure: Sendable {
  /// The name of the figure's file and of its experiment, such as `figure-5`.
  public let name: String
  /// The figure's heading.
  public let title: String
  /// One or two sentences that say how to read the figure.
  public let caption: String
  /// Whether it is one of the paper's figures.
  public var isOfThePaper = false
  /// Whether each system is one bar.
  var isBars = false
  /// Whether there is a group of bars, one for each system, at each x value, with the second metric behind
  /// the first.
  var isClustered = false
  /// The steps from one system to another, each of which changes one property; bars show the ticks that each
  /// step saves. Empty for other figures.
  var steps: [Step] = []
  /// Whether the marker shows the basis (measured, capacity or model).
  var showsBasis = false
  /// Whether the curves are percentiles of latency, with a panel for each direction and frame length.
  var isOfLatency = false
  /// The system of which the paper states where minima lie; the x axis marks them.
  var markedSystem: System?
  /// A range of the x axis that the paper speaks of; it is drawn shaded.
  var shade: ClosedRange<Double>?
  let x: Axis
  /// A panel for each value of this coordinate; nil for one panel.
  var panels: Split?
  /// The coordinate by which each panel is split into subpanels.
  var subpanels: Split?
  let contents: [Content]

  /// The x axis.
  struct Axis: Sendable {
    let coordinate: String
    let label: String
    var pointSize = 0.7
    var isLogarithmic = false
    /// Whether the y axis begins at 0.
    var hasZero = true
    /// Distance between tics; 0 leaves it to gnuplot.
    var ticStep = 0
    /// Whether the coordinate is the milliseconds between events (0 for none); the axis then shows events per
    /// second.
    var isOfIntervals = false

    /// The case's x value; nil if the coordinate is not a number.
    func value(of coordinates: CaseCoordinates) -> Double? {
      guard let value = coordinates.byName[coordinate].flatMap(Double.init) else { return nil }
      return isOfIntervals && value > 0 ? 1000 / value : value
    }
  }

  /// A coordinate that has a panel for each of its values.
  struct Split: Sendable {
    let coordinate: String
    /// The panel's title; `%` stands for the coordinate's value.
    let words: String

    func title(_ value: String) -> String {
      // The value may be a mix of frame sizes, which is not a number of bytes.
      let words = Double(value) == nil ? words.replacing("%-byte", with: "%") : words
      return words.replacing("%", with: coordinate == .axis(.aead) ? Figure.ciphers[value] ?? value : value)
    }
  }

  /// A system, the position of its packets in the buffer, and the property that it changes.
  struct Step: Sendable {
    let system: System
    /// With 0 extra bytes the headers begin at a multiple of 16 bytes.
    var extraHeadroomBytes = 0
    /// The changed property, as the figure names it.
    let change: String
    /// Whether the entry is not a step, but a direct comparison with the first entry.
    var isAside = false
  }

  /// The file name of the gnuplot script that draws the figure.
  var script: String {
    if isClustered { return "clusters.gnuplot" }
    return steps.isEmpty ? isBars ? "bars.gnuplot" : "lines.gnuplot" : "waterfall.gnuplot"
  }

  /// How figures are transformed before they are drawn.
  enum Form: Sendable {
    case plain
    /// Only this range of the x axis.
    case zoom(ClosedRange<Double>)
    /// ESP's figure less VPE's.
    case difference
    /// Multiples of VPE's figure at two threads, on logarithmic axes.
    case relative
    /// On a logarithmic y axis that spans the decades in which the values lie.
    case decades
  }

  /// What one panel, or one row of panels, shows.
  struct Content: Sendable {
    /// The metrics' names, each with the suffix that the key appends to the system's title.
    let metrics: [(name: String, suffix: String)]
    /// Label of the y axis, with its unit.
    let yLabel: String
    /// The systems to show; nil for all.
    var systems: Set<System>?
    var form = Form.plain
    /// Whether one panel suffices because the panels would all be alike.
    var isOnePanel = false

    func shows(_ figure: CaseFigure) -> Bool {
      metrics.contains { $0.name == figure.metric }
        && systems?.contains(where: figure.coordinates.isOf) != false
    }
  }
}

extension Figure: Hashable {
  /// Figures are equal if their names are.
  public static func == (first: Figure, second: Figure) -> Bool { first.name == second.name }

  /// Hashes the name of the figure.
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Figure {
  /// The figures with definitions of their own.
  public static let known = [
    five, six, seven, eight, frameSizes, floor, tunnels, multicast, replayFlood, forgeryFlood, ladder,
    // `ratesOpen` must come before `rates`, because `rates` is a prefix of its name.
    ratesOpen, rates, bursts, latency, qos, multipath, nat, tfc, fill, rekey, hashKey,
  ]

  /// The known figure of this name.
  public init?(name: String) {
    guard let figure = Self.known.first(where: { $0.name == name }) else { return nil }
    self = figure
  }

  /// The known figure of the experiment `name`: its name equals the experiment's, or is a prefix of it (as of
  /// `figure-6-short`).
  public init?(experiment name: String) {
    guard let figure = Self.known.first(where: { RunReading.name(name, isOf: $0.name) }) else { return nil }
    self = figure
  }

  /// A placeholder in labels: it becomes goodput or capacity, depending on the bases shown.
  static let throughput = "Throughput"
  static let ciphers = [
    "aes-128-gcm": "AES-128-GCM", "aes-192-gcm": "AES-192-GCM", "aes-256-gcm": "AES-256-GCM",
    "chacha20-poly1305": "ChaCha20-Poly1305",
  ]
  static let frames = Split(coordinate: .axis(.frameBytes), words: "%-byte frames")
  static let allThroughput = Content(
    metrics: Basis.throughputMetrics.map { ($0, "") }, yLabel: "\(throughput), Gbit/s")
  static let sealing = Content(metrics: [(Metric.seal, "")], yLabel: "TSC ticks per packet")
  private static let formats: Set = [System.vpe, .espSingle]
  private static let unattacked = Content(
    metrics: Basis.throughputMetrics.map { (RatioToBaseline.unattacked.name(of: $0), "") },
    yLabel: "\(throughput), ratio to no attacker")
  private static let ofThePaper = Content(
    metrics: allThroughput.metrics, yLabel: allThroughput.yLabel,
    systems: [.vpe, .espSingle, .espPipeline, .espPipelinePaper, .ipsecSecgw, .espMultiSA])
  private static let withOneThread = Content(
    metrics: allThroughput.metrics, yLabel: allThroughput.yLabel,
    systems: (ofThePaper.systems ?? []).union([.eespSubSA, .psp, .pspDerive]))

  static let interval = "Estimate and its 95 % interval."
  /// A note for figures whose y range follows from the estimates, so that wide intervals may exceed it.
  static let cut = "Of wide intervals a part may lie beyond the axis."
  static let bases = "Asterisk: measured, goodput; filled: capacity; open: model of it."
  private static let paper =
    "Light grey: what the paper states, on other hardware, so that shapes compare, not heights."

  /// Throughput with one thread per direction, as bars.
  public static let five = Figure(
    name: Experiment.figure5, title: "Throughput with one thread a direction",
    caption: "Bars: estimate and its 95 % interval. Diamonds: what the paper states, on other hardware, so "
      + "that shapes compare, not heights. The harness without a security protocol is not among the bars.",
    isOfThePaper: true, isBars: true, showsBasis: true, x: Axis(coordinate: .axis(.threads), label: ""),
    panels: frames, contents: [withOneThread])
  /// Throughput against the number of threads.
  public static let six = Figure(
    name: Experiment.figure6, title: "Throughput against threads",
    caption: "\(interval) \(bases) The model alone has the paper's link of 100 Gbit/s. \(paper) "
      + "Below, all as multiples of what VPE carries with two threads, here and in the paper, on logarithmic "
      + "axes: so the hardware cancels out, and in proportion to threads is a straight line.",
    isOfThePaper: true, showsBasis: true,
    x: Axis(
      coordinate: .axis(.threads), label: "Threads of a gateway, both directions together", pointSize: 0.8),
    panels: frames,
    contents: [
      ofThePaper,
      Content(
        metrics: allThroughput.metrics, yLabel: "Multiple of VPE with 2 threads", systems: ofThePaper.systems,
        form: .relative),
    ])
  /// Cost of sealing against the packet's length.
  public static let seven = Figure(
    name: Experiment.figure7, title: "Cost of sealing against the packet's length",
    caption: "Estimate and its 95 % interval as a band; then a part of it, and by how many ticks ESP's seal "
      + "costs more than VPE's: median of the launches' differences, with the interval of signed ranks. "
      + "Light grey: lengths at which the paper finds ESP cheapest.",
    isOfThePaper: true, markedSystem: .espSingle,
    x: Axis(
      coordinate: .axis(.packetBytes), label: "Length of the inner IP packet, bytes", pointSize: 0.5,
      hasZero: false),
    contents: [
      sealing,
      Content(
        metrics: sealing.metrics, yLabel: sealing.yLabel, systems: formats, form: .zoom(1100...1500)),
      Content(
        metrics: sealing.metrics, yLabel: "ESP − VPE, TSC ticks", systems: formats, form: .difference),
    ])
  /// Cost of sealing against the packet's position in its buffer.
  public static let eight = Figure(
    name: Experiment.figure8, title: "Cost of sealing against the packet's place in its buffer",
    caption: "\(interval) Light grey: headrooms at which the paper finds VPE cheapest; shaded: those between "
      + "which it finds that both formats vary.",
    isOfThePaper: true, markedSystem: .vpe, shade: 30...44,
    x: Axis(
      coordinate: .axis(.extraHeadroomBytes), label: "Extra headroom, bytes", pointSize: 0.5, hasZero: false,
      ticStep: 8), panels: Split(coordinate: .axis(.packetBytes), words: "%-byte packets"),
    contents: [Content(metrics: sealing.metrics, yLabel: sealing.yLabel, systems: formats)])
  /// Throughput against the frame size.
  public static let frameSizes = Figure(
    name: Experiment.frameSizes, title: "Throughput against the frame's size",
    caption: "\(interval) \(bases)",
    showsBasis: true,
    x: Axis(coordinate: .axis(.frameBytes), label: "Frame with its check sequence, bytes", pointSize: 0.8),
    contents: [allThroughput])
  /// Cost of sealing against the frame size, for each cipher.
  public static let floor = Figure(
    name: Experiment.floor, title: "Cost of sealing with each cipher",
    caption: "\(interval) AEAD: the crypto library alone, without and with additional data.",
    x: Axis(coordinate: .axis(.frameBytes), label: "Frame with its check sequence, bytes", pointSize: 0.6),
    panels: Split(coordinate: .axis(.aead), words: "%"),
    contents: [
      Content(
        metrics: sealing.metrics, yLabel: sealing.yLabel,
        systems: [.vpe, .espSingle, .raw, .rawAAD, .cryptodev])
    ])
  /// Cost against the number of tunnels.
  public static let tunnels = Figure(
    name: Experiment.tunnels, title: "Cost against the number of tunnels", caption: interval,
    x: Axis(coordinate: .axis(.tunnels), label: "Tunnels in use", isLogarithmic: true), panels: frames,
    contents: [
      Content(
        metrics: [(Metric.seal, ", seal"), (Metric.open, ", open")], yLabel: "TSC ticks per packet")
    ])
  /// Cost, memory and accepted replays against the number of senders.
  public static let multicast = Figure(
    name: Experiment.multicast, title: "Receiving what many senders send",
    caption: "\(interval) ESP: an association for each sender; the others have one key for all senders, and "
      + "tell these by Sender ID: VPE with a window for each, ESP (RFC 6054) with none, as the standards "
      + "have it, or with one for each as a receiver may keep it. Below, what all senders occupy in a "
      + "receiver, and which share of the packets that are sent once more goes through.",
    x: Axis(coordinate: .axis(.senders), label: "Senders", isLogarithmic: true), panels: frames,
    contents: [
      Content(metrics: [(Metric.open, "")], yLabel: "Open, TSC ticks per packet"),
      Content(metrics: [(Metric.groupBytes, "")], yLabel: "Memory in a receiver, bytes", isOnePanel: true),
      Content(metrics: [(Metric.replaysAccepted, "")], yLabel: "Replays let through", isOnePanel: true),
    ])
  /// What each property between ESP and VPE saves. Headers begin 14 bytes behind a multiple of 16, which is
  /// where a driver places them.
  public static let ladder = Figure(
    name: Experiment.ladder, title: "From ESP to VPE, one property at a time",
    caption: "Ticks that each property saves against the step above it, the same launches on both sides, "
      + "with 95 % intervals over launches; a bar to the left costs. Dark: the operation alone; light: the "
      + "whole stage. Scales differ between sizes. Below the line each is compared with ESP, the first "
      + "step, by itself. Up to the ICV in front, headers begin 14 bytes behind a multiple of 16, as where a "
      + "driver puts frames.",
    steps: [
      Step(system: .espSingle, extraHeadroomBytes: 14, change: "ESP"),
      Step(system: .ladderA, extraHeadroomBytes: 14, change: "number from the IV"),
      Step(system: .ladderB, extraHeadroomBytes: 14, change: "no additional data"),
      Step(system: .ladderC, extraHeadroomBytes: 14, change: "nonce in one piece"),
      Step(system: .ladderD, extraHeadroomBytes: 14, change: "no trailer"),
      Step(system: .ladderE, extraHeadroomBytes: 14, change: "ICV in front"),
      Step(system: .ladderE, change: "headers aligned"),
      Step(system: .vpe, change: "little-endian"),
      Step(system: .vpe, change: "VPE, all of these", isAside: true),
      Step(system: .espSingle, change: "ESP, aligned", isAside: true),
      Step(
        system: .espImplicitIV, extraHeadroomBytes: 14, change: "ESP, implicit IV", isAside: true),
    ],
    x: Axis(coordinate: .axis(.packetBytes), label: "TSC ticks saved per packet"),
    panels: Split(coordinate: .axis(.packetBytes), words: "%-byte packets"),
    contents: [("seal", Metric.seal, Metric.sealStage), ("open", Metric.open, Metric.openStage)].map {
      Content(metrics: [($0.1, "operation alone"), ($0.2, "whole stage")], yLabel: $0.0)
    })
  /// Throughput left to honest traffic under an attacker's replays.
  public static let replayFlood = Figure(
    name: Experiment.replayFlood, title: "Throughput left to honest traffic against an attacker's replays",
    caption: "Estimate and its 95 % interval, as a multiple of the throughput without the attacker. A "
      + "replay's age: packets between it and its packet; beyond the window it is too old. \(bases)",
    showsBasis: true, x: Axis(coordinate: .axis(.replayedPercent), label: "Replays beside 100 packets"),
    panels: frames, subpanels: Split(coordinate: .axis(.replayAgePackets), words: "replays aged %"),
    contents: [unattacked])
  /// Throughput left to honest traffic under an attacker's forgeries.
  public static let forgeryFlood = Figure(
    name: Experiment.forgeryFlood, title: "Throughput left to honest traffic against an attacker's forgeries",
    caption: "Estimate and its 95 % interval, as a multiple of the throughput without the attacker. \(bases)",
    showsBasis: true, x: Axis(coordinate: .axis(.forgedPercent), label: "Forgeries beside 100 packets"),
    panels: frames, contents: [unattacked])
}

// Padding of inner packets.
extension Figure {
  /// Throughput and cost against the padding.
  public static let tfc = Figure(
    name: Experiment.tfc, title: "Throughput and cost against padding",
    caption: "Inner packets are padded to the next multiple of so many bytes, at most to 1500; 0: not at "
      + "all. \(interval) \(bases)",
    showsBasis: true, x: Axis(coordinate: .axis(.padBytes), label: "Padded to multiples of, bytes"),
    panels: frames,
    contents: [
      allThroughput, sealing,
      Content(metrics: [(Metric.open, "")], yLabel: "Open, TSC ticks per packet"),
    ])
}

// Late packets: those that other packets overtake.
extension Figure {
  private static let windows = Split(coordinate: .axis(.windowSize), words: "windows of % packets")
  private static let delays = Axis(
    coordinate: .axis(.latePackets), label: "Packets that overtake a late one", isLogarithmic: true)
  private static let dropped = Content(
    metrics: [(Metric.lateDrops, "")], yLabel: "Share of late packets dropped")

  /// Drops of the low traffic classes against their delay.
  public static let qos = Figure(
    name: Experiment.qos, title: "Drops of low traffic classes against their delay",
    caption: "\(interval) All classes but the highest are late. ESP has one window for all classes, ESP "
      + "multi-SA an association and VPE a window for each.", x: delays, panels: windows, contents: [dropped])
  /// Drops and reordering against the paths' skew.
  public static let multipath = Figure(
    name: Experiment.multipath, title: "Drops and reordering over paths against their skew",
    caption: "\(interval) Packets take the paths in turn; the slowest has the whole skew, the others even "
      + "parts. What a window drops cannot come back out of order: a long one turns drops into reordering, "
      + "which the packets' receiver must bear.", x: delays, panels: windows,
    subpanels: Split(coordinate: .axis(.paths), words: "% paths"),
    contents: [
      dropped, Content(metrics: [(Metric.reordered, "")], yLabel: "Share of frames reordered"),
    ])
}

// The position of arriving packets in their buffers.
extension Figure {
  /// Cost of opening against the packet's position in its buffer, over IP and over UDP.
  public static let nat = Figure(
    name: Experiment.nat, title: "Cost of opening against the packet's place in its buffer, in IP and in UDP",
    caption: "\(interval) Frames begin behind DPDK's headroom and the extra one; the sealed packet lies 34 "
      + "bytes further, or 42 in UDP. What the paper says of NAT is that the same costs come 8 bytes sooner.",
    x: Axis(
      coordinate: .axis(.extraHeadroomBytes), label: "Extra headroom, bytes", pointSize: 0.5, hasZero: false,
      ticStep: 8), panels: Split(coordinate: .axis(.packetBytes), words: "%-byte packets"),
    contents: [
      Content(metrics: [(Metric.open, "")], yLabel: "Open, TSC ticks per packet"),
      Content(metrics: [(Metric.openStage, "")], yLabel: "Open stage, TSC ticks per packet"),
    ])
}

extension String {
  /// The name of an axis's coordinate.
  static func axis(_ axis: Cases.Axis) -> String { axis.rawValue }
}

extension CaseCoordinates {
  /// All coordinates by name. They include both the packet's length and the frame's, each of which follows
  /// from the other.
  var byName: [String: String] {
    var known = axes
    known["system"] = system
    known["link"] = link
    known[.axis(.aead)] = aead
    known[.axis(.threads)] = "\(threads)"
    known[.axis(.frameBytes)] = frames
    known[CaseCoordinates.frameMix] = nil
    known[.axis(.extraHeadroomBytes)] = "\(extraHeadroomBytes)"
    known[.axis(.packetBytes)] = "\(packetBytes)"
    return known
  }
}

import Cases

/// The counts of one stage on one thread during a sample.
///
/// Packet totals cover the whole sample, including warm-up and drain. They are read after the traffic has
/// stopped, so that packets in and out must balance. Cycles and polls cover only the measurement window.
public struct StageRecord: Codable, Sendable, Equatable {
  /// The stage's role, such as `gateway-a`.
  public var role: String
  /// The stage's name, such as `seal`.
  public var stage: String
  /// Number of the dataplane thread within its role, from 0.
  public var thread: Int
  /// The CPU that the thread was pinned to.
  public var core: Int
  /// Packets that entered the stage in the whole sample.
  public var received: UInt64
  /// Packets that left the stage in the whole sample.
  public var transmitted: UInt64
  /// Packets that the stage dropped in the whole sample.
  public var dropped: UInt64
  /// `dropped` by reason. A reason that occurred for no packet is absent.
  public var drops: [String: UInt64]
  /// Number of packets that the busy polls of the window moved.
  public var windowPackets: UInt64
  /// TSC ticks spent in busy polls of the window.
  public var busyCycles: UInt64
  /// Number of polls of the window that moved packets.
  public var busyPolls: UInt64
  /// Number of polls of the window that found nothing to do.
  public var emptyPolls: UInt64
  /// Number of polls of the window during which the thread was evidently taken off its core. Their cycles and
  /// packets do not count in `busyCycles` and `windowPackets`.
  public var stalledPolls: UInt64
  /// TSC ticks spent in stalled polls.
  public var stalledCycles: UInt64
  /// Number of busy polls of the window that moved a full burst.
  public var fullBursts: UInt64?
  /// Undisturbed TSC ticks per packet: a low quantile over the full bursts; nil if there are too few of them.
  public var undisturbedCyclesPerPacket: Double?
  /// Quantiles over full bursts of the TSC ticks per packet, by percent.
  public var quantiles: [Int: Double]?

  /// Makes a record from its parts.
  public init(
    role: String, stage: String, thread: Int, core: Int, received: UInt64, transmitted: UInt64,
    dropped: UInt64, drops: [String: UInt64], windowPackets: UInt64, busyCycles: UInt64, busyPolls: UInt64,
    emptyPolls: UInt64, stalledPolls: UInt64, stalledCycles: UInt64,
    fullBursts: UInt64? = nil, undisturbedCyclesPerPacket: Double? = nil, quantiles: [Int: Double]? = nil
  ) {
    self.role = role
    self.stage = stage
    self.thread = thread
    self.core = core
    self.received = received
    self.transmitted = transmitted
    self.dropped = dropped
    self.drops = drops
    self.windowPackets = windowPackets
    self.busyCycles = busyCycles
    self.busyPolls = busyPolls
    self.emptyPolls = emptyPolls
    self.stalledPolls = stalledPolls
    self.stalledCycles = stalledCycles
    self.fullBursts = fullBursts
    self.undisturbedCyclesPerPacket = undisturbedCyclesPerPacket
    self.quantiles = quantiles
  }

  /// Busy TSC ticks per packet in the window; nil if the window moved no packet.
  public var cyclesPerPacket: Double? {
    windowPackets > 0 ? Double(busyCycles) / Double(windowPackets) : nil
  }

  /// Packets per busy poll in the window; nil if no poll moved a packet.
  public var packetsPerPoll: Double? {
    busyPolls > 0 ? Double(windowPackets) / Double(busyPolls) : nil
  }
}

/// The result of one measurement window (one repetition of one case).
public struct SampleRecord: Codable, Sendable, Equatable {
  /// The coordinates of the case.
  public var coordinates: CaseCoordinates
  /// The repetition, from 0.
  public var sample: Int
  /// The launch of the sample, from 0. Samples of one launch share their processes. Nil in records before
  /// environment version 2.
  public var launch: Int?
  /// The start of the sample in UTC, in ISO 8601 (`2026-11-20T13:18:24Z`).
  public var startedAt: String
  /// How the figures were obtained.
  public var basis: Basis
  /// Length of the measurement window in seconds.
  public var windowSeconds: Double
  /// Metrics by name; a name ends in the unit (`goodput_gbps`). An unknown metric is absent, never 0.
  public var metrics: [String: Double]
  /// Counts of the whole sample by name (`frames_sent`). An unknown count is absent, never 0. No count has
  /// the name of a metric.
  public var counts: [String: UInt64]
  /// Whether the sample is without faults: the packet counts balance and nothing failed.
  public var valid: Bool
  /// The faults, a sentence each; empty if `valid`.
  public var faults: [String]
  /// The reasons why this machine cannot show the case, a sentence each. A gap is no fault, but the figures
  /// do not represent the case.
  public var gaps: [String]
  /// The stages in the order in which a packet passes them.
  public var stages: [StageRecord]
  /// What limited the rate: the stages of the busiest thread, joined by `+`, or a limit that all threads
  /// share; nil if unknown.
  public var bottleneck: String?
  /// The state of the machine during the sample (``MachineStates``); nil if unknown.
  public var machineState: String?
  /// For packet costs: quantiles over batches, by metric and percent, in the metric's unit.
  public var quantiles: [String: [Int: Double]] = [:]
  /// The result of a rate search, trial by trial; nil for other measurements.
  public var search: SearchRecord?
  /// The packets received by the queues of gateways' ports; nil if no link is a port.
  public var queues: [QueueRecord]?
  /// The run ID from which, with the seed, the sample's keys were derived: that of the start of the run that
  /// took the sample. Nil in old journals, which did not record it. See `Environment.runIds`.
  public var runID: String?
  /// Whether nothing was measured because a host of a testbed, or its connection, was lost. If the run
  /// continues, it takes the sample again. Nil if not.
  public var awaitsHost: Bool?

  /// Makes a record from its parts.
  public init(
    coordinates: CaseCoordinates, sample: Int, startedAt: String, basis: Basis, windowSeconds: Double,
    metrics: [String: Double], counts: [String: UInt64], valid: Bool, faults: [String],
    gaps: [String] = [], stages: [StageRecord], bottleneck: String? = nil
  ) {
    self.coordinates = coordinates
    self.sample = sample
    self.startedAt = startedAt
    self.basis = basis
    self.windowSeconds = windowSeconds
    self.metrics = metrics
    self.counts = counts
    self.valid = valid
    self.faults = faults
    self.gaps = gaps
    self.stages = stages
    self.bottleneck = bottleneck
  }

  /// Whether the sample may enter statistics.
  public var isUsable: Bool { valid && gaps.isEmpty }

  /// Reads a record. An old record may lack gaps, launches and quantiles.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    coordinates = try values.decode(CaseCoordinates.self, forKey: .coordinates)
    sample = try values.decode(Int.self, forKey: .sample)
    startedAt = try values.decode(String.self, forKey: .startedAt)
    basis = try values.decode(Basis.self, forKey: .basis)
    windowSeconds = try values.decode(Double.self, forKey: .windowSeconds)
    let basis = basis
    metrics = Dictionary(
      try values.decode([String: Double].self, forKey: .metrics).map { (basis.name(of: $0), $1) },
      uniquingKeysWith: { first, _ in first })
    counts = try values.decode([String: UInt64].self, forKey: .counts)
    valid = try values.decode(Bool.self, forKey: .valid)
    faults = try values.decode([String].self, forKey: .faults)
    gaps = try values.decodeIfPresent([String].self, forKey: .gaps) ?? []
    stages = try values.decode([StageRecord].self, forKey: .stages)
    bottleneck = try values.decodeIfPresent(String.self, forKey: .bottleneck)
    machineState = try values.decodeIfPresent(String.self, forKey: .machineState)
    launch = try values.decodeIfPresent(Int.self, forKey: .launch)
    quantiles = try values.decodeIfPresent([String: [Int: Double]].self, forKey: .quantiles) ?? [:]
    search = try values.decodeIfPresent(SearchRecord.self, forKey: .search)
    queues = try values.decodeIfPresent([QueueRecord].self, forKey: .queues)
    runID = try values.decodeIfPresent(String.self, forKey: .runID)
    awaitsHost = try values.decodeIfPresent(Bool.self, forKey: .awaitsHost)
  }
}

extension [SampleRecord] {
  /// Adds a record. It replaces the record of the same sample if that was lost with a host.
  public mutating func put(_ record: SampleRecord) {
    let lost = firstIndex {
      $0.awaitsHost == true && $0.sample == record.sample
        && $0.coordinates.name == record.coordinates.name
    }
    if let lost { remove(at: lost) }
    append(record)
  }

  /// The records of a journal, without those samples that were lost with a host and taken again.
  public var withoutRetaken: [SampleRecord] { reduce(into: []) { $0.put($1) } }
}

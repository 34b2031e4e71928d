import Cases

/// The counts of one stage on one thread during a sample.
///
/// Packet totals cover the whole sample, warm-up and drain included, and are read after traffic stopped, so
/// that accounts can close. Cycles and polls cover the measurement window alone.
public struct StageRecord: Codable, Sendable, Equatable {
  /// The role that the stage belongs to, such as `gateway-a`.
  public var role: String
  /// The stage, such as `seal`.
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
  /// `dropped` by reason; a reason that is absent occurred to no packet.
  public var drops: [String: UInt64]
  /// Packets that the busy polls of the window moved.
  public var windowPackets: UInt64
  /// TSC ticks spent in busy polls of the window.
  public var busyCycles: UInt64
  /// Polls of the window that moved packets.
  public var busyPolls: UInt64
  /// Polls of the window that found nothing to do.
  public var emptyPolls: UInt64
  /// Polls of the window during which the thread was evidently taken off its core. Their cycles and packets
  /// are left out of `busyCycles` and `windowPackets`.
  public var stalledPolls: UInt64
  /// TSC ticks spent in stalled polls.
  public var stalledCycles: UInt64
  /// Busy polls of the window that moved a full burst.
  public var fullBursts: UInt64?
  /// Undisturbed TSC ticks per packet: a low quantile over the full bursts; nil where these are too few.
  public var undisturbedCyclesPerPacket: Double?
  /// TSC ticks per packet of full bursts, by the percent of the bursts that took less.
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

  /// Busy TSC ticks per packet in the window; nil when the window moved no packet.
  public var cyclesPerPacket: Double? {
    windowPackets > 0 ? Double(busyCycles) / Double(windowPackets) : nil
  }

  /// Packets per busy poll in the window; nil when no poll moved a packet.
  public var packetsPerPoll: Double? {
    busyPolls > 0 ? Double(windowPackets) / Double(busyPolls) : nil
  }
}

/// The result of one measurement window (one repetition of one case).
public struct SampleRecord: Codable, Sendable, Equatable {
  /// The case that was measured.
  public var coordinates: CaseCoordinates
  /// The repetition, from 0.
  public var sample: Int
  /// The launch that it belongs to, from 0: samples of one launch share their processes. nil in a record of
  /// before environment version 2.
  public var launch: Int?
  /// Start of the sample, UTC, in ISO 8601 (`2026-11-20T13:18:24Z`).
  public var startedAt: String
  /// How the figures came about.
  public var basis: Basis
  /// Length of the measurement window in seconds.
  public var windowSeconds: Double
  /// Figures by name, the unit last in the name (`goodput_gbps`). What is unknown is absent, never 0.
  public var metrics: [String: Double]
  /// Counts of the whole sample by name (`frames_sent`). What is unknown is absent, never 0. No name may be
  /// that of a metric.
  public var counts: [String: UInt64]
  /// Whether nothing was wrong: the accounts close and nothing failed.
  public var valid: Bool
  /// The faults, a sentence each; empty when `valid`.
  public var faults: [String]
  /// Why this machine cannot show the case, a sentence each: there is no fault, but the figures say nothing
  /// about the case.
  public var gaps: [String]
  /// The stages, in the order in which a packet meets them.
  public var stages: [StageRecord]
  /// The bottleneck of the rate: the stages of the busiest thread joined by `+`, or a limit that all threads
  /// share; nil if unknown.
  public var bottleneck: String?
  /// The state of the machine that the sample was taken in (``MachineStates``); nil if that is not known.
  public var machineState: String?
  /// For packet costs: quantiles over batches by metric and percent, in the metric's unit.
  public var quantiles: [String: [Int: Double]] = [:]
  /// The result of a rate search, trial by trial; nil for other measurements.
  public var search: SearchRecord?
  /// The packets received by the queues of gateways' ports; nil if links are no ports.
  public var queues: [QueueRecord]?
  /// The run ID that entered its keys beside the seed: that of the start which took the sample; nil in
  /// journals before run IDs. See `Environment.runIds`.
  public var runID: String?
  /// Whether nothing was measured because a host of a testbed, or a link to it, was away: a run that goes on
  /// takes the sample again. nil if not.
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

  /// Reads a record; one of before there were gaps, launches, quantiles has none.
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
  /// Adds a record, in place of one of the same sample that was lost with a host.
  public mutating func put(_ record: SampleRecord) {
    let lost = firstIndex {
      $0.awaitsHost == true && $0.sample == record.sample
        && $0.coordinates.name == record.coordinates.name
    }
    if let lost { remove(at: lost) }
    append(record)
  }

  /// A journal's records without those of samples that were lost with a host and taken again.
  public var withoutRetaken: [SampleRecord] { reduce(into: []) { $0.put($1) } }
}

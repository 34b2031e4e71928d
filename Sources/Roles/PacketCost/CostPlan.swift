import Cases
import Crypto
import Dataplane
import Tunnel
import Wire

/// One sample of a packet-cost measurement: one thread is timed, packets of one size, no ports but rings.
@dynamicMemberLookup
public struct CostPlan: Codable, Equatable, Sendable {
  /// What is done to packets, one of `System.inMemory`.
  public var system: System
  /// Which costs are taken, in this order.
  public var operations: [MeasuredOperation]
  /// What the case's axes have; each can be read and set here as well. With `cores` all, the others seal
  /// meanwhile (see `CostCompany`).
  public var axes = AxisValues()
  /// The AEAD's name as in `AEADAlgorithm`.
  public var aead: String
  /// Whether inner packets begin a cache line, but for the extra headroom; otherwise the frames that an
  /// operation begins with do, those of the red side to seal, and those of the black side to open.
  public var isAligned = true
  /// Packets that are worked on in turn: with their buffers, the working set.
  public var packetsInFlight = 16384
  /// Packets that each cost is averaged over, rounded up to whole passes over the working set.
  public var packets = 1_000_000
  /// Threads of the gateway, both directions together, of which one is measured: they say how many
  /// associations, counters and windows a tunnel has.
  public var gatewayThreads = 2
  /// Whether the packets of `.open` are sent once more when all have been opened, to see what is let through.
  public var triesReplays = false
  /// What keys and packets are derived from.
  public var seed: UInt64

  /// What the packets come from in random order, each with a sealer of its own: tunnels, or senders.
  var parties: Int { max(axes.tunnels, axes.senders) }
  /// Whether they come from many senders under one key. Where a format knows one sender, each has an
  /// association of its own, as if it were a tunnel.
  var isGroup: Bool { axes.senders > 1 && system.format?.isForGroups == true }

  /// Bytes of an inner packet with the padding behind it.
  var paddedBytes: Int { axes.paddedSizes?.padded(axes.packetBytes) ?? axes.packetBytes }

  /// The UDP port that sealed packets lie in: by the axis, or else their format's; nil if directly in IP.
  var udpPort: UInt16? { axes.carrier == .udp ? UDP.portESP : system.format?.facts.udpPort }

  /// Bytes before a sealed packet in its frame.
  private var outerBytes: Int {
    if system.isTransport { return Ethernet.headerBytes }
    return Ethernet.headerBytes + (axes.outerVersion == .ipv6 ? IPv6.headerBytes : IPv4.headerBytes)
      + (udpPort == nil ? 0 : UDP.headerBytes)
  }

  /// Bytes before the Ethernet header of the inner packet's frame, for an operation.
  func headroomBytes(_ operation: MeasuredOperation) -> Int {
    let plain = headroomBytes(before: Ethernet.headerBytes)
    // The bare call has no frame around it.
    guard !isAligned, operation.isOpening, system.hasStages else { return plain }
    return plain + outerBytes + (system.format?.facts.headerBytes ?? 0) - Ethernet.headerBytes
  }

  /// Bytes before a frame whose inner packet lies behind `headers` bytes.
  func headroomBytes(before headers: Int) -> Int {
    let alignment = isAligned ? PacketPool.alignment(before: headers) : 0
    return PacketPool.headroomBytes + alignment + axes.extraHeadroomBytes
  }

  /// A plan with defaults for all that is not named.
  public init(system: System, operations: [MeasuredOperation], aead: String, packetBytes: Int, seed: UInt64) {
    self.system = system
    self.operations = operations
    self.aead = aead
    self.seed = seed
    (axes.packetBytes, axes.windowSize, axes.esn) = (packetBytes, 1024, true)
  }

  /// A value of the case.
  public subscript<Value>(dynamicMember path: WritableKeyPath<AxisValues, Value>) -> Value {
    get { axes[keyPath: path] }
    set { axes[keyPath: path] = newValue }
  }
}

/// What a packet-cost sample counted.
public struct CostReport: Codable, Equatable, Sendable {
  /// One operation's count.
  public struct Tally: Codable, Equatable, Sendable {
    /// What was done.
    public var operation: MeasuredOperation
    /// Packets in batches that were not interrupted.
    public var packets: UInt64 = 0
    /// Ticks of those batches.
    public var ticks: UInt64 = 0
    /// Batches that took so long that the thread was evidently off its core; they count in nothing else.
    public var stalledBatches: UInt64 = 0
    /// Ticks of these.
    public var stalledTicks: UInt64 = 0
    /// Packets that were refused; none in a right run.
    public var failures: UInt64 = 0
    /// Packets that were sent once more when all had been opened.
    public var replaysSent: UInt64 = 0
    /// Those of them that were opened once more.
    public var replaysAccepted: UInt64 = 0
    /// The batches that were not interrupted, by the ticks that a packet took; empty where another program
    /// tells nothing but a mean.
    public var fullBursts = TickCounts()

    /// A count of one operation.
    public init(operation: MeasuredOperation, packets: UInt64 = 0, ticks: UInt64 = 0) {
      (self.operation, self.packets, self.ticks) = (operation, packets, ticks)
    }

    /// What counts of the passes that warm up: failures alone, for these are wrong whenever they occur.
    package var warmed: Tally {
      var tally = Tally(operation: operation)
      tally.failures = failures
      return tally
    }

    /// Counts a batch.
    /// - Parameter limit: ticks above which it was evidently interrupted.
    /// - Returns: whether it was not.
    @inline(__always)
    mutating func count(_ batch: Int, ticks batchTicks: UInt64, limit: UInt64) -> Bool {
      guard batchTicks <= limit else {
        stalledBatches &+= 1
        stalledTicks &+= batchTicks
        return false
      }
      ticks &+= batchTicks
      packets &+= UInt64(truncatingIfNeeded: batch)
      return true
    }

    /// What a packet cost; nil if every batch was interrupted.
    public var cost: PacketCost? { PacketCost(packets: packets, ticks: ticks, fullBursts) }
  }

  /// A tally for each operation of the plan that the system has.
  public var tallies: [Tally]
  /// Bytes of memory that a tunnel occupies in a gateway, both directions; nil without associations.
  public var tunnelBytes: Int?
  /// Bytes of memory that all senders together occupy in a receiver; nil without associations.
  public var groupBytes: Int?
  /// Ticks of the time-stamp counter in a second.
  public var ticksPerSecond: UInt64

  /// A report by its parts.
  public init(
    tallies: [Tally], tunnelBytes: Int? = nil, groupBytes: Int? = nil, ticksPerSecond: UInt64
  ) {
    (self.tallies, self.tunnelBytes, self.groupBytes) = (tallies, tunnelBytes, groupBytes)
    self.ticksPerSecond = ticksPerSecond
  }
}

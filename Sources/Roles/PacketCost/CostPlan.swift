import Cases
import Crypto
import Dataplane
import Tunnel
import Wire

/// One sample of a packet-cost measurement: one thread is timed, packets of one size, no ports but rings.
@dynamicMemberLookup
public struct CostPlan: Codable, Equatable, Sendable {
  /// The system under test, one of `System.inMemory`.
  public var system: System
  /// The operations to measure, in this order.
  public var operations: [MeasuredOperation]
  /// The values of the case's axes; each can also be read and set on the plan itself. If `cores` is `all`,
  /// the other cores seal meanwhile (`CostCompany`).
  public var axes = AxisValues()
  /// The AEAD's name as in `AEADAlgorithm`.
  public var aead: String
  /// Whether the inner packet begins at a cache line, apart from extra headroom. Otherwise the frame with
  /// which an operation begins does: the red frame for sealing, the black one for opening.
  public var isAligned = true
  /// Packets that are processed in turn: with their buffers, the working set.
  public var packetsInFlight = 16384
  /// Packets that each cost is averaged over, rounded up to whole passes over the working set.
  public var packets = 1_000_000
  /// Threads of the gateway, both directions together, of which one is measured. They determine how many
  /// associations, counters and windows a tunnel has.
  public var gatewayThreads = 2
  /// Whether all packets are opened a second time, to count accepted replays.
  public var triesReplays = false
  /// The seed of keys and packets.
  public var seed: UInt64

  /// How many tunnels, or senders, the packets belong to, in random order; each has a sealer of its own.
  var parties: Int { max(axes.tunnels, axes.senders) }
  /// Whether many senders share one key. In a format for single senders each has an association of its own,
  /// as if it were a tunnel.
  var isGroup: Bool { axes.senders > 1 && system.format?.isForGroups == true }

  /// Bytes of an inner packet with the padding behind it.
  var paddedBytes: Int { axes.paddedSizes?.padded(axes.packetBytes) ?? axes.packetBytes }

  /// The UDP port of sealed packets: the axis's, or else the format's; nil if they are directly in IP.
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

  /// Bytes before a frame with `headers` bytes before its inner packet.
  func headroomBytes(before headers: Int) -> Int {
    let alignment = isAligned ? PacketPool.alignment(before: headers) : 0
    return PacketPool.headroomBytes + alignment + axes.extraHeadroomBytes
  }

  /// A plan with defaults for everything else.
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

/// The result of a packet-cost sample.
public struct CostReport: Codable, Equatable, Sendable {
  /// One operation's count.
  public struct Tally: Codable, Equatable, Sendable {
    /// The operation.
    public var operation: MeasuredOperation
    /// Packets in batches that were not interrupted.
    public var packets: UInt64 = 0
    /// Ticks of those batches.
    public var ticks: UInt64 = 0
    /// Batches so long that the thread must have been off its core; no other count includes them.
    public var stalledBatches: UInt64 = 0
    /// Ticks of the stalled batches.
    public var stalledTicks: UInt64 = 0
    /// Packets that were refused; 0 in a correct run.
    public var failures: UInt64 = 0
    /// Packets that were opened a second time.
    public var replaysSent: UInt64 = 0
    /// Packets whose second opening succeeded.
    public var replaysAccepted: UInt64 = 0
    /// The uninterrupted batches, by ticks per packet; empty for an external program that reports only a
    /// mean.
    public var fullBursts = TickCounts()

    /// A count of one operation.
    public init(operation: MeasuredOperation, packets: UInt64 = 0, ticks: UInt64 = 0) {
      (self.operation, self.packets, self.ticks) = (operation, packets, ticks)
    }

    /// The tally after warm-up: only failures are kept, for these are always wrong.
    package var warmed: Tally {
      var tally = Tally(operation: operation)
      tally.failures = failures
      return tally
    }

    /// Counts a batch.
    /// - Parameter limit: ticks above which a batch counts as interrupted.
    /// - Returns: whether the batch was uninterrupted.
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

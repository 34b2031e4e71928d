import Wire

/// A case's value of each axis.
public struct AxisValues: Codable, Hashable, Sendable {
  private var values: [Axis: AxisValue] = [:]

  /// No values: each axis has its `absent` value.
  public init() {}

  /// The axis's value; nil if the axis does not apply.
  public subscript(axis: Axis) -> AxisValue? {
    get { values[axis] }
    set { values[axis] = newValue }
  }

  private func integer(_ axis: Axis) -> Int { (values[axis] ?? axis.definition.absent)?.integer ?? 0 }
  private func flag(_ axis: Axis) -> Bool { (values[axis] ?? axis.definition.absent) == true }
  func word<Word: RawRepresentable<String>>(_ axis: Axis) -> Word? {
    (values[axis] ?? axis.definition.absent).flatMap { Word(rawValue: $0.text) }
  }
}

extension AxisValues {
  /// The cipher; nil for a system without crypto.
  public var aead: AEADAlgorithm? {
    get { word(.aead) }
    set { self[.aead] = newValue.map { .word($0.rawValue) } }
  }
  /// The Ethernet frame on the red side with its 4-byte FCS, in bytes; the longest frame of a mix.
  public var frameBytes: Int {
    get { frameMix?.longest ?? integer(.frameBytes) }
    set { self[.frameBytes] = .integer(newValue) }
  }
  /// Dataplane threads of a gateway, both directions together; 1 if packet costs are measured.
  public var threads: Int {
    get { integer(.threads) }
    set { self[.threads] = .integer(newValue) }
  }
  /// The number of threads that seal; nil for half of them, rounded up, or if the system determines it.
  public var sealThreads: Int? {
    get { self[.sealThreads]?.integer }
    set { self[.sealThreads] = newValue.map { .integer($0) } }
  }
  /// Bytes added to the headroom of a packet buffer.
  public var extraHeadroomBytes: Int {
    get { integer(.extraHeadroomBytes) }
    set { self[.extraHeadroomBytes] = .integer(newValue) }
  }
  /// The number of tunnels; 1 for a system without tunnels.
  public var tunnels: Int {
    get { integer(.tunnels) }
    set { self[.tunnels] = .integer(newValue) }
  }
  /// The number of senders in the group; 1 for a tunnel.
  public var senders: Int {
    get { integer(.senders) }
    set { self[.senders] = .integer(newValue) }
  }
  /// The buffers of packets, if packet costs are measured.
  public var buffers: PacketBuffers {
    get { word(.buffers) ?? .single }
    set { self[.buffers] = .word(newValue.rawValue) }
  }
  /// The cores that work at the same time, if packet costs are measured.
  public var cores: CoreSet {
    get { word(.cores) ?? .one }
    set { self[.cores] = .word(newValue.rawValue) }
  }
  /// How gateways treat DSCP, ECN and the hop limit.
  public var headerFields: HeaderFields {
    get { word(.headerFields) ?? .none }
    set { self[.headerFields] = .word(newValue.rawValue) }
  }
  /// Whether gateways check the addresses of opened packets.
  public var hasSelectors: Bool {
    get { flag(.selectors) }
    set { self[.selectors] = .flag(newValue) }
  }
  /// UDP flows that the generator sends; 1 if packet costs are measured.
  public var flows: Int {
    get { integer(.flows) }
    set { self[.flows] = .integer(newValue) }
  }
  /// The number of frames that are due together, if frames are due at fixed times.
  public var burstFrames: Int {
    get { integer(.burstFrames) }
    set { self[.burstFrames] = .integer(newValue) }
  }
  /// Replay window in packets; 0 for a system without one.
  public var windowSize: Int {
    get { integer(.windowSize) }
    set { self[.windowSize] = .integer(newValue) }
  }
  /// Whether sequence numbers are extended; false for a system to which this does not apply.
  public var esn: Bool {
    get { flag(.esn) }
    set { self[.esn] = .flag(newValue) }
  }
  /// Sequence numbers that a sealing thread takes at a time; 0 for the number of packets in its burst.
  public var numberBlock: Int {
    get { integer(.numberBlock) }
    set { self[.numberBlock] = .integer(newValue) }
  }
  /// Inner packets are padded to the next multiple of this many bytes; 0 for no padding.
  public var padBytes: Int {
    get { integer(.padBytes) }
    set { self[.padBytes] = .integer(newValue) }
  }
  /// The sizes to which inner packets are padded; nil for no padding.
  public var paddedSizes: PaddedSizes? { padBytes > 0 ? PaddedSizes(multiplesOf: padBytes) : nil }
  /// Milliseconds after which each security association is renewed; 0 for never.
  public var rekeyMilliseconds: Int {
    get { integer(.rekeyMilliseconds) }
    set { self[.rekeyMilliseconds] = .integer(newValue) }
  }
  /// How packets are steered to threads; nil if the descriptor states it for all cases.
  public var steering: Steering? { word(.steering) }
  /// Milliseconds after which the key of the hash over flows changes; 0 for never.
  public var hashKeyMilliseconds: Int {
    get { integer(.hashKeyMilliseconds) }
    set { self[.hashKeyMilliseconds] = .integer(newValue) }
  }
  /// Number of replays per 100 packets on the black link.
  public var replayedPercent: Int { integer(.replayedPercent) }
  /// Number of packets between a packet and its replay.
  public var replayAgePackets: Int { integer(.replayAgePackets) }
  /// Number of forgeries per 100 packets on the black link.
  public var forgedPercent: Int { integer(.forgedPercent) }
  /// Number of traffic classes.
  public var classes: Int {
    get { integer(.classes) }
    set { self[.classes] = .integer(newValue) }
  }
  /// Number of paths over which packets of one class are distributed.
  public var paths: Int {
    get { integer(.paths) }
    set { self[.paths] = .integer(newValue) }
  }
  /// Number of packets that overtake a late one.
  public var latePackets: Int {
    get { integer(.latePackets) }
    set { self[.latePackets] = .integer(newValue) }
  }

  /// Whether the measured direction is the opening one, if a single direction is measured at a time.
  public var opens: Bool { self[.direction] == "open" }

  /// Whether frames pass both directions of two gateways and come back.
  public var isRoundTrip: Bool { self[.direction]?.text == Self.roundTrip }

  /// The value of the axis `direction` for a round trip.
  static let roundTrip = "round-trip"

  /// The length of the inner IP packet, in bytes.
  public var packetBytes: Int {
    get { frameBytes - Ethernet.framingBytes }
    set { frameBytes = newValue + Ethernet.framingBytes }
  }
}

import Wire

/// The value of each axis that a case has.
public struct AxisValues: Codable, Hashable, Sendable {
  private var values: [Axis: AxisValue] = [:]

  /// No values: each axis has its `absent` one.
  public init() {}

  /// The axis's value; nil where it does not apply.
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
  /// Ethernet frame on the red side with its 4-byte FCS, in bytes; of a mix the longest.
  public var frameBytes: Int {
    get { frameMix?.longest ?? integer(.frameBytes) }
    set { self[.frameBytes] = .integer(newValue) }
  }
  /// Dataplane threads of a gateway, both directions together; 1 where a packet's cost is measured.
  public var threads: Int {
    get { integer(.threads) }
    set { self[.threads] = .integer(newValue) }
  }
  /// How many of them seal; nil for half, rounded up, or where the system decides.
  public var sealThreads: Int? {
    get { self[.sealThreads]?.integer }
    set { self[.sealThreads] = newValue.map { .integer($0) } }
  }
  /// Bytes added to the headroom of a packet buffer.
  public var extraHeadroomBytes: Int {
    get { integer(.extraHeadroomBytes) }
    set { self[.extraHeadroomBytes] = .integer(newValue) }
  }
  /// Tunnels that the packets are of; 1 for a system that has none.
  public var tunnels: Int {
    get { integer(.tunnels) }
    set { self[.tunnels] = .integer(newValue) }
  }
  /// Senders of the group that the packets are of; 1 for a tunnel.
  public var senders: Int {
    get { integer(.senders) }
    set { self[.senders] = .integer(newValue) }
  }
  /// What packets lie in where their cost is measured.
  public var buffers: PacketBuffers {
    get { word(.buffers) ?? .single }
    set { self[.buffers] = .word(newValue.rawValue) }
  }
  /// Cores that work at once where a packet's cost is measured.
  public var cores: CoreSet {
    get { word(.cores) ?? .one }
    set { self[.cores] = .word(newValue.rawValue) }
  }
  /// What gateways do to DSCP, ECN and hops.
  public var headerFields: HeaderFields {
    get { word(.headerFields) ?? .none }
    set { self[.headerFields] = .word(newValue.rawValue) }
  }
  /// Whether gateways check the addresses of opened packets.
  public var hasSelectors: Bool {
    get { flag(.selectors) }
    set { self[.selectors] = .flag(newValue) }
  }
  /// UDP flows that the generator sends; 1 where a packet's cost is measured.
  public var flows: Int {
    get { integer(.flows) }
    set { self[.flows] = .integer(newValue) }
  }
  /// Frames that are due together where they are due at fixed times.
  public var burstFrames: Int {
    get { integer(.burstFrames) }
    set { self[.burstFrames] = .integer(newValue) }
  }
  /// Replay window in packets; 0 for a system that has none.
  public var windowSize: Int {
    get { integer(.windowSize) }
    set { self[.windowSize] = .integer(newValue) }
  }
  /// Whether sequence numbers are extended ones; false for a system to which this does not apply.
  public var esn: Bool {
    get { flag(.esn) }
    set { self[.esn] = .flag(newValue) }
  }
  /// Numbers that a sealing thread takes at a time; 0 for those of its burst.
  public var numberBlock: Int {
    get { integer(.numberBlock) }
    set { self[.numberBlock] = .integer(newValue) }
  }
  /// Inner packets are padded to the next multiple of so many bytes; 0 where they are not.
  public var padBytes: Int {
    get { integer(.padBytes) }
    set { self[.padBytes] = .integer(newValue) }
  }
  /// The sizes to which inner packets are padded; nil where they are not.
  public var paddedSizes: PaddedSizes? { padBytes > 0 ? PaddedSizes(multiplesOf: padBytes) : nil }
  /// Milliseconds after which each association is renewed; 0 for never.
  public var rekeyMilliseconds: Int {
    get { integer(.rekeyMilliseconds) }
    set { self[.rekeyMilliseconds] = .integer(newValue) }
  }
  /// How packets find their threads; nil where the descriptor says it for all cases.
  public var steering: Steering? { word(.steering) }
  /// Milliseconds after which the key changes by which flows are hashed onto threads; 0 for never.
  public var hashKeyMilliseconds: Int {
    get { integer(.hashKeyMilliseconds) }
    set { self[.hashKeyMilliseconds] = .integer(newValue) }
  }
  /// Replays beside 100 packets on the black link.
  public var replayedPercent: Int { integer(.replayedPercent) }
  /// Packets between a packet and its replay.
  public var replayAgePackets: Int { integer(.replayAgePackets) }
  /// Forgeries beside 100 packets on the black link.
  public var forgedPercent: Int { integer(.forgedPercent) }
  /// Traffic classes.
  public var classes: Int {
    get { integer(.classes) }
    set { self[.classes] = .integer(newValue) }
  }
  /// Paths over which packets of one class are dealt.
  public var paths: Int {
    get { integer(.paths) }
    set { self[.paths] = .integer(newValue) }
  }
  /// Packets that overtake a late one.
  public var latePackets: Int {
    get { integer(.latePackets) }
    set { self[.latePackets] = .integer(newValue) }
  }

  /// Whether it is the direction that opens which is fed, where that is one at a time.
  public var opens: Bool { self[.direction] == "open" }

  /// Whether frames pass both directions of two gateways, and come back.
  public var isRoundTrip: Bool { self[.direction]?.text == Self.roundTrip }

  /// That direction.
  static let roundTrip = "round-trip"

  /// The inner IP packet, in bytes.
  public var packetBytes: Int {
    get { frameBytes - Ethernet.framingBytes }
    set { frameBytes = newValue + Ethernet.framingBytes }
  }
}

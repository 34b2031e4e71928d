import Cases
import Crypto
import Model
import Tunnel
import Wire

/// What gateways do to inner and outer headers beyond the format; see docs/protocol-details.md.
public struct TunnelPolicy: Codable, Equatable, Sendable {
  /// Whether gateways are hops that carry DSCP and ECN across the tunnel (RFC 4301 section 5.1.2, RFC 6040);
  /// otherwise inner packets go through untouched.
  public var copiesFields: Bool
  /// Whether the addresses of opened packets must be those that the association carries (RFC 4301 section
  /// 5.2).
  public var checksSelectors: Bool

  /// By default a bump in the wire.
  public init(copiesFields: Bool = false, checksSelectors: Bool = false) {
    self.copiesFields = copiesFields
    self.checksSelectors = checksSelectors
  }
}

extension AxisValues {
  /// What gateways do to headers, by the axes of that.
  public var policy: TunnelPolicy {
    get { TunnelPolicy(copiesFields: headerFields == .rfc4301, checksSelectors: hasSelectors) }
    set {
      (headerFields, hasSelectors) = (newValue.copiesFields ? .rfc4301 : .none, newValue.checksSelectors)
    }
  }
}

/// Everything that a process must know to play its roles in one case. Sent to it as JSON.
@dynamicMemberLookup
public struct CasePlan: Codable, Equatable, Sendable {
  /// The packet format and threading model of both gateways, one of `System.gateways`.
  public var system: System
  /// What the case's axes have; each can be read and set here as well.
  public var axes = AxisValues()
  /// The AEAD's name as in `AEADAlgorithm`; nil for the null format.
  public var aead: String?
  /// Which stages each thread of a pipeline runs; needed for a pipeline only.
  public var assignment: PipelineAssignment?
  /// How packets find the thread that opens them.
  public var steering = Steering.queue
  /// How the gateways' ports lead black packets to the threads that open them; nil where they do not.
  public var blackWay: BlackWay?
  /// Whether ports put packets so that inner packets begin a cache line.
  public var isAligned = true
  /// How sealed packets are carried.
  public var encapsulation = Encapsulation()
  /// Frames a second, 10^6; nil for as fast as they come back.
  public var rateMpps: Double?
  /// Frames that the generator keeps under way where it has no rate.
  public var inFlightFrames = 4096
  /// Numbers of a path that the generator gives up together; nil for as many as it keeps under way.
  public var spanFrames: Int?
  /// Whether frames carry the time at which they were sent; without, a frame depends on its number alone.
  public var hasTimestamps = true
  /// What keys and payload are derived from. Never use one twice for the same system: nonces would repeat.
  public var seed: UInt64
  /// Whether gateways let frames pass instead of sealing and opening them, which shows how fast a tester is
  /// itself.
  public var isSink = false
  /// Numbers that count as used when the case begins, where associations are renewed: for tests of their end.
  public var numbersUsed: UInt64 = 0
  /// Frames that can lie ready, sealed, for a trial of a gateway that opens.
  public var readyFrames = 0
  /// A deliberate fault.
  public var fault: Fault?
  /// What happens to packets on the black link, if anything.
  public var impairment: Impairment?
  /// A folder for captures of the black link, if any.
  public var captureFolder: String?
  /// Whether a capture is kept to be asked for, where nobody else sees this host's folders.
  public var keepsCapture = false
  /// The file's name in the folder.
  public static let captureName = "black.pcapng"
  /// DPDK device arguments of each port; nil where all links are rings within the process.
  public var devices: [Replica<LinkEnd>: String]?
  /// How many generators there are, and as many reflectors. Each has a red port of either gateway, and those
  /// of its threads whose number leaves its own when divided by this.
  public var replicas = 1
  /// Which of the generators, or reflectors, the process plays.
  public var replica = 0
  /// CPUs for dataplane threads.
  public var cpus: [Int]
  /// Whether the CPUs are for the roles of one process alone, and those of the others elsewhere.
  public var hasHostEach = false
  /// Whether others use these CPUs, too.
  public var sharesCPUs = false
  /// Where memory is to be; nil on a host that has one NUMA node.
  public var memory: MemoryNodes?

  /// A plan with defaults for all that is not named.
  public init(
    system: System, aead: String?, threads: Int, frameBytes: Int, seed: UInt64, cpus: [Int]
  ) {
    self.system = system
    self.aead = aead
    self.seed = seed
    self.cpus = cpus
    (axes.threads, axes.frameBytes, axes.flows, axes.windowSize) = (threads, frameBytes, 64, 1024)
    axes.esn = true
  }

  /// A value of the case.
  public subscript<Value>(dynamicMember path: WritableKeyPath<AxisValues, Value>) -> Value {
    get { axes[keyPath: path] }
    set { axes[keyPath: path] = newValue }
  }

  /// Threads that seal in each gateway, to completion.
  public var sealing: Int { axes.sealing }
  /// Threads that open in each gateway, to completion.
  public var opening: Int { axes.opening }
  /// Bytes of one frame after the other in memory: a mix, or one length.
  public var frameMemoryLengths: [Int] { axes.frameLengths.map { $0 - Ethernet.frameCheckBytes } }
  /// Hops that a frame takes on its way around: two gateways, each to seal and to open, where they are hops.
  var hops: UInt8 { axes.policy.copiesFields ? 4 : 0 }
  /// Whether links are rings within one process.
  public var isRing: Bool { devices == nil }
}

// Windows of a sender, or its child associations.
extension CasePlan {
  /// Whether each traffic class has windows of its own.
  public var classesApart: Bool { axes.classes > 1 && system.keepsClassesApart }

  /// How many windows, or child associations, there are: one for each sealing thread, and for each class
  /// where these are apart.
  public var windows: Int { classesApart ? axes.classes * axes.windowStride : sealing }

  /// Associations of a direction: a child of each tunnel for each sealing thread and class where these have
  /// one, else one for each tunnel.
  package var associations: Int {
    system != .espMultiSA ? axes.tunnels : axes.tunnels > 1 ? axes.children : windows
  }

  /// The number of a sealing thread's child of a tunnel.
  func window(of thread: Int, tunnel: Int) -> Int { tunnel * axes.windowStride + thread }

  /// The ID of a sealing thread's window for a class, or for all classes where these are not apart.
  public func window(of thread: Int, class index: Int) -> Int {
    classesApart ? index * axes.windowStride + thread : thread
  }

  /// The windows of a sealing thread, by class.
  func windows(of thread: Int) -> [Int] {
    (0..<(classesApart ? axes.classes : 1)).map { window(of: thread, class: $0) }
  }

  /// Keeps `frames` under way, and as many more as the black link makes late.
  package mutating func keepUnderWay(_ frames: Int) {
    let flight = Flight(of: frames, system, axes)
    (inFlightFrames, spanFrames) = (flight.frames, flight.spanFrames)
  }
}

/// What can go wrong when a role is set up.
public enum RoleError: Error, Equatable, CustomStringConvertible {
  /// The plan names an AEAD that does not exist, or none where one is needed.
  case aead(String?)
  /// The plan names a system that no gateway is, or that nothing in memory is.
  case system(System)
  /// A link end has no device.
  case noDevice(LinkEnd)
  /// A pipeline's threads have no assignment, or one for another number of threads.
  case assignment(threads: Int, assigned: Int?)
  /// A frame too short for the generator's stamp, or too long for a buffer.
  case frameBytes(Int, IPVersion = .ipv4)
  /// An inner packet that needs no cutting on a path of 1500 bytes, or is too long for a buffer.
  case cutBytes(Int)
  /// A trial has more frames than can lie ready.
  case readyFrames(wanted: UInt64, most: Int)
  /// A Sender ID whose packets would look like IKE in UDP.
  case senderInUDP(UInt16)
  /// Two senders of a group have the same Sender ID.
  case senderTwice(UInt16)

  /// One sentence with the remedy.
  public var description: String {
    switch self {
    case .aead(let name):
      "\(name ?? "no AEAD") is not an AEAD of this suite; choose one of "
        + AEADAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
    case .system(let system): "\(system.rawValue) is no system that can be put up so"
    case .noDevice(let end): "the link end \(end.rawValue) has no DPDK device; name one under ports"
    case .assignment(let threads, let assigned):
      "a pipeline of \(threads) threads needs an assignment of stages to \(threads) threads, "
        + "not \(assigned.map { "to \($0)" } ?? "none")"
    case .frameBytes(let bytes, let version):
      "a frame of \(bytes) bytes is not possible; choose \(version.frameBytesMin) to 1518, or with "
        + "sweep.buffers up to 9018"
    case .cutBytes(let bytes):
      "an inner packet of \(bytes) bytes cannot be cut; choose 1500 to 9000"
    case .readyFrames(let wanted, let most):
      "a trial of \(wanted) frames to be opened needs more memory than that for \(most); lower its load, or "
        + "shorten measure.trial_seconds"
    case .senderInUDP(let sender):
      "packets of Sender ID \(sender) would look like IKE in UDP (RFC 3948); Sender IDs there begin at 1"
    case .senderTwice(let sender):
      "two senders of a group have Sender ID \(sender); give each an ID of its own"
    }
  }
}

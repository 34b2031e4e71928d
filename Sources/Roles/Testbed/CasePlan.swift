import Cases
import Crypto
import Model
import Tunnel
import Wire

/// How gateways treat inner and outer headers beyond the format; see docs/protocol-details.md.
public struct TunnelPolicy: Codable, Equatable, Sendable {
  /// Whether gateways are hops that carry DSCP and ECN across the tunnel (RFC 4301 section 5.1.2, RFC 6040);
  /// otherwise inner packets go through untouched.
  public var copiesFields: Bool
  /// Whether the addresses of opened packets must be those that the association carries (RFC 4301 section
  /// 5.2).
  public var checksSelectors: Bool

  /// The default gateway is a bump in the wire: it copies no fields and checks no selectors.
  public init(copiesFields: Bool = false, checksSelectors: Bool = false) {
    self.copiesFields = copiesFields
    self.checksSelectors = checksSelectors
  }
}

extension AxisValues {
  /// How gateways treat headers, by the axes for that.
  public var policy: TunnelPolicy {
    get { TunnelPolicy(copiesFields: headerFields == .rfc4301, checksSelectors: hasSelectors) }
    set {
      (headerFields, hasSelectors) = (newValue.copiesFields ? .rfc4301 : .none, newValue.checksSelectors)
    }
  }
}

/// Everything that a process needs to play its roles in one case. It gets the plan as JSON.
@dynamicMemberLookup
public struct CasePlan: Codable, Equatable, Sendable {
  /// The packet format and threading model of both gateways, one of `System.gateways`.
  public var system: System
  /// The values of the case's axes; each can also be read and set on the plan itself.
  public var axes = AxisValues()
  /// The AEAD's name as in `AEADAlgorithm`; nil for the null format.
  public var aead: String?
  /// Which stages each thread of a pipeline runs; needed for a pipeline only.
  public var assignment: PipelineAssignment?
  /// How a packet is steered to the thread that opens it.
  public var steering = Steering.queue
  /// How the gateways' ports steer black packets to the threads that open them; nil where ports do not.
  public var blackWay: BlackWay?
  /// Whether ports place packets so that the inner packet begins at a cache line.
  public var isAligned = true
  /// How sealed packets are carried.
  public var encapsulation = Encapsulation()
  /// Frames per second, 10^6; nil for a generator that keeps a fixed number of frames under way.
  public var rateMpps: Double?
  /// Frames that the generator keeps under way where it has no rate.
  public var inFlightFrames = 4096
  /// Numbers in a span of the generator's `Credit`; nil for at least as many as it keeps under way.
  public var spanFrames: Int?
  /// Whether frames carry their sending time; without it a frame's content depends on its number alone.
  public var hasTimestamps = true
  /// The seed of keys and payload. Never use one twice for the same system: nonces would repeat.
  public var seed: UInt64
  /// Whether gateways forward frames without sealing or opening them, which shows how fast the tester itself
  /// is.
  public var isSink = false
  /// Sequence numbers that count as used at the start, where associations are renewed: it tests exhaustion.
  public var numbersUsed: UInt64 = 0
  /// Sealed frames that can be prepared for a trial of a gateway that opens.
  public var readyFrames = 0
  /// A deliberate fault.
  public var fault: Fault?
  /// The impairment of the black link; nil for none.
  public var impairment: Impairment?
  /// A folder for captures of the black link, if any.
  public var captureFolder: String?
  /// Whether the process keeps the capture and hands it over on request, because it is on another host.
  public var keepsCapture = false
  /// The capture's file name in the folder.
  public static let captureName = "black.pcapng"
  /// DPDK device arguments of each port; nil where all links are rings within the process.
  public var devices: [Replica<LinkEnd>: String]?
  /// How many generators there are, and as many reflectors. Generator r has red port r of each gateway, and
  /// the threads t with t mod `replicas` = r.
  public var replicas = 1
  /// Which of the generators or reflectors this process plays.
  public var replica = 0
  /// CPUs for dataplane threads.
  public var cpus: [Int]
  /// Whether `cpus` serve only the roles of this process, because other roles are on other hosts.
  public var hasHostEach = false
  /// Whether other processes use these CPUs, too.
  public var sharesCPUs = false
  /// The NUMA nodes for memory; nil on a host with a single node.
  public var memory: MemoryNodes?

  /// A plan with defaults for everything else.
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

  /// The value of one of the case's axes.
  public subscript<Value>(dynamicMember path: WritableKeyPath<AxisValues, Value>) -> Value {
    get { axes[keyPath: path] }
    set { axes[keyPath: path] = newValue }
  }

  /// Threads that seal in each gateway, to completion.
  public var sealing: Int { axes.sealing }
  /// Threads that open in each gateway, to completion.
  public var opening: Int { axes.opening }
  /// Bytes in memory of each frame in the sequence of lengths: a mix, or a single length.
  public var frameMemoryLengths: [Int] { axes.frameLengths.map { $0 - Ethernet.frameCheckBytes } }
  /// Hops of a round trip: where gateways count as hops, each is one when it seals and one when it opens.
  var hops: UInt8 { axes.policy.copiesFields ? 4 : 0 }
  /// Whether links are rings within one process.
  public var isRing: Bool { devices == nil }
}

// The windows, or child associations, of a sender.
extension CasePlan {
  /// Whether each traffic class has windows of its own.
  public var classesApart: Bool { axes.classes > 1 && system.keepsClassesApart }

  /// Windows, or child associations: one for each sealing thread, or for each sealing thread and class if
  /// classes have windows of their own.
  public var windows: Int { classesApart ? axes.classes * axes.windowStride : sealing }

  /// Associations of a direction: in `espMultiSA` one for each tunnel, sealing thread and class, in other
  /// systems one for each tunnel.
  package var associations: Int {
    system != .espMultiSA ? axes.tunnels : axes.tunnels > 1 ? axes.children : windows
  }

  /// The number of the child association of a tunnel that a sealing thread uses.
  func window(of thread: Int, tunnel: Int) -> Int { tunnel * axes.windowStride + thread }

  /// The ID of a sealing thread's window for a class, or for all classes if these share it.
  public func window(of thread: Int, class index: Int) -> Int {
    classesApart ? index * axes.windowStride + thread : thread
  }

  /// The windows of a sealing thread, by class.
  func windows(of thread: Int) -> [Int] {
    (0..<(classesApart ? axes.classes : 1)).map { window(of: thread, class: $0) }
  }

  /// Keeps `frames` frames under way, and in addition as many as the black link makes late.
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

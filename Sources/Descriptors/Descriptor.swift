import Cases
import Foundation
import Model
import RateSearch
import Results
import Wire

/// An experiment as its descriptor says it: checked, defaults filled in, ready to be expanded to cases.
public struct Descriptor: Sendable, Equatable {
  /// The values of the axes.
  public struct Sweep: Sendable, Equatable {
    private let values: [Axis: [AxisValue]]
    /// Thread counts of systems that have other ones than `threads`.
    public let threadsOf: [System: [Int]]

    /// The values of an axis, distinct; none where something else decides. Where the descriptor gives inner
    /// packets, `frameBytes` are their frames.
    public subscript(axis: Axis) -> [AxisValue] { values[axis] ?? [] }

    /// The values of an axis of numbers.
    public func integers(_ axis: Axis) -> [Int] { self[axis].compactMap(\.integer) }

    /// Whether the descriptor gives the inner IP packets, not their frames.
    public var isByPacket: Bool { values[.packetBytes] != nil }
  }

  /// How fast the generator sends.
  public enum OfferedRate: Sendable, Equatable {
    /// As fast as possible with a limited number of frames outstanding.
    case max
    /// A fixed rate in million packets per second.
    case mpps(Double)
  }

  /// The generator's traffic. For packet costs, which have no generator, only the seed counts.
  public struct Traffic: Sendable, Equatable {
    /// How fast the generator sends.
    public let rate: OfferedRate
    /// Frames kept outstanding at the rate `max` for each pair of a gateway's threads.
    public let inFlightFrames: Int
    /// Whether each frame carries its time of sending.
    public let hasTimestamps: Bool
    /// Seed of the payloads and of the order of the samples.
    public let seed: UInt64

    /// The most frames outstanding with any number of threads: their buffers must fit into DPDK's memory.
    static let framesInFlightMax = 65_536
    /// Fewest frames for a pair of threads: four bursts, two each way.
    private static let framesOfPairMin = 256

    /// The most frames outstanding for so many threads per gateway, both directions together: equally many
    /// for each pair of threads.
    public func framesInFlight(threads: Int) -> Int {
      min(inFlightFrames * max((threads + 1) / 2, 1), max(Self.framesInFlightMax, inFlightFrames))
    }

    /// Frames outstanding if all roles share so many CPUs.
    ///
    /// The number grows with the threads that can run at a time: so bursts are as full, and each CPU's caches
    /// hold as many packets, as with one pair of threads. The full number on few CPUs would be a working set
    /// that no CPU has if every thread has a CPU of its own.
    public func framesInFlight(threads: Int, cpus: Int) -> Int {
      let all = framesInFlight(threads: threads)
      let pairs = max((threads + 1) / 2, 1)
      let share = min(1, Double(cpus) / Double(2 * threads + 2))
      return max(Int(Double(all) * share), min(all, max(inFlightFrames, Self.framesOfPairMin * pairs)))
    }
  }

  /// What is measured, and for how long.
  public struct Measure: Sendable, Equatable {
    /// The measured quantity, which determines which of the other members apply.
    public let what: MeasuredQuantity
    /// The setup of the roles, for throughput.
    public let setup: MeasuredSetup

    /// Launches that the samples of each case are spread over, with new processes each.
    public let launches: Int

    /// Measurement windows of each case, or turns of a tester; 0 unless throughput is measured, as in the
    /// next two, which mean nothing to a tester: its turn lasts as many frames as lie ready.
    public let windows: Int
    /// Length of a window in seconds.
    public let windowSeconds: Double
    /// Traffic before a window that is not counted, in seconds.
    public let warmUpSeconds: Double

    /// Repetitions of each case; 0 unless a packet's cost is measured, as in the next three.
    public let repetitions: Int
    /// Packets that a sample is averaged over.
    public let packets: Int
    /// Packets that are worked on in turn: the working set.
    public let packetsInFlight: Int
    /// Threads of the gateway whose memory per tunnel is reported, both directions together.
    public let gatewayThreads: Int
    /// The operations on packets, distinct, in the order of the descriptor; empty unless packet costs are
    /// measured.
    public let operations: [MeasuredOperation]

    /// Searches of each case; 0 unless rates are searched.
    public let searches: Int
    /// How rates are searched; nil unless they are.
    public let search: Search?

    /// Samples of each case, whatever is measured.
    public var samples: Int {
      switch what {
      case .throughput: windows
      case .packetCost: repetitions
      case .rateSearch: searches
      }
    }
  }

  /// How rates are searched.
  public struct Search: Sendable, Equatable {
    /// The goals of a search.
    public let goals: [RateGoal]
    /// The time limit of a search, seconds; the trial in progress may exceed it.
    public let seconds: Double
    /// The lowest load, 10^6 frames a second.
    public let minMpps: Double
    /// The highest load, 10^6 frames per second; nil for the tester's own rate.
    public let maxMpps: Double?
    /// Loads at which latency is measured, percent of the rate that was found; 0 for a few frames alone.
    public let latencyPercents: [Int]
    /// How long each of them is offered, seconds.
    public let latencySeconds: Double
    /// Probes a second beside each of them; 0 for none.
    public let probeRate: Double
  }

  /// How a tester feeds a DUT.
  public struct BlackBox: Sendable, Equatable {
    /// Ways of working of `ipsec-secgw`, each a case.
    public let modes: [PeerMode]
    /// Most frames of a sample, each way.
    public let packets: Int

    /// For a descriptor that measures no throughput.
    package static let none = BlackBox(modes: [], packets: 0)
  }

  /// The model's predictions from measured costs.
  public struct PredictedThreads: Sendable, Equatable {
    /// Rate of the link between the gateways, 10^9 bits per second; nil for one that limits nothing.
    public let blackLinkGbps: Double?
    /// Thread counts to predict beside those that are run.
    public let threadsOf: [System: [Int]]
  }

  /// How sealed packets travel between the gateways.
  public struct Tunnel: Sendable, Equatable {
    /// The encapsulation of sealed packets unless the sweep varies it.
    public let encapsulation: Encapsulation
    /// The UDP port of sealed packets wherever they lie in UDP.
    public let port: UInt16
    /// How gateways treat DSCP, ECN and hops.
    public let headerFields: HeaderFields
    /// Whether gateways check the addresses of opened packets.
    public let hasSelectors: Bool

    /// The tunnel of a descriptor that does not say. Where a packet's cost is measured only the last two may
    /// be others.
    public static let standard = Tunnel(
      encapsulation: Encapsulation(), port: udpPort, headerFields: .none, hasSelectors: false)
    /// The UDP port of a descriptor that does not say.
    package static let udpPort: UInt16 = 4500
  }

  /// DPDK device arguments of each role's ports.
  public struct Ports: Sendable, Equatable {
    /// The two ports of a gateway.
    public struct Gateway: Sendable, Equatable {
      /// Device of the plaintext side.
      public let red: String
      /// Device of the ciphertext side.
      public let black: String
    }

    /// Device of the generator.
    public let generator: String
    /// Devices of the gateway at the generator's side.
    public let gatewayA: Gateway
    /// Devices of the gateway at the reflector's side.
    public let gatewayB: Gateway
    /// Device of the reflector.
    public let reflector: String
  }

  /// The file that was read.
  public let file: URL
  /// The text of the file as read.
  public let source: String
  /// The descriptor as it is run, after the quick profile and `--set`: with all defaults filled in, and every
  /// axis as a list. Its `rendered` text belongs to the results.
  public let resolved: JSONValue
  /// Whether the quick profile was asked for.
  public let isQuick: Bool

  /// Also the name of the experiment's folder of results.
  public let name: String
  /// The question that the experiment answers, a sentence.
  public let question: String
  /// Distinct, in the order of the descriptor, all of them implemented for what is measured.
  public let systems: [System]
  /// The axes whose combinations are the cases.
  public let sweep: Sweep
  /// `none` where a packet's cost is measured.
  public let link: LinkKind
  /// How packets find the thread that opens them.
  public let steering: Steering
  /// The placement of packets in ports' buffers.
  public let headroom: Headroom
  /// The costs of a pipeline's stages, TSC ticks per packet; nil if they are to be measured.
  public let stageCycles: [StageKind: Double]?
  /// How a tester feeds a DUT.
  public let blackBox: BlackBox
  /// Gateways that third-party programs play.
  public let peers: [RoleName: PeerGateway]
  /// The predictions to make; nil for none.
  public let model: PredictedThreads?
  /// What the generator sends.
  public let traffic: Traffic
  /// What is measured, and for how long.
  public let measure: Measure
  /// How sealed packets travel between the gateways.
  public let tunnel: Tunnel
  /// Largest valid part of the frames sent that may be lost, 0 to 1; nil if any loss is valid.
  public let maxLossRatio: Double?
  /// The impairment of the black link, apart from an attacker in the sweep.
  public let impairment: Impairment
  /// A deliberate fault; nil for none.
  public let fault: Fault?
  /// Present exactly if `link` is `ports`.
  public let ports: Ports?
  /// The paper's own values to compare with.
  public let paper: PaperValues?
}

extension Descriptor {
  /// Builds the typed form of a tree that was checked against `shape`.
  package init(checked tree: CheckedTree, file: URL, source: String, isQuick: Bool, paper: PaperValues?) {
    (self.file, self.source, self.isQuick, self.paper) = (file, source, isQuick, paper)
    resolved = tree.value
    name = tree["name"].text
    question = tree["question"].text
    systems = tree["systems"].items.map { $0.choice() }
    sweep = Sweep(tree["sweep"])
    link = tree.optional("link")?.choice() ?? LinkKind.none
    steering =
      tree.optional("steering").flatMap { Steering(rawValue: $0.text) }
      ?? (link == .veth ? .software : .queue)
    headroom = tree["headroom"].choice()
    stageCycles = tree.optional("stage_cycles").map { cycles in
      Dictionary(
        uniqueKeysWithValues: StageKind.allCases.compactMap { kind in
          cycles.optional(kind.rawValue).map { (kind, $0.double) }
        })
    }
    model = tree.optional("model").map {
      PredictedThreads(
        blackLinkGbps: $0.optional("black_link_gbps")?.double, threadsOf: Sweep.threadsOf($0))
    }
    blackBox = tree.optional("black_box").map(BlackBox.init) ?? .none
    peers = Dictionary(
      uniqueKeysWithValues: RoleName.gateways.compactMap { role in
        tree.optional("peers")?.optional(role.rawValue).flatMap { PeerGateway(name: $0.text) }
          .map { (role, $0) }
      })
    traffic = Traffic(tree["traffic"])
    measure = Measure(tree["measure"])
    tunnel = Tunnel(tree["tunnel"])
    maxLossRatio = tree.optional("require")?.optional("max_loss_ratio")?.double
    impairment = tree.optional("impairment").map(Impairment.init) ?? Impairment()
    fault = tree.optional("fault").map(Fault.init)
    ports = tree.optional("ports").map(Ports.init)
  }
}

extension Descriptor.Sweep {
  fileprivate init(_ tree: CheckedTree) {
    threadsOf = Self.threadsOf(tree)
    var values: [Axis: [AxisValue]] = [:]
    for axis in Axis.allCases {
      if let given = tree.optional(axis.rawValue) {
        values[axis] = given.items.map(\.axisValue)
      } else if !axis.definition.isDecidedElsewhere, let absent = axis.definition.absent {
        values[axis] = [absent]
      }
    }
    if let packets = values[.packetBytes] {
      values[.frameBytes] = packets.map { .integer(($0.integer ?? 0) + Ethernet.framingBytes) }
    }
    self.values = values
  }
}

extension CheckedTree {
  fileprivate var axisValue: AxisValue {
    switch value {
    case .boolean(let flag): .flag(flag)
    case .number: .integer(int)
    default: .word(text)
    }
  }
}

extension Descriptor.Sweep {
  /// The thread counts that `tree` has for single systems.
  fileprivate static func threadsOf(_ tree: CheckedTree) -> [System: [Int]] {
    var counts: [System: [Int]] = [:]
    for system in System.allCases {
      counts[system] = tree.optional("threads_of")?.optional(system.rawValue)?.items.map(\.int)
    }
    return counts
  }
}

extension Descriptor.Traffic {
  fileprivate init(_ tree: CheckedTree) {
    rate = tree.optional("rate_mpps").flatMap { $0.value == "max" ? nil : .mpps($0.double) } ?? .max
    inFlightFrames = tree.optional("in_flight_frames")?.int ?? 0
    hasTimestamps = tree.optional("timestamps")?.flag ?? false
    seed = UInt64(tree["seed"].int)
  }
}

extension Descriptor.Measure {
  fileprivate init(_ tree: CheckedTree) {
    what = tree["what"].choice()
    launches = tree["launches"].int
    setup = what == .rateSearch ? .dut : tree.optional("setup")?.choice() ?? .standard
    windows = tree.optional("windows")?.int ?? 0
    windowSeconds = tree.optional("window_seconds")?.double ?? 0
    warmUpSeconds = tree.optional("warm_up_seconds")?.double ?? 0
    repetitions = tree.optional("repetitions")?.int ?? 0
    packets = tree.optional("packets")?.int ?? 0
    packetsInFlight = tree.optional("packets_in_flight")?.int ?? 0
    gatewayThreads = tree.optional("gateway_threads")?.int ?? 0
    operations = tree.optional("operations")?.items.map { $0.choice() } ?? []
    searches = tree.optional("searches")?.int ?? 0
    search = what == .rateSearch ? Descriptor.Search(tree) : nil
  }
}

extension Descriptor.BlackBox {
  fileprivate init(_ tree: CheckedTree) {
    modes = tree["modes"].items.map { PeerMode(rawValue: $0.text) ?? .legacy }
    packets = tree["packets"].int
  }
}

extension Descriptor.Tunnel {
  fileprivate init(_ tree: CheckedTree) {
    port = tree.optional("udp_port").map { UInt16($0.int) } ?? Self.udpPort
    encapsulation = Encapsulation(
      vpeProtocol: tree.optional("protocol").map { UInt8($0.int) } ?? Encapsulation().vpeProtocol,
      udpPort: tree.optional("encapsulation")?.text == "udp" ? port : nil,
      isIPv6: tree.optional("outer")?.text == "ipv6")
    headerFields = tree["header_fields"].choice()
    hasSelectors = tree["selectors"].flag
  }
}

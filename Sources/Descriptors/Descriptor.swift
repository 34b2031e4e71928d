import Cases
import Foundation
import Model
import RateSearch
import Results
import Wire

/// An experiment as its descriptor states it: checked, with defaults filled in, ready to be expanded to
/// cases.
public struct Descriptor: Sendable, Equatable {
  /// The values of all axes.
  public struct Sweep: Sendable, Equatable {
    private let values: [Axis: [AxisValue]]
    /// Thread counts of those systems that have counts of their own.
    public let threadsOf: [System: [Int]]

    /// The distinct values of an axis; none if the axis does not apply or another member decides. If the
    /// descriptor states lengths of inner packets, `frameBytes` are the lengths of their frames.
    public subscript(axis: Axis) -> [AxisValue] { values[axis] ?? [] }

    /// The values of an axis whose values are numbers.
    public func integers(_ axis: Axis) -> [Int] { self[axis].compactMap(\.integer) }

    /// Whether the descriptor states the lengths of inner IP packets instead of frames.
    public var isByPacket: Bool { values[.packetBytes] != nil }
  }

  /// How fast the generator sends.
  public enum OfferedRate: Sendable, Equatable {
    /// As fast as possible, with a limited number of frames in flight.
    case max
    /// A fixed rate in million packets per second.
    case mpps(Double)
  }

  /// The generator's traffic. Packet costs are measured without a generator; for them only the seed matters.
  public struct Traffic: Sendable, Equatable {
    /// How fast the generator sends.
    public let rate: OfferedRate
    /// Frames kept in flight at the rate `max`, for each pair of a gateway's threads.
    public let inFlightFrames: Int
    /// Whether each frame carries the time at which it was sent.
    public let hasTimestamps: Bool
    /// Seed of the payloads and of the order of the samples.
    public let seed: UInt64

    /// The most frames in flight, with any number of threads. Their buffers must fit into DPDK's memory.
    static let framesInFlightMax = 65_536
    /// The fewest frames for a pair of threads: four bursts, of which two are for each direction.
    private static let framesOfPairMin = 256

    /// The most frames in flight for this number of threads of a gateway, both directions together. Each pair
    /// of threads has the same number.
    public func framesInFlight(threads: Int) -> Int {
      min(inFlightFrames * max((threads + 1) / 2, 1), max(Self.framesInFlightMax, inFlightFrames))
    }

    /// Frames in flight if all roles share this number of CPUs.
    ///
    /// The number grows with the threads that can run at the same time, so bursts are as full, and each CPU's
    /// caches hold as many packets, as with one pair of threads. On few CPUs the full number would be a
    /// larger working set than a CPU has if every thread has a CPU of its own.
    public func framesInFlight(threads: Int, cpus: Int) -> Int {
      let all = framesInFlight(threads: threads)
      let pairs = max((threads + 1) / 2, 1)
      let share = min(1, Double(cpus) / Double(2 * threads + 2))
      return max(Int(Double(all) * share), min(all, max(inFlightFrames, Self.framesOfPairMin * pairs)))
    }
  }

  /// What is measured, and for how long.
  public struct Measure: Sendable, Equatable {
    /// The measured quantity. It determines which other members apply.
    public let what: MeasuredQuantity
    /// The setup of the roles, if throughput is measured.
    public let setup: MeasuredSetup

    /// The number of launches over which the samples of each case are spread. Each launch has new processes.
    public let launches: Int

    /// The number of measurement windows of each case, or of turns with a single DUT. It is 0 unless
    /// throughput is measured, as are the next two members. With a single DUT those two do not apply: a turn
    /// lasts as long as there are prepared frames.
    public let windows: Int
    /// Length of a window in seconds.
    public let windowSeconds: Double
    /// Traffic before a window that is not counted, in seconds.
    public let warmUpSeconds: Double

    /// The number of repetitions of each case; 0 unless packet costs are measured, as are the next three
    /// members.
    public let repetitions: Int
    /// The number of packets over which a sample is averaged.
    public let packets: Int
    /// The number of packets that are processed in turn, which is the working set.
    public let packetsInFlight: Int
    /// The number of threads, both directions together, of the gateway whose memory per tunnel is reported.
    public let gatewayThreads: Int
    /// The measured operations on packets, distinct and in the order of the descriptor; empty unless packet
    /// costs are measured.
    public let operations: [MeasuredOperation]

    /// The number of searches of each case; 0 unless rates are searched.
    public let searches: Int
    /// The parameters of a rate search; nil unless rates are searched.
    public let search: Search?

    /// The number of samples of each case, for any measured quantity.
    public var samples: Int {
      switch what {
      case .throughput: windows
      case .packetCost: repetitions
      case .rateSearch: searches
      }
    }
  }

  /// The parameters of a rate search.
  public struct Search: Sendable, Equatable {
    /// The goals that the search finds rates for.
    public let goals: [RateGoal]
    /// The time limit of a search in seconds. The trial in progress may exceed it.
    public let seconds: Double
    /// The lowest load in 10^6 frames per second.
    public let minMpps: Double
    /// The highest load in 10^6 frames per second; nil for the tester's own highest rate.
    public let maxMpps: Double?
    /// Loads at which latency is measured, in percent of the rate found; 0 stands for a low, fixed rate.
    public let latencyPercents: [Int]
    /// The time for which each of these loads is offered, in seconds.
    public let latencySeconds: Double
    /// The number of probes per second beside each of these loads; 0 for none.
    public let probeRate: Double
  }

  /// How a tester sends traffic to a single DUT.
  public struct BlackBox: Sendable, Equatable {
    /// The modes of `ipsec-secgw`, each of which is a case.
    public let modes: [PeerMode]
    /// The most frames of a sample in each direction.
    public let packets: Int

    /// The value for descriptors that do not measure throughput.
    package static let none = BlackBox(modes: [], packets: 0)
  }

  /// What the model predicts from measured costs.
  public struct PredictedThreads: Sendable, Equatable {
    /// Rate of the link between the gateways in 10^9 bits per second; nil for a link without a limit.
    public let blackLinkGbps: Double?
    /// Thread counts to predict in addition to those that are run.
    public let threadsOf: [System: [Int]]
  }

  /// How sealed packets travel between the gateways.
  public struct Tunnel: Sendable, Equatable {
    /// The encapsulation of sealed packets, unless the sweep varies it.
    public let encapsulation: Encapsulation
    /// The UDP port of sealed packets that are encapsulated in UDP.
    public let port: UInt16
    /// How gateways treat DSCP, ECN and the hop limit.
    public let headerFields: HeaderFields
    /// Whether gateways check the addresses of opened packets.
    public let hasSelectors: Bool

    /// The tunnel of a descriptor that states none. If packet costs are measured, a descriptor can change
    /// only the last two members.
    public static let standard = Tunnel(
      encapsulation: Encapsulation(), port: udpPort, headerFields: .none, hasSelectors: false)
    /// The default UDP port.
    package static let udpPort: UInt16 = 4500
  }

  /// DPDK device arguments of each role's ports.
  public struct Ports: Sendable, Equatable {
    /// The two ports of a gateway.
    public struct Gateway: Sendable, Equatable {
      /// The device of the plaintext side.
      public let red: String
      /// The device of the ciphertext side.
      public let black: String
    }

    /// The generator's device.
    public let generator: String
    /// The devices of the gateway on the generator's side.
    public let gatewayA: Gateway
    /// The devices of the gateway on the reflector's side.
    public let gatewayB: Gateway
    /// The reflector's device.
    public let reflector: String
  }

  /// The file from which the descriptor was read.
  public let file: URL
  /// The text of the file.
  public let source: String
  /// The descriptor as it is run, with the quick profile and `--set` applied, all defaults filled in, and
  /// every axis as a list. Its `rendered` text is stored with the results.
  public let resolved: JSONValue
  /// Whether the quick profile was requested.
  public let isQuick: Bool

  /// The experiment's name, which is also the name of its results' folder.
  public let name: String
  /// The question that the experiment answers, as a sentence.
  public let question: String
  /// The systems, distinct and in the order of the descriptor. All of them are implemented for the measured
  /// quantity.
  public let systems: [System]
  /// The axes; their combinations are the cases.
  public let sweep: Sweep
  /// The link between roles; `none` if packet costs are measured.
  public let link: LinkKind
  /// How packets are steered to the threads that open them.
  public let steering: Steering
  /// The position of packets in the buffers of ports.
  public let headroom: Headroom
  /// The costs of a pipeline's stages in TSC ticks per packet; nil if the run shall measure them.
  public let stageCycles: [StageKind: Double]?
  /// How a tester sends traffic to a single DUT.
  public let blackBox: BlackBox
  /// The gateways that are third-party programs.
  public let peers: [RoleName: PeerGateway]
  /// The predictions to make; nil for none.
  public let model: PredictedThreads?
  /// The generator's traffic.
  public let traffic: Traffic
  /// The quantities that are measured, and the length of a measurement.
  public let measure: Measure
  /// How sealed packets travel between the gateways.
  public let tunnel: Tunnel
  /// The largest share of lost frames, from 0 to 1, at which a sample is valid; nil if any loss is valid.
  public let maxLossRatio: Double?
  /// The impairment of the black link, except for an attacker in the sweep.
  public let impairment: Impairment
  /// A deliberate fault; nil for none.
  public let fault: Fault?
  /// The ports' devices; nil unless `link` is `ports`.
  public let ports: Ports?
  /// The paper's values, for comparison.
  public let paper: PaperValues?
}

extension Descriptor {
  /// Makes a descriptor from a tree that was checked against `shape`.
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
  /// The thread counts that `tree` states for single systems.
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

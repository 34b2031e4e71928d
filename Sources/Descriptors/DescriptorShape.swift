import Cases
import Foundation
import Model

extension Descriptor {
  /// The format of a descriptor: each key with its type, limits, default and meaning.
  static let shape = Shape.object(
    [
      .init("$schema", .text(.anything), .optional, "JSON Schema for completion in editors; ignored."),
      .init("name", .text(name), .required, "Name of the experiment and of its folder of results."),
      .init("question", .text(.anything), .required, "The question that the experiment answers, a sentence."),
      systems(.required),
      .init("sweep", .object(sweep), .standard([:]), "Axes; the cases are their combinations."),
      .init(
        "link", .choice(LinkKind.selectable.map(\.rawValue)), .standard("ring"),
        "ring: in one process; veth: a process and a network namespace per role; ports: DPDK devices; "
          + "memif: memory shared with a DUT, for measure.setup dut.",
        .traffic(otherwise: "packets stay in memory")),
      .init(
        "steering", .choice(Steering.allCases.map(\.rawValue)), .optional,
        "How packets find their threads: queue: evenly, by the queue that they come in (standard on ring "
          + "and ports); hash: the same, but flows are hashed onto the sealing threads' queues; software: a "
          + "stage before the threads that open (standard on veth); nic: as the ports can (standard with "
          + "--testbed).",
        .throughput(otherwise: "packets stay in memory")),
      .init(
        "headroom", .choice(Headroom.allCases.map(\.rawValue)), .standard("aligned"),
        "Where ports put packets in their buffers: aligned: inner packets begin a cache line, headers of ESP "
          + "and VPE 16 bytes; plain: behind DPDK's own headroom."),
      .init(
        "stage_cycles", .object(stageCycles), .optional,
        "What the stages of ESP's pipeline cost; measured before the run if missing.",
        .throughput(otherwise: "a pipeline's stages are not placed on threads")),
      .init(
        "model", .object(model), .optional, "Adds rows of basis model: what measured costs predict.",
        .throughput(otherwise: "there are no threads to predict for")),
      .init(
        "black_box", .object(blackBox), .standard([:]),
        "How a tester feeds a DUT, with measure.setup dut.",
        .throughput(otherwise: "no gateway is measured")),
      .init(
        "peers", .object(peers), .optional,
        "Gateways that ipsec-secgw or strongSwan's ESP plays; link veth and system esp-single only.",
        .throughput(otherwise: "there are no gateways")),
      .init("traffic", .object(traffic), .standard([:]), "What the generator sends."),
      .init("measure", .object(measure), .standard([:]), "What is measured, and for how long."),
      .init(
        "tunnel", .object(tunnel), .standard([:]), "How sealed packets travel between the gateways."),
      .init("require", .object(require), .optional, "A case that misses one of these is invalid."),
      .init(
        "impairment", .object(impairment), .standard([:]),
        "What the black link does to packets in every case, beside an attacker in the sweep.",
        .throughput(otherwise: "packets cross no link")),
      .init(
        "fault", .object(fault), .optional,
        "A deliberate fault, to see that the accounts find it; link ring only.",
        .throughput(otherwise: "there is no port that could do harm")),
      .init(
        "ports", .object(ports), .optional, "DPDK device arguments of each role; with link ports only.",
        .throughput(otherwise: "there are no roles with ports")),
      .init(
        "paper", .text(.anything), .optional,
        "File with the values of the paper to compare with, relative to this descriptor."),
      .init(
        "quick",
        .overlay([
          systems(.optional),
          .init("sweep", .overlay(sweep), .optional, "Axes to replace."),
          .init("black_box", .overlay(blackBox), .optional, "Members of black_box to replace."),
          .init("traffic", .overlay(traffic), .optional, "Members of traffic to replace."),
          .init("measure", .overlay(measure), .optional, "Members of measure to replace."),
          .init("require", .overlay(require), .optional, "Members of require to replace."),
        ]), .optional, "What the quick profile changes."),
    ])

  private static let name = Shape.Pattern(
    expression: "[a-z0-9][a-z0-9-]{0,63}",
    allowed: "up to 64 of the characters a-z, 0-9 and -, not beginning with -")

  private static func systems(_ presence: Shape.Presence) -> Shape.Field {
    .init(
      "systems", .list(.choice(System.allCases.map(\.rawValue))), presence, "The systems to compare.")
  }

  /// A member for each axis, and `threads_of` for single systems.
  private static let sweep: [Shape.Field] =
    Axis.allCases.map { axis in
      let definition = axis.definition
      return Shape.Field(
        axis.rawValue, .axis(Shape(definition.domain)), presence(definition), definition.meaning,
        definition.condition)
    } + [
      .init(
        "threads_of", .object(threadsOf), .standard([:]),
        "Systems that have other thread counts than threads.",
        .throughput(otherwise: "one thread does all the work"))
    ]

  private static func presence(_ definition: Axis.Definition) -> Shape.Presence {
    guard !definition.isDecidedElsewhere, let standard = definition.standard else { return .optional }
    return .standard([JSONValue(standard)])
  }

  private static let impairment: [Shape.Field] = [
    .init(
      "loss_ratio", .number(0...1), .standard(0),
      "Part of the packets that the black link loses, each way, at random."),
    .init(
      "shuffle_frames", .integer(0...4096), .standard(0),
      "Packets that the black link holds back; for each that comes, a random one of them goes."),
  ]

  private static let threadsOf: [Shape.Field] = System.allCases.filter { $0.threadCounts.count > 1 }.map {
    .init($0.rawValue, .axis(.integer(2...128)), .optional, "Thread counts of \($0.rawValue).")
  }

  private static let stageCycles: [Shape.Field] = StageKind.ofPipelines.map {
    .init(
      $0.rawValue, .number(0...1e6, isAboveOnly: true), .required, "TSC ticks per packet of \($0.rawValue).")
  }

  private static let blackBox: [Shape.Field] = [
    .init(
      "modes", .list(.choice(PeerMode.allCases.map(\.rawValue))),
      .standard(.array(PeerMode.allCases.map { .string($0.rawValue) })),
      "Ways of working of ipsec-secgw, each a case."),
    .init(
      "packets", .integer(20_000...10_000_000), .standard(300_000),
      "Most frames of a sample each way; a turn over rings has as many as memory for them holds."),
  ]

  private static let peers: [Shape.Field] = RoleName.gateways.map {
    .init(
      $0.rawValue, .choice(PeerGateway.allCases.map(\.name)), .optional,
      "What plays \($0.rawValue): strongswan, or ipsec-secgw in the way of working that is named.")
  }

  private static let model: [Shape.Field] = [
    .init(
      "black_link_gbps", .number(0...1e6, isAboveOnly: true), .optional,
      "Rate of the link between the gateways, which all threads share."),
    .init(
      "threads_of", .object(threadsOf), .standard([:]),
      "Thread counts to predict beside those that are run."),
  ]

  private static let traffic: [Shape.Field] = [
    .init(
      "rate_mpps", .word("max", or: .number(0...10_000, isAboveOnly: true)), .standard("max"),
      "Offered load in million packets per second, or max: as fast as possible.",
      .throughput(otherwise: "no frames are sent")),
    .init(
      "in_flight_frames", .integer(64...65_536), .standard(4096),
      "Frames that the generator keeps outstanding at the rate max for each pair of a gateway's threads that "
        + "can run at a time: with a CPU for each thread that is every pair; all together at most 65,536. "
        + "Where rates are searched, a ring holds as many, rounded up to a power of two.",
      .traffic(otherwise: "measure.packets_in_flight says how many packets are worked on in turn")),
    .init(
      "timestamps", .boolean, .standard(true), "Whether each frame carries its time of sending.",
      .throughput(otherwise: "no frames are sent")),
    .init(
      "seed", .integer(0...1 << 53), .standard(1),
      "Seed of keys and payloads and of the order of the samples."),
  ]

  private static let measure: [Shape.Field] =
    [
      .init(
        "what", .choice(MeasuredQuantity.allCases.map(\.rawValue)),
        .standard(.string(MeasuredQuantity.standard.rawValue)),
        "throughput: of roles that links connect; packet-cost: of one thread, in memory; rate-search: the "
          + "highest rates at which one direction of a gateway, on its own core, fulfils goals (RFC 9971)."),
      .init(
        "launches", .integer(1...1000), .standard(10),
        "Launches that the samples are spread over, each with processes of its own; intervals come from them."
      ),
      .init(
        "setup", .choice(MeasuredSetup.allCases.map(\.rawValue)),
        .standard(.string(MeasuredSetup.standard.rawValue)),
        "circuit: every frame goes round, over both gateways and back; dut: one direction of one gateway "
          + "alone, on one core, between a tester's ports (link ring or memif).",
        .throughput(otherwise: "there are no roles")),
      .init(
        "windows", .integer(1...10_000), .standard(60),
        "Measurement windows of each case; with setup dut turns of the tester, which last as many frames as "
          + "lie ready.",
        .throughput(otherwise: "repetitions says how many samples there are")),
      .init(
        "window_seconds", .number(0.001...3600), .standard(1), "Length of a window in seconds.",
        .throughput(otherwise: "packets says how long a sample is")),
      .init(
        "warm_up_seconds", .number(0...600), .standard(0.5), "Traffic before a window that is not counted.",
        .throughput(otherwise: "a first pass over the packets is not counted")),
      .init(
        "repetitions", .integer(1...1000), .standard(25), "Samples of each case.",
        .packetCost(otherwise: "windows says how many samples there are")),
      .init(
        "packets", .integer(1000...1_000_000_000), .standard(10_000_000),
        "Packets that a sample is averaged over; whole passes over those in flight.",
        .packetCost(otherwise: "window_seconds says how long a sample is")),
      .init(
        "packets_in_flight", .integer(64...131_072), .standard(16_384),
        "Packets that are worked on in turn: with their buffers, the working set.",
        .packetCost(otherwise: "traffic.in_flight_frames says how many frames are on their way")),
      .init(
        "gateway_threads", .integer(2...64), .standard(8),
        "Threads of the gateway that sa_bytes is of, half of them sealing: as many keys, counters and "
          + "windows.",
        .packetCost(otherwise: "sweep.threads says how many there are")),
      .init(
        "operations", .list(.choice(MeasuredOperation.allCases.map(\.rawValue))),
        .standard(["seal", "open"]),
        "What is done to the packets, each measured on its own; a stage is a gateway's from ring to ring.",
        .packetCost(otherwise: "gateways seal and open every frame")),
    ] + search

  private static let tunnel: [Shape.Field] = [
    .init(
      "outer", .choice(["ipv4", "ipv6"]), .standard("ipv4"),
      "The outer packet's version of IP, where sweep.outer_version does not say.", travels),
    .init(
      "encapsulation", .choice(["ip", "udp"]), .standard("ip"),
      "What carries a sealed packet, where sweep.encapsulation does not say: IP directly, or UDP as for NAT.",
      travels),
    .init(
      "protocol", .integer(2...255), .standard(.number(Double(Encapsulation().vpeProtocol))),
      "IP protocol number of VPE without UDP.", travels),
    .init(
      "udp_port", .integer(1...65_535), .standard(.number(Double(Tunnel.udpPort))),
      "UDP port of sealed packets in UDP.", travels),
    .init(
      "header_fields", .choice(HeaderFields.allCases.map(\.rawValue)),
      .standard(.string(Tunnel.standard.headerFields.rawValue)),
      "What gateways do to DSCP, ECN and hops: nothing, or as RFC 4301 (5.1.2) and RFC 6040 have it."),
    .init(
      "selectors", .boolean, .standard(.boolean(Tunnel.standard.hasSelectors)),
      "Whether gateways check the addresses of opened packets (RFC 4301, 5.2)."),
  ]

  private static let travels = Axis.Condition.traffic(otherwise: "sealed packets travel nowhere")

  private static let require: [Shape.Field] = [
    .init(
      "max_loss_ratio", .number(0...1), .optional,
      "Largest part of the frames sent that may be lost, 0 to 1.",
      .throughput(otherwise: "no frames are sent that could be lost"))
  ]

  private static let fault: [Shape.Field] = [
    .init(
      "at", .choice(LinkEnd.ofGateways.map(\.rawValue)), .required, "Port of a gateway that does the harm."),
    .init(
      "kind", .choice(Fault.Kind.allCases.map(\.rawValue)), .required, "What happens to the frame."),
    .init("frame", .integer(1...1 << 53), .required, "Which frame through that port, counted from 1."),
  ]

  private static let ports: [Shape.Field] = {
    let arguments = Shape.text(
      .init(expression: #"\S(?:.*\S)?"#, allowed: "DPDK device arguments on one line"))
    let ends: [Shape.Field] = [.init("devargs", arguments, .required, "Its port.")]
    let gateway: [Shape.Field] = [
      .init("red", arguments, .required, "Port of the plaintext side."),
      .init("black", arguments, .required, "Port of the ciphertext side."),
    ]
    return [
      .init("generator", .object(ends), .required, "The generator, on gateway A's red side."),
      .init("gateway-a", .object(gateway), .required, "The gateway at the generator's side."),
      .init("gateway-b", .object(gateway), .required, "The gateway at the reflector's side."),
      .init("reflector", .object(ends), .required, "The reflector, on gateway B's red side."),
    ]
  }()
}

extension Shape {
  fileprivate init(_ domain: Axis.Domain) {
    self =
      switch domain {
      case .integers(let range): .integer(range)
      case .frames(let range):
        .integerOrText(range, .init(expression: FrameMix.expression, allowed: FrameMix.allowed))
      case .flags: .boolean
      case .words(let words): .choice(words)
      }
  }
}

extension JSONValue {
  fileprivate init(_ value: AxisValue) {
    self =
      switch value {
      case .integer(let number): .number(Double(number))
      case .flag(let flag): .boolean(flag)
      case .word(let word): .string(word)
      }
  }
}

import Foundation

extension Descriptor {
  /// The format of a descriptor: every key, type, limit, default and meaning.
  static let shape = Shape.object(
    [
      .init("$schema", .text(.anything), .optional, "JSON Schema for completion in editors; ignored."),
      .init("name", .text(name), .required, "Name of the experiment and of its folder of results."),
      .init("question", .text(.anything), .required, "The question that the experiment answers, a sentence."),
      systems(.required),
      .init("sweep", .object(sweep), .standard([:]), "Axes; the cases are their combinations."),
      .init(
        "link", .choice(LinkKind.allCases.map(\.rawValue)), .standard("ring"),
        "ring: in one process; veth: a process and a network namespace per role; ports: DPDK devices."),
      .init("traffic", .object(traffic), .standard([:]), "What the generator sends."),
      .init("measure", .object(measure), .standard([:]), "What is measured, and for how long."),
      .init("tunnel", .object(tunnel), .standard([:]), "How sealed packets travel between the gateways."),
      .init("require", .object(require), .optional, "A case that misses one of these is invalid."),
      .init(
        "fault", .object(fault), .optional,
        "A deliberate fault, to see that the accounts find it; link ring only."),
      .init("ports", .object(ports), .optional, "DPDK device arguments of each role; with link ports only."),
      .init(
        "paper", .text(.anything), .optional,
        "File with the values of the paper to compare with, relative to this descriptor."),
      .init(
        "quick",
        .overlay([
          systems(.optional),
          .init("sweep", .overlay(sweep), .optional, "Axes to replace."),
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

  private static let sweep: [Shape.Field] = [
    .init(
      "threads",
      .axis(.integer(2...64, .even(because: "half of a gateway's threads seal and the other half open"))),
      .standard([2]), "Dataplane threads of a gateway, both directions together."),
    .init(
      "frame_bytes", .axis(.integer(64...1518)), .standard([64]),
      "Ethernet frame on the red side with its 4-byte FCS, in bytes (RFC 2544)."),
    .init(
      "extra_headroom_bytes", .axis(.integer(0...64)), .standard([0]),
      "Bytes added to the headroom of a packet buffer; moves the packet against cache lines."),
    .init(
      "aead", .axis(.choice(AEADName.allCases.map(\.rawValue))), .standard(["aes-128-gcm"]),
      "Cipher of the systems that encrypt."),
    .init("flows", .axis(.integer(1...65_536)), .standard([64]), "UDP flows that the generator sends."),
    .init(
      "window_size", .axis(.integer(64...4096)), .standard([1024]),
      "Replay window of the systems that have one, in packets."),
    .init("esn", .axis(.boolean), .standard([true]), "Extended sequence numbers for ESP."),
  ]

  private static let traffic: [Shape.Field] = [
    .init(
      "rate_mpps", .word("max", or: .number(0...10_000, isAboveOnly: true)), .standard("max"),
      "Offered load in million packets per second, or max: as fast as possible."),
    .init(
      "in_flight_frames", .integer(64...65_536), .standard(4096),
      "Frames that the generator keeps outstanding at the rate max."),
    .init("timestamps", .boolean, .standard(true), "Whether each frame carries its time of sending."),
    .init(
      "seed", .integer(0...1 << 53), .standard(1),
      "Seed of the generator's payloads and of the order of the samples."),
  ]

  private static let measure: [Shape.Field] = [
    .init(
      "what", .choice(MeasuredQuantity.allCases.map(\.rawValue)), .standard("throughput"),
      "The quantity measured."),
    .init("windows", .integer(1...10_000), .standard(60), "Measurement windows of each case."),
    .init("window_seconds", .number(0.001...3600), .standard(1), "Length of a window in seconds."),
    .init(
      "warm_up_seconds", .number(0...600), .standard(0.5), "Traffic before a window that is not counted."),
  ]

  private static let tunnel: [Shape.Field] = [
    .init(
      "encapsulation", .choice(Encapsulation.allCases.map(\.rawValue)), .standard("ip"),
      "What carries a sealed packet: IP directly, or UDP as for NAT."),
    .init("protocol", .integer(1...255), .standard(50), "IP protocol number of VPE without UDP."),
    .init("udp_port", .integer(1...65_535), .standard(4500), "UDP port of sealed packets in UDP."),
  ]

  private static let require: [Shape.Field] = [
    .init(
      "max_loss_ratio", .number(0...1), .optional, "Largest part of the frames sent that may be lost, 0 to 1."
    )
  ]

  private static let fault: [Shape.Field] = [
    .init(
      "at", .choice(FaultPoint.allCases.map(\.rawValue)), .required, "Port of a gateway that does the harm."),
    .init(
      "kind", .choice(FaultKind.allCases.map(\.rawValue)), .required, "What happens to the frame."),
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

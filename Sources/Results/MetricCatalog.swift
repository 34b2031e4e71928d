import Cases
import Foundation

/// The catalogue of metrics: order, units and meanings.
public enum MetricCatalog {
  /// The unit and the meaning of a metric.
  public struct Entry: Sendable, Equatable {
    /// The unit, such as `Gbit/s`; `1` for a ratio, nil if there is none.
    public let unit: String?
    /// The meaning, as a sentence.
    public let description: String
  }

  /// The known metrics, in the order in which they are shown.
  public static let metrics = rates + figures.map(\.key)

  /// The known counts, in the order in which they are shown.
  public static let counts = totals.map(\.key)

  /// The entry of the metric, count or axis `name`. For an unknown one it follows from the end of the name.
  public static func entry(for name: String) -> Entry {
    if let axis = Axis(rawValue: name)?.definition {
      return Entry(unit: axis.unit, description: axis.meaning)
    }
    let description =
      descriptions[name] ?? LatencyMetric(name)?.meaning ?? "\(sentence(name)), as the run reported it."
    return Entry(unit: unit(of: name), description: description)
  }

  /// `names` in the order of `known`, then all others in alphabetical order.
  static func ordered(_ names: some Sequence<String>, by known: [String]) -> [String] {
    let names = Set(names)
    return known.filter(names.contains) + names.subtracting(known).sorted()
  }

  /// Metrics other than rates and latencies, with their meanings.
  private static let figures: KeyValuePairs<String, String> = [
    Metric.goodput:
      "Inner frames back at the generator times their RFC 2544 size, per second: "
      + "neither crypto nor outer headers count.",
    Metric.capacity:
      "Inner frames that the busiest thread of a gateway could carry with a core of its own, times their "
      + "RFC 2544 size, per second. " + Basis.capacityCaveat,
    "mean_capacity_gbps":
      "The capacity that follows from mean costs, disturbances included, where capacity_gbps follows from "
      + "undisturbed ones.",
    "goodput_per_thread_gbps": "Goodput over the threads of a gateway, both directions together.",
    "capacity_per_thread_gbps": "Capacity over the threads of a gateway, both directions together.",
    Metric.packetRate: "Inner frames per second of goodput_gbps or capacity_gbps, whichever the row has.",
    "offered_mpps": "Inner frames that the generator sent per second.",
    Metric.loss: "Frames that did not come back, as a share of those sent.",
    Metric.reordered: "Frames that came back after a later one of their flow, as a share of those sent.",
    Metric.lateDrops:
      "Packets that the gateways dropped as too late, as a share of those that the black link made late.",
    Metric.fill:
      "Fill packets, which carry nothing, as a share of all packets that gateways send to the black link.",
    Metric.clockError:
      "By how much gateways send more or fewer packets to the black link than their clocks have ticks.",
    "first_packet_p50_us":
      "Time from when a new association was published until its first packet was opened, median.",
    Metric.firstPacket99:
      "Time from when a new association was published until its first packet was opened, within which 99 % "
      + "were.",
    "seal_imbalance_ratio":
      "Packets of the sealing thread that has most of them over those of one on average: 1 is even.",
    "open_imbalance_ratio":
      "Packets of the opening thread that has most of them over those of one on average: 1 is even.",
    "latency_p50_us": "Median time from the generator through all roles and back to it.",
    "latency_p99_us":
      "Time from the generator through all roles and back to it that 99 % of the frames stay within.",
    Metric.seal:
      "Undisturbed cost of a packet from red to black; over link memif, its core's time. Where there are too "
      + "few full bursts to tell, the mean, and then disturbance_ratio is empty.",
    Metric.open:
      "Undisturbed cost of a packet from black to red; over link memif, its core's time. Where there are too "
      + "few full bursts to tell, the mean, and then disturbance_ratio is empty.",
    "seal_mean_cycles_per_packet": "Mean cost of a packet from red to black, disturbances included.",
    "open_mean_cycles_per_packet": "Mean cost of a packet from black to red, disturbances included.",
    "disturbance_ratio":
      "Mean cost over undisturbed cost, all stages (or operations) of the sample together: 1 on a machine "
      + "that nobody else uses.",
    "seal_ns_per_packet": "Time to seal one packet, undisturbed.",
    "open_ns_per_packet": "Time to open one packet, undisturbed.",
    "seal_cycles_per_packet_to_raw_ratio":
      "Cycles to seal a packet, as a multiple of the crypto library's bare call over the same bytes.",
    "open_cycles_per_packet_to_raw_ratio":
      "Cycles to open a packet, as a multiple of the crypto library's bare call over the same bytes.",
    Metric.sealStage:
      "Undisturbed cost of a packet in a whole seal stage: receive, seal, outer headers, transmit.",
    Metric.openStage:
      "Undisturbed cost of a packet in a whole open stage: receive, open, replay check, transmit.",
    "seal_stage_mean_cycles_per_packet":
      "Mean cost of a packet in a whole seal stage, disturbances included.",
    "open_stage_mean_cycles_per_packet":
      "Mean cost of a packet in a whole open stage, disturbances included.",
    "seal_stage_cycles_per_packet_to_raw_ratio":
      "Cycles per packet of a whole seal stage, as a multiple of the crypto library's bare call to seal.",
    "open_stage_cycles_per_packet_to_raw_ratio":
      "Cycles per packet of a whole open stage, as a multiple of the crypto library's bare call to open.",
    "seal_cycles_per_packet_to_one_tunnel_ratio":
      "Cycles to seal a packet, as a multiple of what they are where all packets are of one tunnel.",
    "open_cycles_per_packet_to_one_tunnel_ratio":
      "Cycles to open a packet, as a multiple of what they are where all packets are of one tunnel.",
    "seal_stage_cycles_per_packet_to_one_tunnel_ratio":
      "Cycles per packet of a whole seal stage, as a multiple of the same with one tunnel.",
    "open_stage_cycles_per_packet_to_one_tunnel_ratio":
      "Cycles per packet of a whole open stage, as a multiple of the same with one tunnel.",
    "open_cycles_per_packet_to_one_sender_ratio":
      "Cycles to open a packet, as a multiple of what they are where a group has one sender.",
    "open_stage_cycles_per_packet_to_one_sender_ratio":
      "Cycles per packet of a whole open stage, as a multiple of the same where a group has one sender.",
    "seal_cycles_per_packet_to_one_core_ratio":
      "Cycles to seal a packet while all cores seal, as a multiple of what they are while one does.",
    "open_cycles_per_packet_to_one_core_ratio":
      "Cycles to open a packet while all others seal, as a multiple of what they are while one core works.",
    "seal_stage_cycles_per_packet_to_one_core_ratio":
      "Cycles per packet of a whole seal stage while all others seal, as a multiple of those of one core.",
    "open_stage_cycles_per_packet_to_one_core_ratio":
      "Cycles per packet of a whole open stage while all others seal, as a multiple of those of one core.",
    "seal_stage_cycles_per_packet_to_plain_ratio":
      "Cycles per packet of a whole seal stage, as a multiple of those without header fields and selectors.",
    "open_stage_cycles_per_packet_to_plain_ratio":
      "Cycles per packet of a whole open stage, as a multiple of those without header fields and selectors.",
    "seal_stage_cycles_per_packet_to_ipv4_ratio":
      "Cost of a stage that seals, as a multiple of that with IPv4 in IPv4, without UDP.",
    "open_stage_cycles_per_packet_to_ipv4_ratio":
      "Cost of a stage that opens, as a multiple of that with IPv4 in IPv4, without UDP.",
    Metric.saBytes: "Memory that one tunnel's security associations occupy in a gateway, both directions.",
    Metric.groupBytes:
      "Memory that a multicast group occupies in a receiver: keys, places in tables, windows.",
    Metric.replaysAccepted: "Second copies of packets that went through, as a share of those sent.",
    "carried_gbps": "Goodput of the threads as they ran, whatever the row's basis.",
    "seal_mpps": "Packets per second that a gateway alone seals on one core, seen from outside.",
    "open_mpps": "Packets per second that a gateway alone opens on one core, seen from outside.",
    "seal_capacity_mpps": "The same from the undisturbed cost of a packet in its own stages.",
    "open_capacity_mpps": "The same from the undisturbed cost of a packet in its own stages.",
    "seal_mean_capacity_mpps": "The same from the mean cost of a packet in its own stages.",
    "open_mean_capacity_mpps": "The same from the mean cost of a packet in its own stages.",
    "capacity_error_ratio":
      "Rate of a gateway alone seen from outside, over the capacity of its mean costs in the same laps, "
      + "less 1; of its slower direction.",
    "seal_capacity_error_ratio":
      "Rate of sealing seen from outside, over the capacity of the mean costs in the same laps, less 1.",
    "open_capacity_error_ratio":
      "Rate of opening seen from outside, over the capacity of the mean costs in the same laps, less 1.",
    "undisturbed_capacity_error_ratio":
      "Rate of a gateway alone in the lap that a tenth of the laps are faster than, over the capacity of its "
      + "undisturbed costs, less 1; of its slower direction.",
    "seal_undisturbed_capacity_error_ratio":
      "Rate of sealing in the lap that a tenth are faster than, over the undisturbed capacity, less 1.",
    "open_undisturbed_capacity_error_ratio":
      "Rate of opening in the lap that a tenth are faster than, over the undisturbed capacity, less 1.",
    "seal_tester_idle_ratio": "Share of the time in which the tester waited for the gateway that seals.",
    "open_tester_idle_ratio": "Share of the time in which the tester waited for the gateway that opens.",
    "seal_dut_idle_ratio": "Share of the time in which the core of the gateway that seals had nothing to do.",
    "open_dut_idle_ratio": "Share of the time in which the core of the gateway that opens had nothing to do.",
    Metric.unlimitedCapacity: "What the model predicts without any limit that all threads share.",
    Metric.modelError:
      "What the model predicts without shared limits, over the figure of the same repetition, less 1.",
    "goodput_gbps_to_unattacked_ratio":
      "Goodput as a multiple of what it is in the same repetition without an attacker's packets.",
    "capacity_gbps_to_unattacked_ratio":
      "Capacity as a multiple of what it is in the same repetition without an attacker's packets.",
    Metric.handOver:
      "A cache line's way from one of the cores used to the next and back, around the sample; of the pair of "
      + "neighbours where it takes longest.",
    Metric.coreRate:
      "Frequency of the slowest core used, around the sample, by multiplications of known latency.",
    Metric.issueRate:
      "Additions that a core issues in one of its own cycles, around the sample: fewer when somebody else "
      + "works on the same execution units.",
    "steal_ratio": "Share of the CPUs' time that a hypervisor gave to others during the sample.",
    "pressure_ratio": "Share of the sample's time in which some task of the machine waited for a CPU.",
  ]

  /// Counts with their meanings; nil if the meaning follows from the name.
  private static let totals: KeyValuePairs<String, String?> = [
    "frames_sent": "Frames that the generator sent.",
    "frames_received": "Frames that came back to the generator, each counted once.",
    "frames_lost": "Frames that never came back.",
    "frames_lost_on_links": "Frames that a link lost, where links may.",
    "frames_duplicated": "Frames that came back once more.",
    "frames_reordered": "Frames that came back after a later one of their flow.",
    "frames_damaged": "Frames that came back with other content than was sent.",
    "frames_foreign": "Frames at the generator that were none of the running measurement.",
    "frames_checked": "Frames out of a gateway alone that were looked into, byte by byte.",
    "replays_sent": "Second copies of packets that were sent to try the replay window.",
    "replays_accepted": "Second copies that went through all the same.",
    "frames_impaired": "Frames that the black link lost on purpose.",
    "hostile_sent": "Replays and forgeries that an attacker put on the black link, both ways.",
    "hostile_refused": "Packets that the gateways dropped as replayed, too old or not authentic.",
    "frames_late": "Packets that the black link made late, both ways.",
    "frames_late_dropped": "Packets that the gateways then dropped, as too old or not authentic.",
    "rekeys": "Security associations that were made in place of others, both directions.",
    "rekeys_by_numbers": "Those of them that were made because sequence numbers ran out.",
    "rekeys_late": "How often an association was to be renewed while its last renewal was not over yet.",
    "frames_dropped_by_rekeys":
      "Packets that came too late for the old association, or found no numbers left before the new one.",
    "packets_timed": nil,
    "batches_stalled": nil,
    "trials": nil,
    "trials_repeated": nil,
  ]

  /// The descriptions of metrics, counts and columns that are not axes.
  private static let descriptions: [String: String] = {
    var known = rateDescriptions
    known["link"] = "Kind of link between the roles."
    known["basis"] = "How the figures came about: measured, capacity or model."
    known[CaseCoordinates.frameMix] =
      "Lengths that frames have in turn, on each queue of a port whatever their flow (RFC 6985: per port); "
      + "bits are counted by their mean, which frame_bytes has rounded."
    for (name, meaning) in figures { known[name] = meaning }
    for (name, meaning) in totals { known[name] = meaning }
    return known
  }()

  /// Units by the end of a name; the first match counts.
  private static let suffixes = [
    ("cycles_per_packet", "TSC ticks/packet"), ("_ns_per_packet", "ns/packet"), ("_cycles", "TSC ticks"),
    ("_gbps", "Gbit/s"), ("_mpps", "10^6 packets/s"), ("_ratio", "1"), ("_us", "microseconds"),
    ("_ghz", "10^9 cycles/s"),
    ("_ticks", "TSC ticks"), ("_issue_rate", "additions/cycle"),
    ("_seconds", "s"), ("_bytes", "byte"), ("_packets", "packet"), ("_polls", "poll"),
    ("packets_per_poll", "packet/poll"),
    ("_percent", "percent"),
  ]

  private static func unit(of name: String) -> String? {
    if name.hasPrefix("frames_") { return "frame" }
    return suffixes.first { name.hasSuffix($0.0) }?.1
  }

  /// A name as words, such as "Open polls" for `open_polls`.
  private static func sentence(_ name: String) -> String {
    let words = name.split(separator: "_").joined(separator: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }
}

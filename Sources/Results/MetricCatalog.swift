/// What is known about figures by their name: order, unit and meaning.
public enum MetricCatalog {
  /// The unit and the meaning of a figure.
  public struct Entry: Sendable, Equatable {
    /// The unit, such as `Gbit/s`; `1` for a plain ratio, nil where there is none.
    public let unit: String?
    /// One sentence.
    public let description: String
  }

  /// The metrics that reports know, in the order in which they are shown.
  public static let metrics = [
    "goodput_gbps", "packet_rate_mpps", "loss_ratio", "seal_cycles_per_packet", "open_cycles_per_packet",
    "carried_gbps",
  ]

  /// The counts that reports know, in the order in which they are shown.
  public static let counts = [
    "frames_sent", "frames_received", "frames_lost", "frames_duplicated", "frames_reordered",
    "frames_damaged",
  ]

  /// What is known about the metric, count or axis `name`; for an unknown one, what its last words tell.
  public static func entry(for name: String) -> Entry {
    let unit = unit(of: name)
    let description = descriptions[name] ?? "\(sentence(name)), as the run reported it."
    return Entry(unit: unit, description: description)
  }

  /// `names` in the order of `known`, then all others by name.
  static func ordered(_ names: some Sequence<String>, by known: [String]) -> [String] {
    let names = Set(names)
    return known.filter(names.contains) + names.subtracting(known).sorted()
  }

  private static let descriptions = [
    "goodput_gbps":
      "Inner frames back at the generator times their RFC 2544 size, per second: "
      + "neither crypto nor outer headers count.",
    "packet_rate_mpps": "Inner frames back at the generator per second.",
    "loss_ratio": "Frames that did not come back, as a share of those sent.",
    "seal_cycles_per_packet": "Busy cycles per packet of a gateway's direction from red to black.",
    "open_cycles_per_packet": "Busy cycles per packet of a gateway's direction from black to red.",
    "carried_gbps": "Goodput of the threads as they ran, whatever the row's basis.",
    "frames_sent": "Frames that the generator sent.",
    "frames_received": "Frames that came back to the generator, each counted once.",
    "frames_lost": "Frames that never came back.",
    "frames_duplicated": "Frames that came back once more.",
    "frames_reordered": "Frames that came back after a later one of their flow.",
    "frames_damaged": "Frames that came back with other content than was sent.",
    "flows": "UDP flows that the generator sends.",
    "window_size": "Sequence numbers that a replay window covers.",
  ]

  /// Units by the end of a name; the first that fits counts.
  private static let suffixes = [
    ("cycles_per_packet", "TSC ticks/packet"), ("_cycles", "TSC ticks"), ("_gbps", "Gbit/s"),
    ("_mpps", "10^6 packets/s"), ("_ratio", "1"), ("_us", "microseconds"), ("_seconds", "s"),
    ("_bytes", "byte"), ("_packets", "packet"), ("_polls", "poll"), ("packets_per_poll", "packet/poll"),
    ("flows", "flow"), ("window_size", "packet"),
  ]

  private static func unit(of name: String) -> String? {
    if name.hasPrefix("frames_") { return "frame" }
    return suffixes.first { name.hasSuffix($0.0) }?.1
  }

  /// `open_polls` as "Open polls".
  private static func sentence(_ name: String) -> String {
    let words = name.split(separator: "_").joined(separator: " ")
    return words.prefix(1).uppercased() + words.dropFirst()
  }
}

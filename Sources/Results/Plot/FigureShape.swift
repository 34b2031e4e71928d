import Cases

/// What of a run a figure shows: which figures against which coordinate, and how they are sorted into panels
/// and series.
struct FigureShape {
  /// What one panel, or one row of panels, shows.
  struct Content {
    /// Names of figures, each with what the key adds to the system's title.
    let metrics: [(name: String, suffix: String)]
    /// Label of the y axis, with its unit.
    let yLabel: String
    /// The systems shown; nil for all.
    var systems: Set<String>?
  }

  /// The coordinate along the x axis.
  let x: String
  /// A panel for each value of this coordinate; nil for one panel.
  var panels: (coordinate: String, title: (String) -> String)?
  /// As `panels`, within each of them.
  var subpanels: (coordinate: String, title: (String) -> String)?
  let contents: [Content]
  /// Whether the marker tells the basis.
  var showsBasis = false
  /// The system whose minima the paper states, for marks on the x axis.
  var markedSystem: String?
}

extension Figure {
  private static let ciphers = [
    "aes-128-gcm": "AES-128-GCM", "aes-256-gcm": "AES-256-GCM", "chacha20-poly1305": "ChaCha20-Poly1305",
  ]

  /// The figure's shape; figure 5 is read as a curve of one point per system, and drawn as bars.
  var shape: FigureShape {
    let frames = (coordinate: "frame_bytes", title: { (value: String) in "\(value)-byte frames" })
    let goodput = FigureShape.Content(
      metrics: [("goodput_gbps", "")], yLabel: "Goodput, Gbit/s", systems: nil)
    let seal = "seal_cycles_per_packet"
    switch self {
    case .five, .six:
      var content = goodput
      content.systems = ["vpe", "esp-single", "esp-pipeline", "ipsec-secgw", "esp-multi-sa"]
      return FigureShape(x: "threads", panels: frames, contents: [content], showsBasis: true)
    case .seven:
      let cost = FigureShape.Content(metrics: [(seal, "")], yLabel: "TSC ticks per packet")
      let ratio = FigureShape.Content(
        metrics: [("\(seal)_to_raw_ratio", "")], yLabel: "Ratio to AEAD alone",
        systems: ["vpe", "esp-single"])
      return FigureShape(x: "packet_bytes", contents: [cost, ratio], markedSystem: "esp-single")
    case .eight:
      let lengths = (coordinate: "packet_bytes", title: { (value: String) in "\(value)-byte packets" })
      let ratio = FigureShape.Content(
        metrics: [("\(seal)_to_raw_ratio", "")], yLabel: "Ratio to AEAD alone",
        systems: ["vpe", "esp-single"])
      return FigureShape(
        x: "extra_headroom_bytes", panels: lengths, contents: [ratio], markedSystem: "vpe")
    case .frameSizes: return FigureShape(x: "frame_bytes", contents: [goodput], showsBasis: true)
    case .floor:
      let cost = FigureShape.Content(
        metrics: [(seal, "")], yLabel: "TSC ticks per packet",
        systems: ["vpe", "esp-single", "raw", "raw-aad", "cryptodev"])
      return FigureShape(
        x: "frame_bytes", panels: ("aead", { Self.ciphers[$0] ?? $0 }), contents: [cost])
    case .tunnels:
      let cost = FigureShape.Content(
        metrics: [(seal, ", seal"), ("open_cycles_per_packet", ", open")], yLabel: "TSC ticks per packet")
      return FigureShape(x: "tunnels", panels: frames, contents: [cost])
    case .replayFlood, .forgeryFlood:
      let ratio = FigureShape.Content(
        metrics: [("goodput_gbps_to_unattacked_ratio", "")], yLabel: "Goodput, ratio to no attacker")
      let ages = (coordinate: "replay_age_packets", title: { (value: String) in "replays aged \(value)" })
      return self == .forgeryFlood
        ? FigureShape(x: "forged_percent", panels: frames, contents: [ratio], showsBasis: true)
        : FigureShape(
          x: "replayed_percent", panels: frames, subpanels: ages, contents: [ratio], showsBasis: true)
    }
  }
}

extension CaseCoordinates {
  /// All coordinates by name. A packet's length and its frame's imply each other; both are there.
  var byName: [String: String] {
    var known = axes
    known["system"] = system
    known["aead"] = aead
    known["threads"] = "\(threads)"
    known["frame_bytes"] = "\(frameBytes)"
    known["extra_headroom_bytes"] = "\(extraHeadroomBytes)"
    known["link"] = link
    // What a frame has around its packet: the Ethernet header of 14 bytes and the FCS of 4.
    if known["packet_bytes"] == nil { known["packet_bytes"] = "\(frameBytes - 18)" }
    return known
  }
}

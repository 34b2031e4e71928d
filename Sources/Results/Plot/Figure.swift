/// The figures that can be drawn, each by the script of its name in `plots/`.
public enum Figure: String, Sendable, CaseIterable {
  /// Goodput with one thread a direction, as bars.
  case five = "figure-5"
  /// Goodput against threads.
  case six = "figure-6"
  /// Cost of sealing against the packet's length.
  case seven = "figure-7"
  /// Cost of sealing against the packet's place in its buffer.
  case eight = "figure-8"
  /// Goodput against the frame's size.
  case frameSizes = "frame-sizes"
  /// Cost of sealing against the frame's size, with each cipher.
  case floor
  /// Cost against the number of tunnels.
  case tunnels
  /// Goodput against an attacker's replays.
  case replayFlood = "replay-flood"
  /// Goodput against an attacker's forgeries.
  case forgeryFlood = "forgery-flood"

  /// The figure of the experiment `name`: the one of its name, or whose name it begins with
  /// (`figure-6-short`).
  public init?(experiment name: String) {
    guard
      let figure = Self.allCases.first(where: { name == $0.rawValue || name.hasPrefix("\($0.rawValue)-") })
    else { return nil }
    self = figure
  }

  /// Whether it is one of the paper's figures.
  public var isOfThePaper: Bool { rawValue.hasPrefix("figure-") }

  /// What the figure shows, as a heading.
  public var title: String {
    switch self {
    case .five: "Goodput with one thread a direction"
    case .six: "Goodput against threads"
    case .seven: "Cost of sealing against the packet's length"
    case .eight: "Cost of sealing against the packet's place in its buffer"
    case .frameSizes: "Goodput against the frame's size"
    case .floor: "Cost of sealing with each cipher"
    case .tunnels: "Cost against the number of tunnels"
    case .replayFlood: "Goodput of honest traffic against an attacker's replays"
    case .forgeryFlood: "Goodput of honest traffic against an attacker's forgeries"
    }
  }

  /// How to read it, in a sentence or two.
  public var caption: String {
    let basis = "Filled: capacity; open: model; asterisk: measured."
    let paper = "Light grey: what the paper states, on other hardware, so that shapes compare, not heights."
    let bars = "Bars: estimate and its 95 % interval."
    return switch self {
    case .five: "\(bars) \(paper) The harness without a security protocol is not among the bars."
    case .six: "Estimate and its 95 % interval. \(basis) \(paper)"
    case .seven:
      "Estimate and its 95 % interval as a band; below as a multiple of the library's bare call in the "
        + "same launches (with additional data for ESP). Light grey: lengths at which the paper finds ESP "
        + "cheapest."
    case .eight:
      "Estimate and its 95 % interval, as a multiple of the library's bare call in the same launches "
        + "(with additional data for ESP). Light grey: headrooms at which the paper finds VPE cheapest."
    case .frameSizes: "Estimate and its 95 % interval. \(basis)"
    case .floor:
      "Estimate and its 95 % interval. AEAD: the crypto library alone, without and with additional data."
    case .tunnels: "Estimate and its 95 % interval."
    case .replayFlood:
      "Estimate and its 95 % interval, as a multiple of the goodput without the attacker. "
        + "A replay's age: packets between it and its packet; beyond the window it is too old. \(basis)"
    case .forgeryFlood:
      "Estimate and its 95 % interval, as a multiple of the goodput without the attacker. "
        + basis
    }
  }
}

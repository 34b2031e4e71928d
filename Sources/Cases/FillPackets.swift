/// Fill packets carry no data. A sender makes one if no packet waits at a tick of a fixed clock, so that an
/// observer of the link learns nothing about when packets come (paper, section 5.1).
public enum FillPackets {
  /// The name under which a gateway counts its fill packets.
  public static let stage = "fill"
}

extension Axis {
  static let definitionOfFillRate = Definition(
    "Clock of each sealing thread in 1,000 packets a second: it sends one at each tick, and a fill packet "
      + "where none waits; 0: packets go as they come.", .integers(0...20_000), unit: "10^3 packets/s",
    standard: 0, absent: 0, .throughput(otherwise: "packets wait for no clock"), suits: \.pads
  ) { "f\($0.text)" }
}

extension AxisValues {
  /// Packets that each sealing thread sends at a fixed clock, in 10^3 per second; 0 for no clock.
  public var fillRate: Int {
    get { self[.fillRate]?.integer ?? 0 }
    set { self[.fillRate] = .integer(newValue) }
  }
}

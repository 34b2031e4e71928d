import Basics
import Cases

extension DescriptorRules {
  /// What fill packets at a fixed clock cannot stand beside, and need.
  mutating func checkFilling() {
    guard let most = descriptor.sweep.integers(.fillRate).max(), most > 0 else { return }
    let filled = "sweep.fill_kpps \(most)"
    let names = System.allCases.filter(\.pads).map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    if !descriptor.systems.contains(where: \.pads) {
      refuse("sweep.fill_kpps", "is used by \(names) alone, and systems has none of them")
    }
    checkClocks(filled)
    if descriptor.link != .ring {
      refuse("link", "\"\(descriptor.link.rawValue)\" is not possible with \(filled); say \"ring\"")
    }
    if descriptor.measure.setup == .dut {
      refuse("measure.setup", "\"dut\" feeds gateways in bursts; with \(filled) it must be \"circuit\"")
    }
    for (axis, least) in [(Axis.tunnels, 1), (.classes, 1), (.rekeyMilliseconds, 0)] {
      guard let other = descriptor.sweep.integers(axis).max(), other > least else { continue }
      refuse("sweep.\(axis.rawValue)", "\(other) is not possible with \(filled); allowed is \(least)")
    }
    if descriptor.tunnel.headerFields != .none {
      refuse("tunnel.header_fields", "must be \"none\" with \(filled)")
    }
    if descriptor.isImpaired {
      refuse("sweep.fill_kpps", "is not possible where the black link has an impairment or an attacker")
    }
  }

  /// Each thread's clock must tick for all that comes.
  private mutating func checkClocks(_ filled: String) {
    guard case .mpps(let rate) = descriptor.traffic.rate else {
      refuse(
        "traffic.rate_mpps",
        "must be a number with \(filled): as fast as frames come back, none but the clock would say how fast")
      return
    }
    let slow = descriptor.cases.first {
      $0.fillRate > 0 && Double($0.fillRate * $0.values.sealing) / 1000 <= rate
    }
    if let slow {
      refuse(
        "sweep.fill_kpps",
        "\(slow.fillRate) on \(slow.values.sealing.counted("sealing thread")) is no more than "
          + "traffic.rate_mpps \(rate); nothing would be filled, and queues would grow")
    }
  }
}

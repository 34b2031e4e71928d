import Basics
import Cases

// Padding and fill packets, which hide lengths and times of packets.
extension DescriptorRules {
  /// Checks conflicts of padding for traffic-flow confidentiality with other members.
  mutating func checkPadding() {
    guard let padded = asked(.padBytes) else { return }
    requireAnySystem(\.pads, for: .padBytes)
    requireStandard([.tunnels, .senders, .classes, .cores], with: padded)
    requireCircuit("has packets of one length alone", with: padded)
    if let peer { refuse(peer, "is no gateway that pads; with \(padded) there can be none") }
  }

  /// Checks conflicts and requirements of fill packets at a fixed clock.
  mutating func checkFilling() {
    guard let filled = asked(.fillRate) else { return }
    requireAnySystem(\.pads, for: .fillRate)
    checkClocks(filled)
    requireRing(with: filled)
    requireCircuit("feeds gateways in bursts", with: filled)
    requireStandard([.tunnels, .classes, .rekeyMilliseconds], with: filled)
    if descriptor.tunnel.headerFields != .none {
      refuse("tunnel.header_fields", "must be \"none\" with \(filled)")
    }
    requireSoundLink(for: .fillRate)
  }

  /// Checks that each thread's clock is fast enough for the packets that arrive.
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

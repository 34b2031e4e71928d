import Basics
import Cases
import Foundation
import Results
import Statistics
import Wire

// Long packets in several buffers (paper, sections 3.2 and 4.3).
extension Claims {
  /// The experiment with long packets.
  static let segments = "jumbo"
  private static let open = "open_cycles_per_packet"

  static func ofSegments(_ run: RunReading?) -> [Claim] {
    [mergingCosts(run), bordersCost(run), mergingIsCheap(run), largeBuffers(run)]
  }

  private static func mergingCosts(_ run: RunReading?) -> Claim {
    compared(
      Claim(
        "jumbo-merge", of: segments,
        "To merge chained buffers, as implementations of ESP do to avoid a trailer in two of them, costs "
          + "performance.",
        rule: "Opening the longest packets in ESP costs more where their buffers are merged than where they "
          + "are opened piece by piece (test over launches).", paper: "decreased performance"),
      run, ("esp-single", .merged), to: ("esp-single", .chained), above: true, 1)
  }

  private static func bordersCost(_ run: RunReading?) -> Claim {
    compared(
      Claim(
        "jumbo-icv", of: segments,
        "With the ICV in the header, where no border of buffers parts it, packets in chained buffers cost "
          + "less.",
        rule: "In chained buffers opening the longest packets whose ESP trailer and ICV lie in two of them "
          + "costs less in VPE than in ESP (test over launches).",
        paper: "avoiding checks and potential reassembly costs"),
      run, ("vpe", .chained), to: ("esp-single", .chained), above: false, 1,
      where: { ChainedBuffers.splitsESP(inner: $0) })
  }

  // MARK: Against VPE

  private static func mergingIsCheap(_ run: RunReading?) -> Claim {
    let bound = 1 + Rules.equalWithin
    return compared(
      Claim(
        "jumbo-copy", of: segments,
        "A copy is cheap beside the cipher: ESP that merges buffers costs hardly more than VPE that does "
          + "not.",
        rule: "Opening the longest packets costs less than \(Display.number(bound)) times in ESP with merged "
          + "buffers what it does in VPE with chained ones (test over launches).", paper: "",
        source: .objection),
      run, ("esp-single", .merged), to: ("vpe", .chained), above: false, bound)
  }

  private static func largeBuffers(_ run: RunReading?) -> Claim {
    compared(
      Claim(
        "jumbo-large", of: segments,
        "Buffers of 9 KiB have no borders: ESP in these costs less than VPE in chained ones.",
        rule: "Opening the longest packets costs less in ESP in one buffer of 9 KiB than in VPE in chained "
          + "buffers (test over launches). What mixing with short packets costs such buffers is not asked.",
        paper: "", source: .objection),
      run, ("esp-single", .contiguous), to: ("vpe", .chained), above: false, 1)
  }

  // MARK: Figures

  private typealias Way = (system: String, buffers: PacketBuffers)

  /// Judges the cost of opening in one way over that in another.
  private static func compared(
    _ claim: Claim, _ run: RunReading?, _ first: Way, to second: Way, above: Bool, _ bound: Double,
    where isMeant: (Int) -> Bool = { _ in true }
  ) -> Claim {
    compared(
      claim, run, open, of: .buffers, (first.system, first.buffers.rawValue),
      to: (second.system, second.buffers.rawValue), above: above, bound, where: isMeant)
  }

  /// Judges a cost in one way over that in another, with the longest packets of those that are meant. Ways
  /// are systems, each with a value of `axis`; packets are of IPv4 where there are both versions.
  static func compared(
    _ claim: Claim, _ run: RunReading?, _ metric: String, of axis: Axis,
    _ first: (system: String, value: String), to second: (system: String, value: String), above: Bool,
    _ bound: Double, where isMeant: (Int) -> Bool = { _ in true }
  ) -> Claim {
    guard let run else { return claim }
    let (upper, lower) = (points(run, axis, first), points(run, axis, second))
    let common = Set(upper.keys).intersection(lower.keys).filter(isMeant)
    guard let bytes = common.max(), let one = upper[bytes], let other = lower[bytes],
      let ratio = LaunchEstimate(
        of: metric, in: run.usableSamples(one.coordinates, one.basis),
        to: run.usableSamples(other.coordinates, other.basis))
    else {
      let titles = [first, second].map { "\(SystemStyle($0.system).title) \($0.value)" }
      return claim.notRun(missing("\(titles.joined(separator: " and ")) at a fitting length are", in: run))
    }
    return claim.judged(
      Rules.beyond(ratio, bound, above: above, "the ratio"),
      ours: "\(Display.estimate(ratio)) with \(bytes) bytes", ratio, bases: [one.basis, other.basis])
  }

  /// A system's cases with a value of an axis, by the bytes of their packets.
  private static func points(
    _ run: RunReading, _ axis: Axis, _ way: (system: String, value: String)
  ) -> [Int: (coordinates: CaseCoordinates, basis: Basis)] {
    let own = run.cases.filter {
      $0.coordinates.system == way.system && $0.coordinates.axes[axis.rawValue] == way.value
        && $0.coordinates.axes[Axis.innerVersion.rawValue] != IPVersion.ipv6.rawValue
    }
    let byBytes = own.map {
      ($0.coordinates.frameBytes - Ethernet.framingBytes, (coordinates: $0.coordinates, basis: $0.basis))
    }
    return Dictionary(byBytes, uniquingKeysWith: { first, _ in first })
  }
}

import Basics
import Cases
import Foundation
import Results
import Statistics

// Many senders under one key (paper, section 4.1.2).
extension Claims {
  /// The experiment with one to many senders.
  static let groups = "multicast"
  private static let open = "open_cycles_per_packet"
  private static let replays = "replays_accepted_ratio"
  /// As many times one sender's cost a receiver of many may pay per packet.
  private static let groupCostMax = 1.2

  static func ofGroups(_ run: RunReading?) -> [Claim] {
    [
      refusesReplays(run), staysCheap(run), keepsWindows(run), goesWithout(run), hasAssociations(run),
    ]
  }

  private static func refusesReplays(_ run: RunReading?) -> Claim {
    let claim = Claim(
      "group-replays", of: groups,
      "A receiver of VPE protects against replays while many senders use one key and know nothing of each "
        + "other.",
      rule:
        "With two senders or more, none of the packets that were sent once more was opened once more, in any "
        + "sample. It is no test of chance: one that was is enough against the claim.",
      paper: "no replay goes through", isTest: false)
    guard let run else { return claim }
    // A sample in which one went through is not valid, and counts here all the same.
    let tried = run.samples.filter {
      $0.coordinates.system == "vpe" && senders($0.coordinates) > 1 && $0.metrics[replays] != nil
    }
    guard !tried.isEmpty else {
      return claim.notRun(missing("VPE with two senders or more is", in: run))
    }
    let most = tried.compactMap { $0.metrics[replays] }.max() ?? 0
    let passed = most == 0 ? "none" : "up to \(Display.percent(most)) of a sample's"
    let ours =
      "\(passed) went through, in \(tried.count.counted("sample")) "
      + "with up to \(tried.map { senders($0.coordinates) }.max() ?? 0) senders"
    return claim.judged(
      most == 0 ? .same() : .other("\(Display.percent(most)) of a sample's replays went through"), ours: ours,
      bases: tried.map(\.basis))
  }

  private static func staysCheap(_ run: RunReading?) -> Claim {
    let claim = Claim(
      "group-cost", of: groups,
      "For a receiver of VPE many senders under one key are as one sender with many windows is: each packet "
        + "costs hardly more.",
      rule:
        "With the shortest frames and the most senders a packet costs less than "
        + "\(Display.number(groupCostMax)) times what it does with one sender, whose receiver looks no "
        + "sender up (test over launches).", paper: "analogous to many windows")
    guard let run else { return claim }
    let points = points(run, "vpe")
    guard let one = points.first, let many = points.last, senders(one) == 1, senders(many) > 1,
      let ratio = ratio(run, many, to: one)
    else { return claim.notRun(missing("VPE with one sender and with many are", in: run)) }
    return claim.judged(
      Rules.beyond(ratio, groupCostMax, above: false, "the ratio"),
      ours: "\(Display.estimate(ratio)) with \(senders(many)) senders", ratio, bases: [one.basis, many.basis])
  }

  // MARK: Against VPE

  private static func keepsWindows(_ run: RunReading?) -> Claim {
    let claim = Claim(
      "group-esp-windows", of: groups,
      "ESP with Sender IDs (RFC 6054) and a window for each of them does as well as VPE.",
      rule: "With the shortest frames and the most senders, opening a packet costs less than "
        + "\(Display.number(1 + Rules.equalWithin)) times what it does in VPE (test over launches).",
      paper: "",
      source: .objection)
    return against(claim, "esp-sender-windows", below: 1 + Rules.equalWithin, run)
  }

  private static func goesWithout(_ run: RunReading?) -> Claim {
    let claim = Claim(
      "group-esp-off", of: groups,
      "Without protection against replays, as the standards have it for many senders (RFC 9838), a receiver "
        + "of ESP pays less than one of VPE.",
      rule: "With the shortest frames and the most senders, opening a packet costs less than in VPE (test "
        + "over launches).", paper: "", source: .objection)
    return against(claim, "esp-senders", below: 1, run)
  }

  private static func hasAssociations(_ run: RunReading?) -> Claim {
    let claim = Claim(
      "group-esp-sas", of: groups,
      "With an association for each sender, a receiver of ESP pays no more per packet than one of VPE.",
      rule: "With the shortest frames and the most senders, opening a packet costs less than "
        + "\(Display.number(1 + Rules.equalWithin)) times what it does in VPE (test over launches). What "
        + "memory both take is told beside it.", paper: "", source: .objection)
    return against(claim, "esp-single", below: 1 + Rules.equalWithin, run)
  }

  /// The cost of a system with the most senders that it and VPE have, over VPE's.
  private static func against(_ claim: Claim, _ system: String, below bound: Double, _ run: RunReading?)
    -> Claim
  {
    guard let run else { return claim }
    let theirs = points(run, system)
    let own = points(run, "vpe").last { point in
      senders(point) > 1 && theirs.contains { senders($0) == senders(point) }
    }
    guard let own, let other = theirs.first(where: { senders($0) == senders(own) }),
      let ratio = ratio(run, other, to: own)
    else {
      return claim.notRun(
        missing("VPE and \(SystemStyle(system).title) with two senders or more are", in: run))
    }
    var ours = "\(Display.estimate(ratio)) with \(senders(own)) senders"
    if let bytes = memory(run, other), let least = memory(run, own), least > 0 {
      ours += ", in \(Display.number(bytes / least)) times the memory"
    }
    return claim.judged(
      Rules.beyond(ratio, bound, above: false, "the ratio"), ours: ours, ratio,
      bases: [own.basis, other.basis])
  }

  // MARK: Figures

  private typealias Point = (coordinates: CaseCoordinates, basis: Basis)

  private static func senders(_ coordinates: CaseCoordinates) -> Int {
    coordinates.axes["senders"].flatMap { Int($0) } ?? 1
  }

  private static func senders(_ point: Point) -> Int { senders(point.coordinates) }

  /// A system's cases with the shortest frames, by senders.
  private static func points(_ run: RunReading, _ system: String) -> [Point] {
    let own = run.cases.filter { $0.coordinates.system == system }
    let shortest = own.map(\.coordinates.frameBytes).min()
    return own.filter { $0.coordinates.frameBytes == shortest }.sorted { senders($0) < senders($1) }
  }

  private static func samples(_ run: RunReading, _ point: Point) -> [SampleRecord] {
    run.usableSamples(point.coordinates, point.basis)
  }

  private static func ratio(_ run: RunReading, _ point: Point, to other: Point) -> LaunchEstimate? {
    LaunchEstimate(of: open, in: samples(run, point), to: samples(run, other))
  }

  private static func memory(_ run: RunReading, _ point: Point) -> Double? {
    samples(run, point).compactMap { $0.metrics["group_bytes"] }.first
  }
}

import Basics
import Cases
import Results

// Many senders under one key (paper, section 4.1.2).
extension Claims {
  /// The most that a packet may cost with many senders, relative to one sender, in a receiver.
  private static let groupCostMax = 1.2

  static func ofGroups(_ run: RunReading) -> [Claim] {
    [
      refusesReplays(run), staysCheap(run), keepsWindows(run), goesWithout(run), hasAssociations(run),
    ]
  }

  private static func refusesReplays(_ run: RunReading) -> Claim {
    let claim = Claim(
      "group-replays", of: Experiment.multicast,
      "A receiver of VPE protects against replays while many senders use one key and know nothing of each "
        + "other.",
      rule:
        "With two senders or more, none of the packets that were sent once more was opened once more, in any "
        + "sample. It is no test of chance: one that was is enough against the claim.",
      paper: "no replay goes through", isTest: false)
    // A sample with an accepted replay is invalid, but counts here.
    let tried = run.samples.filter {
      $0.coordinates.isOf(.vpe) && $0.coordinates.integer(.senders) > 1
        && $0.metrics[Metric.replaysAccepted] != nil
    }
    guard !tried.isEmpty else {
      return claim.notRun(missing("VPE with two senders or more is", in: run))
    }
    let most = tried.compactMap { $0.metrics[Metric.replaysAccepted] }.max() ?? 0
    let passed = most == 0 ? "none" : "up to \(Display.percent(most)) of a sample's"
    let ours =
      "\(passed) went through, in \(tried.count.counted("sample")) "
      + "with up to \(tried.map { $0.coordinates.integer(.senders) }.max() ?? 0) senders"
    return claim.judged(
      most == 0 ? .same() : .other("\(Display.percent(most)) of a sample's replays went through"), ours: ours,
      bases: tried.map(\.basis))
  }

  private static func staysCheap(_ run: RunReading) -> Claim {
    let claim = Claim(
      "group-cost", of: Experiment.multicast,
      "For a receiver of VPE many senders under one key are as one sender with many windows is: each packet "
        + "costs hardly more.",
      rule:
        "With the shortest frames and the most senders a packet costs less than "
        + "\(Display.number(groupCostMax)) times what it does with one sender, whose receiver looks no "
        + "sender up (test over launches).", paper: "analogous to many windows")
    let points = points(run, .vpe)
    return judged(
      claim, run, points.last { senders($0) > 1 }, to: points.first { senders($0) == 1 },
      "VPE with one sender and with many are"
    ) { many, _ in
      " with \(senders(many)) senders"
    } by: {
      Rules.beyond($0, groupCostMax, above: false, "the ratio")
    }
  }

  // MARK: Against VPE

  private static func keepsWindows(_ run: RunReading) -> Claim {
    let claim = Claim(
      "group-esp-windows", of: Experiment.multicast,
      "ESP with Sender IDs (RFC 6054) and a window for each of them does as well as VPE.",
      rule: "With the shortest frames and the most senders, opening a packet costs less than "
        + "\(Display.number(1 + Rules.equalWithin)) times what it does in VPE (test over launches).",
      paper: "",
      source: .objection)
    return against(claim, .espSenderWindows, below: 1 + Rules.equalWithin, run)
  }

  private static func goesWithout(_ run: RunReading) -> Claim {
    let claim = Claim(
      "group-esp-off", of: Experiment.multicast,
      "Without protection against replays, as the standards have it for many senders (RFC 9838), a receiver "
        + "of ESP pays less than one of VPE.",
      rule: "With the shortest frames and the most senders, opening a packet costs less than in VPE (test "
        + "over launches).", paper: "", source: .objection)
    return against(claim, .espSenders, below: 1, run)
  }

  private static func hasAssociations(_ run: RunReading) -> Claim {
    let claim = Claim(
      "group-esp-sas", of: Experiment.multicast,
      "With an association for each sender, a receiver of ESP pays no more per packet than one of VPE.",
      rule: "With the shortest frames and the most senders, opening a packet costs less than "
        + "\(Display.number(1 + Rules.equalWithin)) times what it does in VPE (test over launches). What "
        + "memory both take is told beside it.", paper: "", source: .objection)
    return against(claim, .espSingle, below: 1 + Rules.equalWithin, run)
  }

  /// Judges the cost of `system` relative to VPE's, at the most senders that both have.
  private static func against(_ claim: Claim, _ system: System, below bound: Double, _ run: RunReading)
    -> Claim
  {
    let theirs = points(run, system)
    let own = points(run, .vpe).last { point in
      senders(point) > 1 && theirs.contains { senders($0) == senders(point) }
    }
    return judged(
      claim, run, theirs.first { $0.coordinates.integer(.senders) == own?.coordinates.integer(.senders) },
      to: own, "VPE and \(system.title) with two senders or more are"
    ) { other, own in
      let words = " with \(senders(own)) senders"
      guard let bytes = memory(run, other), let least = memory(run, own), least > 0 else { return words }
      return words + ", in \(Display.number(bytes / least)) times the memory"
    } by: {
      Rules.beyond($0, bound, above: false, "the ratio")
    }
  }

  // MARK: Figures

  private static func senders(_ point: ClaimPoint) -> Int { point.coordinates.integer(.senders) }

  /// A system's cases with the shortest frames, in the order of their numbers of senders.
  private static func points(_ run: RunReading, _ system: System) -> [ClaimPoint] {
    let own = run.points(of: Metric.open, system)
    let shortest = own.map(\.coordinates.frameBytes).min()
    return own.filter { $0.coordinates.frameBytes == shortest }.sorted { senders($0) < senders($1) }
  }

  private static func memory(_ run: RunReading, _ point: ClaimPoint) -> Double? {
    run.samples(of: point.found).compactMap { $0.metrics[Metric.groupBytes] }.first
  }
}

import Cases
import Results
import Statistics

// Traffic classes and paths: late packets, which others overtake (paper, section 3.3; VPE's remedy, 4.1.1).
extension Claims {
  private static let classes = Experiment.qos
  private static let paths = Experiment.multipath
  /// A share of late packets below this counts as none.
  private static let none = 0.01

  static func ofClasses(_ run: RunReading) -> [Claim] {
    [
      drops(run),
      windowCost(run),
      dropsNone(
        run, .vpe, "qos-vpe-none", of: classes,
        "VPE with a window for each class drops no late packet, whatever the delay.", paper: "supported"),
      memory(run),
      dropsNone(
        run, .espMultiSA, "qos-sa-none", of: classes,
        "ESP with an association for each class (RFC 4301, 4.1) drops no late packet either.",
        source: .objection),
      carries(run), longWindow(run, "qos-long-window", of: classes),
    ]
  }

  static func ofPaths(_ run: RunReading) -> [Claim] {
    [
      dropsOfPaths(
        run, .espSingle, "multipath-esp-drops",
        "ESP drops packets of a slow path that too many of a fast one overtake.",
        paper: "situations like described for QoS"),
      dropsOfPaths(
        run, .vpe, "multipath-vpe-drops",
        "Over paths that the sender does not choose, VPE drops late packets as ESP with such a window does.",
        source: .objection),
      longWindow(run, "multipath-long-window", of: paths),
    ]
  }

  // MARK: Shares

  /// ESP drops the packets that more packets overtake than its window has.
  private static func drops(_ run: RunReading) -> Claim {
    let claim = Claim(
      "qos-esp-drops", of: classes,
      "ESP with one window drops packets of low classes that too many of higher ones overtake.",
      rule:
        "Wherever more packets overtake a late one than the window has, more than half of the late packets "
        + "are dropped (the least share of all such windows and delays, over launches).",
      paper: "discarded by the receiver")
    let points = late(run, .espSingle) { late($0) > window($0) }
    return judged(
      claim, run, points, "\(System.espSingle.title) with delays longer than a window is",
      as: { $0.min() ?? .nan }
    ) {
      Rules.beyond($0, 0.5, "the least share")
    }
  }

  /// The same for paths: only packets of paths that are slow enough for the window count. With two paths,
  /// these are all late packets.
  private static func dropsOfPaths(
    _ run: RunReading, _ system: System, _ id: String, _ statement: String, paper: String = "",
    source: Claim.Source = .paper
  ) -> Claim {
    let claim = Claim(
      id, of: paths, statement,
      rule:
        "Wherever packets of a slower path come as far behind the newest one as the window reaches, or "
        + "farther, more than half as many late packets are dropped as such paths carry (the least ratio of "
        + "all windows, delays and numbers of paths, over launches).", paper: paper, source: source)
    let points = late(run, system) { dropped($0) > 0 }.map { $0.over(dropped($0.coordinates)) }
    return judged(
      claim, run, points, "\(system.title) with delays longer than a window is", as: { $0.min() ?? .nan }
    ) {
      Rules.beyond($0, 0.5, "the least ratio")
    }
  }

  /// The share of late packets that a window must drop, as follows from the paths' delays.
  private static func dropped(_ coordinates: CaseCoordinates) -> Double {
    Paths(count: coordinates.integer(.paths), skew: late(coordinates)).lateShare(beyond: window(coordinates))
  }

  /// Judges that no late packet is dropped, at any window.
  private static func dropsNone(
    _ run: RunReading, _ system: System, _ id: String, of experiment: String, _ statement: String,
    paper: String = "", source: Claim.Source = .paper
  ) -> Claim {
    let claim = Claim(
      id, of: experiment, statement,
      rule:
        "At every window and delay less than \(Display.percent(none)) of the late packets are dropped "
        + "(the largest share, over launches).", paper: paper, source: source)
    return judgedAsNone(
      claim, run, late(run, system), "\(system.title) with late packets is", below: none)
  }

  /// An objection to VPE: an ESP window that is longer than the delay suffices.
  private static func longWindow(_ run: RunReading, _ id: String, of experiment: String) -> Claim {
    let claim = Claim(
      id, of: experiment, "One ESP window that is longer than the delay drops no late packet.",
      rule:
        "Wherever the window has more packets than overtake a late one, less than "
        + "\(Display.percent(none)) of the late packets are dropped (the largest share, over launches).",
      paper: "", source: .objection)
    return judgedAsNone(
      claim, run, late(run, .espSingle) { late($0) < window($0) },
      "\(System.espSingle.title) with windows longer than a delay is", below: none)
  }

  /// The shares of late packets that are dropped, in a system's cases.
  private static func late(
    _ run: RunReading, _ system: System, where isMeant: (CaseCoordinates) -> Bool = { _ in true }
  ) -> [ClaimPoint] {
    run.points(of: Metric.lateDrops, system, where: isMeant)
  }

  /// The size of a case's window, in packets.
  private static func window(_ coordinates: CaseCoordinates) -> Int { coordinates.integer(.windowSize) }
  /// The number of packets that overtake a late one.
  private static func late(_ coordinates: CaseCoordinates) -> Int { coordinates.integer(.latePackets) }
  private static func isPunctual(_ coordinates: CaseCoordinates) -> Bool { late(coordinates) == 0 }

  // MARK: Costs

  /// Long windows slow ESP down (paper, section 3.3).
  private static func windowCost(_ run: RunReading) -> Claim {
    let claim = Claim(
      "qos-window-cost", of: classes, "A long window makes opening ESP's packets dearer than a short one.",
      rule:
        "With no packet late, the ratio of the costs of opening in the same repetitions (longest window / "
        + "shortest) is above 1. Below 1, or equal to 1 within \(Display.percent(Rules.equalWithin)), it is "
        + "not reproduced.", paper: "cache inefficiency")
    let found = run.points(of: Metric.open, .espSingle, where: isPunctual)
      .sorted { window($0.coordinates) < window($1.coordinates) }
    guard let short = found.first, let long = found.last,
      window(short.coordinates) < window(long.coordinates),
      let ratio = LaunchEstimate(of: long.rounds, to: short.rounds, by: .lowEnd)
    else { return claim.notRun(missing("ESP with two windows and no packet late is", in: run)) }
    return claim.judged(
      Rules.more(ratio, paper: nil),
      ours: "\(Display.estimate(ratio)), windows of \(window(long.coordinates)) over "
        + "\(window(short.coordinates))", ratio, bases: [short.basis, long.basis])
  }

  /// The number of associations is a product of classes and threads (paper, section 3.3).
  private static func memory(_ run: RunReading) -> Claim {
    let claim = Claim(
      "qos-sa-memory", of: classes,
      "An ESP association for each class and thread takes more memory than VPE's windows for these.",
      rule:
        "The ratio of the associations' bytes in a gateway (ESP multi-SA / VPE) is above 1 at every window "
        + "(the least ratio).", paper: "as many SAs as classes times threads")
    let pairs = SystemPair.pairs(of: run, .espMultiSA, .vpe, metric: Metric.saBytes).filter {
      isPunctual($0.coordinates)
    }
    guard !pairs.isEmpty,
      let least = LaunchEstimate(
        comparing: pairs.flatMap { [$0.values.above, $0.values.below] }, by: .middle,
        { bytes in
          stride(from: 0, to: bytes.count, by: 2).map { bytes[$0] / bytes[$0 + 1] }.min() ?? .nan
        })
    else { return claim.notRun(missing("ESP with an association for each class and VPE are", in: run)) }
    return claim.judged(Rules.beyond(least, 1, "the least ratio"), least, bases: counted)
  }

  /// An objection to VPE: an association for each class costs no throughput.
  private static func carries(_ run: RunReading) -> Claim {
    let claim = Claim(
      "qos-sa-carries", of: classes, "ESP with an association for each class carries as much as VPE.",
      rule:
        "With no packet late, the ratio of goodputs in the same repetitions (ESP multi-SA / VPE, geometric "
        + "mean over windows) is above 0.9.", paper: "", source: .objection)
    let pairs = SystemPair.pairs(of: run, .espMultiSA, .vpe, metric: Metric.goodput).filter {
      $0.basis != .model && isPunctual($0.coordinates)
    }
    guard let ratio = SystemPair.overall(pairs) else {
      return claim.notRun(missing("ESP with an association for each class and VPE are", in: run))
    }
    return claim.judged(Rules.beyond(ratio, 0.9, "the ratio"), ratio, bases: pairs.map(\.basis))
  }
}

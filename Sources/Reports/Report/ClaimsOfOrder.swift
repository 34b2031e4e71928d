import Cases
import Results
import Statistics

// Classes and paths: packets that others overtake (paper, section 3.3; what VPE does about it, 4.1.1).
extension Claims {
  /// Experiments on packets that come late, each with its judge.
  static let ofOrder: [Other] = [
    (classes, ofClasses), (paths, ofPaths),
  ]

  private static let classes = "qos"
  private static let paths = "multipath"
  private static let share = "late_drop_ratio"
  /// A smaller share is called none.
  private static let none = 0.01
  /// A share is counted, packet by packet, and a delay is in packets: it does not matter to either whether
  /// threads share cores. So what follows is measured, whatever basis the rates of the same samples have.
  private static let counted: [Basis] = [.measured]

  static func ofClasses(_ run: RunReading?) -> [Claim] {
    [
      drops(
        run, "esp-single", "qos-esp-drops", of: classes,
        "ESP with one window drops packets of low classes that too many of higher ones overtake.",
        paper: "discarded by the receiver"),
      windowCost(run),
      dropsNone(
        run, "vpe", "qos-vpe-none", of: classes,
        "VPE with a window for each class drops no late packet, whatever the delay.", paper: "supported"),
      memory(run),
      dropsNone(
        run, "esp-multi-sa", "qos-sa-none", of: classes,
        "ESP with an association for each class (RFC 4301, 4.1) drops no late packet either.",
        source: .objection),
      carries(run), longWindow(run, "qos-long-window", of: classes),
    ]
  }

  static func ofPaths(_ run: RunReading?) -> [Claim] {
    [
      drops(
        run, "esp-single", "multipath-esp-drops", of: paths,
        "ESP drops packets of a slow path that too many of a fast one overtake.",
        paper: "situations like described for QoS"),
      drops(
        run, "vpe", "multipath-vpe-drops", of: paths,
        "Over paths that the sender does not choose, VPE drops late packets as ESP with such a window does.",
        source: .objection),
      longWindow(run, "multipath-long-window", of: paths),
    ]
  }

  // MARK: Shares

  /// Packets that are overtaken by more than the window has are dropped.
  private static func drops(
    _ run: RunReading?, _ system: String, _ id: String, of experiment: String, _ statement: String,
    paper: String = "", source: Claim.Source = .paper
  ) -> Claim {
    let claim = Claim(
      id, of: experiment, statement,
      rule:
        "Wherever more packets overtake a late one than the window has, more than half of the late packets "
        + "are dropped (the least share of all such windows and delays, over launches).", paper: paper,
      source: source)
    return judged(claim, run, system, { $0.late > $0.window }, "delays longer than a window") {
      $0.min() ?? .nan
    } by: {
      Rules.beyond($0, 0.5, "the least share")
    }
  }

  /// No late packet is dropped, at any window.
  private static func dropsNone(
    _ run: RunReading?, _ system: String, _ id: String, of experiment: String, _ statement: String,
    paper: String = "", source: Claim.Source = .paper
  ) -> Claim {
    let claim = Claim(
      id, of: experiment, statement,
      rule:
        "At every window and delay less than \(Display.percent(none)) of the late packets are dropped "
        + "(the largest share, over launches).", paper: paper, source: source)
    return judgedAsNone(claim, run, system, { _ in true }, "late packets")
  }

  /// The largest of all shares is none.
  private static func judgedAsNone(
    _ claim: Claim, _ run: RunReading?, _ system: String, _ isMeant: (Place) -> Bool, _ what: String
  ) -> Claim {
    judged(claim, run, system, isMeant, what, { $0.max() ?? .nan }) {
      Rules.beyond($0, none, above: false, "the largest share")
    }
  }

  /// Against VPE: a window that is longer than the delay is enough.
  private static func longWindow(_ run: RunReading?, _ id: String, of experiment: String) -> Claim {
    let claim = Claim(
      id, of: experiment, "One ESP window that is longer than the delay drops no late packet.",
      rule:
        "Wherever the window has more packets than overtake a late one, less than "
        + "\(Display.percent(none)) of the late packets are dropped (the largest share, over launches).",
      paper: "", source: .objection)
    return judgedAsNone(claim, run, "esp-single", { $0.late < $0.window }, "windows longer than a delay")
  }

  /// A case's window and delay, packets.
  private struct Place {
    let window: Int
    let late: Int

    init(_ coordinates: CaseCoordinates) {
      func value(_ axis: Axis) -> Int {
        coordinates.axes[axis.rawValue].flatMap { Int($0) } ?? axis.definition.standard?.integer ?? 0
      }
      (window, late) = (value(.windowSize), value(.latePackets))
    }
  }

  /// A claim about the shares of a system's cases, as one number of all.
  private static func judged(
    _ claim: Claim, _ run: RunReading?, _ system: String, _ isMeant: (Place) -> Bool, _ what: String,
    _ number: ([Double]) -> Double, by rule: (LaunchEstimate) -> Judgement
  ) -> Claim {
    guard let run else { return claim }
    let shares = cases(run, system, share) { isMeant(Place($0)) }.map { LaunchEstimate.values($0.rounds) }
    guard !shares.isEmpty,
      let own = LaunchEstimate(of: shares, by: .middle, { number($0.filter { !$0.isNaN }) })
    else { return claim.notRun(missing("\(SystemStyle(system).title) with \(what) is", in: run)) }
    return claim.judged(rule(own), own, bases: counted)
  }

  /// A metric of a system's cases.
  private static func cases(
    _ run: RunReading, _ system: String, _ metric: String, where isMeant: (CaseCoordinates) -> Bool
  ) -> [(point: CaseCoordinates, basis: Basis, rounds: LaunchEstimate.Rounds)] {
    run.cases.filter { $0.coordinates.system == system && $0.basis != .model && isMeant($0.coordinates) }
      .map { found in
        let samples = run.usableSamples(found.coordinates, found.basis)
        return (
          point: found.coordinates, basis: found.basis, rounds: samples.byRound { $0.metrics[metric] }
        )
      }.filter { !$0.rounds.isEmpty }
  }

  private static func isPunctual(_ coordinates: CaseCoordinates) -> Bool { Place(coordinates).late == 0 }

  // MARK: Costs

  /// Long windows contradict high speed (paper, section 3.3).
  private static func windowCost(_ run: RunReading?) -> Claim {
    let claim = Claim(
      "qos-window-cost", of: classes, "A long window makes opening ESP's packets dearer than a short one.",
      rule:
        "With no packet late, the ratio of the costs of opening in the same repetitions (longest window / "
        + "shortest) is above 1. Below 1, or equal to 1 within \(Display.percent(Rules.equalWithin)), it is "
        + "not reproduced.", paper: "cache inefficiency")
    guard let run else { return claim }
    let found = cases(run, "esp-single", "open_cycles_per_packet", where: isPunctual)
      .sorted { Place($0.point).window < Place($1.point).window }
    guard let short = found.first, let long = found.last,
      Place(short.point).window < Place(long.point).window,
      let ratio = LaunchEstimate(of: long.rounds, to: short.rounds, by: .lowEnd)
    else { return claim.notRun(missing("ESP with two windows and no packet late is", in: run)) }
    return claim.judged(
      Rules.more(ratio, paper: nil),
      ours: "\(Display.estimate(ratio)), windows of \(Place(long.point).window) over "
        + "\(Place(short.point).window)", ratio, bases: [short.basis, long.basis])
  }

  /// Associations multiply with classes and threads (paper, section 3.3).
  private static func memory(_ run: RunReading?) -> Claim {
    let claim = Claim(
      "qos-sa-memory", of: classes,
      "An ESP association for each class and thread takes more memory than VPE's windows for these.",
      rule:
        "The ratio of the associations' bytes in a gateway (ESP multi-SA / VPE) is above 1 at every window "
        + "(the least ratio).", paper: "as many SAs as classes times threads")
    guard let run else { return claim }
    let pairs = SystemPair.pairs(of: run, "esp-multi-sa", "vpe", metric: "sa_bytes").filter {
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

  /// Against VPE: associations for classes cost no throughput.
  private static func carries(_ run: RunReading?) -> Claim {
    let claim = Claim(
      "qos-sa-carries", of: classes, "ESP with an association for each class carries as much as VPE.",
      rule:
        "With no packet late, the ratio of goodputs in the same repetitions (ESP multi-SA / VPE, geometric "
        + "mean over windows) is above 0.9.", paper: "", source: .objection)
    guard let run else { return claim }
    let pairs = SystemPair.pairs(of: run, "esp-multi-sa", "vpe", metric: "goodput_gbps").filter {
      $0.basis != .model && isPunctual($0.coordinates)
    }
    guard let ratio = SystemPair.overall(pairs) else {
      return claim.notRun(missing("ESP with an association for each class and VPE are", in: run))
    }
    return claim.judged(Rules.beyond(ratio, 0.9, "the ratio"), ratio, bases: pairs.map(\.basis))
  }
}

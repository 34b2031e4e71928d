import Cases
import RateSearch

extension Descriptor {
  /// The members of `measure` for a rate search.
  static let search: [Shape.Field] = [
    .init(
      "goals", .list(.choice(RateGoal.presets.map(\.name))), .standard(["ndr", "pdr"]),
      "What a rate must fulfil: ndr, pdr: no loss, 0.5 % of loss, as FD.io's CSIT asks for them; rfc2544, "
        + "tst009: no loss in a minute, in one of two minutes.", .rateSearch),
    .init("searches", .integer(1...1000), .standard(3), "Searches of each case.", .rateSearch),
    .init(
      "search_seconds", .number(1...86_400), .standard(1200),
      "What a search takes at most, but for the trial that it is in.", .rateSearch),
    .init(
      "trial_seconds", .number(0.01...3600), .optional,
      "Length of the trials that decide, in place of the goals' own.", .rateSearch),
    .init(
      "duration_sum_seconds", .number(0.01...86_400), .optional,
      "Seconds of trials at one load that decide what it is, in place of the goals' own.", .rateSearch),
    .init(
      "width", .number(0.001...0.5), .optional,
      "How far apart a rate's two bounds may be, as a part of the upper one, in place of the goals' own.",
      .rateSearch),
    .init(
      "latency_percent", .list(.integer(0...100)), .optional,
      "Loads at which latency is measured behind each search, in percent of the rate of the goal that may "
        + "lose most; 0: 10,000 frames a second. Only where tester and DUT have a core each.", .rateSearch),
    .init(
      "latency_seconds", .number(0.01...3600), .standard(1),
      "How long each of these loads is offered; of frames to be opened, as long as they lie ready.",
      .rateSearch),
    .init(
      "probe_kpps", .number(0...1000, isAboveOnly: true), .optional,
      "Probes beside each of these loads, thousand a second: a flow of their own, due at fixed times, with "
        + "percentiles of their own; the load stays as it is. If missing, none.", .rateSearch),
    .init(
      "min_mpps", .number(0...1000, isAboveOnly: true), .standard(0.01),
      "The lowest load, million frames a second.", .rateSearch),
    .init(
      "max_mpps", .number(0...1000, isAboveOnly: true), .optional,
      "The highest load; if missing, what the tester offers without a DUT.", .rateSearch),
  ]
}

extension Descriptor.Search {
  /// - Parameter tree: the checked member `measure`.
  init(_ tree: CheckedTree) {
    let (trial, sum) = (tree.optional("trial_seconds")?.double, tree.optional("duration_sum_seconds")?.double)
    let width = tree.optional("width")?.double
    goals = tree["goals"].items.compactMap { name in
      RateGoal.presets.first { $0.name == name.text }.map { preset in
        let decisive = trial ?? preset.finalTrialSeconds
        return RateGoal(
          name: preset.name, finalTrialSeconds: decisive,
          initialTrialSeconds: min(preset.initialTrialSeconds, decisive),
          durationSumSeconds: sum ?? preset.durationSumSeconds, lossRatio: preset.lossRatio,
          exceedRatio: preset.exceedRatio, width: width ?? preset.width)
      }
    }
    seconds = tree["search_seconds"].double
    latencyPercents = tree.optional("latency_percent")?.items.map(\.int) ?? []
    latencySeconds = tree["latency_seconds"].double
    probeRate = 1000 * (tree.optional("probe_kpps")?.double ?? 0)
    (minMpps, maxMpps) = (tree["min_mpps"].double, tree.optional("max_mpps")?.double)
  }

  /// The approximate duration of a search, assuming that the DUT carries a third of the highest load.
  /// - Parameter opens: whether the DUT opens packets. Frames are then sealed before each trial, at about the
  ///   same rate.
  func expectedSeconds(opens: Bool) -> Double {
    let most = 1e6 * (maxMpps ?? Self.usualMaxMpps)
    let least = min(1e6 * minMpps, most / 2)
    guard goals.allSatisfy({ $0.fault == nil }) else { return seconds }
    var search = RateSearch(goals, loads: least...most, secondsMax: seconds)
    while let request = search.next {
      search.add(
        RateTrial(
          load: request.load, seconds: request.seconds,
          effectiveSeconds: request.seconds + Self.besideTrialSeconds,
          lossRatio: max(0, 1 - most / 3 / request.load)))
    }
    // Each load is offered twice: with the DUT and without it.
    let timed = 2 * Double(latencyPercents.count) * (latencySeconds + Self.besideTrialSeconds)
    return (search.seconds + timed) * (opens ? 2 : 1) + Self.setUpSeconds
  }

  /// The approximate highest rate of a tester, in 10^6 frames per second.
  private static let usualMaxMpps = 20.0
  /// Seconds to start and stop the DUT's thread, and to wait for the last frames.
  private static let besideTrialSeconds = 0.05
  /// Seconds to prepare keys and memory, and for the warm-up trial.
  private static let setUpSeconds = 0.5
}

import Cases

// Figures 5 and 6.
extension Claims {
  private static let goodput = "goodput_gbps"
  private static let sizes = [64, 1420]

  static func figureFive(_ run: RunReading?, _ paper: PaperValues) -> [Claim] {
    let pairs = [("esp-single", "ipsec-secgw"), ("vpe", "esp-single")]
    let orders = pairs.flatMap { first, second in
      sizes.map { size in order(run, paper, first, over: second, size) }
    }
    return orders + ["esp-single", "vpe"].map { costFollowsPackets(run, paper, $0) }
  }

  /// One system carries at least as much as another.
  private static func order(
    _ run: RunReading?, _ paper: PaperValues, _ first: String, over second: String, _ size: Int
  ) -> Claim {
    let (a, b) = (SystemStyle(first).title, SystemStyle(second).title)
    let values = (paper.value(first, frameBytes: size), paper.value(second, frameBytes: size))
    let ratio = values.0.flatMap { own in values.1.map { Display.number(own / $0) } } ?? ""
    let claim = Claim(
      .five, "With one thread a direction, \(a) carries at least as much as \(b) (\(size)-byte frames).",
      rule: "The 95 % interval of the ratio of goodputs in the same repetition (\(a) / \(b)) "
        + "lies at 1 or above.", paper: ratio)
    guard let run else { return claim }
    guard
      let pair = SystemPair.pairs(of: run, first, second, metric: goodput).first(where: {
        $0.coordinates.frameBytes == size && $0.coordinates.threads == 2
      })
    else {
      if second == "ipsec-secgw", let reason = reasonWithoutBaseline(run, [first, second], size) {
        return claim.judged(.cannotBeTold(reason))
      }
      return claim.judged(missing("\(a) and \(b) at \(size) bytes with repetitions in common are"))
    }
    return claim.judged(Rules.atLeast(pair.ratio), ours: Display.ratio(pair.ratio), bases: [pair.basis])
  }

  /// Why a run has no ratio to a gateway of somebody else; nil if nothing explains it.
  private static func reasonWithoutBaseline(_ run: RunReading, _ systems: [String], _ size: Int) -> String? {
    if !run.hasBaseline {
      return "there is no run of the baseline here; `make peers` builds what it needs, and "
        + "`vpebench run experiments/\(Baseline.experiment).json5` makes one"
    }
    if let missing = systems.first(where: { name in !run.figures.contains { $0.coordinates.system == name } })
    {
      return "\(SystemStyle(missing).title) is not in the run; `make peers` builds it, then run again"
    }
    let gap = run.gaps.first {
      $0.coordinates.link == "memif" && $0.coordinates.frameBytes == size
        && systems.contains($0.coordinates.system)
    }
    return gap.map { "\($0.coordinates.name) is not shown: \($0.reason)" }
  }

  /// Cost goes with packets rather than with bytes.
  private static func costFollowsPackets(
    _ run: RunReading?, _ paper: PaperValues, _ system: String
  ) -> Claim {
    let title = SystemStyle(system).title
    let length = Double(sizes[1]) / Double(sizes[0])
    /// Time per frame of the long over that of the short, from goodputs.
    func cost(_ short: Double, _ long: Double) -> Double { short / long * length }
    let values = sizes.compactMap { paper.value(system, frameBytes: $0) }
    let claim = Claim(
      .five, "What \(title) costs goes with packets rather than with bytes.",
      rule: "A frame of \(sizes[1]) bytes takes less than half of \(Display.number(length)) times as long as "
        + "one of \(sizes[0]) bytes.",
      paper: values.count == 2 ? Display.number(cost(values[0], values[1])) : "")
    guard let run else { return claim }
    let figures = sizes.compactMap { size in
      run.figures.first {
        $0.coordinates.system == system && $0.coordinates.frameBytes == size && $0.coordinates.threads == 2
          && $0.isThroughput && $0.isValid
      }
    }
    guard figures.count == 2, let short = figures[0].value, let long = figures[1].value, long > 0 else {
      return claim.judged(missing("\(title) at both sizes is"))
    }
    let ours = cost(short, long)
    return claim.judged(
      Rules.costFollowsPackets(cost: ours, length: length), ours: "\(Display.number(ours))",
      bases: figures.map(\.basis))
  }

  static func figureSix(_ run: RunReading?, _ paper: PaperValues) -> [Claim] {
    let short = (vpe: curve(run, "vpe", 64), esp: curve(run, "esp-pipeline", 64))
    let long = (vpe: curve(run, "vpe", 1420), esp: curve(run, "esp-pipeline", 1420))
    return [
      linear(run, short.vpe), growth(run, short.vpe, paper), peaks(run, short.vpe, short.esp, paper),
      threads(run, long.vpe, long.esp), dips(run, long.esp),
    ]
  }

  /// The points of a system's curve, by threads: of each the figure that rests on most, measured before
  /// capacity before model.
  static func curve(_ run: RunReading?, _ system: String, _ size: Int) -> [Rules.Point] {
    var best: [Int: Rules.Point] = [:]
    for figure in run?.figures ?? []
    where figure.coordinates.system == system && figure.coordinates.frameBytes == size
      && figure.isThroughput && figure.isValid
    {
      guard let mean = figure.value else { continue }
      let point = Rules.Point(
        threads: figure.coordinates.threads, mean: mean, low: figure.low, high: figure.high,
        basis: figure.basis)
      let order = Basis.allCases
      if let known = best[point.threads],
        (order.firstIndex(of: known.basis) ?? 0) <= (order.firstIndex(of: point.basis) ?? 0)
      {
        continue
      }
      best[point.threads] = point
    }
    return best.values.sorted { $0.threads < $1.threads }
  }

  private static func linear(_ run: RunReading?, _ points: [Rules.Point]) -> Claim {
    let claim = Claim(
      .six, "VPE's goodput with 64-byte frames is linear in threads.",
      rule: "A straight line explains at least 98 % of the variance over at least \(Rules.pointsMin) thread "
        + "counts. Figures that are not measured can contradict this, not bear it out.",
      paper: "linear, 2 to 38")
    guard run != nil else { return claim }
    guard let first = points.first, let last = points.last else {
      return claim.judged(missing("VPE at 64 bytes is"))
    }
    let ours = Rules.line(points).map {
      "R² \(Display.number($0.rSquared)), \(first.threads) to \(last.threads) threads"
    }
    return claim.judged(Rules.linear(points), ours: ours ?? "", bases: points.map(\.basis))
  }

  private static func growth(_ run: RunReading?, _ points: [Rules.Point], _ paper: PaperValues) -> Claim {
    let values = (
      paper.value("vpe", frameBytes: 64, threads: 2), paper.value("vpe", frameBytes: 64, threads: 38)
    )
    let growth = values.0.flatMap { few in values.1.map { $0 / few } } ?? 1
    let claim = Claim(
      .six, "VPE with 38 threads carries \(Display.number(growth)) times what it carries with 2 (64 bytes).",
      rule:
        "From the fewest threads to the most, goodput grows by at least 80 % of what the paper's growth per "
        + "thread makes of it. Figures that are not measured can contradict this, not bear it out.",
      paper: "\(Display.number(growth)), that is \(Display.number(growth / 19)) per thread")
    guard run != nil else { return claim }
    guard let first = points.first, let last = points.last else {
      return claim.judged(missing("VPE at 64 bytes is"))
    }
    let own = last.mean / first.mean
    let perThread = own * Double(first.threads) / Double(last.threads)
    return claim.judged(
      Rules.growth(points, paperPerThread: growth / 19),
      ours: "\(Display.number(own)) from \(first.threads) to \(last.threads) threads, that is "
        + "\(Display.number(perThread)) per thread", bases: [first.basis, last.basis])
  }

  private static func peaks(
    _ run: RunReading?, _ vpe: [Rules.Point], _ esp: [Rules.Point], _ paper: PaperValues
  ) -> Claim {
    let values = (
      paper.value("vpe", frameBytes: 64, threads: 38), paper.value("esp-pipeline", frameBytes: 64)
    )
    let ratio = values.0.flatMap { vpe in values.1.map { vpe / $0 } } ?? 1
    let claim = Claim(
      .six, "With 64-byte frames VPE's peak is far above that of ESP's pipeline.",
      rule:
        "The ratio of the peaks that were run is nearer to the paper's than to 1, on a logarithmic scale: at "
        + "least \(Display.number(ratio.squareRoot())). ESP must have stopped rising.",
      paper: Display.number(ratio))
    guard run != nil else { return claim }
    let runVPE = vpe.filter(\.isRun)
    let runESP = esp.filter(\.isRun)
    guard let high = Rules.peak(runVPE.isEmpty ? vpe : runVPE),
      let low = Rules.peak(runESP.isEmpty ? esp : runESP)
    else { return claim.judged(missing("VPE and ESP's pipeline at 64 bytes are")) }
    return claim.judged(
      Rules.peaks(vpe, esp, paper: ratio),
      ours:
        "\(Display.number(high.mean / low.mean)): VPE with \(high.threads) threads, ESP with \(low.threads)",
      bases: [high.basis, low.basis])
  }

  private static func threads(_ run: RunReading?, _ vpe: [Rules.Point], _ esp: [Rules.Point]) -> Claim {
    let claim = Claim(
      .six, "With 1420-byte frames ESP's pipeline needs more threads than VPE for the same goodput.",
      rule:
        "It needs two threads more, at least, to nine tenths of the lower of both peaks, over the thread "
        + "counts that were run.", paper: "more than 20 against 10")
    guard run != nil else { return claim }
    let points = (vpe.filter(\.isRun), esp.filter(\.isRun))
    guard let goodput = Rules.commonGoodput(points.0, points.1),
      let few = Rules.threads(points.0, reaching: goodput),
      let many = Rules.threads(points.1, reaching: goodput)
    else { return claim.judged(Rules.needsMoreThreads(esp, than: vpe)) }
    return claim.judged(
      Rules.needsMoreThreads(esp, than: vpe),
      ours: "\(many) against \(few), for \(Display.number(goodput)) Gbit/s",
      bases: (points.0 + points.1).map(\.basis))
  }

  private static func dips(_ run: RunReading?, _ esp: [Rules.Point]) -> Claim {
    let claim = Claim(
      .six, "With 1420-byte frames, more threads lower the goodput of ESP's pipeline at some counts.",
      rule: "There are two neighbouring thread counts that were run, of which the larger carries less, their "
        + "95 % intervals apart.", paper: "at some low thread counts")
    guard run != nil else { return claim }
    let points = esp.filter(\.isRun)
    let ours = Rules.dip(points).map { "with \($0) threads" } ?? "none"
    return claim.judged(
      Rules.hasDip(esp), ours: points.count >= Rules.pointsMin ? ours : "", bases: points.map(\.basis))
  }
}

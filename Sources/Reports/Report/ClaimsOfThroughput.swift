import Basics
import Cases
import Foundation
import Results
import Statistics

// Figures 5 and 6.
extension Claims {
  /// The short and the long frame with which throughput is judged, in bytes.
  static let sizes = [64, 1420]

  static func figureFive(_ run: RunReading, _ paper: PaperValues) -> [Claim] {
    let pairs = [(System.espSingle, System.ipsecSecgw), (.vpe, .espSingle)]
    let orders = pairs.flatMap { first, second in
      sizes.map { size in order(run, paper, first, over: second, size) }
    }
    return orders + [System.espSingle, .vpe].map { costFollowsPackets(run, paper, $0) }
  }

  /// The claim that one system carries more than another.
  private static func order(
    _ run: RunReading, _ paper: PaperValues, _ first: System, over second: System, _ size: Int
  ) -> Claim {
    let (a, b) = (first.title, second.title)
    let values = (paper.value(first, frameBytes: size), paper.value(second, frameBytes: size))
    let ratio = values.0.flatMap { own in values.1.map { own / $0 } }
    let claim = Claim(
      "5-\(first.rawValue)-\(second.rawValue)-\(size)", of: Experiment.figure5,
      "With one thread a direction, \(a) carries more than \(b) (\(size)-byte frames).",
      rule:
        "The ratio of goodputs in the same repetitions (\(a) / \(b)) is above 1. Below 1, or equal to 1 "
        + "within \(Display.percent(Rules.equalWithin)) without the paper's in its interval, it is not "
        + "reproduced.",
      paper: ratio.map(Display.number) ?? "")
    guard
      let pair = SystemPair.pairs(of: run, first, second, metric: Metric.goodput).first(where: {
        $0.coordinates.frameBytes == size && $0.coordinates.threads == 2
      })
    else {
      if second == .ipsecSecgw, let reason = reasonWithoutBaseline(run, [first, second], size) {
        return claim.notRun(reason)
      }
      return claim.notRun(missing("\(a) and \(b) at \(size) bytes with launches in common are", in: run))
    }
    return claim.judged(
      Rules.more(pair.ratio, paper: ratio), pair.ratio, bases: [pair.basis],
      magnitude: Magnitude(ratio, in: pair.ratio))
  }

  /// The reason why a run has no ratio to a third-party gateway; nil if none is known.
  private static func reasonWithoutBaseline(_ run: RunReading, _ systems: [System], _ size: Int) -> String? {
    if !run.hasBaseline {
      return "there is no run of the baseline here; `make peers` builds what it needs, and "
        + "`vpebench run experiments/\(Experiment.baseline).json5` makes one"
    }
    if let missing = systems.first(where: { own in !run.figures.contains { $0.coordinates.isOf(own) } }) {
      return "\(missing.title) is not in the run; `make peers` builds it, then run again"
    }
    let gap = run.gaps.first {
      $0.coordinates.link == LinkKind.memif.rawValue && $0.coordinates.frameBytes == size
        && systems.contains(where: $0.coordinates.isOf)
    }
    return gap.map { "\($0.coordinates.name) is not shown: \($0.reason)" }
  }

  /// The claim that cost depends on the number of packets rather than of bytes.
  private static func costFollowsPackets(
    _ run: RunReading, _ paper: PaperValues, _ system: System
  ) -> Claim {
    let title = system.title
    let length = Double(sizes[1]) / Double(sizes[0])
    let bound = length.squareRoot()
    let values = sizes.compactMap { paper.value(system, frameBytes: $0) }
    let stated = values.count == 2 ? values[0] / values[1] * length : nil
    let claim = Claim(
      "5-\(system.rawValue)-packets", of: Experiment.figure5,
      "What \(title) costs goes with packets rather than with bytes.",
      rule: "A frame of \(sizes[1]) bytes takes less than \(Display.number(bound)) times as long as one of "
        + "\(sizes[0]) bytes: nearer to 1 than to the \(Display.number(length)) of their lengths, on a "
        + "logarithmic scale.",
      paper: stated.map(Display.number) ?? "")
    let points = sizes.compactMap { size in curve(run, system, size).first { $0.threads == 2 } }
    guard points.count == 2,
      let time = LaunchEstimate(
        comparing: points.map(\.rounds), by: points[0].estimator, { $0[0] / $0[1] * length })
    else { return claim.notRun(missing("\(title) at both sizes is", in: run)) }
    return claim.judged(
      Rules.beyond(time, bound, above: false, "the factor"), time, bases: points.map(\.basis),
      magnitude: Magnitude(stated, in: time))
  }

  static func figureSix(_ run: RunReading, _ paper: PaperValues) -> [Claim] {
    let short = (vpe: curve(run, .vpe, 64), esp: pipeline(run, 64))
    let long = (vpe: curve(run, .vpe, 1420), esp: pipeline(run, 1420))
    return [
      linear(run, short.vpe, paper), growth(run, short.vpe, paper), peaks(run, short.vpe, short.esp, paper),
      threads(run, long.vpe, long.esp, paper), dips(run, long.esp), keepsUp(run, long.vpe, long.esp),
    ]
  }

  /// The curve of the paper's pipeline. Older runs call it `esp-pipeline`; later ones have a system of its
  /// own.
  private static func pipeline(_ run: RunReading, _ size: Int) -> [Rules.Point] {
    let points = curve(run, .espPipelinePaper, size)
    return points.isEmpty ? curve(run, .espPipeline, size) : points
  }

  /// The points of a system's curve, by threads. If a thread count has several cases, the one with the
  /// strongest basis counts: measured before capacity before model. If any point was run, modelled ones are
  /// left out.
  /// - Parameter cipher: the cipher of the cases; by default the run's first, in the order of
  ///   `AEADAlgorithm`.
  static func curve(
    _ run: RunReading, _ system: System, _ size: Int, with cipher: AEADAlgorithm? = nil
  ) -> [Rules.Point] {
    let order = Basis.allCases
    let cipher = (cipher ?? run.ciphers.first)?.rawValue
    let found = run.points(of: Metric.goodput, system, hasModel: true) {
      $0.frameBytes == size && $0.aead == cipher && $0.link != LinkKind.memif.rawValue
        && ($0[.steering] ?? Steering.queue.rawValue) == Steering.queue.rawValue
    }.sorted { (order.firstIndex(of: $0.basis) ?? 0) < (order.firstIndex(of: $1.basis) ?? 0) }
    let all = found.grouped(by: \.coordinates.threads).map { threads, own in
      Rules.Point(threads: threads, basis: own[0].basis, rounds: own[0].rounds)
    }.sorted { $0.threads < $1.threads }
    return all.contains(where: \.isRun) ? all.filter(\.isRun) : all
  }

  private static func stated(_ paper: PaperValues) -> Double? {
    paper.value(.vpe, frameBytes: 64, threads: 38).flatMap { many in
      paper.value(.vpe, frameBytes: 64, threads: 2).map { many / $0 }
    }
  }

  private static func linear(
    _ run: RunReading, _ points: [Rules.Point], _ paper: PaperValues
  ) -> Claim {
    let exponent = stated(paper).map { log($0) / log(19) }
    let claim = Claim(
      "6-vpe-linear", of: Experiment.figure6,
      "VPE's goodput with 64-byte frames grows in proportion to threads.",
      rule:
        "As a power of the threads (the slope in log-log) its exponent is above \(Rules.exponentMin), "
        + "over at least \(Rules.pointsMin) thread counts.",
      paper: exponent.map { "\(Display.number($0)), from 2 to 38" } ?? "", isFavoured: true)
    guard let first = points.first, let last = points.last else {
      return claim.notRun(missing("VPE at 64 bytes is", in: run))
    }
    let ours = Rules.exponent(points)
    return claim.judged(
      Rules.linear(points),
      ours: ours.map { "\(Display.estimate($0)), \(first.threads) to \(last.threads) threads" } ?? "",
      ours, bases: points.map(\.basis), magnitude: Magnitude(exponent, in: ours))
  }

  private static func growth(_ run: RunReading, _ points: [Rules.Point], _ paper: PaperValues) -> Claim {
    let growth = stated(paper) ?? 1
    let claim = Claim(
      "6-vpe-growth", of: Experiment.figure6,
      "VPE with 38 threads carries \(Display.number(growth)) times what it carries with 2 (64 bytes).",
      rule:
        "From the fewest threads to the most, goodput grows by at least 80 % of what the paper's growth per "
        + "thread makes of it.",
      paper: "\(Display.number(growth)), that is \(Display.number(growth / 19)) per thread", isFavoured: true)
    guard let first = points.first, let last = points.last, let own = Rules.ratio(last, to: first) else {
      return claim.notRun(missing("VPE at 64 bytes is", in: run))
    }
    let isPapers = (first.threads, last.threads) == (2, 38)
    return claim.judged(
      Rules.growth(points, paperPerThread: growth / 19),
      ours: "\(Display.estimate(own)) from \(first.threads) to \(last.threads) threads, that is "
        + "\(Display.number(own.value * Double(first.threads) / Double(last.threads))) per thread",
      own, bases: [first.basis, last.basis], magnitude: Magnitude(isPapers ? growth : nil, in: own))
  }

  private static func peaks(
    _ run: RunReading, _ vpe: [Rules.Point], _ esp: [Rules.Point], _ paper: PaperValues
  ) -> Claim {
    let values = (
      paper.value(.vpe, frameBytes: 64, threads: 38), paper.value(.espPipeline, frameBytes: 64)
    )
    let ratio = values.0.flatMap { vpe in values.1.map { vpe / $0 } } ?? 1
    let claim = Claim(
      "6-peaks", of: Experiment.figure6,
      "With 64-byte frames VPE's peak is far above that of ESP's pipeline.",
      rule:
        "The ratio of the peaks is nearer to the paper's than to 1, on a logarithmic scale: above "
        + "\(Display.number(ratio.squareRoot())). ESP must have stopped rising.",
      paper: Display.number(ratio))
    guard let own = Rules.peaks(vpe, esp) else {
      return claim.notRun(missing("VPE and ESP's pipeline at 64 bytes are", in: run))
    }
    return claim.judged(
      Rules.farAbove(vpe, esp, paper: ratio), own, bases: (vpe + esp).map(\.basis),
      magnitude: Magnitude(ratio, in: own))
  }

  private static func threads(
    _ run: RunReading, _ vpe: [Rules.Point], _ esp: [Rules.Point], _ paper: PaperValues
  ) -> Claim {
    let point = paper.points.first { $0.system == System.vpe.rawValue && $0.frameBytes == 1420 }
    let goodput = point?.value ?? 0
    // The paper compares more than 20 threads of ESP with 10 of VPE.
    let factor = 20 / Double(point?.threads ?? 10)
    let claim = Claim(
      "6-threads", of: Experiment.figure6,
      "With 1420-byte frames ESP's pipeline needs more threads than VPE for the same goodput.",
      rule:
        "For the paper's \(Display.number(goodput)) Gbit/s, or nine tenths of the lower peak, it needs "
        + "more than "
        + "\(Display.number(factor.squareRoot())) times as many, between thread counts by interpolation: "
        + "nearer to the paper's factor than to 1.", paper: "more than 2: beyond 20 against 10")
    guard !vpe.isEmpty, !esp.isEmpty else {
      return claim.notRun(missing("VPE and ESP's pipeline at 1420 bytes are", in: run))
    }
    let own = Rules.threadsNeeded(esp, vpe, for: goodput)
    return claim.judged(
      Rules.needsMore(esp, than: vpe, for: goodput, paper: factor), own, bases: (vpe + esp).map(\.basis),
      magnitude: Magnitude(factor, in: own))
  }

  private static func dips(_ run: RunReading, _ esp: [Rules.Point]) -> Claim {
    let claim = Claim(
      "6-dips", of: Experiment.figure6,
      "With 1420-byte frames, more threads lower the goodput of ESP's pipeline at some counts.",
      rule:
        "There are two neighbouring thread counts of which the larger carries less (Holm over all steps). "
        + "That there are none leaves it open, since each count has the best assignment of stages.",
      paper: "at some low thread counts")
    guard !esp.isEmpty else { return claim.notRun(missing("ESP's pipeline at 1420 bytes is", in: run)) }
    let found = Rules.dips(esp).map { "\($0.threads)" }
    return claim.judged(
      Rules.hasDip(esp), ours: found.isEmpty ? "none" : "with \(found.joined(separator: ", ")) threads",
      bases: esp.map(\.basis))
  }

  /// An objection to VPE: a hand-over between cores that share a cache costs little.
  private static func keepsUp(_ run: RunReading, _ vpe: [Rules.Point], _ esp: [Rules.Point]) -> Claim {
    let claim = Claim(
      "6-esp-keeps-up", of: Experiment.figure6,
      "Over cores that share an L3 cache, ESP's pipeline carries as much as VPE with 1420-byte frames.",
      rule: "The ratio of the peaks (ESP pipeline / VPE) is above 0.9.", paper: "", source: .objection)
    guard let own = Rules.peaks(esp, vpe) else {
      return claim.notRun(missing("VPE and ESP's pipeline at 1420 bytes are", in: run))
    }
    return claim.judged(Rules.beyond(own, 0.9, "the ratio"), own, bases: (vpe + esp).map(\.basis))
  }

  /// An objection to VPE: it should be compared with the strongest ESP, not with the paper's. docs/systems.md
  /// states how that ESP numbers packets and which windows and threads it has.
  static func strongest(_ run: RunReading) -> [Claim] {
    let builds = [
      (id: "one", words: "with one association", systems: Thesis.one),
      (id: "many", words: "with an association for each thread (RFC 9611)", systems: Thesis.many),
    ]
    return builds.flatMap { build in
      let names = build.systems.map(\.rawValue)
      return sizes.map { size in
        let claim = Claim(
          "today-\(build.id)-\(size)", of: Experiment.scalingToday,
          "ESP as it can be built today \(build.words) carries as much as VPE with \(size)-byte frames.",
          rule:
            "The ratio of the peaks (the best of \(names.joined(separator: ", ")) / VPE) is above "
            + "0.9, where flows are dealt evenly.", paper: "", source: .objection)
        let vpe = curve(run, .vpe, size)
        let curves = build.systems.map { (system: $0, points: curve(run, $0, size)) }
        let best = curves.compactMap { curve in
          Rules.peaks(curve.points, vpe).map { (system: curve.system, ratio: $0) }
        }.max { $0.ratio.value < $1.ratio.value }
        let points = curves.flatMap(\.points)
        guard let best, let own = Rules.peaks(points, vpe) else {
          return claim.notRun(
            missing("VPE and \(names.joined(separator: " or ")) at \(size) bytes are", in: run))
        }
        return claim.judged(
          Rules.beyond(own, 0.9, "the ratio"), ours: "\(Display.estimate(own)) (\(best.system.rawValue))",
          own,
          bases: (vpe + points).map(\.basis))
      }
    }
  }
}

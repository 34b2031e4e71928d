import Basics
import Cases
import Roles

extension StageReport {
  /// What is wrong with gateways' threads that had nothing to do, a sentence each: they carry nothing of what
  /// is claimed for all of them.
  /// - Parameter remedy: when that was, and what to do about it.
  static func idleThreads(_ stages: [StageReport], steering: Steering, _ remedy: String) -> [String] {
    // A hash may leave a queue without a flow: that is what it is measured for.
    guard steering != .hash else { return [] }
    return stages.filter { $0.isOfGateway && $0.counters.received == 0 }.map {
      "\($0.name) received nothing\(remedy)"
    }
  }
}

/// What keeps a sample out of the statistics.
extension SampleAnalysis {
  /// What is wrong with the sample, a sentence each; empty if nothing is.
  var faults: [String] {
    var faults = accounts.faults + losses + generator.faults(by: descriptor)
    faults += [weakAttack, rekeyFault].compactMap(\.self)
    let unknown = StalledTime.ofUnknown(gatewayStages)
    let isMissing = rate == nil && observed.blackBoxes.isEmpty && unknown.isEmpty
    if isMissing || unknown.contains(where: { !$0.isAll }) {
      faults.append("a stage of a gateway was never busy within the window, so that its cost is not known")
    }
    return faults
  }

  private var generator: GeneratorCounts {
    GeneratorCounts(
      observed.final.flatMap(\.stages), window: window, seconds: seconds,
      dryPolls: observed.generator?.dryPolls)
  }

  /// Frames that were lost and counted, and threads that got none: a machine that takes cores away for a
  /// moment does that, too.
  private var losses: [String] { idleThreads + [tooMuchLoss].compactMap(\.self) }

  /// Costs of stages that lost packets are no costs.
  /// - Parameter purpose: what the costs are for.
  /// - Throws: `LostFrames`, or, where accounts are wrong, `RunError.refused`.
  package func requireWholePath(_ purpose: String) throws {
    guard accounts.faults.isEmpty else {
      throw RunError.refused(role: purpose, reason: (accounts.faults + losses).joined(separator: "; "))
    }
    guard losses.isEmpty else { throw LostFrames(purpose, losses.joined(separator: "; ")) }
  }

  /// What this machine did not let the sample show, a sentence each.
  var gaps: [String] {
    var gaps = [stallGap].compactMap(\.self)
    if rate == nil, !observed.blackBoxes.isEmpty {
      let peers = observed.blackBoxes.map(\.rawValue).sorted().joined(separator: " and ")
      gaps.append(
        "threads share cores, and those of \(peers) cannot be seen, so that no capacity follows; "
          + "allow a CPU for each thread")
    }
    return gaps
  }

  /// That the gateways' threads were off their cores too often.
  var stallGap: String? { StalledTime.gap(ofGateways: gatewayStages) }

  private var gatewayStages: [StageReport] { window.filter(\.isOfGateway) }

  private var idleThreads: [String] {
    StageReport.idleThreads(
      window, steering: point.steering ?? descriptor.steering,
      " within the window; see that flows and steering reach each thread, or lengthen measure.window_seconds")
  }

  /// What is lost beyond what `require.max_loss_ratio` allows. Where it says nothing, rings must lose nothing
  /// but what the black link is asked to lose or makes too late, and other links may lose anything.
  private var tooMuchLoss: String? {
    if descriptor.maxLossRatio != nil { return generator.tooMuchLoss(by: descriptor) }
    // A frame and its replay may both be lost on purpose, so that only more than all of that is too much.
    let explained = accounts.impaired + accounts.lateDropped + accounts.rekeyDropped
    guard !observed.linksMayLose, lost > explained else { return nil }
    let more = (lost - explained).counted(of: accounts.sent, "frame", "was", "were")
    return "\(more) lost on rings, which need not lose any; lower traffic.rate_mpps, or allow it by "
      + "require.max_loss_ratio"
  }

  private var rekeyFault: String? {
    rekeys?.failure.map { "associations could not be renewed any more (\($0))" }
  }

  private var weakAttack: String? {
    guard let wanted = observed.impairment.map({ $0.replayedPercent + $0.forgedPercent }), wanted > 0 else {
      return nil
    }
    let carried = count(Impairment.stage) { $0.transmitted }
    let made = count(Impairment.attackStage) { $0.transmitted }
    guard Double(made) < 0.95 * Double(carried) * Double(wanted) / 100 else { return nil }
    return "the attacker sent \(made.counted("packet")) beside \(carried) within the window, "
      + "less than the \(wanted) % asked for; lengthen measure.warm_up_seconds"
  }
}

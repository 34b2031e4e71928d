import Basics
import Cases
import Roles

extension StageReport {
  /// Faults of gateway threads that received nothing, a sentence each: they contribute nothing to what is
  /// claimed for all threads.
  /// - Parameter remedy: when that was, and advice.
  static func idleThreads(_ stages: [StageReport], steering: Steering, _ remedy: String) -> [String] {
    // A hash may leave a queue without flows: that is part of what is measured.
    guard steering != .hash else { return [] }
    return stages.filter { $0.isOfGateway && $0.counters.received == 0 }.map {
      "\($0.name) received nothing\(remedy)"
    }
  }
}

/// The faults and gaps that keep a sample out of the statistics.
extension SampleAnalysis {
  /// The sample's faults, a sentence each; empty if there are none.
  var faults: [String] {
    var faults = accounts.faults + losses + generator.faults(by: descriptor)
    faults += [weakAttack, rekeyFault].compactMap(\.self)
    let unknown = StalledTime.ofUnknown(gatewayStages)
    let isMissing = rate == nil && observed.silentPeers.isEmpty && unknown.isEmpty
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

  /// Counted losses, and threads that received nothing: a machine that takes cores away for a moment causes
  /// these, too.
  private var losses: [String] { idleThreads + [tooMuchLoss].compactMap(\.self) }

  /// Fails if stages lost packets, for their costs are then invalid.
  /// - Parameter purpose: the use of the costs, for the message.
  /// - Throws: `LostFrames`, or `RunError.refused` if accounts do not close.
  package func requireWholePath(_ purpose: String) throws {
    guard accounts.faults.isEmpty else {
      throw RunError.refused(role: purpose, reason: (accounts.faults + losses).joined(separator: "; "))
    }
    guard losses.isEmpty else { throw LostFrames(purpose, losses.joined(separator: "; ")) }
  }

  /// What could not be measured because of this machine, a sentence each.
  var gaps: [String] {
    var gaps = [stallGap].compactMap(\.self)
    if rate == nil, !observed.silentPeers.isEmpty {
      let peers = observed.silentPeers.map(\.rawValue).sorted().joined(separator: " and ")
      gaps.append(
        "threads share cores, and those of \(peers) cannot be seen, so that no capacity follows; "
          + "allow a CPU for each thread")
    }
    return gaps
  }

  /// The gap if the gateways' threads were off their cores too often.
  var stallGap: String? { StalledTime.gap(ofGateways: gatewayStages) }

  private var gatewayStages: [StageReport] { window.filter(\.isOfGateway) }

  private var idleThreads: [String] {
    StageReport.idleThreads(
      window, steering: point.steering ?? descriptor.steering,
      " within the window; see that flows and steering reach each thread, or lengthen measure.window_seconds")
  }

  /// The excess of losses over `require.max_loss_ratio`. Without such a limit, rings must lose nothing except
  /// frames that the black link loses on purpose or delays too much, and other links may lose any number.
  private var tooMuchLoss: String? {
    if descriptor.maxLossRatio != nil { return generator.tooMuchLoss(by: descriptor) }
    // A frame may be counted in several of these losses, so only a loss beyond their sum is excessive.
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

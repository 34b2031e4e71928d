import Basics
import Cases
import Roles

/// What keeps a sample out of the statistics.
extension SampleAnalysis {
  /// What is wrong with the sample, a sentence each; empty if nothing is.
  var faults: [String] {
    var faults = pathFaults
    if accounts.sent == 0 { faults.append("the generator sent nothing") }
    if let dry = observed.generator?.dryPolls, dry > 0 {
      faults.append("the pool of packets was empty \(dry) times when frames were due")
    }
    if count("collect", { $0.transmitted }) == 0 {
      var remedy = ""
      if case .mpps(let rate) = descriptor.traffic.rate {
        remedy = Pace.remedyForSilence(mpps: rate, seconds: descriptor.measure.windowSeconds)
      }
      faults.append("no frame came back within the window" + remedy)
    }
    faults += [lowRate, weakAttack, rekeyFault].compactMap(\.self)
    let isUnknown = unknownStages.contains { !$0.isAll }
    if isUnknown || rate == nil && observed.blackBoxes.isEmpty && unknownStages.isEmpty {
      faults.append("a stage of a gateway was never busy within the window, so that its cost is not known")
    }
    return faults
  }

  /// What is wrong with the frames' way, whatever was to be measured on it.
  private var pathFaults: [String] { accounts.faults + idleThreads + [tooMuchLoss].compactMap(\.self) }

  /// Costs of stages that lost packets are no costs.
  /// - Parameter purpose: what the costs are for.
  /// - Throws: `RunError.refused`.
  package func requireWholePath(_ purpose: String) throws {
    guard pathFaults.isEmpty else {
      throw RunError.refused(role: purpose, reason: pathFaults.joined(separator: "; "))
    }
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
  var stallGap: String? {
    let whose = "a gateway's thread was"
    // Of a stage with nothing but stalls no cost is known, however little they are beside the others' work.
    return StalledTime(gatewayStages.map(\.counters)).gap(whose)
      ?? unknownStages.lazy.compactMap { $0.gap(whose) }.first
  }

  /// Of each kind of stage that had packets, and of which no poll counts.
  private var unknownStages: [StalledTime] {
    Dictionary(grouping: gatewayStages, by: \.stage).values
      .filter { alike in alike.contains { $0.counters.received > 0 } && alike.allSatisfy { $0.cost == nil } }
      .map { StalledTime($0.map(\.counters)) }
  }

  private var gatewayStages: [StageReport] {
    window.filter {
      ($0.role == .gatewayA || $0.role == .gatewayB) && !Impairment.stages.contains($0.stage)
    }
  }

  /// Threads that have nothing to do carry nothing of what the row claims for all of them.
  private var idleThreads: [String] {
    // A hash may leave a queue without a flow: that is what it is measured for.
    guard point.steering != .hash else { return [] }
    return gatewayStages.filter { $0.counters.received == 0 }.map {
      "\($0.name) received nothing within the window; see that flows and steering reach each thread, "
        + "or lengthen measure.window_seconds"
    }
  }

  /// What is lost beyond what `require.max_loss_ratio` allows. Where it says nothing, rings must lose nothing
  /// but what the black link is asked to lose or makes too late, and other links may lose anything.
  private var tooMuchLoss: String? {
    if let most = descriptor.maxLossRatio {
      let ratio = Double(lost) / Double(max(accounts.sent, 1))
      let words = lost.counted(of: accounts.sent, "frame", "was", "were")
      return ratio > most ? "\(words) lost, require.max_loss_ratio allows \(most)" : nil
    }
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

  private var lowRate: String? {
    guard case .mpps(let intended) = descriptor.traffic.rate else { return nil }
    return Pace.fault(frames: count("generate") { $0.received }, mpps: intended, seconds: seconds)
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

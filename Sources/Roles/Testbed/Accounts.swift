import Cases
import Model
import Wire

/// The accounts of a case after its traffic has stopped: every frame must be accounted for.
///
/// 1. At each stage: received = transmitted + dropped by reason.
/// 2. On each link: transmitted by one side = received by the other; where a link may lose frames, at most
///    that.
/// 3. No drops for a reason that does not occur in an honest run.
///
/// If the black link has an attacker, the gateway behind it must drop as many packets as the attacker made,
/// for the reasons for which that kind of `Impairment` is refused. If the link makes packets late, the
/// gateway may drop any of these, for these reasons only. Drops caused by renewal of associations are
/// counted. Where packets are cut, fragments are counted, and may time out if another one was lost.
public struct Accounts {
  /// The errors, a sentence each; empty if the accounts close.
  public private(set) var faults: [String] = []
  /// Frames lost on links that may lose frames.
  public private(set) var lostOnLinks: UInt64 = 0
  /// Frames that the generator made.
  public let sent: UInt64
  /// Frames that came back to the generator intact, first copies only.
  public let returned: UInt64
  /// Replays and forgeries that the attacker put on the black link, both ways.
  public private(set) var hostileSent: UInt64 = 0
  /// Packets that the gateways dropped for the reasons for which replays and forgeries are refused.
  public private(set) var hostileRefused: UInt64 = 0
  /// Packets that the black link made late, both ways.
  public private(set) var late: UInt64 = 0
  /// Late packets that the gateways dropped.
  public private(set) var lateDropped: UInt64 = 0
  /// Frames that the black link lost on purpose.
  public let impaired: UInt64
  /// Packets dropped because associations were renewed: they came after the old one was retired, or its
  /// sequence numbers were used up before there was a new one.
  public private(set) var rekeyDropped: UInt64 = 0

  private static let rekeyDrops: Set<DropReason> = [.unknownSPI, .sequenceExhausted]

  /// The stages that a frame passes in one role, in order.
  private typealias Part = (role: RoleName, stages: [String])

  /// The path of a frame through the roles.
  private static let way: [Part] = [
    (.generator, ["generate"]), (.gatewayA, sealing), (.gatewayB, opening),
    (.reflector, [FragmentStages.reassemble, "reflect"]),
    (.gatewayB, sealing), (.gatewayA, opening), (.generator, [FragmentStages.reassemble, "collect"]),
  ]
  private static let sealing =
    [FragmentStages.cut] + stages(.seal) + [FragmentStages.cutOuter, Impairment.stage]
  private static let opening = [FragmentStages.reassemble] + stages(.open)

  /// For each part of the path the stage that is checked if none of its stages reports.
  private static let fallbacks = ["generate", "seal", "open", "reflect", "seal", "open", "collect"]

  /// The stages of a direction in any threading model, in the order in which a packet meets them.
  private static func stages(_ direction: StageKind.Direction) -> [String] {
    StageKind.wayThrough(direction).map(\.rawValue)
  }

  /// Closes the accounts of all stages of a case, from all its processes.
  /// - Parameters:
  ///   - mayLose: whether links may lose frames, as a kernel or a NIC does, and rings do not.
  ///   - silentPeers: roles whose process reports no counters; their losses count as losses on a link.
  ///   - impairment: what the black link does to packets.
  ///   - rekeys: whether associations are renewed.
  public init(
    _ stages: [StageReport], linksMayLose mayLose: Bool, silentPeers: Set<RoleName> = [],
    impairment: Impairment? = nil, rekeys: Bool = false
  ) {
    sent = stages.sum(\.received, .generator, "generate")
    returned = stages.sum(\.transmitted, .generator, "collect")
    impaired = stages.sum { $0.dropped(for: .impaired) }

    let fills = Accounts.fills(stages)
    // `checkFragments` compares these drops with the losses.
    let reassembled: Set<DropReason> =
      stages.contains { $0.stage == FragmentStages.reassemble } ? [.fragmentTimeout] : []
    let allowed = (rekeys ? Self.rekeyDrops : []).union(fills.isEmpty ? [] : [.dummy]).union(reassembled)
    rekeyDropped = (rekeys ? Self.rekeyDrops : []).reduce(0) { sum, reason in
      sum + stages.sum { $0.dropped(for: reason) }
    }
    faults += stages.flatMap { Accounts.faults(of: $0, impairment: impairment, allowing: allowed) }
    checkRefusals(stages, impairment, mayLose)
    checkFills(stages, fills)

    let present = Set(stages.map { "\($0.role.rawValue) \($0.stage)" })
    // If no stage of a part reports, its fallback stage stands for it, so that the frames are missed there.
    let way = zip(Accounts.way, Accounts.fallbacks).filter { !silentPeers.contains($0.0.role) }
    let parts = way.map { part, _ in
      (part.role, stages: part.stages.filter { present.contains("\(part.role.rawValue) \($0)") })
    }
    let steps = zip(parts, way.map(\.1)).flatMap { part, fallback in
      (part.stages.isEmpty ? [fallback] : part.stages).map { (role: part.0, stage: $0) }
    }
    for (from, to) in zip(steps, steps.dropFirst()) {
      let made =
        from.stage == Impairment.stage ? stages.sum(\.transmitted, from.role, Impairment.attackStage) : 0
      let joined =
        from.stage == FragmentStages.reassemble
        ? stages.sum(\.transmitted, from.role, FragmentStages.joined) : 0
      let transmitted = stages.sum(\.transmitted, from.role, from.stage)
      let out = transmitted - min(transmitted, joined) + made
      // Between the threads of a role lies a ring, which loses nothing.
      let isLink = from.role != to.role
      let isBlack = isLink && Accounts.stages(.open).contains(to.stage)
      // Packets received that the previous stage did not send.
      let others =
        (isBlack ? Accounts.keepalives(stages, of: to.role) : 0)
        + (to.stage == "seal" ? fills[to.role] ?? 0 : 0) + Accounts.pieces(stages, to)
      let received = stages.sum(\.received, to.role, to.stage)
      let arrived = received - min(received, others)
      if mayLose && isLink && arrived <= out {
        lostOnLinks += out - arrived
      } else if arrived != out {
        faults.append(
          "\(isLink ? "link" : "ring") from \(from.role.rawValue) \(from.stage) to \(to.role.rawValue) "
            + "\(to.stage): frames sent: \(out), arrived: \(arrived); \(Accounts.difference(out, arrived))")
      }
    }
    if !reassembled.isEmpty { checkFragments(stages) }
  }

  /// The fragments that a stage made, beyond one for each packet.
  private static func pieces(_ stages: [StageReport], _ step: (role: RoleName, stage: String)) -> UInt64 {
    guard [FragmentStages.cut, FragmentStages.cutOuter].contains(step.stage) else { return 0 }
    return stages.sum(\.transmitted, step.role, FragmentStages.pieces)
  }

  /// Fragments may time out only if another fragment of their packet was lost.
  private mutating func checkFragments(_ stages: [StageReport]) {
    let waited = stages.sum { $0.dropped(for: .fragmentTimeout) }
    let lost = lostOnLinks + impaired + stages.sum { $0.dropped(for: .queueFull) }
    if waited > lost * UInt64(Fragmentation.most - 1) {
      faults.append("fragments that waited for others in vain: \(waited), lost: \(lost)")
    }
  }

  /// Keepalives that a gateway's opening stages dropped: they come from outside a frame's path.
  private static func keepalives(_ stages: [StageReport], of role: RoleName) -> UInt64 {
    stages.filter { Self.stages(.open).contains($0.stage) }.sum({ $0.dropped(for: .keepalive) }, role)
  }

  /// Fill packets that each gateway made; empty where the case asks for none.
  private static func fills(_ stages: [StageReport]) -> [RoleName: UInt64] {
    stages.filter { $0.stage == FillPackets.stage }.reduce(into: [:]) {
      $0[$1.role, default: 0] += $1.counters.transmitted
    }
  }

  /// Each fill packet must be discarded by the other gateway, except those that found a queue full.
  private mutating func checkFills(_ stages: [StageReport], _ fills: [RoleName: UInt64]) {
    for (role, other) in [(RoleName.gatewayA, RoleName.gatewayB), (.gatewayB, .gatewayA)] {
      guard let made = fills[role] else { continue }
      let discarded = stages.sum({ $0.dropped(for: .dummy) }, other)
      let congested = stages.sum({ $0.dropped(for: .queueFull) }, role, "seal")
      if discarded > made || made - discarded > congested {
        faults.append(
          "fill packets discarded by \(other.rawValue): \(discarded), made by \(role.rawValue): \(made); "
            + Accounts.difference(made, discarded))
      }
    }
  }

  /// Compares the packets that the attacker made, or the link made late, with those that gateways refused.
  private mutating func checkRefusals(_ stages: [StageReport], _ impairment: Impairment?, _ mayLose: Bool) {
    guard let impairment else { return }
    for (attacked, role) in [(RoleName.gatewayB, RoleName.gatewayA), (.gatewayA, .gatewayB)] {
      let made = stages.sum(\.transmitted, role, Impairment.attackStage)
      let refused = stages.filter { $0.role == attacked }.reduce(0) { $0 + impairment.refused(by: $1) }
      if impairment.latePackets > 0 {
        let slow = stages.sum(\.transmitted, role, Impairment.lateStage)
        late += slow
        lateDropped += refused
        if refused > slow {
          faults.append(
            "packets refused by \(attacked.rawValue): \(refused), made late by the link: \(slow); "
              + Accounts.difference(slow, refused))
        }
        continue
      }
      hostileSent += made
      hostileRefused += refused
      // A lossy link loses some of the attacker's packets, too.
      if refused > made || (refused < made && !mayLose) {
        faults.append(
          "packets refused by \(attacked.rawValue): \(refused), made by the attacker: \(made); "
            + Accounts.difference(made, refused))
      }
    }
  }

  /// The errors within one stage, a sentence each: an account that does not close, and drops that no honest
  /// run has.
  public static func faults(
    of stage: StageReport, impairment: Impairment? = nil, allowing others: Set<DropReason> = []
  ) -> [String] {
    var faults: [String] = []
    let expected = others.union(impairment?.drops ?? [])
    let counters = stage.counters
    let out = counters.transmitted + counters.dropped
    if counters.received != out {
      faults.append(
        "\(stage.name): frames in: \(counters.received), passed on: \(counters.transmitted), dropped: "
          + "\(counters.dropped); \(difference(counters.received, out))")
    }
    for reason in DropReason.allCases where !reason.isHonest && !expected.contains(reason) {
      let packets = counters.dropped(for: reason)
      if packets > 0 { faults.append("\(stage.name): \(packets) dropped as \(reason.name)") }
    }
    return faults
  }

  private static func difference(_ before: UInt64, _ after: UInt64) -> String {
    after < before ? "\(before - after) missing" : "\(after - before) too many"
  }
}

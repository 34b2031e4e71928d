import Model
import Wire

/// The accounts of a case after its traffic has stopped: every frame must be somewhere.
///
/// 1. At each stage: received = transmitted + dropped by reason.
/// 2. On each link: what one side transmitted = what the other received, or, where a link may lose frames,
///    no more than that.
/// 3. No drop for a reason that no honest run has.
public struct Accounts {
  /// What is wrong, a sentence each; empty if the accounts close.
  public private(set) var faults: [String] = []
  /// Frames that links lost, where they may.
  public private(set) var lostOnLinks: UInt64 = 0
  /// Frames that the generator made.
  public let sent: UInt64
  /// Frames that came back to the generator intact, first copies only.
  public let returned: UInt64

  /// A role's part of the way, by stages: those that there are, in the order in which a frame meets them.
  private typealias Part = (role: RoleName, stages: [String])

  /// A frame's way.
  private static let way: [Part] = [
    (.generator, ["generate"]), (.gatewayA, stages(.seal)), (.gatewayB, stages(.open)),
    (.reflector, ["reflect"]), (.gatewayB, stages(.seal)), (.gatewayA, stages(.open)),
    (.generator, ["collect"]),
  ]

  /// What stands for a part of which no stage reports.
  private static let fallbacks = ["generate", "seal", "open", "reflect", "seal", "open", "collect"]

  /// The stages of a direction, of whatever threading model, in the order in which a packet meets them.
  private static func stages(_ direction: StageKind.Direction) -> [String] {
    StageKind.wayThrough(direction).map(\.rawValue)
  }

  /// Closes the accounts of all stages of a case, from all its processes.
  /// - Parameters:
  ///   - mayLose: whether links may lose frames (a kernel or a NIC between), or are rings.
  ///   - blackBoxes: roles that count nothing here; what they lose is lost on a link.
  public init(
    _ stages: [StageReport], linksMayLose mayLose: Bool, blackBoxes: Set<RoleName> = []
  ) {
    func total(_ key: (role: RoleName, stage: String), _ value: (StageReport) -> UInt64) -> UInt64 {
      stages.filter { $0.role == key.role && $0.stage == key.stage }.reduce(0) { $0 + value($1) }
    }
    sent = total((.generator, "generate")) { $0.counters.received }
    returned = total((.generator, "collect")) { $0.counters.transmitted }

    faults += stages.flatMap(Accounts.faults)

    let present = Set(stages.map { "\($0.role.rawValue) \($0.stage)" })
    // A part of which nobody reports a stage is missed, not skipped: its first stage stands for it.
    let way = zip(Accounts.way, Accounts.fallbacks).filter { !blackBoxes.contains($0.0.role) }
    let parts = way.map { part, _ in
      (part.role, stages: part.stages.filter { present.contains("\(part.role.rawValue) \($0)") })
    }
    let steps = zip(parts, way.map(\.1)).flatMap { part, fallback in
      (part.stages.isEmpty ? [fallback] : part.stages).map { (role: part.0, stage: $0) }
    }
    for (from, to) in zip(steps, steps.dropFirst()) {
      let out = total(from) { $0.counters.transmitted }
      let arrived = total(to) { $0.counters.received }
      // Between the threads of a role lies a ring, which loses nothing.
      let isLink = from.role != to.role
      if mayLose && isLink && arrived <= out {
        lostOnLinks += out - arrived
      } else if arrived != out {
        faults.append(
          "\(isLink ? "link" : "ring") from \(from.role.rawValue) \(from.stage) to \(to.role.rawValue) "
            + "\(to.stage): \(out) frames sent, \(arrived) arrived; \(Accounts.difference(out, arrived))")
      }
    }
  }

  /// What is wrong within one stage, a sentence each: its own account, and drops that no honest run has.
  public static func faults(of stage: StageReport) -> [String] {
    var faults: [String] = []
    let counters = stage.counters
    let out = counters.transmitted + counters.dropped
    if counters.received != out {
      faults.append(
        "\(stage.name): \(counters.received) frames came in, \(counters.transmitted) went on and "
          + "\(counters.dropped) were dropped; \(difference(counters.received, out))")
    }
    for reason in DropReason.allCases where !reason.isCongestion {
      let packets = counters.drops[Int(reason.rawValue)]
      if packets > 0 { faults.append("\(stage.name): \(packets) dropped as \(reason.name)") }
    }
    return faults
  }

  private static func difference(_ before: UInt64, _ after: UInt64) -> String {
    after < before ? "\(before - after) missing" : "\(after - before) too many"
  }
}

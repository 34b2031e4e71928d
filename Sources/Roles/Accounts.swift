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

  /// Stages at both sides of a link and direction.
  private static let hops: [(from: (RoleName, String), to: (RoleName, String))] = [
    ((.generator, "generate"), (.gatewayA, "seal")),
    ((.gatewayA, "seal"), (.gatewayB, "open")),
    ((.gatewayB, "open"), (.reflector, "reflect")),
    ((.reflector, "reflect"), (.gatewayB, "seal")),
    ((.gatewayB, "seal"), (.gatewayA, "open")),
    ((.gatewayA, "open"), (.generator, "collect")),
  ]

  /// Closes the accounts of all stages of a case, from all its processes.
  /// - Parameter mayLose: whether links may lose frames (a kernel or a NIC between), or are rings.
  public init(_ stages: [StageReport], linksMayLose mayLose: Bool) {
    func total(_ key: (RoleName, String), _ value: (StageReport) -> UInt64) -> UInt64 {
      stages.filter { $0.role == key.0 && $0.stage == key.1 }.reduce(0) { $0 + value($1) }
    }
    sent = total((.generator, "generate")) { $0.counters.received }
    returned = total((.generator, "collect")) { $0.counters.transmitted }

    faults += stages.flatMap(Accounts.faults)

    for (from, to) in Accounts.hops {
      let out = total(from) { $0.counters.transmitted }
      let arrived = total(to) { $0.counters.received }
      if mayLose && arrived <= out {
        lostOnLinks += out - arrived
      } else if arrived != out {
        faults.append(
          "link from \(from.0.rawValue) \(from.1) to \(to.0.rawValue) \(to.1): \(out) frames sent, "
            + "\(arrived) arrived; \(Accounts.difference(out, arrived))")
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

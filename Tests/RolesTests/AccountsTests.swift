import Cases
import Roles
import Testing
import Wire

/// `Accounts` by made-up reports: an honest case, and what is changed in it.
@Suite struct AccountsTests {
  /// The stages on a frame's way, in its order.
  static let way: [(role: RoleName, stage: String)] = [
    (.generator, "generate"), (.gatewayA, "seal"), (.gatewayB, "open"), (.reflector, "reflect"),
    (.gatewayB, "seal"), (.gatewayA, "open"), (.generator, "collect"),
  ]

  /// The same for pipelines, with and without threads that only receive or transmit, and with software
  /// steering.
  static let pipelines: [[(role: RoleName, stage: String)]] = [
    (["receive", "number", "encrypt"], ["steer", "decrypt", "transmit"]),
    (["receive-number", "encrypt"], ["steer", "decrypt-transmit"]), (["seal"], ["steer", "open"]),
  ].map { seal, open in
    func gateway(_ role: RoleName, _ stages: [String]) -> [(role: RoleName, stage: String)] {
      stages.map { (role, $0) }
    }
    return [(.generator, "generate")] + gateway(.gatewayA, seal) + gateway(.gatewayB, open)
      + [(.reflector, "reflect")] + gateway(.gatewayB, seal) + gateway(.gatewayA, open)
      + [(.generator, "collect")]
  }

  /// Where a made-up case differs from one that carries 1000 frames on each of two threads: at stage `at` of
  /// the first thread, and with the consequences for the stages behind it.
  struct Change: Sendable, CustomTestStringConvertible {
    var title: String
    /// The stages that there are.
    var way = AccountsTests.way
    /// The stage on the way.
    var at = 0
    /// How many more came in than the stage before handed on.
    var arrived = 0
    /// What it dropped, by reason.
    var drops: [DropReason: UInt64] = [:]
    /// How many more it handed on than its account says.
    var handedOn = 0
    /// What the accounts must say, over rings and over links that may lose.
    var faults: [String] = []
    var faultsIfLinksMayLose: [String]?
    var lost: UInt64 = 0

    var testDescription: String { title }

    var stages: [StageReport] {
      var reports: [StageReport] = []
      for thread in 0..<2 {
        var frames = 1000
        for (index, step) in way.enumerated() {
          let isHere = thread == 0 && index == at
          let received = frames + (isHere ? arrived : 0)
          let dropped = isHere ? Int(drops.values.reduce(0, +)) : 0
          frames = received - dropped + (isHere ? handedOn : 0)
          reports.append(
            report(
              of: step.role, step.stage, thread: thread, received: UInt64(received),
              transmitted: UInt64(frames), isHere ? drops : [:]))
        }
      }
      return reports
    }
  }

  static let changes: [Change] = [
    Change(title: "honest"),
    Change(
      title: "missing at a stage", at: 1, handedOn: -1,
      faults: ["gateway-a seal 0: frames in: 1000, passed on: 999, dropped: 0; 1 missing"]),
    Change(
      title: "doubled at a stage", at: 3, handedOn: 1,
      faults: ["reflector reflect 0: frames in: 1000, passed on: 1001, dropped: 0; 1 too many"]),
    Change(
      title: "dropped and handed on", at: 2, drops: [.queueFull: 5], handedOn: 5,
      faults: ["gateway-b open 0: frames in: 1000, passed on: 1000, dropped: 5; 5 too many"]),
    Change(title: "congestion at the generator", at: 0, drops: [.queueFull: 64]),
    Change(title: "congestion at a gateway", at: 4, drops: [.queueFull: 1000]),
  ]

  /// Frames lost and one doubled on each link, and in each ring between the threads of a gateway: a ring
  /// loses nothing, whatever links may do.
  static let linkChanges: [Change] = ([way] + pipelines).flatMap { way in
    way.indices.dropFirst().flatMap { index in
      let names = (name(way[index - 1]), name(way[index]))
      let isLink = way[index - 1].role != way[index].role
      let sentence = "\(isLink ? "link" : "ring") from \(names.0) to \(names.1): frames sent: 2000, arrived: "
      return [
        Change(
          title: "lost before \(names.1)", way: way, at: index, arrived: -3,
          faults: [sentence + "1997; 3 missing"], faultsIfLinksMayLose: isLink ? [] : nil,
          lost: isLink ? 3 : 0),
        Change(
          title: "doubled before \(names.1)", way: way, at: index, arrived: 1,
          faults: [sentence + "2001; 1 too many"]),
      ]
    }
  }

  /// Every reason at some stage: all but congestion are faults.
  static let dropChanges: [Change] = DropReason.allCases.filter { ![.none, .keepalive].contains($0) }.map {
    reason in
    Change(
      title: reason.name, at: 5, drops: [reason: 2],
      faults: reason == .queueFull ? [] : ["gateway-a open 0: 2 dropped as \(reason.name)"])
  }

  /// Keepalives come from elsewhere, on the black link alone.
  static let keepaliveChanges: [Change] = [
    Change(title: "keepalives at gateway B", at: 2, arrived: 3, drops: [.keepalive: 3]),
    Change(title: "keepalives at gateway A", at: 5, arrived: 1, drops: [.keepalive: 1]),
    Change(
      title: "keepalives and a doubled frame", at: 2, arrived: 4, drops: [.keepalive: 3],
      faults: ["link from gateway-a seal to gateway-b open: frames sent: 2000, arrived: 2001; 1 too many"]),
    Change(
      title: "keepalives and a lost frame", at: 2, arrived: 2, drops: [.keepalive: 3],
      faults: ["link from gateway-a seal to gateway-b open: frames sent: 2000, arrived: 1999; 1 missing"],
      faultsIfLinksMayLose: [], lost: 1),
    Change(
      title: "keepalives on a red link", at: 1, arrived: 1, drops: [.keepalive: 1],
      faults: [
        "link from generator generate to gateway-a seal: frames sent: 2000, arrived: 2001; 1 too many"
      ]),
  ]

  /// A gateway makes fill packets, the other discards each of them.
  @Test func fillPacketsAreDiscardedOnce() throws {
    var stages = Change(title: "honest").stages
    let seal = try #require(stages.firstIndex { $0.role == .gatewayA && $0.stage == "seal" })
    let open = try #require(stages.firstIndex { $0.role == .gatewayB && $0.stage == "open" })
    stages[seal].counters.received += 5
    stages[seal].counters.transmitted += 5
    stages[open].counters.received += 5
    stages[open].counters.drops[Int(DropReason.dummy.rawValue)] = 5
    // Where none are asked for, they are no honest packets.
    #expect(Accounts(stages, linksMayLose: false).faults.count == 2)
    let made = report(
      of: .gatewayA, FillPackets.stage, thread: 0, received: 5, transmitted: 5)
    #expect(Accounts(stages + [made], linksMayLose: false).faults == [])
    stages[open].counters.drops[Int(DropReason.dummy.rawValue)] = 4
    stages[open].counters.transmitted += 1
    #expect(
      Accounts(stages + [made], linksMayLose: false).faults.contains(
        "fill packets discarded by gateway-b: 4, made by gateway-a: 5; 1 missing"))
    // One may have found a queue full.
    stages[open].counters.transmitted -= 1
    stages[open].counters.received -= 1
    stages[seal].counters.transmitted -= 1
    stages[seal].counters.drops[Int(DropReason.queueFull.rawValue)] = 1
    #expect(Accounts(stages + [made], linksMayLose: false).faults == [])
  }

  /// A circuit whose outer packets are cut in two, each way.
  private static func cut() -> [StageReport] {
    var stages = Change(title: "honest").stages
    for (role, other) in [(RoleName.gatewayA, RoleName.gatewayB), (.gatewayB, .gatewayA)] {
      for (role, stage, packets) in [
        (role, FragmentStages.cutOuter, 4000), (role, FragmentStages.pieces, 2000),
        (other, FragmentStages.reassemble, 4000), (other, FragmentStages.joined, 2000),
      ] as [(RoleName, String, UInt64)] {
        stages.append(report(of: role, stage, received: packets, transmitted: packets))
      }
    }
    return stages
  }

  /// Pieces are made and joined, and none is lost that nobody counts.
  @Test func piecesAreCounted() throws {
    let honest = Self.cut()
    #expect(Accounts(honest, linksMayLose: false).faults == [])
    func faults(
      _ role: RoleName, _ stage: String, _ change: (inout StageReport.Counters) -> Void
    ) -> [String] {
      var stages = honest
      let index = stages.firstIndex { $0.role == role && $0.stage == stage }
      if let index { change(&stages[index].counters) }
      return Accounts(stages, linksMayLose: false).faults
    }
    #expect(
      faults(.gatewayA, FragmentStages.pieces) { ($0.received, $0.transmitted) = (1999, 1999) } == [
        "ring from gateway-a seal to gateway-a cut-outer: frames sent: 2000, arrived: 2001; 1 too many"
      ])
    #expect(
      faults(.gatewayB, FragmentStages.joined) { ($0.received, $0.transmitted) = (2001, 2001) } == [
        "ring from gateway-b reassemble to gateway-b open: frames sent: 1999, arrived: 2000; 1 too many"
      ])
    #expect(
      faults(.gatewayB, FragmentStages.reassemble) { $0.received -= 2 } == [
        "gateway-b reassemble 0: frames in: 3998, passed on: 4000, dropped: 0; 2 too many",
        "link from gateway-a cut-outer to gateway-b reassemble: frames sent: 4000, arrived: 3998; 2 missing",
      ])
  }

  /// Of a packet whose other pieces were lost up to seven wait in vain.
  @Test(arguments: [(0, 0, true), (0, 1, false), (1, 1, true), (1, 7, true), (1, 8, false), (2, 14, true)])
  func piecesThatWaitInVain(lost: UInt64, waited: UInt64, isHonest: Bool) throws {
    var stages = Self.cut()
    func change(_ role: RoleName, _ stage: String, _ change: (inout StageReport.Counters) -> Void) throws {
      let index = try #require(stages.firstIndex { $0.role == role && $0.stage == stage })
      change(&stages[index].counters)
    }
    try change(.gatewayA, FragmentStages.cutOuter) {
      $0.transmitted -= lost
      $0.drops[Int(DropReason.queueFull.rawValue)] = lost
    }
    try change(.gatewayB, FragmentStages.reassemble) {
      $0.received -= lost
      $0.transmitted -= lost + waited
      $0.drops[Int(DropReason.fragmentTimeout.rawValue)] = waited
    }
    try change(.gatewayB, FragmentStages.joined) {
      $0.received -= lost + waited
      $0.transmitted -= lost + waited
    }
    #expect(
      Accounts(stages, linksMayLose: false).faults
        == (isHonest ? [] : ["fragments that waited for others in vain: \(waited), lost: \(lost)"]))
  }

  /// What renewing associations drops is counted, and no fault; elsewhere it is one.
  @Test(arguments: [(DropReason.unknownSPI, 2), (.sequenceExhausted, 4)])
  func whatRenewingDropsIsCounted(reason: DropReason, at: Int) {
    let stages = Change(title: "renewed", at: at, drops: [reason: 3]).stages
    let renewed = Accounts(stages, linksMayLose: false, rekeys: true)
    #expect(renewed.faults == [] && renewed.rekeyDropped == 3)
    let others = Accounts(stages, linksMayLose: false)
    #expect(others.faults.count == 1 && others.rekeyDropped == 0)
  }

  /// A keepalive passes the thread that steers, and is dropped behind it.
  @Test(arguments: pipelines) func keepalivesBehindASteeringThread(way: [(role: RoleName, stage: String)]) {
    var stages = Change(title: "honest", way: way).stages
    guard let steer = stages.firstIndex(where: { $0.role == .gatewayB && $0.stage == "steer" }),
      let next = stages[steer...].dropFirst().firstIndex(where: { $0.role == .gatewayB })
    else {
      Issue.record("no steering thread")
      return
    }
    stages[steer].counters.received += 2
    stages[steer].counters.transmitted += 2
    stages[next].counters.received += 2
    stages[next].counters.drops[Int(DropReason.keepalive.rawValue)] += 2
    #expect(Accounts(stages, linksMayLose: false).faults == [])
  }

  private static func name(_ step: (role: RoleName, stage: String)) -> String {
    "\(step.role.rawValue) \(step.stage)"
  }

  @Test(arguments: changes + linkChanges + dropChanges + keepaliveChanges) func namesWhatIsWrong(
    change: Change
  ) {
    let stages = change.stages
    let onRings = Accounts(stages, linksMayLose: false)
    #expect(onRings.faults == change.faults)
    #expect(onRings.lostOnLinks == 0)

    let onWires = Accounts(stages, linksMayLose: true)
    #expect(onWires.faults == change.faultsIfLinksMayLose ?? change.faults)
    #expect(onWires.lostOnLinks == change.lost)
  }

  @Test func countsWhatWasSentAndWhatReturned() {
    let change = Change(title: "loss", at: 5, drops: [.queueFull: 250])
    let accounts = Accounts(change.stages, linksMayLose: false)
    #expect(accounts.sent == 2000)
    #expect(accounts.returned == 1750)
    #expect(accounts.faults.isEmpty)
  }

  @Test func allFaultsAreNamed() {
    var stages = Change(title: "honest").stages
    stages[1] = report(of: .gatewayA, "seal", received: 1000, transmitted: 998, [.noRoom: 1])
    #expect(
      Accounts(stages, linksMayLose: false).faults == [
        "gateway-a seal 0: frames in: 1000, passed on: 998, dropped: 1; 1 missing",
        "gateway-a seal 0: 1 dropped as no_room",
        "link from gateway-a seal to gateway-b open: frames sent: 1998, arrived: 2000; 2 too many",
      ])
  }

  /// An attacker between the gateways, who made so many packets, of which the gateway behind refused some.
  private func attacked(made: UInt64, refused: UInt64, as reason: DropReason) -> [StageReport] {
    var stages = Change(title: "honest").stages
    stages += [
      report(of: .gatewayA, "impair", thread: 2, received: 2000, transmitted: 2000),
      report(of: .gatewayA, "attack", thread: 2, received: made, transmitted: made),
    ]
    stages[2] = report(
      of: .gatewayB, "open", received: 1000 + made, transmitted: 1000 + made - refused, [reason: refused])
    return stages
  }

  private var replays: Impairment {
    var impairment = Impairment()
    impairment.replayedPercent = 50
    return impairment
  }

  @Test func whatAnAttackerMadeIsRefused() {
    let stages = attacked(made: 500, refused: 500, as: .replayed)
    let accounts = Accounts(stages, linksMayLose: false, impairment: replays)
    #expect(accounts.faults.isEmpty && accounts.hostileSent == 500 && accounts.hostileRefused == 500)
    #expect(
      Accounts(stages, linksMayLose: false).faults == ["gateway-b open 0: 500 dropped as replayed"],
      "without an attacker nothing is replayed")
  }

  @Test func aReplayThatGoesThroughIsNamed() {
    let stages = attacked(made: 500, refused: 499, as: .replayed)
    #expect(
      Accounts(stages, linksMayLose: false, impairment: replays).faults == [
        "packets refused by gateway-b: 499, made by the attacker: 500; 1 missing",
        "link from gateway-b open to reflector reflect: frames sent: 2001, arrived: 2000; 1 missing",
      ])
    // A link may have lost it, but then it did not come out of the gateway.
    #expect(Accounts(stages, linksMayLose: true, impairment: replays).faults.isEmpty)
  }

  @Test func refusalsForOtherReasonsAreFaults() {
    let stages = attacked(made: 500, refused: 500, as: .authentication)
    #expect(
      Accounts(stages, linksMayLose: false, impairment: replays).faults == [
        "gateway-b open 0: 500 dropped as authentication",
        "packets refused by gateway-b: 0, made by the attacker: 500; 500 missing",
      ])
  }

  /// Of what is late a gateway may drop any, for reasons of its window, and no more than there was.
  @Test func whatIsLateMayBeDropped() {
    func accounts(late: UInt64, dropped: UInt64, as reason: DropReason = .tooOld) -> Accounts {
      var stages = Change(title: "late", at: 2, drops: [reason: dropped]).stages
      stages += [
        report(of: .gatewayA, "impair", thread: 2, received: 2000, transmitted: 2000),
        report(of: .gatewayA, "late", thread: 2, received: late, transmitted: late),
      ]
      var impairment = Impairment()
      impairment.latePackets = 100
      return Accounts(stages, linksMayLose: false, impairment: impairment)
    }
    for (late, dropped) in [(500, 0), (500, 499), (500, 500)] as [(UInt64, UInt64)] {
      for reason in [DropReason.tooOld, .authentication] {
        let found = accounts(late: late, dropped: dropped, as: reason)
        #expect(found.faults == [] && found.late == late && found.lateDropped == dropped)
        #expect(found.hostileSent == 0 && found.hostileRefused == 0)
      }
    }
    #expect(
      accounts(late: 500, dropped: 501).faults == [
        "packets refused by gateway-b: 501, made late by the link: 500; 1 too many"
      ])
    #expect(
      accounts(late: 500, dropped: 3, as: .replayed).faults == ["gateway-b open 0: 3 dropped as replayed"])
  }

  @Test func lossOnPurposeIsOnlyThatWhereItWasAskedFor() {
    let lossy = Change(title: "impaired", at: 5, drops: [.impaired: 2]).stages
    var impairment = Impairment()
    #expect(Accounts(lossy, linksMayLose: false, impairment: impairment).faults.count == 1)
    impairment.lossRatio = 0.1
    let accounts = Accounts(lossy, linksMayLose: false, impairment: impairment)
    #expect(accounts.faults.isEmpty && accounts.impaired == 2)
  }

  @Test func aStageThatDoesNotReportIsMissed() {
    let stages = Change(title: "honest").stages.filter { $0.role != .reflector }
    #expect(Accounts(stages, linksMayLose: false).faults.count == 2)
    // A link may lose frames, but nothing may come out of a stage that nobody reports.
    #expect(
      Accounts(stages, linksMayLose: true).faults == [
        "link from reflector reflect to gateway-b seal: frames sent: 0, arrived: 2000; 2000 too many"
      ])
  }

  /// Of a pipeline whose last stage nobody reports, frames come out that nobody handed on.
  @Test func aPipelinesStageThatDoesNotReportIsMissed() {
    let stages = Change(title: "honest", way: Self.pipelines[0]).stages.filter { $0.stage != "encrypt" }
    // What is left of the gateway stands for it, and its frames have gone through.
    #expect(Accounts(stages, linksMayLose: false).faults == [])
    let lossy = Change(title: "lossy", way: Self.pipelines[0], at: 3, drops: [.queueFull: 7])
    #expect(
      Accounts(lossy.stages.filter { $0.stage != "encrypt" }, linksMayLose: false).faults == [
        "link from gateway-a number to gateway-b steer: frames sent: 2000, arrived: 1993; 7 missing"
      ])
  }

  @Test func aStagesOwnFaultsAreThoseOfItsAccount() {
    let honest = report(of: .generator, "collect", received: 7, transmitted: 7)
    #expect(Accounts.faults(of: honest).isEmpty)
    let damaged = report(
      of: .generator, "collect", received: 7, transmitted: 5, [.damaged: 1, .duplicated: 1])
    #expect(
      Accounts.faults(of: damaged) == [
        "generator collect 0: 1 dropped as damaged", "generator collect 0: 1 dropped as duplicated",
      ])
  }
}

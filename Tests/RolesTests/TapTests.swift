import Cases
import Roles
import Testing
import Wire

extension OnDPDK {
  /// Faults put into a link: the accounts must name each, and close without it.
  @Suite struct TapTests {
    /// What follows from a fault on the transmit side of an end, for a gateway of two threads.
    struct Consequence {
      /// The link that the fault is on, as the accounts name it.
      let link: String
      /// Where a doubled and where a damaged frame is found out.
      let replayed: String
      let damaged: String
    }

    static let atGenerator = "generator collect 0: 1 dropped as "

    /// The first and the last stage of a gateway's directions, and the one that authenticates.
    struct Stages {
      var seal = (first: "seal", last: "seal")
      var open = (first: "open", cipher: "open", last: "open")

      init(_ model: System) {
        if model.isPipeline {
          seal = ("receive-number", "encrypt")
          open = ("steer", "decrypt-transmit", "decrypt-transmit")
        } else if model.keepsOrder {
          seal = ("receive-number", "release-sealed")
          open = ("dispatch", "decrypt", "release")
        }
      }
    }

    static func consequence(_ end: LinkEnd, _ model: System) -> Consequence {
      let stages = Stages(model)
      let (seal, open) = (stages.seal, stages.open)
      // On a red link nothing is protected: only the generator finds out.
      func red(_ from: String, _ to: String) -> Consequence {
        Consequence(
          link: "link from \(from) to \(to): ", replayed: atGenerator + "duplicated",
          damaged: atGenerator + "damaged")
      }
      // On the black link the format finds out, if it protects anything.
      func black(_ from: String, _ to: String) -> Consequence {
        func here(_ stage: String) -> String { "\(to) \(stage) 1: 1 dropped as " }
        return Consequence(
          link: "link from \(from) \(seal.last) to \(to) \(open.first): ",
          replayed: model == .null ? atGenerator + "duplicated" : here(open.last) + "replayed",
          damaged: model == .null ? atGenerator + "damaged" : here(open.cipher) + "authentication")
      }
      switch end {
      case .generator: return red("generator generate", "gateway-a \(seal.first)")
      case .gatewayABlack: return black("gateway-a", "gateway-b")
      case .gatewayBRed: return red("gateway-b \(open.last)", "reflector reflect")
      case .reflector: return red("reflector reflect", "gateway-b \(seal.first)")
      case .gatewayBBlack: return black("gateway-b", "gateway-a")
      case .gatewayARed: return red("gateway-a \(open.last)", "generator collect")
      }
    }

    static func plan(_ model: System, _ fault: Fault?) -> CasePlan {
      var plan = TestHost.plan(model)
      plan.rateMpps = 1
      plan.fault = fault
      return plan
    }

    /// The sentence without its counts of frames, which differ from run to run.
    static func withoutCounts(_ fault: String) -> String {
      fault.replacing(/: frames sent: \d+, arrived: \d+;/, with: ":")
    }

    @Test(arguments: LinkEnd.allCases, [Fault.Kind.drop, .double, .damage])
    func theAccountsNameTheFault(end: LinkEnd, kind: Fault.Kind) throws {
      // Without a replay window a gateway lets a second copy pass.
      for model in System.gateways where model.hasReplayWindow || model == .null {
        let consequence = Self.consequence(end, model)
        let ran = try RanCase(Self.plan(model, Fault(end: end, kind: kind, frame: 777)), frames: 2_000)
        // A copy in a later burst may be known before the cipher.
        let faults = Set(
          ran.accounts.faults.map(Self.withoutCounts).map {
            $0.replacing("decrypt 1: 1 dropped as replayed", with: "release 1: 1 dropped as replayed")
          })
        let expected: Set<String>
        switch kind {
        case .drop: expected = [consequence.link + "1 missing"]
        case .double: expected = [consequence.link + "1 too many", consequence.replayed]
        case .damage: expected = [consequence.damaged]
        case .stall, .hold: expected = []
        }
        #expect(faults == expected, "\(model.rawValue)")
        let arrived = ran.accounts.returned + ran.congested
        #expect(arrived == ran.accounts.sent - (kind == .double ? 0 : 1), "\(model.rawValue)")
        #expect(ran.buffersInUse == 0, "\(model.rawValue)")
      }
    }

    /// Runs a case with a fault that blocks the black link until `isReached`.
    private func blocked(
      _ model: System, _ kind: Fault.Kind, until isReached: (Topology) -> Bool
    ) throws -> (stages: [StageReport], judgement: GeneratorReport, faults: [String]) {
      var plan = Self.plan(model, Fault(end: .gatewayABlack, kind: kind, frame: 777))
      // So that a queue is smaller than the pool.
      plan.inFlightFrames = 512
      let topology = try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
      try topology.start()
      topology.send(true)
      let hasCome = waitUntil { isReached(topology) }
      topology.send(false)
      topology.stop()
      try #require(hasCome)
      let stages = topology.report().stages
      return (
        stages, try #require(topology.generatorReport()), Accounts(stages, linksMayLose: false).faults
      )
    }

    @Test(arguments: System.gateways)
    func aQueueThatIsKeptFullDropsByThatReason(model: System) throws {
      func dropped(_ stages: [StageReport]) -> UInt64 {
        stages.reduce(0) { $0 + $1.counters.drops[Int(DropReason.queueFull.rawValue)] }
      }
      let link = Self.consequence(.gatewayABlack, model).link
      // A thread that is off its core for a moment fills the queue before it, too.
      let ran = try blocked(model, .stall) {
        let stages = $0.report().stages
        let faults = Accounts(stages, linksMayLose: false).faults
        return dropped(stages) > 1000 && faults.contains { $0.hasPrefix(link) }
      }
      // What is still under way elsewhere when all stop is missing, too.
      #expect(ran.faults.contains { $0.hasPrefix(link) }, "\(ran.faults)")
      #expect(dropped(ran.stages) > 1000)
      let passed = ran.stages.filter { $0.stage == "collect" }.reduce(0) { $0 + $1.counters.transmitted }
      #expect(passed < 777)
    }

    @Test(arguments: System.gateways)
    func aPoolThatRunsDryIsTold(model: System) throws {
      let ran = try blocked(model, .hold) { $0.generatorReport()?.dryPolls ?? 0 > 10 }
      #expect(ran.judgement.dryPolls > 10)
      let link = Self.consequence(.gatewayABlack, model).link
      // What is still under way elsewhere when all stop is missing, too.
      #expect(ran.faults.contains { $0.hasPrefix(link) }, "\(ran.faults)")
    }

    @Test(arguments: LinkEnd.allCases) func aFaultThatDoesNotHappenChangesNothing(end: LinkEnd) throws {
      for model in System.gateways {
        let fault = Fault(end: end, kind: .drop, frame: .max)
        try TopologyTests.runCleanly(Self.plan(model, fault), frames: 2_000)
      }
    }
  }
}

import Roles
import Testing

extension OnDPDK {
  /// Faults put into a link: the accounts must name each, and close without it.
  @Suite struct BumpTests {
    /// What follows from a fault on the transmit side of an end, for a gateway of two threads.
    struct Consequence {
      /// The link that the fault is on, as the accounts name it.
      let link: String
      /// Where a doubled and where a damaged frame is found out.
      let replayed: String
      let damaged: String
    }

    static let atGenerator = "generator collect 0: 1 dropped as "

    /// The first and the last stage of a gateway's directions.
    struct Stages {
      var seal = (first: "seal", last: "seal")
      var open = (first: "open", last: "open")

      init(_ model: ThreadingModel) {
        guard model == .espPipeline else { return }
        seal = ("receive-number", "encrypt")
        open = ("steer", "decrypt-transmit")
      }
    }

    static func consequence(_ end: LinkEnd, _ model: ThreadingModel) -> Consequence {
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
        let here = "\(to) \(open.last) 1: 1 dropped as "
        return Consequence(
          link: "link from \(from) \(seal.last) to \(to) \(open.first): ",
          replayed: model == .null ? atGenerator + "duplicated" : here + "replayed",
          damaged: model == .null ? atGenerator + "damaged" : here + "authentication")
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

    static func plan(_ model: ThreadingModel, _ fault: Fault?) -> CasePlan {
      var plan = TestHost.plan(model)
      plan.rateMpps = 1
      plan.fault = fault
      return plan
    }

    /// The sentence without its counts of frames, which differ from run to run.
    static func withoutCounts(_ fault: String) -> String {
      fault.replacing(/: \d+ frames sent, \d+ arrived;/, with: ":")
    }

    @Test(arguments: LinkEnd.allCases, Fault.Kind.allCases)
    func theAccountsNameTheFault(end: LinkEnd, kind: Fault.Kind) throws {
      for model in ThreadingModel.allCases {
        let consequence = Self.consequence(end, model)
        let ran = try RanCase(Self.plan(model, Fault(end: end, kind: kind, frame: 777)), frames: 2_000)
        let faults = Set(ran.accounts.faults.map(Self.withoutCounts))
        let expected: Set<String>
        switch kind {
        case .drop: expected = [consequence.link + "1 missing"]
        case .double: expected = [consequence.link + "1 too many", consequence.replayed]
        case .damage: expected = [consequence.damaged]
        }
        #expect(faults == expected, "\(model.rawValue)")
        #expect(ran.accounts.returned == ran.accounts.sent - (kind == .double ? 0 : 1), "\(model.rawValue)")
        #expect(ran.buffersInUse == 0, "\(model.rawValue)")
      }
    }

    @Test(arguments: LinkEnd.allCases) func aFaultThatDoesNotHappenChangesNothing(end: LinkEnd) throws {
      for model in ThreadingModel.allCases {
        let fault = Fault(end: end, kind: .drop, frame: .max)
        try TopologyTests.runCleanly(Self.plan(model, fault), frames: 2_000)
      }
    }
  }
}

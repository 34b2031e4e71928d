import Roles
import Testing

extension OnDPDK {
  /// Faults put into a link: the accounts must name each, and close without it.
  @Suite struct BumpTests {
    /// What follows from a fault on the transmit side of an end.
    struct Consequence {
      /// The link that the fault is on, as the accounts name it.
      let link: String
      /// Where a doubled and where a damaged frame is found out, per model.
      let replayed: [ThreadingModel: String]
      let damaged: [ThreadingModel: String]
    }

    static let atGenerator = "generator collect 0: 1 dropped as "
    static func everywhere(_ text: String) -> [ThreadingModel: String] {
      Dictionary(uniqueKeysWithValues: ThreadingModel.allCases.map { ($0, text) })
    }

    /// On a red link nothing is protected: only the generator finds out.
    static func red(_ from: String, _ to: String) -> Consequence {
      Consequence(
        link: "link from \(from) to \(to): ", replayed: everywhere(atGenerator + "duplicated"),
        damaged: everywhere(atGenerator + "damaged"))
    }

    /// On the black link the format finds out, if it protects anything.
    static func black(_ from: String, _ to: String) -> Consequence {
      let here = "\(to) 0: 1 dropped as "
      return Consequence(
        link: "link from \(from) to \(to): ",
        replayed: [
          .null: atGenerator + "duplicated", .espSingle: here + "replayed", .vpe: here + "replayed",
        ],
        damaged: [
          .null: atGenerator + "damaged", .espSingle: here + "authentication", .vpe: here + "authentication",
        ])
    }

    static let consequences: [LinkEnd: Consequence] = [
      .generator: red("generator generate", "gateway-a seal"),
      .gatewayABlack: black("gateway-a seal", "gateway-b open"),
      .gatewayBRed: red("gateway-b open", "reflector reflect"),
      .reflector: red("reflector reflect", "gateway-b seal"),
      .gatewayBBlack: black("gateway-b seal", "gateway-a open"),
      .gatewayARed: red("gateway-a open", "generator collect"),
    ]

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
      let consequence = try #require(Self.consequences[end])
      for model in ThreadingModel.allCases {
        let ran = try RanCase(Self.plan(model, Fault(end: end, kind: kind, frame: 777)), frames: 2_000)
        let faults = Set(ran.accounts.faults.map(Self.withoutCounts))
        let expected: Set<String>
        switch kind {
        case .drop: expected = [consequence.link + "1 missing"]
        case .double: expected = [consequence.link + "1 too many", try #require(consequence.replayed[model])]
        case .damage: expected = [try #require(consequence.damaged[model])]
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

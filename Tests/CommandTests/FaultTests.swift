import Foundation
import Testing

extension CommandTests {
  /// A fault in one frame on its way must be found and named.
  @Suite struct FaultTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A fault in one frame from gateway A to gateway B, and what each system must report.
    struct Harm: Sendable, CustomTestStringConvertible {
      let kind: String
      /// The expected sentences by system; all must occur.
      let sentences: [String: [String]]
      var testDescription: String { kind }
    }

    private static let link = "link from gateway-a seal to gateway-b open: "
    private static let replayed = ["gateway-b open 1: 1 dropped as replayed", link, "1 too many"]
    private static let unauthentic = ["gateway-b open 1: 1 dropped as authentication"]

    @Test(arguments: [
      Harm(
        kind: "drop",
        sentences: [
          "baseline": [link, "1 missing"], "esp-single": [link, "1 missing"], "vpe": [link, "1 missing"],
        ]),
      Harm(
        kind: "double",
        sentences: [
          "baseline": ["generator collect 0: 1 dropped as duplicated", link, "1 too many"],
          "esp-single": replayed, "vpe": replayed,
        ]),
      Harm(
        kind: "damage",
        sentences: [
          "baseline": ["generator collect 0: 1 dropped as damaged"], "esp-single": unauthentic,
          "vpe": unauthentic,
        ]),
    ])
    func aHarmedFrameIsFoundAndNamed(harm: Harm) async throws {
      let ending = try await run(["--set", "fault={at:'gateway-a.black',kind:'\(harm.kind)',frame:100}"])
      #expect(ending.status == 1)
      let rows = try RunFolder.only(of: "figure-5", in: scratch.path).rows("samples.csv")
      #expect(rows.count == harm.sentences.count)
      for row in rows {
        let system = try #require(row["system"])
        let sentences = try #require(harm.sentences[system])
        #expect(row["valid"] == "false", "\(row)")
        let told = ending.errorLines.filter { $0.hasPrefix("\(row["case"] ?? "")") }.joined(separator: "\n")
        for sentence in sentences {
          #expect(row["faults"]?.contains(sentence) == true, "\(system): \(row["faults"] ?? "")")
          #expect(told.contains(sentence), "\(system): \(ending.errors)")
        }
      }
      let summary = try RunFolder.only(of: "figure-5", in: scratch.path).rows("summary.csv")
      #expect(summary.allSatisfy { $0["valid"] == "false" && $0["mean"] == "" && $0["samples"] == "0" })
    }

    @Test func withoutHarmAllIsWell() async throws {
      let ending = try await run([])
      #expect(ending.status == 0 && !ending.errors.contains("invalid"), "\(ending.errors)")
    }

    private func run(_ words: [String]) async throws -> Ending {
      try await Vpebench.run(
        ["run", "experiments/figure-5.json5", "--only", "*-64B-2t-0h", "--output", scratch.path] + words
          + Vpebench.short())
    }
  }
}

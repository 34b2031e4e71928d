import Foundation
import Testing

extension CommandTests {
  /// Rate searches, by the program as users run it.
  @Suite struct RatesTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func searchesThatAreDoneAreKept() async throws {
      let file = try scratch.write(Tiny.rates("rates"), to: "rates.json5")
      let words = ["run", file, "--output", scratch.path("out")]
      let run = try Vpebench.start(words)
      try await RunFolder.wait(for: run, of: "rates", in: scratch.path("out")) { $0.journalled > 0 }
      run.send(SIGKILL)
      #expect(try await run.ending().signal == SIGKILL)
      let folder = try RunFolder.only(of: "rates", in: scratch.path("out"))
      let before = try folder.text("journal.jsonl").split(separator: "\n")

      let resumed = try await Vpebench.run(words + ["--resume"])
      #expect(resumed.status == 0, "\(resumed.errors) \(resumed.output)")
      #expect(resumed.output.contains("2 cases, 4 samples, of which \(folder.complete(before)) are there"))
      let after = try folder.text("journal.jsonl").split(separator: "\n")
      #expect(after.count == 4 && after.starts(with: before.prefix(folder.complete(before))))

      let searches = try folder.rows("searches.csv")
      #expect(searches.count == 8 && Set(searches.map { $0["goal"] }) == ["ndr", "pdr"])
      let trials = try folder.rows("trials.csv")
      for search in searches {
        let own = trials.filter { $0["case"] == search["case"] && $0["sample"] == search["sample"] }
        #expect(own.count == Int(search["trials"] ?? "") && own.first?["use"] == "warm-up")
        #expect(own.contains { $0["use"] == "counted" })
      }
      // Every frame is accounted for, whatever else this machine did.
      for trial in trials {
        func count(_ name: String) -> Int { Int(trial[name] ?? "") ?? -1 }
        #expect(count("sent") == count("received") + count("lost") && count("sent") > 0)
        #expect(count("duplicated") == 0 && count("reordered") == 0)
      }
      let (status, _, errors) = try await Self.plot(folder.path, in: scratch)
      #expect(status == 0 || errors.contains("has no valid"), "\(errors)")
    }

    private static func plot(
      _ folder: String, in scratch: Scratch
    ) async throws -> (status: Int32?, output: String, errors: String) {
      let ending = try await Vpebench.run(["plot", folder, "--output", scratch.path("plots")])
      return (ending.status, ending.output, ending.errors)
    }
  }
}

extension RunFolder {
  /// The number of complete lines in a journal.
  fileprivate func complete(_ lines: [Substring]) -> Int { lines.count { $0.hasSuffix("}") } }
}

import Foundation
import Testing

extension StillTests {
  /// The commands that only print information.
  @Suite struct HelpTests {
    /// A command and its options, without those of role processes.
    struct Manual: Sendable, CustomTestStringConvertible {
      let command: String
      var flags: Set<String> = []
      var values: Set<String> = []
      var options: Set<String> { flags.union(values) }
      var testDescription: String { command }
    }

    private static let manuals = [
      Manual(
        command: "run", flags: ["--quick", "--resume"],
        values: ["--only", "--output", "--set", "--capture", "--keys-out", "--testbed", "--run-id"]),
      Manual(command: "list", flags: ["--quick", "--placements"], values: ["--set", "--only"]),
      Manual(command: "validate", values: ["--set"]),
      Manual(command: "check"),
      Manual(
        command: "role", flags: ["--quick"],
        values: ["--only", "--run-id", "--keys-out", "--sample", "--cpus", "--seconds", "--set"]),
      Manual(command: "testbed", values: ["--output"]),
      Manual(command: "plot", values: ["--format", "--output", "--figure"]),
      Manual(command: "report", values: ["--output", "--reference"]),
      Manual(command: "archive", flags: ["--allow-dirty"], values: ["--output"]),
      Manual(
        command: "reproduce", flags: ["--quick", "--dry-run", "--resume"],
        values: ["--only", "--output", "--reference", "--testbed"]),
      Manual(command: "compare", flags: ["--allow-different-environment", "--allow-different-library"]),
      Manual(command: "decode", values: ["--keys"]),
    ]

    @Test(arguments: manuals) func theHelpNamesTheOptions(manual: Manual) async throws {
      let help = try await Vpebench.run([manual.command, "--help"])
      #expect(help.status == 0 && help.errors == "")
      #expect(help.output.hasPrefix("Usage: vpebench \(manual.command)"))
      let named = Set(help.output.matches(of: /--[a-z-]+/).map { String($0.output) })
      #expect(named == manual.options)
      for words in [["-h"], ["help", manual.command]] {
        let same = try await Vpebench.run(words[0] == "help" ? words : [manual.command] + words)
        #expect(same.status == 0 && same.output == help.output, "\(words)")
      }
    }

    @Test(arguments: manuals) func theCommandKnowsTheOptions(manual: Manual) async throws {
      let words = manual.flags.sorted() + manual.values.sorted().flatMap { [$0, "x"] }
      let known = try await Vpebench.run([manual.command] + words + ["--help"])
      #expect(known.status == 0, "\(known.errors)")
      let unknown = try await Vpebench.run([manual.command, "--bogus", "--help"])
      #expect(unknown.status == 2 && unknown.errors.contains("--bogus"))
    }

    @Test func theOverviewNamesTheCommands() async throws {
      let overview = try await Vpebench.run(["--help"])
      #expect(overview.status == 0)
      for manual in Self.manuals { #expect(overview.output.contains("\n  \(manual.command) ")) }
      let nothing = try await Vpebench.run([])
      #expect(nothing.status == 2 && nothing.output == overview.output)
    }

    @Test func theVersionIsTold() async throws {
      let version = try await Vpebench.run(["--version"])
      #expect(version.status == 0)
      #expect(version.output.wholeMatch(of: /vpebench \d+\.\d+\.\d+\n/) != nil, "\(version.output)")
    }

    @Test func listTellsTheCasesOfAFile() async throws {
      let all = try await Vpebench.run(["list", "experiments/figure-5.json5"])
      let names = [
        "baseline-none-64B-2t-0h", "baseline-none-1420B-2t-0h", "esp-single-aes128gcm-64B-2t-0h",
        "esp-single-aes128gcm-1420B-2t-0h", "vpe-aes128gcm-64B-2t-0h", "vpe-aes128gcm-1420B-2t-0h",
      ]
      #expect(all.status == 0 && all.output.split(separator: "\n").map(String.init) == names)
      let alone = try await Vpebench.run(["list", "experiments/baseline.json5"])
      let lines = alone.output.split(separator: "\n")
      #expect(lines.count == 16 && lines.filter { $0.hasSuffix("-solo") }.count == 6)
      #expect(lines.filter { $0.hasPrefix("ipsec-secgw-aes128gcm-64B-2t-0h-") }.count == 5)
      let some = try await Vpebench.run([
        "list", "experiments/figure-5.json5", "--only", "vpe-*h", "--set", "sweep.frame_bytes=[128]",
      ])
      #expect(some.output == "vpe-aes128gcm-128B-2t-0h\n")
    }

    @Test func listTellsTheExperimentsAndTheirQuestions() async throws {
      let list = try await Vpebench.run(["list"])
      #expect(list.status == 0, "\(list.errors)")
      #expect(try Repository.descriptors.contains("experiments/figure-5.json5"))
      for file in try Repository.descriptors {
        let text = try String(
          contentsOf: Repository.root.appendingPathComponent(file), encoding: .utf8)
        let question = try #require(text.firstMatch(of: /question: "([^"]+)"/)?.1, "\(file)")
        let line = list.output.split(separator: "\n").first { $0.hasPrefix("\(file) ") }
        #expect(line?.hasSuffix(question) == true, "\(file): \(line ?? "missing")")
      }
    }

    @Test func listNeedsTheFolderOfExperiments() async throws {
      let ending = try await Program.run(["--chdir=/", try Vpebench.binary, "list"])
      #expect(ending.status != 0 && ending.output == "")
      #expect(ending.errorLines.count == 1 && ending.errors.contains("experiments"), "\(ending.errors)")
      #expect(!ending.errors.contains("Error Domain"))
    }

    @Test func validateAcceptsWhatIsShipped() async throws {
      let files = try Repository.descriptors
      let ending = try await Vpebench.run(["validate"] + files)
      #expect(ending.status == 0, "\(ending.errors)")
      let lines = ending.output.split(separator: "\n")
      #expect(lines.count == files.count)
      for (file, line) in zip(files, lines) { #expect(line.hasPrefix("\(file): valid; ")) }
    }

    @Test func validateGoesOnAfterABadFile() async throws {
      let scratch = try Scratch()
      let bad = try scratch.write("{}", to: "bad.json5")
      let ending = try await Vpebench.run(["validate", bad, "experiments/smoke.json5"])
      #expect(ending.status == 1)
      #expect(
        ending.errors.contains("bad.json5") && ending.output.hasPrefix("experiments/smoke.json5: valid"))
    }

    @Test func checkTellsEachLink() async throws {
      let check = try await Vpebench.run(["check"])
      #expect(check.status == 0, "\(check.output)")
      let lines = check.output.split(separator: "\n")
      for link in ["ring", "veth", "ports"] {
        let line = lines.first { $0.contains(" link \(link) ") }
        let verdicts = ["ok ", "warning ", "lacking "]
        #expect(verdicts.contains { line?.hasPrefix($0) == true }, "\(link): \(check.output)")
      }
      #expect(lines.contains { $0.hasPrefix("ok ") && $0.contains(" link ring ") })
      // A property that is not ideal has a remedy on the next line.
      for (line, next) in zip(lines, lines.dropFirst() + [""])
      where line.hasPrefix("warning ") || line.hasPrefix("lacking ") {
        #expect(next.contains("→"), "\(line)")
      }
    }
  }
}

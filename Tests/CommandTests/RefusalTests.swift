import Foundation
import Testing

extension StillTests {
  /// Bad input: a sentence for each problem, before anything starts, and no files.
  @Suite struct RefusalTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Words that the program must refuse; `SCRATCH` stands for a folder with the files below.
    struct Refusal: Sendable, CustomTestStringConvertible {
      let words: [String]
      /// What the message must name: the value, the location and the remedy.
      let names: [String]
      var status: Int32 = 1
      var lines = 1
      var testDescription: String { words.joined(separator: " ") }

      /// A run of Figure 5 with other values.
      static func set(_ values: String..., naming names: String...) -> Refusal {
        Refusal(words: ["run", figure] + values.flatMap { ["--set", $0] }, names: names)
      }
    }

    private static let figure = "experiments/figure-5.json5"
    private static let reference = "results/reference/figure-7/latest"
    private static let memif = "experiments/ports-memif.json5"

    private static let files = [
      "prose.json5": "this is no descriptor",
      "open.json5": "{ name: \"x\", question: \"y\",",
      "empty.json5": "",
      "typo.json5": "{ name: 'x', question: 'y', systems: ['vpe'], sweep: { frame_byts: [64] } }",
      "bare.json5": "{ question: 'y', systems: ['vpe'] }",
      "type.json5": "{ name: 'x', question: 'y', systems: ['vpe'], measure: { windows: 'many' } }",
    ]

    private static let badFiles = [
      Refusal(words: ["run", "SCRATCH/prose.json5"], names: ["prose.json5", "not JSON5", "line 1"]),
      Refusal(words: ["run", "SCRATCH/open.json5"], names: ["open.json5", "not JSON5", "line 1"]),
      Refusal(words: ["run", "SCRATCH/empty.json5"], names: ["empty.json5", "not JSON5"]),
      Refusal(
        words: ["run", "SCRATCH/typo.json5"],
        names: ["typo.json5", "sweep.frame_byts", "did you mean \"frame_bytes\"?"]),
      Refusal(words: ["run", "SCRATCH/bare.json5"], names: ["bare.json5", "name", "missing"]),
      Refusal(words: ["run", "SCRATCH/type.json5"], names: ["type.json5", "measure.windows", "many"]),
      Refusal(words: ["run", "SCRATCH/none.json5"], names: ["none.json5", "no such file"]),
      Refusal(words: ["run", "SCRATCH"], names: ["is a folder", "a file is needed"]),
      Refusal(words: ["run", figure, "SCRATCH/typo.json5"], names: ["typo.json5", "sweep.frame_byts"]),
    ]

    private static let badValues: [Refusal] = [
      .set("sweep.frame_bytes=[63]", naming: "--set sweep.frame_bytes[0]", "63", "64 to 1518"),
      .set("sweep.frame_bytes=[64,1519]", naming: "--set sweep.frame_bytes[1]", "1519", "64 to 1518"),
      .set("sweep.threads=[1]", naming: "--set sweep.threads[0]", "1 is too small", "2 to 128"),
      .set("sweep.threads=[130]", naming: "--set sweep.threads[0]", "130", "2 to 128"),
      .set(
        "sweep.threads=[4]", "systems=['esp-single']", naming: "--set sweep.threads[0]", "4 threads",
        "esp-single has exactly 2"),
      .set("systems=['esp-singel']", naming: "--set systems[0]", "did you mean \"esp-single\"?"),
      .set("measure.window=3", naming: "--set measure.window", "did you mean \"measure.windows\"?"),
      .set("measure.windows", naming: "--set measure.windows", "PATH=VALUE"),
      .set("measure.windows=0", naming: "--set measure.windows", "0 is too small"),
      .set("sweep.aead=['aes-129-gcm']", naming: "--set sweep.aead[0]", "did you mean \"aes-128-gcm\"?"),
      .set("link=vether", naming: "--set link", "did you mean \"veth\"?"),
      .set(
        "fault={at:'gateway-a.blck',kind:'drop',frame:1}", naming: "--set fault.at",
        "did you mean \"gateway-a.black\"?"),
      .set("fault={at:'gateway-a.black',kind:'drop',frame:1}", "link=veth", naming: "--set fault", "ring"),
      Refusal(
        words: ["run", figure, "--set", "sweep.frame_bytes=[63,1519]"],
        names: ["sweep.frame_bytes[0]: 63", "sweep.frame_bytes[1]: 1519"], lines: 2),
      Refusal(
        words: ["run", figure, "--only", "vpe-*-65B-*"],
        names: ["--only", "\"vpe-*-65B-*\" matches none", "vpe-aes128gcm-64B-2t-0h"]),
      Refusal(words: ["run", figure, "--resume"], names: ["--resume", "no run in", "run without --resume"]),
      Refusal(
        words: ["run", figure, "--capture", "SCRATCH/empty.json5"], names: ["--capture", "empty.json5"]),
    ]

    private static let badWords = [
      Refusal(words: ["run"], names: ["needs a descriptor", "vpebench run --help"], status: 2),
      Refusal(words: ["run", figure, "--quik"], names: ["--quik", "did you mean --quick?"], status: 2),
      Refusal(words: ["run", figure, "--only"], names: ["--only needs a value"], status: 2),
      Refusal(words: ["list", figure, "--set"], names: ["--set needs a value"], status: 2),
      Refusal(words: ["run", figure, "--output", ""], names: ["--output needs a value"], status: 2),
      Refusal(
        words: ["run", figure, "--only", "--quick"],
        names: ["--only needs a value, and --quick is an option", "--only=--quick"], status: 2),
      Refusal(
        words: ["decode", "SCRATCH/empty.json5", "--keys", "a", "--keys=b"],
        names: ["--keys is given 2 times, as a and b; give it once"], status: 2),
      Refusal(words: ["list", "--quick"], names: ["list needs a descriptor with --quick"], status: 2),
      Refusal(words: ["list", "--only", "vpe-*"], names: ["list needs a descriptor with --only"], status: 2),
      Refusal(
        words: ["role", "generator", memif, "--roles", "generator"], names: ["there is no option --roles"],
        status: 2),
      Refusal(words: [""], names: ["an empty word is no command"], status: 2),
      Refusal(words: ["help", "run", "now"], names: ["help takes no further word, such as now"], status: 2),
      Refusal(words: ["--version", "now"], names: ["--version takes no further word"], status: 2),
      // Control characters, which a terminal would obey, are escaped.
      Refusal(words: ["r\u{1B}[31m"], names: ["no command r\\u{1B}[31m"], status: 2),
      Refusal(
        words: ["plot", reference, reference, "--output", "SCRATCH/plots"],
        names: ["are both drawn as figure-7", "SCRATCH/plots can hold one"], status: 2),
      Refusal(words: ["run", figure, "--capture="], names: ["--capture needs a value"], status: 2),
      Refusal(words: ["decode", ""], names: ["an empty word names no file"], status: 2),
      Refusal(words: ["run", figure, "--quick=yes"], names: ["--quick takes no value"], status: 2),
      Refusal(words: ["rnu", figure], names: ["no command rnu", "did you mean run?"], status: 2),
      Refusal(words: ["validate"], names: ["needs a descriptor"], status: 2),
      Refusal(words: ["validate", "SCRATCH/typo.json5"], names: ["typo.json5", "sweep.frame_byts"]),
      Refusal(words: ["list", "SCRATCH/typo.json5"], names: ["typo.json5", "sweep.frame_byts"]),
      Refusal(words: ["role", "generator"], names: ["needs a role and a descriptor"], status: 2),
      Refusal(
        words: ["role", "generater", memif, "--only", "vpe-*-64B-*", "--run-id", "1"],
        names: ["generater", "generator, gateway-a, gateway-b, reflector"]),
      Refusal(words: ["role", "generator", memif], names: ["needs --only CASE"], status: 2),
      Refusal(words: ["role", "generator", memif, "--only", "*"], names: ["matches 6 cases"], status: 2),
      Refusal(
        words: ["role", "generator", figure, "--only", "vpe-*-64B-2t-0h", "--run-id", "1"],
        names: ["link is ring", "link ports"]),
      Refusal(
        words: ["role", "generator", memif, "--only", "vpe-*-64B-*", "--run-id", "1", "--cpus", "two"],
        names: ["--cpus two", "2-5"], status: 2),
      Refusal(
        words: ["role", "generator", memif, "--only", "vpe-*-64B-*", "--run-id", "1", "--cpus", "8191"],
        names: ["--cpus 8191", "may not use CPU 8191"], status: 2),
      Refusal(
        words: ["role", "generator", memif, "--only", "vpe-*-64B-*", "--run-id", "1", "--seconds", "-1"],
        names: ["--seconds -1"], status: 2),
      Refusal(
        words: ["role", "generator", memif, "--only", "vpe-*-64B-*", "--run-id", "1", "--sample", "one"],
        names: ["--sample one"], status: 2),
    ]

    @Test(arguments: badFiles + badValues + badWords) func itIsRefusedInOneSentence(refusal: Refusal)
      async throws
    {
      for (name, text) in Self.files { try scratch.write(text, to: name) }
      var words = refusal.words.map { $0.replacing("SCRATCH", with: scratch.path) }
      if words[0] == "run" { words.insert(contentsOf: ["--output", scratch.path("results")], at: 1) }
      let ending = try await Vpebench.run(words)
      #expect(ending.status == refusal.status)
      #expect(ending.output == "")
      #expect(ending.errors.hasPrefix("vpebench: "))
      #expect(ending.errorLines.count == refusal.lines, "\(ending.errors)")
      for name in refusal.names {
        let name = name.replacing("SCRATCH", with: scratch.path)
        #expect(ending.errors.contains(name), "\(ending.errors)")
      }
      // Words of Foundation's messages, which are not this suite's.
      #expect(!ending.errors.contains("Error Domain"))
      #expect(!FileManager.default.fileExists(atPath: scratch.path("results")))
    }

    @Test func anOutputFolderBelowAFileIsRefused() async throws {
      let file = try scratch.write("", to: "file")
      for output in [file, file + "/results"] {
        let ending = try await Vpebench.run(["run", Self.figure, "--output", output])
        #expect(ending.status == 1 && ending.output == "")
        #expect(ending.errorLines.count == 1, "\(ending.errors)")
        for name in [output, "Not a directory", "--output"] {
          #expect(ending.errors.contains(name), "\(ending.errors)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path) == ["file"])
      }
    }
  }
}

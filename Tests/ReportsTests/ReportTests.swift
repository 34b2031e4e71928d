import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

@Suite struct ReportTests {
  private func report(_ runs: [MadeRun]) throws -> Report {
    try Report(try runs.map { try $0.reading() }, suite: suiteFolder(), version: "1.2.3")
  }

  @Test func thePageNeedsNothingElse() throws {
    let html = try report([PlotTests.run(.five), PlotTests.run(.six), PlotTests.run(.seven)]).html()
    #expect(html.hasPrefix("<!DOCTYPE html>") && html.hasSuffix("</html>\n"))
    for word in ["<script", "<link", "<img", "@import", "url(http", "src="] { #expect(!html.contains(word)) }
    // XML namespaces are not addresses that a browser loads.
    let addresses = html.matches(of: /"(https?:[^"]*)"/).map { String($0.1) }
    #expect(Set(addresses) == ["http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"])
    #expect(html.ranges(of: "<svg role=\"img\"").count == 3)
    let identifiers = html.matches(of: /\sid=["']([^"']+)["']/).map { String($0.1) }
    #expect(Set(identifiers).count == identifiers.count)
    for name in html.matches(of: /href=["']#([^"']+)["']/).map({ String($0.1) }) {
      #expect(identifiers.contains(name))
    }
    #expect(html.contains("prefers-color-scheme: dark"))
  }

  @Test func theAnswerComesFirstThenTheClaims() throws {
    let report = try report([PlotTests.run(.five)])
    for page in [report.html(), report.markdown()] {
      let positions = try ["In short", "The paper's claims", "figure-5: Throughput", "Why they differ in"].map
      {
        try #require(page.firstRange(of: $0)?.lowerBound)
      }
      #expect(positions == positions.sorted())
      #expect(report.claims.allSatisfy { page.contains($0.verdict.words) })
    }
    for page in [report.html(), allMarkdown(of: report)] {
      #expect(report.claims.allSatisfy { page.contains($0.rule.prefix(20)) })
    }
  }

  /// The sentences state figures with verdicts and bases. They say what was not run, even if it is half of a
  /// sentence.
  @Test func theAnswerIsMadeOfFigures() throws {
    func answer(_ vpe: (Int) -> Double) throws -> [String] {
      var made = MadeRun()
      made.environment.commandLine.append("--quick")
      made.records = (0..<12).flatMap { launch in
        [("vpe", vpe(launch)), ("esp-single", 10.0)].map { system, value in
          var made = record(
            system, sample: launch, ["capacity_gbps": value * (1 + 0.001 * Double(launch % 3))])
          made.launch = launch
          return made
        }
      }
      let report = try report([made])
      #expect(report.markdown().contains(", in the quick profile, with 95 % intervals and verdicts:"))
      return try #require(report.inShort.first).sentences
    }
    let sentences = try answer { _ in 12 }
    #expect(sentences.count == 6)
    #expect(
      sentences[0].hasPrefix("With one thread a direction VPE carries 1.200 ["),
      "\(sentences)")
    #expect(
      sentences[0].hasSuffix(
        " times what ESP does with 64-byte frames (not resolved: only capacity) and with 1420-byte frames: "
          + "not shown; basis capacity; the paper: 1.013 and 1.011."))
    #expect([1, 2, 4].allSatisfy { sentences[$0].hasSuffix("not run here.") })
    #expect(sentences[3] == "Our ESP beside DPDK's ipsec-secgw: not shown here.")
    #expect(sentences[5].hasPrefix("Of 66 claims, 39 of the paper's and 27 against VPE: "))
    #expect(sentences[5].hasSuffix(" not run (38 and 27). A capacity confirms no claim."))
    let less = try answer { _ in 8 }
    #expect(less[0].contains("0.800 [") && less[0].contains("frames (not resolved"))
    #expect(try answer { $0 % 2 == 0 ? 8 : 13 }[0].contains("(not resolved: the interval holds 1)"))
  }

  /// VPE beside the ESP of today, the cost of keeping order, and what is left of the lead over the paper's
  /// pipeline.
  @Test func whatRemainsOfTheThesisIsComputed() throws {
    func thesis(_ systems: [(String, Int, Double)], size: Int = 64) throws -> [String] {
      let records = (0..<9).flatMap { launch in
        systems.map { system, threads, value in
          record(
            system, threads: threads, frameBytes: size, sample: launch,
            ["capacity_gbps": value * (1 + 0.001 * Double((launch + threads) % 3))])
        }
      }
      let report = try report([MadeRun(name: "scaling-today", records: records)])
      let sentences = try #require(report.thesis.first)
      #expect(sentences.allSatisfy { report.markdown().contains("\n- \($0)") })
      return sentences
    }
    let some = try thesis([
      ("vpe", 2, 10), ("vpe", 38, 180), ("esp-parallel", 2, 9), ("esp-parallel", 38, 150),
      ("esp-pipeline", 37, 120), ("esp-ordered", 2, 8), ("esp-ordered", 38, 15), ("esp-multi-sa", 38, 200),
      ("esp-pipeline-paper", 9, 30), ("esp-pipeline-paper", 37, 28),
    ])
    #expect(some.count == 5)
    for (sentence, words) in [
      (0, "at its peak 1.200 ["), (0, "frames (esp-parallel; 38 threads against 38; VPE leads) and with"),
      (0, "and with 1420-byte frames it was not run; basis capacity."),
      (1, "0.900 ["), (1, "(esp-multi-sa; 38 threads against 38; ESP multi-SA leads)"),
      (2, "Against EESP's Sub SAs: not run here."),
      (3, "0.889 ["), (3, "with 2, 0.100 ["), (3, "with 38 threads and 64-byte frames; basis capacity."),
      (4, "of 5.994 [5.978, 6.010] times"), (4, "(38 threads against 9), 1.200 ["),
      (4, "none of it is confirmed."),
    ] { #expect(some[sentence].contains(words), "\(words): \(some[sentence])") }
    let equal = try thesis([("vpe", 38, 100), ("eesp-subsa", 38, 100), ("psp", 36, 125)], size: 1420)
    #expect(equal.count == 6)
    for words in [
      "Against PSP, which refuses no replays, VPE carries at its peak with 64-byte frames it was not run and "
        + "0.799 [", "with 1420-byte frames (psp; 38 threads against 36; PSP leads); basis capacity.",
    ] { #expect(equal[3].contains(words), "\(words): \(equal[3])") }
    #expect(equal[2].contains("with 1420-byte frames (eesp-subsa; 38 threads against 38; no lead is shown)"))
    // Another run has no such section.
    #expect(try report([PlotTests.run(.five)]).thesis.isEmpty)
  }

  /// WireGuard has one cipher and is compared with VPE with that cipher. Other systems' figures with it do
  /// not affect the other sentences.
  @Test func wireGuardIsHeldAgainstTheSameCipher() throws {
    let chacha = AEADAlgorithm.chaCha20Poly1305.rawValue
    let values: [(String, Int, String, Double)] = [
      ("vpe", 2, "aes-128-gcm", 10), ("vpe", 38, "aes-128-gcm", 180),
      ("esp-parallel", 38, "aes-128-gcm", 150),
      ("vpe", 2, chacha, 4), ("vpe", 38, chacha, 60), ("esp-parallel", 38, chacha, 500),
      ("wireguard", 2, chacha, 4), ("wireguard-ordered", 38, chacha, 15),
      ("wireguard-parallel", 38, chacha, 50),
    ]
    let records = (0..<9).flatMap { launch in
      values.map { system, threads, cipher, value in
        record(
          system, threads: threads, sample: launch,
          ["capacity_gbps": value * (1 + 0.001 * Double((launch + threads) % 3))], aead: cipher)
      }
    }
    let sentences = try #require(try report([MadeRun(name: "scaling-today", records: records)]).thesis.first)
    #expect(sentences[0].contains("at its peak 1.200 ["), "\(sentences[0])")
    for words in [
      "the strongest WireGuard, both with ChaCha20-Poly1305, VPE carries at its peak 1.200 [",
      "(wireguard-parallel; 38 threads against 38; VPE leads)",
    ] { #expect(sentences[3].contains(words), "\(sentences[3])") }
  }

  /// The report on a whole reproduction is short: machine, claims, figures and reasons. The rest is in files
  /// to which the page links.
  @Test func theReportOfTheReferenceIsShort() throws {
    let report = try Reference.report()
    let files = report.files()
    let page = try #require(files.first { $0.name == "report.md" })
    #expect(page.data.count <= 60 * 1024)
    let links = String(decoding: page.data, as: UTF8.self).matches(of: /\]\(([a-z0-9-]+\.(?:md|svg))\)/)
      .map { String($0.1) }
    #expect(Set(links) == Set(files.map(\.name)).subtracting(["report.md", "report.html"]))
  }

  @Test func whatAReportHolds() throws {
    let markdown = try allMarkdown(of: report([PlotTests.run(.five)]))
    for text in [
      "| vpe-64B-2t-0h | capacity | 10.10 ± ", "outer frames are 118 bytes for ESP and 116 for VPE",
      "predicts VPE/ESP = 1.017", "The harness's floor in figure-5", "Warnings about figure-5",
      "vpebench run experiments/figure-5.json5", "vpebench plot results/figure-5/", "![Throughput",
      "software.git_commit", "vpebench 1.2.3",
    ] { #expect(markdown.contains(text), "\(text)") }
  }

  /// If gateways had a core of their own, the report compares their capacity with the observed rate, and
  /// counts how many agree.
  @Test func capacityIsHeldAgainstTheRateOutside() throws {
    let records = (0..<3).flatMap { sample in
      [("vpe", -0.01), ("esp-single", 0.08)].map { system, error in
        record(
          system, sample: sample,
          [
            "capacity_gbps": 1, "seal_mpps": 10 * (1 + error), "seal_capacity_mpps": 11,
            "seal_mean_capacity_mpps": 10, "seal_capacity_error_ratio": error, "seal_dut_idle_ratio": 0.005,
            "seal_undisturbed_capacity_error_ratio": error / 2,
          ])
      }
    }
    let markdown = try allMarkdown(of: report([MadeRun(name: "ring-solo", records: records)]))
    #expect(
      markdown.contains(
        "| vpe-64B-2t-0h | seal | 10.00 | 9.900 | -1.0 % [-1.0 %, -1.0 %] | -0.5 % | 0.5 % | 3 |"))
    #expect(markdown.contains("1 of 2 medians is within 5.0 %, the worst is 8.0 %"))
    #expect(markdown.contains(Basis.capacityCaveat))
    // A circuit has no such section.
    #expect(try !report([PlotTests.run(.five)]).markdown().contains("seen from outside"))
  }

  @Test func ratesStandInTheFormOfTheField() throws {
    let records = (0..<3).map { sample in
      record(
        "vpe", sample: sample, basis: .measured,
        [
          "ndr_mpps": 8, "ndr_upper_mpps": 8.04, "ndr_throughput_mpps": 7.9, "ndr_gbps": 4.096,
          "ndr_capacity_ratio": 0.8, "pdr_mpps": 9,
        ])
    }
    let markdown = try report([MadeRun(name: "rates", records: records)]).markdown()
    #expect(
      markdown.contains(
        "| VPE | seal | 64 | NDR | 8.000 [8.000, 8.000] | 8.040 | 7.900 | 4.096 | 0.800 | measured | 3 |"))
    #expect(markdown.contains("| VPE | seal | 64 | PDR | 9.000 [9.000, 9.000] |"))
    #expect(markdown.contains("at which no frame is lost") && markdown.contains("![Non-drop"))
    // Runs without rates have no such table.
    #expect(try !report([PlotTests.run(.five)]).markdown().contains("RFC 9971"))
  }

  @Test func latencyStandsBesideTheHarnesssOwn() throws {
    let records = (0..<3).map { sample in
      record(
        "vpe", sample: sample, basis: .measured,
        [
          "pdr_mpps": 9, "latency_0_p50_us": 1.5, "floor_latency_0_p50_us": 1.25, "latency_90_p50_us": 12,
          "floor_latency_90_p50_us": 2, "latency_90_p99_us": 80, "probe_latency_90_p50_us": 11,
        ])
    }
    let markdown = try report([MadeRun(name: "latency", records: records)]).markdown()
    #expect(markdown.contains("| VPE | seal | 64 | 10,000 frames/s | 1.500 (1.250) |  |  |  |  |"))
    #expect(markdown.contains("| VPE | seal | 64 | 90 % | 12.00 (2.000) |  | 80.00 |  |  |"))
    #expect(markdown.contains("| VPE | seal | 64 | 90 %, probes | 11.00 |  |  |  |  |"))
    #expect(markdown.contains("![Latency under load") && markdown.contains("the harness's own"))
    #expect(try !report([PlotTests.run(.five)]).markdown().contains("Latency in µs"))
  }

  /// Cases that differ only in their bursts are distinguished in both tables and in the figures.
  @Test func burstsAreSaid() throws {
    let records = ["1", "64"].flatMap { burst in
      (0..<3).map { sample in
        record(
          "vpe", sample: sample, basis: .measured, axes: ["burst_frames": burst],
          ["ndr_mpps": 8, "pdr_mpps": 9, "latency_50_p50_us": burst == "1" ? 3 : 30])
      }
    }
    let markdown = try report([MadeRun(name: "latency", records: records)]).markdown()
    #expect(markdown.contains("| VPE | seal | 64 | NDR |"))
    #expect(markdown.contains("| VPE | seal | 64, bursts of 64 | NDR |"))
    #expect(markdown.contains("| VPE | seal | 64, bursts of 64 | 50 % | 30.00 |"))
    let drawing = try #require(
      report([MadeRun(name: "latency", records: records)]).files().first { $0.name == "latency.svg" })
    #expect(String(decoding: drawing.data, as: UTF8.self).contains("seal, 64-byte frames, bursts of 64"))
  }

  @Test func aRunWithoutAValidSampleDoesNotAffectOthers() throws {
    let failed = MadeRun(name: "tunnels", records: [record("vpe", ["capacity_gbps": 1], valid: false)])
    let markdown = try report([PlotTests.run(.five), failed]).markdown()
    #expect(markdown.contains("There is no figure, for the run has no valid seal_cycles_per_packet or"))
    #expect(markdown.contains("![Throughput") && !markdown.contains("tunnels.svg"))
  }

  /// Figures of two machines never share a table.
  @Test func eachMachineHasAPart() throws {
    var runs = [PlotTests.run(.five), PlotTests.run(.five), PlotTests.run(.tunnels)]
    for (index, family) in [6, 25, 6].enumerated() {
      runs[index].environment.cpu.family = family
      runs[index].environment.cpu.name = "CPU \(family)"
    }
    let report = try report(runs)
    let markdown = allMarkdown(of: report)
    for text in [
      "The paper's claims, and what speaks against VPE (CPU 6, family 6)",
      "The paper's claims, and what speaks against VPE (CPU 25, family 25)",
      "figure-5: Throughput with one thread a direction (CPU 25, family 25)", "(figure-5.svg)",
      "(figure-5-2.svg)",
    ] { #expect(markdown.contains(text), "\(text)") }
    // The claims of Figure 5 are listed for each machine, those without any run once.
    let five = report.claims.count { $0.experiment == "figure-5" }
    #expect(
      five == 2 * (try self.report([PlotTests.run(.five)]).claims.count { $0.experiment == "figure-5" }))
    #expect(
      report.claims.filter { $0.experiment == "figure-6" }.map(\.source.rawValue).sorted()
        == ["objection", "paper", "paper", "paper", "paper", "paper"])
  }

  @Test func figuresPerStateAreTold() throws {
    let records = (0..<6).flatMap { sample in
      ["vpe", "esp-single"].map { system in
        var made = record(
          system, sample: sample, ["capacity_gbps": sample < 4 ? 10 : 5],
          gaps: sample < 4 ? [] : [MachineState.otherwise])
        made.launch = sample
        made.machineState = sample < 4 ? "A" : "B"
        return made
      }
    }
    let markdown = try allMarkdown(of: report([MadeRun(name: "figure-5", records: records)]))
    for text in [
      "States of the machine in figure-5", "| vpe-64B-2t-0h | A | capacity | capacity, Gbit/s | 10.0",
      "| vpe-64B-2t-0h | B | capacity | capacity, Gbit/s | 5.000",
      "| VPE / ESP | vpe-64B-2t-0h | B | capacity, Gbit/s | capacity | 1.000",
    ] { #expect(markdown.contains(text), "\(text)") }
  }

  @Test func commandsCanBeEntered() throws {
    func commands(_ line: [String]) throws -> String {
      var made = PlotTests.run(.five)
      made.environment.commandLine = line
      return try allMarkdown(of: report([made]))
    }
    let some = try commands(["vpebench", "run", "a b.json5", "--only", "vpe-*", "--set", "x='1", "--resume"])
    #expect(some.contains("\nvpebench run 'a b.json5' --only 'vpe-*' --set " + #"'x='\''1'"# + "\n"))
    // A reproduction runs all experiments with one command.
    let one = try commands(["vpebench", "reproduce", "--quick", "--output", "out"])
    #expect(one.contains("\nvpebench run experiments/figure-5.json5 --quick\n"))
    #expect(!one.contains("vpebench reproduce"))
    // Runs that differ only in their descriptor share one command.
    var other = PlotTests.run(.six)
    other.environment.commandLine = ["vpebench", "reproduce", "--quick"]
    var made = PlotTests.run(.five)
    made.environment.commandLine = ["vpebench", "reproduce", "--quick"]
    let both = try allMarkdown(of: report([made, other]))
    #expect(both.contains("\nvpebench run experiments/{figure-5,figure-6}.json5 --quick\nvpebench report "))
  }

  @Test func namesFromFilesAreOnlyText() throws {
    var made = PlotTests.run(.five)
    made.records += throughputs("<b>&\"x\"|y", [1, 2])
    let report = try report([made])
    #expect(report.html().contains("&lt;b&gt;&amp;&quot;x&quot;|y-64B") && !report.html().contains("<b>"))
    #expect(allMarkdown(of: report).contains("<b>&\"x\"\\|y-64B"))
  }

  @Test func filesAreWritten() throws {
    let folder = try TemporaryFolder()
    let paths = try report([PlotTests.run(.five)]).write(to: folder("a/b"))
    #expect(
      paths.map { URL(fileURLWithPath: $0).lastPathComponent } == [
        "report.html", "report.md", "figure-5.svg", "rules.md", "figure-5.md", "environment.md", "claims.csv",
      ])
    #expect(paths.allSatisfy { FileManager.default.fileExists(atPath: $0) })
  }

  @Test func aRunWithoutAFigureOfItsOwnIsDrawnByItsAxes() throws {
    var made = PlotTests.run(.five)
    made.name = "hot-path"
    let html = try report([made]).html()
    #expect(html.contains("hot-path: What the suite's own code adds") && html.contains("<svg"))
    made.name = "mine"
    #expect(try report([made]).markdown().contains("\n### mine\n"))
  }

  /// The report promises nothing that is missing, and every run has a title.
  @Test func everyFigureOfTheReferenceHasATitle() throws {
    let page = try Reference.report().markdown()
    #expect(!page.contains("What it shows: below") && !page.contains(": results"))
    for run in try Reference.runs() { #expect(page.contains("\n### \(run.name): "), "\(run.name)") }
  }

  @Test func twoRunsOfAnExperimentAreRefused() throws {
    #expect(
      sentence { try report([PlotTests.run(.five), PlotTests.run(.five)]) }
        .contains("this is a second run of figure-5"))
  }
}

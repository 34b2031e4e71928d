import Foundation
import Testing

extension CommandTests {
  /// Processes that end early: role processes, or the run itself.
  @Suite struct EndsTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// A role process to kill, and how the run must name it.
    struct Victim: Sendable, CustomTestStringConvertible {
      let link: String
      let role: String
      let name: String
      var testDescription: String { "\(role) over \(link)" }
    }

    @Test(arguments: [
      Victim(link: "ring", role: "generator", name: "all roles"),
      Victim(link: "veth", role: "gateway-b", name: "gateway-b"),
      Victim(link: "veth", role: "generator", name: "generator"),
    ])
    func aRoleThatDiesCostsItsCaseAlone(victim: Victim) async throws {
      try Host.requireRoot()
      let experiment = Experiment(link: victim.link, scratch)
      let run = try Vpebench.start(experiment.words(windows: 1, seconds: 0.4))
      let remains = try await experiment.started(run)
      let process = try #require(
        remains.roles.first { process in
          process.commandLine.contains { $0.split(separator: ",").contains(Substring(victim.role)) }
        })
      process.end()
      let ending = try await run.ending()
      #expect(ending.status == 1)
      let sentence = "the process for \(victim.name) ended midway (signal 9)"
      #expect(ending.errorLines.count { $0.contains(sentence) } == 1, "\(ending.errors)")
      try await remains.expectGone()

      let folder = try experiment.folder()
      let samples = try folder.journal()
      #expect(samples.count == 3)
      let failed = samples.filter { !$0.valid }
      #expect(failed.count == 1 && failed.first?.faults.first?.contains(sentence) == true, "\(failed)")
      for row in try folder.rows("summary.csv") {
        #expect(row["valid"] == (row["case"] == failed.first?.name ? "false" : "true"), "\(row)")
      }
      #expect(Set(try folder.rows("summary.csv").map { $0["case"] }) == Set(samples.map(\.name)))
    }

    /// The way in which a run is ended.
    struct End: Sendable, CustomTestStringConvertible {
      let link: String
      let signal: Int32
      var testDescription: String { "signal \(signal) over \(link)" }
    }

    @Test(arguments: [
      End(link: "ring", signal: SIGKILL), End(link: "veth", signal: SIGKILL),
      End(link: "ring", signal: SIGINT), End(link: "veth", signal: SIGTERM),
    ])
    func aRunThatIsEndedGoesOnWithResume(end: End) async throws {
      try Host.requireRoot()
      let experiment = Experiment(link: end.link, scratch)
      let words = experiment.words("[ev]*-64B-2t-0h", windows: 2, seconds: 0.3)
      let run = try Vpebench.start(words)
      let remains = try await experiment.started(run)
      run.send(end.signal)
      let ending = try await run.ending()
      try await remains.expectGone()
      if end.signal == SIGKILL {
        #expect(ending.signal == SIGKILL)
      } else {
        try expectCleanEnd(ending, experiment)
      }

      let before = try experiment.folder().journalled
      #expect((1..<4).contains(before))
      let resumed = try await Vpebench.run(words + ["--resume"])
      #expect(resumed.status == 0, "\(resumed.errors)")
      #expect(resumed.output.contains("2 cases, 4 samples, of which \(before) are there already"))
      let folder = try experiment.folder()
      let samples = try folder.journal()
      #expect(samples.count == 4 && Set(samples.map { "\($0.name) \($0.sample)" }).count == 4)
      #expect(samples.filter { !$0.valid }.isEmpty, "\(samples)")
      #expect(try folder.rows("samples.csv").count == 4)
      // Over veth a sample may lack full bursts, and therefore a metric.
      let rates = try folder.rows("summary.csv").filter {
        $0["metric"] == ($0["basis"] == "measured" ? "goodput_gbps" : "capacity_gbps")
      }
      #expect(rates.count == 2 && rates.allSatisfy { $0["samples"] == "2" || $0["gaps"] != "" })
    }

    private func expectCleanEnd(_ ending: Ending, _ experiment: Experiment) throws {
      #expect(ending.status == 1)
      let lines = ending.errorLines.filter { $0.hasPrefix("vpebench: ") }
      #expect(lines.count == 1, "\(ending.errors)")
      #expect(lines.first?.contains("interrupted") == true && lines.first?.contains("--resume") == true)
      let folder = try experiment.folder()
      let samples = try folder.journal()
      #expect(try folder.rows("samples.csv").map { $0["case"] } == samples.map(\.name))
      #expect(Set(try folder.rows("summary.csv").map { $0["case"] }) == Set(samples.map(\.name)))
    }

    /// A role process is busy during a sample and reads no commands meanwhile.
    @Test(arguments: [SIGKILL, SIGTERM, SIGHUP, SIGQUIT])
    func aRoleThatIsBusyEndsWithItsRun(signal: Int32) async throws {
      let file = try scratch.write(
        Tiny.packetCost("long", bytes: [1420], repetitions: 1).replacing(
          "packets: 4096", with: "packets: 1000000000"),
        to: "long.json5")
      let run = try Vpebench.start(["run", file, "--output", scratch.path("out")])
      let remains = try await Remains(of: run, roles: 1)
      _ = try await eventually { run.output.contains("into") }
      try await Task.sleep(for: .milliseconds(300))
      run.send(signal)
      // After a polite signal the process waits for its sample to end.
      if signal == SIGTERM || signal == SIGHUP {
        try await Task.sleep(for: .milliseconds(200))
        run.send(signal)
      }
      _ = try await run.ending()
      try await remains.expectGone()
    }

    /// gnuplot may draw for a long time; it ends with the program, however that ends.
    @Test func gnuplotEndsWithTheProgram() async throws {
      let note = scratch.path("started")
      let folder = try scratch.folder("bin")
      let stand = try scratch.write("#!/bin/sh\necho $$ >'\(note)'\nexec sleep 300\n", to: "bin/gnuplot")
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: stand)
      let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
      let reference = Repository.root.appendingPathComponent("results/reference/figure-5/latest").path
      let run = try Vpebench.start(
        ["plot", reference, "--output", scratch.path("plots")], environment: ["PATH": "\(folder):\(path)"])
      var drawing: ProcessID?
      _ = try await eventually {
        let text = (try? String(contentsOfFile: note, encoding: .utf8)) ?? ""
        drawing = text.hasSuffix("\n") ? Int32(text.dropLast()).flatMap(ProcessID.init) : nil
        return drawing != nil || !run.isRunning
      }
      let program = try #require(drawing, "\(run.errors)")
      #expect(program.isAlive)
      run.send(SIGKILL)
      _ = try await run.ending()
      #expect(try await eventually(within: 60) { !program.isAlive })
    }

    @Test func aResumedRunMustBeTheSame() async throws {
      let experiment = Experiment(link: "ring", scratch)
      let words = experiment.words(windows: 1, seconds: 0.2)
      let first = try await Vpebench.run(words)
      #expect(first.status == 0, "\(first.errors)")
      let folder = try experiment.folder()
      let before = try folder.text("journal.jsonl")

      let again = try await Vpebench.run(words + ["--resume"])
      #expect(again.status == 0, "\(again.errors)")
      let other = try await Vpebench.run(words + ["--resume", "--set", "traffic.seed=2"])
      #expect(other.status == 1)
      #expect(other.errorLines.count == 1, "\(other.errors)")
      #expect(other.errors.contains("--resume") && other.errors.contains(folder.path))
      #expect(other.errors.contains("--set"))
      #expect(try folder.text("journal.jsonl") == before)
      #expect(try experiment.folder().path == folder.path, "a second run has been started")
    }
  }
}

/// An experiment over one kind of link.
private struct Experiment {
  let link: String
  let scratch: Scratch

  init(link: String, _ scratch: Scratch) { (self.link, self.scratch) = (link, scratch) }

  private var name: String { link == "ring" ? "figure-5" : "smoke" }

  func words(_ cases: String = "*-64B-2t-0h", windows: Int, seconds: Double) -> [String] {
    ["run", "experiments/\(name).json5", "--only", cases, "--output", scratch.path]
      + Vpebench.short(windows: windows, seconds: seconds)
  }

  func folder() throws -> RunFolder { try RunFolder.only(of: name, in: scratch.path) }

  /// Waits for a sample, and records what the run has made.
  func started(_ run: Program) async throws -> Remains {
    let devices = Host.devices
    try await RunFolder.wait(for: run, of: name, in: scratch.path) { $0.journalled > 0 }
    let remains = try await Remains(of: run, roles: link == "ring" ? 1 : 4, devices: devices)
    #expect(remains.networks.count == (link == "ring" ? 0 : 4))
    return remains
  }
}

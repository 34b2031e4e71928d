import Foundation
import Testing

extension CommandTests {
  /// Disturbances of a run from outside: it ends, names the cause, and keeps what was measured before.
  @Suite struct TroubleTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func words(
      _ experiment: String, only cases: String = "[ev]*-64B-2t-0h", windows: Int, seconds: Double,
      _ more: [String] = []
    ) -> [String] {
      ["run", "experiments/\(experiment).json5", "--only", cases, "--output", scratch.path] + more
        + Vpebench.short(windows: windows, seconds: seconds)
    }

    @Test func aQueueThatIsKeptFullIsNamed() async throws {
      let ending = try await Vpebench.run(
        words(
          "figure-5", windows: 1, seconds: 0.3,
          [
            "--set", "fault={at:'gateway-a.black',kind:'stall',frame:5000}", "--set", "traffic.rate_mpps=0.2",
          ]))
      #expect(ending.status == 1)
      let folder = try RunFolder.only(of: "figure-5", in: scratch.path)
      let samples = try folder.journal()
      #expect(samples.count == 2)
      for sample in samples {
        #expect(sample.faults.contains { $0.contains("link from gateway-a seal to gateway-b open") })
        #expect(ending.errors.contains("\(sample.name), sample 0: invalid: link from gateway-a seal"))
      }
      // Packets without room are counted with that reason, in every sample.
      let lines = try folder.text("journal.jsonl").split(separator: "\n")
      #expect(lines.count { $0.contains("queue_full") } == 2)
    }

    @Test func aPoolThatRunsDryIsNamed() async throws {
      let ending = try await Vpebench.run(
        words(
          "figure-5", windows: 1, seconds: 0.3,
          ["--set", "fault={at:'gateway-b.red',kind:'hold',frame:3000}", "--set", "traffic.rate_mpps=0.2"]))
      #expect(ending.status == 1)
      let samples = try RunFolder.only(of: "figure-5", in: scratch.path).journal()
      #expect(samples.count == 2)
      for sample in samples {
        #expect(sample.faults.contains { $0.hasPrefix("the pool of packets was empty ") }, "\(sample.faults)")
      }
      #expect(ending.errorLines.count { $0.contains("invalid: the pool of packets was empty") } == 2)
    }

    @Test func aLinkThatGoesDownCostsItsCaseAlone() async throws {
      try Host.requireRoot()
      let run = try Vpebench.start(words("smoke", only: "[bev]*-64B-2t-0h", windows: 1, seconds: 4))
      try await RunFolder.wait(for: run, of: "smoke", in: scratch.path) { $0.journalled == 1 }
      let remains = try await Remains(of: run, roles: 4)
      let gateway = try #require(remains.roles.first { $0.commandLine.contains("gateway-b") })
      // The next sample has begun, with links that are up.
      try await gateway.works(for: 20)
      let down = try await Program.run([
        "nsenter", "--net=/proc/\(gateway.number)/ns/net", "ip", "link", "set", "black", "down",
      ])
      try #require(down.status == 0, "\(down.errors)")

      let ending = try await run.ending()
      #expect(ending.status == 1)
      let samples = try RunFolder.only(of: "smoke", in: scratch.path).journal()
      #expect(Set(samples.map(\.name)).count == 3)
      #expect(samples.map(\.valid) == [true, false, true], "\(samples.flatMap(\.faults))")
      #expect(samples[1].faults.first?.contains("went down") == true, "\(samples[1].faults)")
      try await remains.expectGone()
    }

    /// The library that changes the date in programs that load it.
    private static let clock = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"

    @Test func aDateThatJumpsChangesNothing() async throws {
      try #require(FileManager.default.fileExists(atPath: Self.clock), "libfaketime is not installed")
      let offset = try scratch.write("+0", to: "offset")
      let run = try Program(
        [try Vpebench.binary] + words("figure-5", windows: 4, seconds: 0.3),
        environment: [
          "LD_PRELOAD": Self.clock, "FAKETIME_TIMESTAMP_FILE": offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1",
          "FAKETIME_NO_CACHE": "1",
        ])
      for (samples, jump) in [(1, "-7200"), (4, "+86400")] {
        try await RunFolder.wait(for: run, of: "figure-5", in: scratch.path) { $0.journalled >= samples }
        try Data(jump.utf8).write(to: URL(fileURLWithPath: offset))
      }
      let ending = try await run.ending()
      #expect(ending.status == 0, "\(ending.errors)")
      let rows = try RunFolder.only(of: "figure-5", in: scratch.path).rows("samples.csv")
      #expect(rows.count == 8)
      for row in rows {
        let seconds = try #require(row["window_seconds"].flatMap(Double.init))
        #expect(row["valid"] == "true" && seconds > 0.29 && seconds < 30, "\(row)")
      }
      // Only the dates of the samples show the jumps.
      let dates = Set(rows.compactMap { $0["started_at"]?.prefix(13) })
      #expect(dates.count >= 3, "\(dates)")
    }

    @Test func signalsThatMeanNothingChangeNothing() async throws {
      let run = try Vpebench.start(words("figure-5", windows: 3, seconds: 0.2))
      let remains = try await Remains(of: run, roles: 1)
      var moments: Set<Int> = []
      while run.isRunning {
        for folder in RunFolder.all(of: "figure-5", in: scratch.path) { moments.insert(folder.journalled) }
        // The signals' handlers do nothing, but interrupted calls must continue.
        for signal in [SIGURG, SIGWINCH, SIGCONT] {
          run.send(signal)
          for process in remains.roles where process.isAlive { kill(process.number, signal) }
        }
        try await Task.sleep(for: .milliseconds(1))
      }
      let ending = try await run.ending()
      #expect(ending.status == 0, "\(ending.errors)")
      #expect(!moments.isDisjoint(with: 1...5), "signals came while it measured, \(moments)")
      #expect(try RunFolder.only(of: "figure-5", in: scratch.path).journal().count == 6)
      try await remains.expectGone()
    }

    /// A signal while tables are written: the run ends regularly, with complete tables.
    @Test func aSignalWhileTablesAreWrittenLeavesThemWhole() async throws {
      let file = try scratch.write(Tiny.throughput("written", hasPipeline: false, windows: 1), to: "w.json5")
      var folders: [String] = []
      for delay in [0, 1, 2, 5, 10, 20] {
        let output = try scratch.folder("after-\(delay)")
        let run = try Vpebench.start(["run", file, "--output", output])
        _ = try await eventually {
          RunFolder.all(of: "written", in: output).contains { $0.journalled == 3 } || !run.isRunning
        }
        try await Task.sleep(for: .milliseconds(delay))
        run.send(SIGTERM)
        let ending = try await run.ending()
        #expect(ending.signal == nil, "\(delay) ms: \(ending.errors)")
        let folder = try RunFolder.only(of: "written", in: output)
        #expect(try folder.journal().count == 3)
        #expect(try folder.rows("samples.csv").count == 3, "\(delay) ms")
        folders.append(folder.path)
      }
      let verdict = try await Oracles.frictionless(folders)
      #expect(verdict.status == 0, "\(verdict.output)\(verdict.errors)")
    }
  }
}

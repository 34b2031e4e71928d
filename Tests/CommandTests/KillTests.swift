import Foundation
import Testing

extension CommandTests {
  /// Runs that are ended by SIGKILL at random moments, and then resumed.
  @Suite struct KillTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func aRunThatIsKilledAtRandomMomentsEndsAsIfItHadNotBeen() async throws {
      let file = try scratch.write(Tiny.throughput("killed", windows: 4), to: "killed.json5")
      func words(_ output: String) -> [String] { ["run", file, "--output", scratch.path(output)] }
      let whole = try await Vpebench.run(words("whole"))
      let expected = try RunFolder.only(of: "killed", in: scratch.path("whole"))
      try Self.expectEnd(whole, of: [expected])
      let samples = try expected.journal().count
      #expect(samples == 16)

      var moments = Moments()
      var round = 0
      while round < 7 {
        let isFirst = moments.count == 0
        let run = try Vpebench.start(words("parts") + (isFirst ? [] : ["--resume"]))
        // A run can be resumed once it has a folder.
        _ = try await eventually { !RunFolder.all(of: "killed", in: scratch.path("parts")).isEmpty }
        let folder = try RunFolder.only(of: "killed", in: scratch.path("parts"))
        let before = folder.journalled
        // The first signals come before, between and within samples, the last ones while the tables are
        // written.
        let wanted = round < 2 ? 0 : round < 5 ? moments.next(upTo: 3) : samples - before
        _ = try await eventually { folder.journalled >= before + wanted || !run.isRunning }
        let delay = round < 2 ? 1500 : round < 5 ? 150 : 15
        try await Task.sleep(for: .milliseconds(moments.next(upTo: delay)))
        run.send(SIGKILL)
        let ending = try await run.ending()
        let end = ending.signal == SIGKILL ? "" : ", ended by itself"
        moments.note("\(folder.journalled) of \(samples) samples\(end)")
        #expect(ending.signal == SIGKILL || folder.journalled == samples, "\(moments): \(ending.errors)")
        // A run that ended before the signal was not killed and does not count. If that happened in all
        // the further attempts, it would be no coincidence.
        if ending.signal == SIGKILL { round += 1 }
        try #require(moments.count < 60, "\(moments)")
      }
      print("killed at: \(moments)")
      let last = try await Vpebench.run(words("parts") + ["--resume"])
      let folder = try RunFolder.only(of: "killed", in: scratch.path("parts"))
      try Self.expectEnd(last, of: [folder])
      try await expectSame(folder, as: expected, "\(moments)")
    }

    @Test func aReproductionThatIsKilledGoesOnInTheExperimentWhereItStopped() async throws {
      try Tiny.suite(in: scratch)
      // The first experiments suffice, because the others follow in the same way.
      let experiments = Tiny.experiments.filter { ["figure-5", "baseline", "figure-7"].contains($0.0) }
      let names = experiments.map(\.0).joined(separator: ",")
      let words = ["reproduce", "--output", "out", "--only", names]
      func folder(_ name: String) throws -> RunFolder { try .only(of: name, in: scratch.path("out")) }
      var moments = Moments()
      let index = moments.next(upTo: 2)
      let victim = experiments[index].0
      let run = try Vpebench.start(words, folder: scratch.path)
      try await RunFolder.wait(for: run, of: victim, in: scratch.path("out")) { $0.journalled > 0 }
      try await Task.sleep(for: .milliseconds(moments.next(upTo: 100)))
      run.send(SIGKILL)
      #expect(try await run.ending().signal == SIGKILL)
      moments.note("within \(victim)")
      print("killed at: \(moments)")
      let before = try experiments[..<index].map { try folder($0.0).journal() }

      let resumed = try await Vpebench.start(words + ["--resume"], folder: scratch.path).ending()
      try Self.expectEnd(resumed, of: experiments.map { try folder($0.0) })
      for (name, samples) in experiments {
        let found = try Self.keys(folder(name))
        #expect(found.count == samples && Set(found).count == samples, "\(moments): \(name)")
      }
      for (index, journal) in before.enumerated() {
        let name = experiments[index].0
        #expect(try folder(name).journal() == journal, "\(moments): \(name) was run again")
      }
      let packages = try experiments.map { try folder($0.0).path }
      let verdict = try await Oracles.frictionless(packages)
      #expect(verdict.status == 0, "\(moments): \(verdict.output)\(verdict.errors)")
      let report = try String(contentsOfFile: scratch.path("out/report/report.html"), encoding: .utf8)
      for (name, _) in experiments { #expect(report.contains(name), "\(name) is not in the report") }
    }

    /// Expects that a command ended regularly: with status 0, unless the machine was so busy that a sample
    /// with such a short window is invalid.
    static func expectEnd(_ ending: Ending, of folders: [RunFolder]) throws {
      let areValid = try folders.allSatisfy { try $0.journal().allSatisfy(\.valid) }
      #expect(ending.status == (areValid ? 0 : 1), "\(ending.output) \(ending.errors)")
      #expect(!ending.errors.contains("vpebench:"), "\(ending.errors)")
    }

    /// The samples of the journal, in order.
    private static func keys(_ folder: RunFolder) throws -> [String] {
      try folder.journal().map { "\($0.name) \($0.sample)" }
    }

    /// Expects that a resumed run has what an uninterrupted one has: the same files, and each sample once.
    private func expectSame(_ folder: RunFolder, as whole: RunFolder, _ what: String) async throws {
      #expect(folder.names == whole.names, "\(what)")
      let samples = try Self.keys(folder)
      #expect(Set(samples).count == samples.count, "\(what): a sample is there twice")
      #expect(try Set(samples) == Set(Self.keys(whole)), "\(what)")
      let rows = try folder.rows("samples.csv").map { "\($0["case"] ?? "") \($0["sample"] ?? "")" }
      #expect(rows == samples, "\(what): samples.csv is not the journal")
      let invalid = Set(try (folder.journal() + whole.journal()).filter { !$0.valid }.map(\.name))
      for file in folder.names where file.hasSuffix(".csv") {
        #expect(try folder.header(file) == whole.header(file), "\(what): \(file)")
        // The assignment of a pipeline's stages to threads depends on the costs that the run measured. A busy
        // machine makes some samples invalid; their metrics are missing, and their cases have no ratios. A
        // probe whose threads must wait states no machine state.
        if file == "ratios.csv" && !invalid.isEmpty { continue }
        func subjects(_ folder: RunFolder) throws -> Set<[String?]> {
          Set(
            try folder.rows(file).filter { !invalid.contains($0["case"] ?? "") }
              .map { [$0["case"], $0["metric"]] }.filter { $0[1] != "hand_over_ticks" })
        }
        #expect(try subjects(folder) == subjects(whole), "\(what): \(file)")
      }
      let verdict = try await Oracles.frictionless([folder.path])
      #expect(verdict.status == 0, "\(what): \(verdict.output)\(verdict.errors)")
    }
  }
}

/// Random moments, which a failure message states, so that a failure can be repeated with
/// `VPEBENCH_KILL_SEED`.
private struct Moments: CustomStringConvertible {
  private let seed: UInt64
  private var state: UInt64
  private var parts: [String] = []

  init() {
    let given = ProcessInfo.processInfo.environment["VPEBENCH_KILL_SEED"].flatMap { UInt64($0) }
    seed = given ?? UInt64.random(in: 0..<1_000_000)
    state = seed
  }

  /// The number of random numbers drawn.
  private(set) var count = 0

  /// A random number from 0 to `limit`.
  mutating func next(upTo limit: Int) -> Int {
    // Knuth's linear congruential generator, whose upper bits are random enough for this purpose.
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    let value = Int(state >> 33) % (limit + 1)
    parts.append("\(value)")
    count += 1
    return value
  }

  mutating func note(_ what: String) { parts.append("(\(what))") }

  var description: String { "seed \(seed): \(parts.joined(separator: " "))" }
}

import Testing

/// Runs over the hosts of a testbed, and their results in a test's folder.
struct HostRuns {
  let scratch: Scratch
  /// The cases of a run that states none.
  var cases = "vpe-*-64B-2t-*"
  /// Further options of each run.
  var more: [String] = []

  private var output: String { scratch.path("results") }

  /// The command line of a run of `smoke` with short windows.
  func words(
    _ testbed: String, only cases: String? = nil, windows: Int = 1, seconds: Double = 0.2
  ) -> [String] {
    ["run", "experiments/smoke.json5", "--testbed", testbed, "--only", cases ?? self.cases]
      + ["--output", output] + Vpebench.short(windows: windows, seconds: seconds) + more
  }

  /// The results of the only run of an experiment.
  func folder(_ experiment: String = "smoke") throws -> RunFolder { try .only(of: experiment, in: output) }

  /// Waits until a run has samples that fulfil a condition.
  func wait(
    for run: Program, of experiment: String = "smoke", _ condition: ([RunFolder.Sample]) -> Bool
  ) async throws {
    try await RunFolder.wait(for: run, of: experiment, in: output) { condition(try $0.samples()) }
  }

  /// An event that affects a run, and whether a sentence reports it.
  struct Event {
    let happen: (Program) async throws -> Void
    let isReason: (String) -> Bool
  }

  /// Lets events happen to a run, each after the run has recovered from the one before. Each event costs one
  /// sample or more, whose only fault reports the event. At the end the run has recovered, and nothing is
  /// left on the hosts.
  func expectGoesOn(
    on network: HostNetwork, testbed: String? = nil, seconds: Double = 0.2, _ events: [Event],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    // On a loaded machine several samples pass before the test sees the end of an event.
    let windows = 1 + 6 * events.count
    let testbed = try testbed ?? network.inventory()
    let run = try Vpebench.start(words(testbed, windows: windows, seconds: seconds))
    for event in events {
      var before = 0
      try await wait(for: run) { samples in
        before = samples.count { !$0.valid }
        return samples.last?.valid == true
      }
      try await event.happen(run)
      try await wait(for: run) { $0.count { !$0.valid } > before }
    }
    let ending = try await run.ending()
    #expect(ending.status == 1, "\(ending.output) \(ending.errors)", sourceLocation: sourceLocation)
    let samples = try folder().journal()
    #expect(
      samples.count == windows && samples.first?.valid == true && samples.last?.valid == true,
      "\(samples)", sourceLocation: sourceLocation)
    let told = samples.filter { !$0.valid }.map { sample in
      events.firstIndex { sample.faults.count == 1 && $0.isReason(sample.faults[0]) } ?? -1
    }
    #expect(
      told == told.sorted() && Set(told) == Set(events.indices), "\(samples.map(\.faults))",
      sourceLocation: sourceLocation)
    #expect(try await network.areEmpty(), sourceLocation: sourceLocation)
  }

  /// Kills the process of a role.
  func death(of player: String, on network: HostNetwork) -> Event {
    Event { _ in
      try #require(network.processes(of: player).first).end()
    } isReason: {
      $0.hasPrefix("the process for \(player) ended midway")
    }
  }

  /// Cuts a link until a sample is lost.
  /// - Parameters:
  ///   - ends: the roles that the link connects, as messages name them.
  ///   - isMidway: whether the link is cut while frames pass; otherwise the next sample mostly finds it down.
  func cut(
    _ device: String, of host: String, between ends: String, isMidway: Bool, on network: HostNetwork
  ) -> Event {
    Event { run in
      if isMidway { try await #require(network.processes(of: host).first).works(for: 5) }
      try await network.set(device, of: host, up: false)
      try await wait(for: run) { $0.last?.valid == false }
      try await network.set(device, of: host, up: true)
    } isReason: {
      $0.contains("a link that was up went down") || $0.contains("(those of \(ends))") || $0.contains(" lost")
    }
  }
}

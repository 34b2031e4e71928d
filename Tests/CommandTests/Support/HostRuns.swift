import Testing

/// Runs over the hosts of a testbed, and what they leave in a test's folder.
struct HostRuns {
  let scratch: Scratch
  /// The cases of a run that is given no others.
  var cases = "vpe-*-64B-2t-*"
  /// Further options of each run.
  var more: [String] = []

  private var output: String { scratch.path("results") }

  /// The command line of a run of `smoke` with short windows, all in one launch.
  func words(_ testbed: String, only cases: String? = nil, windows: Int = 1) -> [String] {
    ["run", "experiments/smoke.json5", "--testbed", testbed, "--only", cases ?? self.cases]
      + ["--output", output, "--set", "measure.launches=1"] + Vpebench.short(windows: windows) + more
  }

  /// What the only run of an experiment has left.
  func folder(_ experiment: String = "smoke") throws -> RunFolder { try .only(of: experiment, in: output) }

  /// Waits until a run has samples of which this is true.
  func wait(
    for run: Program, of experiment: String = "smoke", _ condition: ([RunFolder.Sample]) -> Bool
  ) async throws {
    try await RunFolder.wait(for: run, of: experiment, in: output) { condition(try $0.samples()) }
  }

  /// Has something happen to a run that has two samples. It costs a sample or more, each of which names the
  /// reason and nothing else; all is well before and after, and nothing is left on the hosts.
  func expectGoesOn(
    on network: HostNetwork, _ testbed: String? = nil, happen: (Program) async throws -> Void,
    isReason: (String) -> Bool, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let windows = 6
    let run = try Vpebench.start(words(try testbed ?? network.inventory(), windows: windows))
    try await wait(for: run) { $0.count >= 2 }
    try await happen(run)
    let ending = try await run.ending()
    #expect(ending.status == 1, "\(ending.output) \(ending.errors)", sourceLocation: sourceLocation)
    let samples = try folder().journal()
    let lost = samples.filter { !$0.valid }
    #expect(
      samples.count == windows && samples.first?.valid == true && samples.last?.valid == true && !lost.isEmpty,
      "\(samples)", sourceLocation: sourceLocation)
    for sample in lost {
      #expect(
        sample.faults.count == 1 && isReason(sample.faults[0]), "\(sample.faults)",
        sourceLocation: sourceLocation)
    }
    #expect(try await network.areEmpty(), sourceLocation: sourceLocation)
  }

  /// The same where a link is cut until a sample is lost.
  /// - Parameter ends: the two roles that it connects, as they are named.
  func expectGoesOn(
    on network: HostNetwork, withoutLink device: String, of host: String, between ends: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    try await expectGoesOn(on: network) { run in
      try await network.set(device, of: host, up: false)
      try await wait(for: run) { $0.contains { !$0.valid } }
      try await network.set(device, of: host, up: true)
    } isReason: {
      $0.contains("a link that was up went down") || $0.contains("(those of \(ends))") || $0.contains(" lost")
    }
  }
}

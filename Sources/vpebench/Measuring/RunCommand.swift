import Descriptors
import Foundation
import Results
import Runs

let runCommand = Command(
  name: "run",
  summary: "run experiment descriptors and write their results",
  help: """
    Usage: vpebench run FILE… [options]

    Runs each descriptor (JSON5, see experiments/) and writes results/NAME/RUN-ID/: samples.csv (a row per
    measurement window), summary.csv (a row per case and metric), ratios.csv (a row per pair of cases that are
    compared, such as VPE / ESP, and metric), stages.csv (cycles per packet of each stage), queues.csv
    (over ports: what each thread's queues received), searches.csv and trials.csv (of searches of rates),
    environment.json, the descriptor as run, datapackage.json, and journal.jsonl, to which each sample is
    written as soon as it is there. results/NAME/latest points to the newest whole run: one that came to its
    end, with all cases, of the same question about the same systems.

      --quick            the descriptor's quick profile
      --only GLOB,…      only cases whose names match one of these, such as 'vpe-*-64B-*'; may be repeated
      --output DIR       folder for results (default: results)
      --set PATH=VALUE   change a value of the descriptor, such as measure.windows=3; may be repeated
      --resume           go on with the last run of each experiment where it stopped
      --capture DIR      write the black link of the last sample to DIR: black.pcapng, and test-keys.json5
                         for `vpebench decode`; it slows the run down. Of a testbed it comes back from the
                         host of gateway A, the first 64 MiB
      --keys-out FILE    write the keys of the sample that runs to FILE, before it begins, for peers and
                         `vpebench decode`; each sample's keys replace those of the one before
      --testbed FILE     play each role on the host that an inventory names for it (experiments/testbeds,
                         docs/hosts.md), over its ports
      --run-id ID        have the keys follow from ID (1 to 16 hexadecimal digits) instead of a number that is
                         drawn: another run with it has the same keys and nonces, so for captures alone

    Ctrl-C ends cleanly and keeps what is complete. Exit status 0 only if every sample is valid; what this
    machine cannot show is a stated gap, and fails nothing.
    """,
  options: [
    .flag("--quick"), .values("--only"), .value("--output"), .values("--set"), .flag("--resume"),
    .value("--capture"), .value("--keys-out"), .value("--testbed"), .value("--run-id"),
  ]
) { arguments in
  guard !arguments.operands.isEmpty else {
    throw Arguments.Failure(description: "run needs a descriptor, such as experiments/figure-5.json5")
  }
  // All descriptors are checked before the first run starts.
  let testbed = try arguments.last("--testbed").map { try Testbed.load(file: URL(fileURLWithPath: $0)) }
  let descriptors = try arguments.operands.map {
    try Descriptor.load(
      file: URL(fileURLWithPath: $0), quick: arguments.has("--quick"), set: arguments.all("--set"),
      on: testbed)
  }
  var options = ExperimentRun.Options(executable: try ownExecutable(), commandLine: CommandLine.arguments)
  options.only = arguments.all("--only")
  options.output = arguments.last("--output") ?? "results"
  options.captureFolder = arguments.last("--capture")
  options.keysFile = arguments.last("--keys-out")
  options.testbed = testbed
  options.runID = try runID(arguments)
  if let runID = options.runID {
    print("note: keys follow from run ID \(runID), which was given: every run with it uses the same nonces")
  }

  Interruption.watch()
  let runs = try descriptors.map { descriptor in
    // If there are several descriptors, those that were not started before an interruption are started now.
    let isThere = RunDirectory.newest(in: options.output, name: descriptor.name) != nil
    options.resumes = arguments.has("--resume") && (isThere || descriptors.count == 1)
    return try ExperimentRun(descriptor, options) { Interruption.isAsked }
  }
  var status: Int32 = 0
  let progress = Progress(descriptors)
  for (index, (descriptor, run)) in zip(descriptors, runs).enumerated() where !Interruption.isAsked {
    (descriptor.systemsWithoutCases + run.gaps).forEach { print("note: \($0)") }
    guard run.hasCases else { continue }
    progress.begin(index)
    let outcome = try run.run { progress.show($0) }
    progress.finish()
    RunSummary(outcome, descriptor).print()
    if !outcome.isValid { status = 1 }
  }
  return status
}

/// The path of this program, for starting role processes.
func ownExecutable() throws -> String {
  do {
    return try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  } catch {
    throw RunError.cannotStart(role: "any role", reason: "/proc is not mounted")
  }
}

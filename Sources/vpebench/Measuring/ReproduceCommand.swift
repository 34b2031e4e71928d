import Basics
import Descriptors
import Foundation
import Reports
import Results
import Runs

let reproduceCommand = Command(
  name: "reproduce",
  summary: "run all experiments, and judge the paper's claims in a report",
  help: """
    Usage: vpebench reproduce [--quick] [--only EXPERIMENT,…] [--dry-run] [--output DIR] [--resume]
                              [--reference FILE] [--testbed FILE]

    Runs the paper's four figures and the experiments beyond them
    (\(Reproduction.experiments.joined(separator: ", "))),
    draws each, and writes report.html and report.md. An experiment that fails is told, and the others go on.
    One line tells how much of all is done, and about how long the rest will take. At the end stand the claims
    whose verdict differs from the reference's, with both values and what differs between machines and builds.

      --quick            the quick profile of each: about 50 minutes on two cores (--dry-run forecasts it)
      --only NAME,…      only these experiments; may be repeated
      --dry-run          tell which experiments would run and about how long they take, and run none
      --output DIR       folder for results (default: results/reproduction)
      --resume           go on with the last reproduction in that folder where it stopped
      --reference FILE   claims.csv of a report to hold the verdicts against (default: results/reference's)
      --testbed FILE     run each on the hosts of an inventory, as run does (docs/hosts.md); those that it
                         cannot show, such as packet costs, are told and left out. A host that is away, such
                         as in a reboot, costs the samples of that time, which --resume takes again

    Ctrl-C ends cleanly. Exit status 0 only if every sample of every experiment is valid; what this machine
    cannot show is a stated gap, and fails nothing.
    """,
  options: [
    .flag("--quick"), .values("--only"), .flag("--dry-run"), .value("--output"), .flag("--resume"),
    .value("--reference"), .value("--testbed"),
  ]
) { arguments in
  guard arguments.operands.isEmpty else {
    throw Arguments.Failure(
      description: "reproduce takes no descriptor; `vpebench run \(arguments.operands[0])` runs one")
  }
  let suite = try suiteFolder()
  let testbed = try arguments.last("--testbed").map { try Testbed.load(file: URL(fileURLWithPath: $0)) }
  var descriptors: [Descriptor] = []
  for name in try experiments(arguments.all("--only")) {
    let file = URL(fileURLWithPath: "\(suite.path)/experiments/\(name).json5")
    switch try Descriptor.loadIfSuited(file: file, quick: arguments.has("--quick"), on: testbed) {
    case .suited(let descriptor): descriptors.append(descriptor)
    case .unsuited(let reason): print("note: \(reason)")
    }
  }
  if arguments.has("--dry-run") {
    printPlan(descriptors)
    return 0
  }
  // Problems with the reference are reported now, before hours of runs.
  let reference = try referenceClaims(arguments, suite)
  var reproduction = try Reproduction(
    output: arguments.last("--output") ?? "results/reproduction", isQuick: arguments.has("--quick"),
    resumes: arguments.has("--resume"), testbed: testbed?.name)

  Interruption.watch()
  var isValid = true
  let progress = Progress(descriptors)
  for (index, descriptor) in descriptors.enumerated() where !Interruption.isAsked {
    progress.begin(index)
    do {
      isValid = try reproduce(descriptor, on: testbed, &reproduction, progress) && isValid
    } catch {
      isValid = CommandLineTool.fail("\(descriptor.name): \(error)", 1) == 0
    }
  }
  if Interruption.isAsked {
    return CommandLineTool.fail("interrupted; `vpebench reproduce … --resume` goes on from here", 1)
  }
  return try report(reproduction, suite, reference) && isValid ? 0 : 1
}

/// The experiments that `--only` names, in the order of `Reproduction.experiments`; without names, all.
private func experiments(_ lists: [String]) throws -> [String] {
  let known = Reproduction.experiments
  if lists.isEmpty { return known }
  let wanted = lists.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
  for name in wanted where !known.contains(name) {
    let near = CommandLineTool.suggestion(name, known)
    throw Arguments.Failure(
      description: "reproduce has no experiment \"\(name)\"\(near); there are "
        + known.joined(separator: ", "))
  }
  return known.filter(wanted.contains)
}

/// Prints which experiments would run, and about how long they would take.
private func printPlan(_ descriptors: [Descriptor]) {
  let rows = descriptors.map {
    [$0.name, "\($0.cases.count)", "\($0.sampleCount)", $0.plan.seconds.asDuration]
  }
  print(TextTable.render(header: ["experiment", "cases", "samples", "takes about"], rows: rows))
  print("all: about \(descriptors.reduce(0) { $0 + $1.plan.seconds }.asDuration)")
}

/// Runs one experiment, or resumes it.
private func reproduce(
  _ descriptor: Descriptor, on testbed: Testbed?, _ reproduction: inout Reproduction, _ progress: Progress
) throws -> Bool {
  var options = ExperimentRun.Options(executable: try ownExecutable(), commandLine: CommandLine.arguments)
  options.output = reproduction.output
  options.testbed = testbed
  options.resumedFolder = reproduction.folder(of: descriptor.name)
  options.resumes = options.resumedFolder != nil
  let run = try ExperimentRun(descriptor, options) { Interruption.isAsked }
  run.gaps.forEach { print("note: \($0)") }
  guard run.hasCases else { return true }
  defer { progress.finish() }
  var noted: Result<Void, any Error> = .success(())
  let outcome = try run.run { event in
    // The folder is recorded at once, because `--resume` needs it.
    if case .opened(let folder) = event {
      noted = Result { try reproduction.note(descriptor.name, folder: folder) }
    }
    progress.show(event)
  }
  progress.finish()
  try noted.get()
  // The tables are in the report. Here they would hide the progress.
  let valid = outcome.records.count(where: \.valid)
  let missing = outcome.scheduled - outcome.records.count
  let rest = missing > 0 ? "; \(missing.counted(of: outcome.scheduled, "sample", "was", "were")) not run" : ""
  print("\(valid.counted(of: outcome.records.count, "sample", "is", "are")) valid\(rest)")
  outcome.verdict.gapLines.forEach { print($0) }
  outcome.warnings.forEach { print("note: \($0)") }
  if case .withheld(let reason) = outcome.publication { print("note: \(reason)") }
  if let failure = outcome.failure { _ = CommandLineTool.fail("\(descriptor.name): \(failure)", 1) }
  return outcome.isValid
}

/// Draws every figure and writes the report.
private func report(
  _ reproduction: Reproduction, _ suite: SuiteFolder, _ reference: ReferenceClaims?
) throws -> Bool {
  // An experiment that failed before its first table was already reported.
  let folders = reproduction.folders.filter {
    FileManager.default.fileExists(atPath: RunDirectory(existing: $0).path(of: .samples))
  }
  let runs = try folders.map { try RunReading(path: $0) }
  guard !runs.isEmpty else { return CommandLineTool.fail("no experiment has run; see above", 1) == 0 }
  let report = try Report(runs, suite: suite, version: Version.number, reference: reference)
  let paths = try report.write(to: reproduction.output + "/report")
  print("\n" + report.claimTables)
  report.againstReference.forEach { print($0) }
  print("report: \(reportPages(paths))")
  return true
}

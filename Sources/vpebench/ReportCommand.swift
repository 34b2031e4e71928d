import Experiments
import Foundation
import Results

let reportCommand = Command(
  name: "report",
  summary: "judge the paper's claims by runs, and write what they say",
  help: """
    Usage: vpebench report RUN-DIR… [--output DIR]

    Writes report.html (one file that needs no network and no script) and report.md with its figures: the
    paper's claims with their verdicts first, each by a stated rule; then for each run the figure, the
    tables, what header sizes predict against what was measured, the harness's floor and warnings; then the
    environment and the commands that make it all again. Name one run of each experiment; of
    several machines, each has a part of its own. Only files of the
    runs are read; gnuplot draws.

      --output DIR       folder for the files (default: report)

    Exit status 0 if the report was written, whatever the verdicts.
    """,
  options: [.value("--output")]
) { arguments in
  guard !arguments.operands.isEmpty else {
    throw Arguments.Failure(
      description: "report needs folders of runs, such as results/figure-5/latest results/figure-7/latest")
  }
  let runs = try arguments.operands.map { try RunReading(path: $0) }
  let report = try Report(runs, suite: try suiteFolder(), version: Version.number)
  let paths = try report.write(to: arguments.last("--output") ?? "report")
  print(report.claimTables)
  print("written: \(paths.joined(separator: ", "))")
  return 0
}

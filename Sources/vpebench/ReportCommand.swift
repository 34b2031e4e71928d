import Basics
import Foundation
import Reports
import Results

let reportCommand = Command(
  name: "report",
  summary: "judge the paper's claims by runs, and write what they say",
  help: """
    Usage: vpebench report RUN-DIR… [--output DIR]
           vpebench report ARCHIVE [--output DIR]

    Writes report.html (one file that needs no network and no script) and report.md with its figures: the
    answer in five sentences; the paper's claims and what speaks against VPE, with verdicts by stated rules;
    the figures and how the systems compare; why they differ; the environment and the commands that make it
    all again. Every case, percentile, state of the machine and warning is folded away, and beside report.md
    in a file for each run. Name one run of each experiment; of several machines, each has a part of its own.
    Only files of the runs are read; gnuplot draws. Of an archive (`vpebench archive`) every file is checked
    against its hash, and the report is held against the one that was packed.

      --output DIR       folder for the files (default: report)

    Exit status 0 if the report was written, whatever the verdicts; of an archive, if it is the same, byte for
    byte.
    """,
  options: [.value("--output")]
) { arguments in
  guard !arguments.operands.isEmpty else {
    throw Arguments.Failure(
      description: "report needs folders of runs, such as results/figure-5/latest results/figure-7/latest")
  }
  let output = arguments.last("--output") ?? "report"
  if let path = arguments.operands.first(where: Archive.isMeant) {
    guard arguments.operands.count == 1 else {
      throw Arguments.Failure(description: "report takes folders of runs, or one archive: \(path) is a file")
    }
    let (report, paths, difference) = try Archive(path: path).rebuild(
      to: output, suite: try suiteFolder(), version: Version.number)
    print(report.claimTables)
    print("written: \(reportPages(paths))")
    if let difference { return CommandLineTool.fail(difference, 1) }
    print("the same as in the archive, byte for byte")
    return 0
  }
  let runs = try arguments.operands.map { try RunReading(path: $0) }
  let report = try Report(runs, suite: try suiteFolder(), version: Version.number)
  let paths = try report.write(to: output)
  print(report.claimTables)
  print("written: \(reportPages(paths))")
  return 0
}

/// A report's pages, and how many files lie beside them.
func reportPages(_ paths: [String]) -> String {
  let pages = paths.filter { ["report.html", "report.md"].contains(($0 as NSString).lastPathComponent) }
  return "\(pages.joined(separator: ", ")), and \((paths.count - pages.count).counted("file")) beside them"
}

import Basics
import Foundation
import Reports
import Results

let reportCommand = Command(
  name: "report",
  summary: "judge the paper's claims by runs, and write what they say",
  help: """
    Usage: vpebench report RUN-DIR… [--output DIR] [--reference FILE]
           vpebench report ARCHIVE [--output DIR]

    Writes report.html (one file that needs no network and no script) and report.md with its figures: the
    answer in a few sentences, each with its verdict; what remains of the thesis beside ESP of today; the
    paper's claims and what speaks against VPE, with verdicts by stated rules; the figures and how the systems
    compare; why they differ; the environment and the commands that make it all again. Every case,
    percentile, state of the machine and warning is folded away, and beside report.md in a file for each run.
    Name one run of each experiment; of several machines, each has a part of its own. Only files of the runs
    are read; gnuplot draws. Of an archive (`vpebench archive`) every file is checked against its hash, and
    the report is held against the one that was packed.

    claims.csv has each claim with value, tolerance and verdict. Where another report's is at hand, those
    whose verdict differs are listed, with both values and what differs between the machines and builds.

      --output DIR       folder for the files (default: report)
      --reference FILE   claims.csv of the other report (default: that of results/reference); not of an
                         archive

    Exit status 0 if the report was written, whatever the verdicts; of an archive, if it is the same, byte for
    byte.
    """,
  options: [.value("--output"), .value("--reference")]
) { arguments in
  guard !arguments.operands.isEmpty else {
    throw Arguments.Failure(
      description: "report needs folders of runs, such as results/figure-5/latest results/figure-7/latest")
  }
  let output = arguments.last("--output") ?? "report"
  if let path = arguments.operands.first(where: Archive.isMeant) {
    guard arguments.last("--reference") == nil else {
      throw Arguments.Failure(
        description: "report holds an archive against itself alone: leave --reference out, or unpack \(path)")
    }
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
  let suite = try suiteFolder()
  let report = try Report(
    runs, suite: suite, version: Version.number, reference: try referenceClaims(arguments, suite))
  let paths = try report.write(to: output)
  print(report.claimTables)
  report.againstReference.forEach { print($0) }
  print("written: \(reportPages(paths))")
  return 0
}

/// The claims that `--reference` names; without the option the repository's own, if they exist.
func referenceClaims(_ arguments: Arguments, _ suite: SuiteFolder) throws -> ReferenceClaims? {
  try arguments.last("--reference").map { try ReferenceClaims(path: $0, suite: suite) }
    ?? ReferenceClaims.ofTheRepository(suite)
}

/// The paths of a report's pages, and the number of files beside them.
func reportPages(_ paths: [String]) -> String {
  let pages = paths.filter { ["report.html", "report.md"].contains(($0 as NSString).lastPathComponent) }
  return "\(pages.joined(separator: ", ")), and \((paths.count - pages.count).counted("file")) beside them"
}

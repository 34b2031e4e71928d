import Basics
import Reports
import Results

let archiveCommand = Command(
  name: "archive",
  summary: "pack runs, their report and its claims into one file",
  help: """
    Usage: vpebench archive RUN-DIR… [--output FILE] [--allow-dirty]

    Packs what a report rests on into one tar.gz, for a repository that gives it a DOI: of each run samples,
    tables, journal, environment and descriptor; the report; claims.csv, each claim with its figure, the
    command that makes it, its value and tolerance; licence and citation. It is a data package
    (datapackage.json): what each column means, keys, the SHA-256 of every file, and the commit and gnuplot
    that wrote the report. The same runs make the same bytes with these. Name the runs as for `vpebench
    report`, which takes the archive in their place and rebuilds the report byte for byte; so does `make
    report-from ARCHIVE=FILE`, without DPDK.

      --output FILE      the archive (default: vpebench-archive.tar.gz)
      --allow-dirty      also pack what no commit of main holds: runs that were built from changes or on a
                         branch, and a report of such a vpebench

    Without git, nothing tells what a commit is on; the archive says so.

    Exit status 0 if the archive was written.
    """,
  options: [.value("--output"), .flag("--allow-dirty")]
) { arguments in
  guard !arguments.operands.isEmpty else {
    throw Arguments.Failure(
      description: "archive needs folders of runs, such as results/figure-5/latest results/figure-7/latest")
  }
  let runs = try arguments.operands.map { try RunReading(path: $0) }
  let suite = try suiteFolder()
  let packer = Packer(folder: suite.path)
  let writer = try ArchiveWriter(
    runs, suite: suite, version: Version.number, packer: packer, allowsDirty: arguments.has("--allow-dirty"))
  let path = arguments.last("--output") ?? "vpebench-archive.tar.gz"
  print("\(try writer.write(to: path))  \(path)")
  if packer.commit == nil {
    print("note: there is no git here, so nobody can tell whether these commits are on main")
  }
  return 0
}

import Foundation
import Results

// `vpebench report ARCHIVE` for machines without DPDK: the same report from the same files, and nothing else.

let words = CommandLine.arguments.dropFirst()
guard let path = words.first, words.count <= 2, !path.hasPrefix("-") else {
  print("Usage: vpebench-report ARCHIVE [DIR]\n\nRebuilds the report of an archive in DIR (default: report).")
  exit(words.first == "--help" ? 0 : 2)
}
do {
  let suite = try SuiteFolder.find(
    workingFolder: FileManager.default.currentDirectoryPath, executable: Bundle.main.executablePath ?? "/")
  let output = words.count == 2 ? words[words.startIndex + 1] : "report"
  let (report, paths, difference) = try Archive(path: path).rebuild(
    to: output, suite: suite, version: Version.number)
  print(report.claimTables)
  print("written: \(paths.joined(separator: ", "))")
  if let difference { throw Problem(description: difference) }
  print("the same as in the archive, byte for byte")
} catch {
  FileHandle.standardError.write(Data("vpebench-report: \(error)\n".utf8))
  exit(1)
}

/// That the report is another one.
private struct Problem: Error, CustomStringConvertible {
  let description: String
}

/// Why a well-formed CSV file is not the expected table.
public enum TableProblem: Sendable, Equatable, CustomStringConvertible {
  /// The header lacks these columns, so the file is another table, or not vpebench's.
  case missingColumns([String], table: String)
  /// The file has a header but no row.
  case noRows
  /// The last line has no line feed.
  case cutOff
  /// A cell has a value that its column does not allow.
  case badCell(column: String, value: String, expected: String)
  /// Two rows describe the same thing.
  case repeatedRow(String)

  /// The problem and its remedy, as the second half of a sentence.
  public var description: String {
    switch self {
    case .missingColumns(let names, let table):
      "there is no column \(names.map { "\"\($0)\"" }.joined(separator: ", ")), so this is no \(table) of a "
        + (table == "claims"
          ? "vpebench report; name its claims.csv"
          : "vpebench run; name the folder of a run, such as results/figure-5/latest")
    case .noRows:
      "there is a header but no row, so the run ended before its first sample; run it again with --resume"
    case .cutOff:
      "the last line has no line feed at its end, so the file was cut off; copy it again from where it was "
        + "written"
    case .badCell(let column, let value, let expected):
      "\"\(TableProblem.shortened(value))\" in the column \"\(column)\" is not \(expected); restore the file "
        + "as the run wrote it"
    case .repeatedRow(let what):
      "there is a second row of \(what); restore the file as the run wrote it"
    }
  }

  /// The value, shortened for a message.
  private static func shortened(_ value: String) -> String {
    value.count > 40 ? value.prefix(40) + "…" : value
  }
}

/// Why a folder is not a run, or does not suit the task.
public enum RunProblem: Sendable, Equatable, CustomStringConvertible {
  /// There is no folder of that name.
  case noFolder
  /// The path is a file.
  case isFile
  /// The run's environment has a version that this vpebench does not know.
  case newer(version: Int)
  /// The run's files name two different experiments.
  case mixed(descriptor: String, package: String)
  /// The folder has no `samples.csv`. `hasLatest` says whether the folder holds runs instead.
  case noSamples(hasLatest: Bool)
  /// A JSON file of the run is invalid.
  case badFile(String, reason: String)
  /// A second run of the same experiment was named.
  case repeatedExperiment(String, other: String)

  /// The problem and its remedy, as the second half of a sentence.
  public var description: String {
    switch self {
    case .noFolder: "there is no such folder; name the folder of a run, such as results/figure-5/latest"
    case .isFile:
      "this is a file; name the folder of a run, such as results/figure-5/latest (`vpebench report` takes an "
        + "archive, too)"
    case .newer(let version):
      "environment.json has version \(version), and this vpebench knows none beyond "
        + "\(Environment.currentVersion), so that its figures may mean something else; use the vpebench that "
        + "wrote it"
    case .mixed(let descriptor, let package):
      "descriptor.json5 is of \(descriptor) and datapackage.json of \(package), so that files of two runs "
        + "are mixed; restore the folder as the run wrote it"
    case .noSamples(true): "this folder holds runs and is none itself; name one of them, such as its latest"
    case .noSamples(false):
      "there is no samples.csv in this folder, so it is no run, or one that wrote no tables; name the folder "
        + "of a run, such as results/figure-5/latest"
    case .badFile(let name, let reason):
      "\(name) cannot be understood (\(reason)); restore it as the run wrote it, or remove it"
    case .repeatedExperiment(let name, let other):
      "this is a second run of \(name), besides \(other); name one of them, or set them side by side with "
        + "`vpebench compare`"
    }
  }
}

import Foundation

/// The operation on a file that failed.
public enum FileAction: String, Sendable, Equatable {
  case read, write, create
}

/// What is wrong with a CSV file.
public enum CSVProblem: Sendable, Equatable {
  /// The file has not even a header.
  case emptyFile
  /// A row has more or fewer cells than the header has columns.
  case raggedRow(cells: Int, columns: Int)
  /// A quote is opened and never closed.
  case unterminatedQuote
  /// A quote or carriage return within an unquoted cell, or text after a closing quote.
  case straySign
  /// The header names a column twice.
  case duplicateColumn(String)
  /// The bytes are not UTF-8.
  case invalidUTF8
}

/// Why results could not be written or read. Each description is one sentence that ends in the remedy.
public enum ResultsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A system call failed on `path`; `code` is its `errno`.
  case file(FileAction, path: String, code: Int32)
  /// A CSV file is malformed at `line`, counted from 1.
  case csv(source: String, line: Int, problem: CSVProblem)
  /// A complete line of a journal, counted from 1, is not a sample record.
  case corruptJournal(path: String, line: Int, reason: String)
  /// Another process is writing the journal.
  case journalInUse(path: String)
  /// A record cannot be written as JSON.
  case unencodable(path: String, reason: String)
  /// A table is not the expected one. `line` counts from 1; it is nil if the whole file is concerned.
  case table(source: String, line: Int?, problem: TableProblem)
  /// A folder is not the expected run, or does not suit the task.
  case run(path: String, problem: RunProblem)
  /// A figure could not be drawn.
  case plot(PlotProblem)
  /// Runs cannot be packed, or an archive cannot be trusted.
  case archive(path: String, problem: ArchiveProblem)
  /// Two runs cannot be compared.
  case comparison(ComparisonProblem)

  /// One sentence that names the location and the remedy.
  public var description: String {
    switch self {
    case .file(let action, let path, let code):
      "cannot \(action.rawValue) \(path): \(String(cString: strerror(code))); \(remedy(action, code))"
    case .csv(let source, let line, let problem):
      "\(source), line \(line): \(problem.description)"
    case .corruptJournal(let path, let line, let reason):
      "\(path), line \(line), is not a sample record (\(reason)); remove that line to keep the others"
    case .journalInUse(let path):
      "another vpebench is writing \(path); wait until it ends, or run without --resume"
    case .unencodable(let path, let reason):
      "cannot write a record to \(path) (\(reason)); this is a defect, please report it"
    case .table(let source, let line, let problem):
      "\(source)\(line.map { ", line \($0)" } ?? ""): \(problem.description)"
    case .run(let path, let problem): "\(path): \(problem.description)"
    case .archive(let path, let problem): "\(path): \(problem.description)"
    case .plot(let problem): problem.description
    case .comparison(let problem): problem.description
    }
  }

  private func remedy(_ action: FileAction, _ code: Int32) -> String {
    switch (action, code) {
    case (.read, EACCES), (.read, EPERM): "make the file readable"
    case (.read, EFBIG): "no file of a run is so large; restore it as the run wrote it"
    case (.read, _): "check the path"
    case (_, EFBIG): "allow larger files by `ulimit -f unlimited`"
    case (_, ENOSPC), (_, EDQUOT): "free space or choose another folder with --output"
    case (_, EACCES), (_, EPERM), (_, EROFS):
      "make the folder writable or choose another one with --output"
    case (_, ENOENT): "create the folder or choose another one with --output"
    case (_, ENOTDIR), (_, EEXIST), (_, EISDIR), (_, ENOTEMPTY):
      "move away what has that name or choose another folder with --output"
    default: "choose another folder with --output"
    }
  }
}

extension CSVProblem: CustomStringConvertible {
  /// The problem and its remedy, as the second half of a sentence.
  public var description: String {
    switch self {
    case .emptyFile: "the file is empty; write it again, at least with a header"
    case .raggedRow(let cells, let columns):
      "the row has \(cells) cells where the header has \(columns) columns, so the file was cut off or "
        + "changed; restore it as it was written"
    case .unterminatedQuote: "a quote is opened and never closed; close it"
    case .straySign:
      "a quote or carriage return stands within a cell; put the whole cell in quotes and double those in it"
    case .duplicateColumn(let name): "the column \"\(name)\" occurs twice; rename one of them"
    case .invalidUTF8: "the text is not UTF-8; save the file in UTF-8"
    }
  }
}

import Foundation
import Results

/// Licence and authors from CITATION.cff.
struct Citation {
  let license: String
  let authors: [String]

  /// Reads licence and authors. The file is our own and has one value per line, so no YAML parser is needed.
  /// - Throws: `ArchiveProblem.noCitation`.
  init(_ text: String) throws(ArchiveProblem) {
    var (license, authors, isInAuthors) = ("", [String](), false)
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      let key = parts[0].drop { $0 == " " || $0 == "-" }
      let value = parts.count > 1 ? parts[1].trimmingCharacters(in: [" ", "\""]) : ""
      if line.first?.isLetter == true { isInAuthors = key == "authors" }
      if line.hasPrefix("license:") { license = value }
      guard isInAuthors, !value.isEmpty else { continue }
      if line.drop(while: { $0 == " " }).hasPrefix("-") { authors.append("") }
      guard let last = authors.indices.last else { continue }
      switch key {
      case "name", "family-names": authors[last] += value
      case "given-names": authors[last] = "\(value) \(authors[last])"
      default: break
      }
    }
    if license.isEmpty { throw .noCitation("license") }
    if authors.isEmpty { throw .noCitation("authors") }
    (self.license, self.authors) = (license, authors)
  }
}

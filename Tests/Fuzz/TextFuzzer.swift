import Decoding
import Descriptors
import Foundation
import Results

/// Files of text.
enum TextFuzzer {
  /// No message about a file of keys may show one.
  static func keys(_ bytes: [UInt8]) {
    withFile(bytes) { path in
      do {
        let known = try KeysFile.load(file: URL(fileURLWithPath: path))
        must(!known.associations.isEmpty, "no keys, and no complaint")
        for association in known.associations {
          must([8, 12, 16].contains(association.icvBytes), "an ICV of \(association.icvBytes) bytes")
          if case .esp(let esp, let last) = association.format {
            must(esp.usesESN || last <= UInt32.max, "a number of more than 32 bits")
          }
        }
      } catch {
        must("\(error)".firstMatch(of: /[0-9a-fA-F]{16}/) == nil, "shown: \(error)")
      }
    }
  }

  /// The first byte chooses the profile. What is accepted can be expanded.
  static func descriptor(_ bytes: [UInt8]) {
    let isQuick = (bytes.first ?? 0) & 1 != 0
    guard let text = String(validating: bytes.dropFirst(), as: UTF8.self) else { return }
    // No file beside it, so that no other is read.
    let file = URL(fileURLWithPath: "/nowhere/descriptor.json5")
    guard let descriptor = try? Descriptor.parse(text, file: file, quick: isQuick, set: []) else { return }
    must(!descriptor.systems.isEmpty, "no systems, and no complaint")
  }

  /// What is read can be written and is read again; each kind of table refuses or takes it.
  static func csv(_ bytes: [UInt8]) {
    let data = Data(bytes)
    _ = try? ExpectationFinding.read(data, source: "analysis.csv")
    _ = try? SamplesReading.read(data, source: "samples.csv")
    guard let (header, rows) = try? CSV.parse(data, source: "table.csv") else { return }
    must(!header.isEmpty && rows.allSatisfy { $0.count == header.count }, "a row has other columns")
    let columns = header.map { Column($0, .string, "") }
    let table = Table(name: "t", title: "", columns: columns, rows: rows.map { $0.map { .text($0) } })
    let again = try? CSV.parse(CSV.encode(table), source: "table.csv")
    must(again?.header == header && again?.rows == rows, "another table was read")
  }
}

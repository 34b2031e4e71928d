import Cases
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

  /// Whole lines are records, or the journal is refused.
  static func journal(_ bytes: [UInt8]) {
    withFile(bytes) { path in
      guard let contents = try? Journal.read(path) else { return }
      let lines = bytes.count { $0 == UInt8(ascii: "\n") }
      must(contents.records.count == lines, "\(contents.records.count) records of \(lines) lines")
      must(contents.isTorn == (bytes.last ?? 10 != 10), "a line that is not whole")
    }
  }

  /// What is accepted has a host for each role, with CPUs.
  static func inventory(_ bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return }
    let file = URL(fileURLWithPath: "/nowhere/testbed.json5")
    guard let testbed = try? Testbed.parse(text, file: file) else { return }
    must(Set(testbed.hosts.keys) == Set(RoleName.all(testbed.replicas)), "a role without a host")
    must(Set(testbed.devices.keys) == Set(LinkEnd.all(testbed.replicas)), "an end without a port")
    must(testbed.hosts.values.allSatisfy { !$0.cpus.isEmpty }, "a host without CPUs")
  }

  /// The first byte chooses the file. What is read can be written and is read again.
  static func package(_ bytes: [UInt8]) {
    let data = Data(bytes.dropFirst())
    if (bytes.first ?? 0) & 1 == 0 {
      guard let package = DataPackage(json: data) else { return }
      let again = DataPackage(json: package.encode())
      must(again?.hashes == package.hashes && again?.runs == package.runs, "another package was read")
    } else {
      guard let environment = try? Environment(json: data) else { return }
      let again = (try? environment.json()).flatMap { try? Environment(json: $0) }
      must(again == environment, "another environment was read")
    }
  }
}

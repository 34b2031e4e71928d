import Foundation

/// Reads JSON5 text. Foundation parses the values. `JSON5Scanner` finds what Foundation does not report: the
/// position of a syntax error, and duplicate keys.
package enum JSON5 {
  /// Size limit in bytes of files; descriptors have a few kilobytes.
  static let sizeMax = 1 << 20

  /// Why a text could not be read: one sentence, with line and column if they are known.
  package struct Failure: Error {
    package let reason: String
  }

  /// Parses `text`.
  ///
  /// - Throws: `Failure` if the text is not JSON5, or if an object has a key twice.
  package static func parse(_ text: String) throws(Failure) -> JSONValue {
    let findings = JSON5Scanner.findings(in: text)
    let decoder = JSONDecoder()
    decoder.allowsJSON5 = true
    let value: JSONValue
    do {
      value = try decoder.decode(JSONValue.self, from: Data(text.utf8))
    } catch {
      if let fault = findings.fault { throw Failure(reason: "not JSON5: \(fault)") }
      throw Failure(reason: "not JSON5: \(Self.sentence(error))")
    }
    if let duplicate = findings.duplicate { throw Failure(reason: "\(duplicate)") }
    return value
  }

  /// The text of `file`.
  ///
  /// - Throws: `Failure` if the file is missing, not readable, too large or not UTF-8.
  package static func text(of file: URL) throws(Failure) -> String {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder) else {
      throw Failure(reason: "there is no such file")
    }
    if isFolder.boolValue { throw Failure(reason: "is a folder; a file is needed") }
    let data: Data
    do {
      let handle = try FileHandle(forReadingFrom: file)
      defer { try? handle.close() }
      data = try handle.read(upToCount: sizeMax + 1) ?? Data()
    } catch {
      throw Failure(reason: "cannot be read: \(error.localizedDescription)")
    }
    if data.count > sizeMax { throw Failure(reason: "is larger than \(sizeMax) bytes") }
    guard let text = String(data: data, encoding: .utf8) else {
      throw Failure(reason: "is not UTF-8 text")
    }
    return text
  }

  private static func sentence(_ error: any Error) -> String {
    guard let error = error as? DecodingError, case .dataCorrupted(let context) = error,
      !context.codingPath.isEmpty
    else { return "the text cannot be read" }
    let path = context.codingPath.reduce(into: "") { path, key in
      let step = key.intValue.map { "[\($0)]" } ?? key.stringValue.told
      path += path.isEmpty || step.hasPrefix("[") ? step : ".\(step)"
    }
    return "the value at \(path) is " + context.debugDescription
  }
}

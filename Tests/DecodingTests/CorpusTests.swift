import Foundation
import TestSupport
import Testing

/// The seeds of the fuzzers are those that `Tests/Fuzz/make_corpus.py` writes, byte for byte.
@Suite struct CorpusTests {
  private static let fuzz = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fuzz")

  private func files(below folder: URL) throws -> [String: Data] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
    var files: [String: Data] = [:]
    for name in names {
      let file = folder.appendingPathComponent(name)
      if !file.hasDirectoryPath { files[name] = try? Data(contentsOf: file) }
    }
    return files
  }

  private func make(into folder: URL) throws {
    let script = Self.fuzz.appendingPathComponent("make_corpus.py").path
    let ending = try runProgram("/usr/bin/env", ["python3", "-B", script, folder.path])
    try #require(ending.status == 0, "\(ending.errors)")
  }

  @Test func makingTheCorpusAgainChangesNothing() throws {
    let committed = Self.fuzz.appendingPathComponent("corpus")
    try withTemporaryFolder { folder in
      let copy = folder.appendingPathComponent("corpus")
      try FileManager.default.copyItem(at: committed, to: copy)
      try make(into: copy)
      let (before, after) = (try files(below: committed), try files(below: copy))
      #expect(before.count > 100 && before.keys.sorted() == after.keys.sorted())
      for (name, data) in before { #expect(after[name] == data, "\(name)") }
    }
  }

  /// What is copied from other files is written where it is missing.
  @Test func aCorpusIsMadeOfNothing() throws {
    try withTemporaryFolder { folder in
      try make(into: folder)
      let (all, made) = (
        try files(below: Self.fuzz.appendingPathComponent("corpus")), try files(below: folder)
      )
      #expect(Set(all.keys).subtracting(made.keys) == [], "seeds that the script does not write")
      let descriptor = Self.fuzz.deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("experiments/smoke.json5")
      #expect(made["descriptor/smoke"] == Data("0".utf8) + (try Data(contentsOf: descriptor)))
    }
  }
}

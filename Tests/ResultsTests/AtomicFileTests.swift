import Foundation
import Results
import TestRuns
import Testing

@Suite struct AtomicFileTests {
  @Test func writesAndReplaces() throws {
    let folder = try TemporaryFolder()
    for content in ["first", "", "a longer second"] {
      try AtomicFile.write(Data(content.utf8), to: folder("a.csv"))
      #expect(try text(of: folder("a.csv")) == content)
    }
    #expect(try folder.names == ["a.csv"])
  }

  @Test func anAbsentFolder() throws {
    let folder = try TemporaryFolder()
    let path = folder("absent/a.csv")
    let error = #expect(throws: ResultsError.self) { try AtomicFile.write(Data(), to: path) }
    #expect(error == .file(.write, path: path, code: ENOENT))
    #expect(
      error?.description == "cannot write \(path): No such file or directory; "
        + "create the folder or choose another one with --output")
  }

  @Test func aFileInPlaceOfTheFolder() throws {
    let folder = try TemporaryFolder()
    try AtomicFile.write(Data(), to: folder("file"))
    let path = folder("file/a.csv")
    let error = #expect(throws: ResultsError.self) { try AtomicFile.write(Data(), to: path) }
    #expect(error == .file(.write, path: path, code: ENOTDIR))
  }

  @Test func aFailureLeavesNothingBehind() throws {
    let folder = try TemporaryFolder()
    // The temporary file can be written, but cannot replace a folder.
    try FileManager.default.createDirectory(atPath: folder("a.csv"), withIntermediateDirectories: false)
    let error = #expect(throws: ResultsError.self) {
      try AtomicFile.write(Data("x".utf8), to: folder("a.csv"))
    }
    #expect(error == .file(.write, path: folder("a.csv"), code: EISDIR))
    #expect(try folder.names == ["a.csv"])
  }

  @Test func linksAreReplacedButFoldersAreNot() throws {
    let folder = try TemporaryFolder()
    for destination in ["one", "two"] {
      try AtomicFile.link(folder("latest"), to: destination)
      #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder("latest")) == destination)
    }
    try FileManager.default.createDirectory(atPath: folder("real"), withIntermediateDirectories: false)
    let error = #expect(throws: ResultsError.self) { try AtomicFile.link(folder("real"), to: "one") }
    #expect(error == .file(.write, path: folder("real"), code: EISDIR))
    #expect(try folder.names == ["latest", "real"])
  }
}

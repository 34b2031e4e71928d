import Descriptors
import Foundation
import Runs
import TestRuns
import Testing

/// `Reproduction`: which runs belong to it, over an interruption.
@Suite struct RunReproductionTests {
  private static func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("reproduction-\(UUID())").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test func everyExperimentIsShippedAndHasAQuickProfile() throws {
    for name in Reproduction.experiments {
      let file = DescriptorFixture.experiments.appending(path: "\(name).json5")
      let full = try Descriptor.load(file: file, quick: false, set: [])
      let quick = try Descriptor.load(file: file, quick: true, set: [])
      #expect(full.name == name)
      #expect(full.resolved != quick.resolved)
    }
  }

  @Test func goesOnWithWhatItHasStarted() throws {
    try Self.withFolder { folder in
      var first = try Reproduction(output: folder, isQuick: true, resumes: false)
      #expect(first.folders.isEmpty && first.folder(of: "figure-5") == nil)
      for (name, run) in [("figure-6", "b"), ("figure-5", "a"), ("floor", "gone")] {
        try first.note(name, folder: "\(folder)/\(run)")
        try FileManager.default.createDirectory(atPath: "\(folder)/\(run)", withIntermediateDirectories: true)
      }
      try FileManager.default.removeItem(atPath: folder + "/gone")

      let second = try Reproduction(output: folder, isQuick: true, resumes: true)
      #expect(
        second.folder(of: "figure-5") == folder + "/a" && second.folder(of: "figure-6") == folder + "/b")
      #expect(second.folder(of: "figure-7") == nil)
      #expect(second.folder(of: "floor") == nil, "its folder has been removed, so it is run again")
      #expect(second.folders == [folder + "/a", folder + "/b"], "in the order of the experiments")

      let new = try Reproduction(output: folder, isQuick: true, resumes: false)
      #expect(new.folders.isEmpty)
    }
  }

  @Test func refusesToGoOnWithNothingOrWithAnother() throws {
    try Self.withFolder { folder in
      func reason(quick: Bool, testbed: String? = nil) -> String {
        do {
          _ = try Reproduction(output: folder, isQuick: quick, resumes: true, testbed: testbed)
          return ""
        } catch {
          return "\(error)"
        }
      }
      #expect(reason(quick: true).contains("there is no reproduction in \(folder)"))
      _ = try Reproduction(output: folder, isQuick: true, resumes: false)
      #expect(reason(quick: true).isEmpty)
      #expect(reason(quick: false).contains("add --quick"))
      #expect(reason(quick: true, testbed: "four").contains("is on one machine; leave out --testbed"))
      _ = try Reproduction(output: folder, isQuick: true, resumes: false, testbed: "four")
      #expect(reason(quick: true, testbed: "four").isEmpty)
      #expect(reason(quick: true).contains("is on the testbed four; name that by --testbed"))
      try Data("{".utf8).write(to: URL(fileURLWithPath: folder + "/reproduction.json"))
      #expect(reason(quick: true).contains("cannot be read"))
    }
  }
}

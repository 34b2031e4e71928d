import Foundation
import Testing

extension CommandTests {
  /// `swift build` on a machine that lacks a library.
  @Suite struct BuildTests {
    @Test func aMissingLibraryIsToldInOneSentence() async throws {
      let scratch = try Scratch()
      let swift = Repository.root.appendingPathComponent("tools/swift").path
      let ending = try await Program.run(
        [
          swift, "build", "--package-path", Repository.root.path, "--scratch-path", scratch.path("build"),
          "--cache-path", scratch.path("cache"), "--target", "Wire",
        ],
        environment: ["PKG_CONFIG_LIBDIR": scratch.path("none"), "PKG_CONFIG_PATH": ""])
      #expect(ending.status != nil && ending.status != 0)
      let lines = (ending.output + ending.errors).split(separator: "\n")
      let sentences = Set(lines.filter { $0.hasPrefix("vpebench: ") })
      #expect(sentences.count == 1, "\(lines)")
      #expect(sentences.first?.contains("libdpdk is not installed; run `make deps`") == true, "\(lines)")
      // What SwiftPM adds; a page of compiler errors would be hundreds.
      #expect(lines.count <= 6, "\(lines)")
    }
  }
}

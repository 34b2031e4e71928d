import Foundation
import Testing

extension CommandTests {
  /// `swift build` on a machine that lacks a library.
  @Suite struct BuildTests {
    @Test(arguments: [
      (["PKG_CONFIG_LIBDIR": "/nowhere", "PKG_CONFIG_PATH": ""], "the library libdpdk"),
      (["VPEBENCH_IPSEC_MB": "/nowhere"], "the crypto library"),
    ])
    func aMissingLibraryIsToldInOneSentence(environment: [String: String], what: String) async throws {
      let scratch = try Scratch()
      let swift = Repository.root.appendingPathComponent("tools/swift").path
      let ending = try await Program.run(
        [
          swift, "build", "--package-path", Repository.root.path, "--scratch-path", scratch.path("build"),
          "--cache-path", scratch.path("cache"), "--target", "Wire",
        ],
        environment: environment)
      #expect(ending.status != nil && ending.status != 0)
      let lines = (ending.output + ending.errors).split(separator: "\n")
      let sentences = Set(lines.filter { $0.hasPrefix("vpebench: ") })
      #expect(sentences.count == 1, "\(lines)")
      #expect(sentences.first?.contains("\(what) is not installed; run `make deps`") == true, "\(lines)")
      // What SwiftPM adds; a page of compiler errors would be hundreds.
      #expect(lines.count <= 6, "\(lines)")
    }
  }
}

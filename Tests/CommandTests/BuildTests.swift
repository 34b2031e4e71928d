import Foundation
import Testing

extension StillTests {
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

    /// Where no newer crypto library can be had, the system's old one is built with; `make library-1.3` needs
    /// it, too. Its header brings less along.
    @Test func theOldCryptoLibraryCanBeBuiltWith() async throws {
      let scratch = try Scratch()
      let root = Repository.root.path
      let library = scratch.path("library")
      let made = try await Program.run(["\(root)/tools/make-ipsec-mb", library, "system"])
      try #require(made.status == 0, "\(made.errors)")
      // Runs, which another test may have begun, have the cores first.
      let build = ["nice", "-n", "19", "\(root)/tools/swift", "build", "--package-path", root]
      let ending = try await Program.run(
        build + [
          "--target", "Crypto", "--scratch-path", scratch.path("build"), "--cache-path",
          scratch.path("cache"),
        ],
        environment: ["VPEBENCH_IPSEC_MB": library])
      #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
    }
  }
}

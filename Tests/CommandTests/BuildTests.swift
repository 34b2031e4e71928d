import Foundation
import Testing

extension StillTests {
  /// `swift build` on a machine without a library.
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
      // SwiftPM adds a few lines; a page of compiler errors would have hundreds.
      #expect(lines.count <= 6, "\(lines)")
    }

    /// If no newer crypto library is available, the system's old one is used. `make library-1.3` needs that,
    /// too. The old header includes fewer others.
    @Test func theOldCryptoLibraryCanBeBuiltWith() async throws {
      let scratch = try Scratch()
      let root = Repository.root.path
      let library = scratch.path("library")
      let made = try await Program.run(["\(root)/tools/make-ipsec-mb", library, "system"])
      try #require(made.status == 0, "\(made.errors)")
      // Runs of other tests have the cores first.
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

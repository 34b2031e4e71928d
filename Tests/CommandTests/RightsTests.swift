import Foundation
import Testing

extension CommandTests {
  /// What a user without rights can and cannot do.
  @Suite struct RightsTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func vethIsRefusedBeforeAnythingStarts() async throws {
      let output = try scratch.folder("results", permissions: 0o777)
      let ending = try await runUnprivileged("smoke", output)
      #expect(ending.status == 1 && ending.output == "")
      #expect(ending.errorLines.count == 1, "\(ending.errors)")
      for word in ["veth", "rights", "run as root", "link ring"] {
        #expect(ending.errors.contains(word), "\(ending.errors)")
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: output) == [])
    }

    @Test func ringWorks() async throws {
      let output = try scratch.folder("results", permissions: 0o777)
      let ending = try await runUnprivileged("figure-5", output)
      #expect(ending.status == 0, "\(ending.errors)")
      #expect(
        try RunFolder.only(of: "figure-5", in: output).journal().map(\.name) == ["vpe-aes128gcm-64B-2t-0h"])
    }

    /// Runs a copy that everybody can read, as the user nobody if the tests run as root.
    private func runUnprivileged(_ name: String, _ output: String) async throws -> Ending {
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: scratch.path)
      let files = FileManager.default
      try files.copyItem(atPath: try Vpebench.binary, toPath: scratch.path("vpebench"))
      let experiments = Repository.root.appendingPathComponent("experiments").path
      try files.copyItem(atPath: experiments, toPath: scratch.path("experiments"))
      let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
      // The user nobody cannot access a private work tree.
      return try await Program.run(
        ["env", "--chdir=\(scratch.path)"] + (geteuid() == 0 ? nobody : []) + [
          scratch.path("vpebench"), "run", scratch.path("experiments/\(name).json5"), "--only",
          "vpe-*-64B-2t-0h",
          "--output", output,
        ] + Vpebench.short())
    }
  }
}

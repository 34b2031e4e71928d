import Foundation
import Testing

extension CommandTests {
  /// Roles over devices that a descriptor names: shared memory here, whose sockets no other run uses.
  @Suite struct RoleTests {
    private let scratch: Scratch
    private let descriptor: String

    init() throws {
      scratch = try Scratch()
      let sockets = scratch.path.split(separator: "/").last.map { "\($0)-" } ?? ""
      let shipped = Repository.root.appendingPathComponent("experiments/ports-memif.json5")
      let text = try String(contentsOf: shipped, encoding: .utf8)
      try #require(text.contains("socket=vpebench-"))
      descriptor = try scratch.write(
        text.replacing("socket=vpebench-", with: "socket=\(sockets)"), to: "ports-memif.json5")
    }

    @Test func aRunWithAProcessForEachRoleIsValid() async throws {
      let ending = try await Vpebench.run(
        ["run", descriptor, "--quick", "--only", "*-64B-*", "--output", scratch.path("results")]
          + Vpebench.short())
      #expect(ending.status == 0, "\(ending.errors)")
      let rows = try RunFolder.only(of: "ports-memif", in: scratch.path("results")).rows("samples.csv")
      #expect(Set(rows.map { $0["system"] }) == ["null", "esp-single", "vpe"])
      for row in rows {
        #expect(row["valid"] == "true" && row["link"] == "ports", "\(row)")
        #expect(Int(row["frames_received"] ?? "") ?? 0 > 0, "\(row)")
      }
    }

    @Test func fourRolesPlayedByHandMeet() async throws {
      let words = [descriptor, "--only", "vpe-*-64B-*"] + Vpebench.short(seconds: 0.3)
      var others: [(role: String, program: Program)] = []
      for role in ["reflector", "gateway-b", "gateway-a"] {
        let program = try Vpebench.start(["role", role] + words)
        others.append((role, program))
        _ = try await eventually { program.output.contains("\(role) runs") || !program.isRunning }
        try #require(program.isRunning, "\(program.errors)")
      }
      let generator = try await Vpebench.run(["role", "generator"] + words)
      #expect(generator.status == 0, "\(generator.errors)")
      let counts = try #require(
        generator.output.firstMatch(of: /(\d+) frames sent, (\d+) came back, (\d+) lost/),
        "\(generator.output)")
      let (sent, back, lost) = (
        try #require(Int(counts.1)), try #require(Int(counts.2)), try #require(Int(counts.3))
      )
      #expect(back > 0 && sent == back + lost)
      #expect(generator.output.contains(/goodput \d+\.\d+ Gbit\/s over \d/))

      for (role, program) in others {
        program.send(SIGINT)
        let ending = try await program.ending()
        #expect(ending.status == 0, "\(role): \(ending.errors)")
        // Whatever came back has passed every role.
        #expect(ending.output.hasPrefix("\(role) runs vpe-aes128gcm-64B-2t-0h, sample 0\n"))
        // Role, stage, thread, CPU, received, transmitted, …
        let rows = ending.output.split(separator: "\n").dropFirst().filter { $0.hasPrefix("\(role) ") }
          .map { $0.split(whereSeparator: \.isWhitespace) }
        let transmitted = rows.compactMap { $0.count > 5 ? Int($0[5]) : nil }
        #expect(transmitted.count == (role == "reflector" ? 1 : 2), "\(ending.output)")
        for count in transmitted { #expect(count >= back, "\(ending.output)") }
      }
    }
  }
}

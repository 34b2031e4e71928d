import Foundation
import Testing

extension CommandTests {
  /// Roles over devices that a descriptor names: here shared memory, whose sockets no other run uses.
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
      #expect(Set(rows.map { $0["system"] }) == ["baseline", "esp-single", "vpe"])
      for row in rows {
        #expect(row["valid"] == "true" && row["link"] == "ports", "\(row)")
        #expect(Int(row["frames_received"] ?? "") ?? 0 > 0, "\(row)")
      }
    }

    @Test func fourRolesPlayedByHandMeet() async throws {
      let words =
        [descriptor, "--only", "vpe-*-64B-*", "--run-id", "5eed"] + Vpebench.short(seconds: 0.3)
      var others: [(role: String, program: Program)] = []
      for role in ["reflector", "gateway-b", "gateway-a"] {
        let keys = ["--keys-out", scratch.path("\(role).json5")]
        let program = try Vpebench.start(["role", role] + words + keys, environment: state)
        others.append((role, program))
        _ = try await eventually { program.output.contains("\(role) runs") || !program.isRunning }
        try #require(program.isRunning, "\(program.errors)")
      }
      let generator = try await Vpebench.start(["role", "generator"] + words, environment: state).ending()
      #expect(generator.status == 0, "\(generator.errors)")
      let counts = try #require(
        generator.output.firstMatch(of: /frames sent: (\d+), came back: (\d+), lost: (\d+)/),
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
        // Every frame that came back has passed all roles.
        #expect(
          ending.output.hasPrefix("\(role) runs vpe-aes128gcm-64B-2t-0h, sample 0, run ID 0000000000005eed\n")
        )
        // The columns are role, stage, thread, CPU, received, transmitted, …
        let rows = ending.output.split(separator: "\n").dropFirst().filter { $0.hasPrefix("\(role) ") }
          .map { $0.split(whereSeparator: \.isWhitespace) }
        let transmitted = rows.compactMap { $0.count > 5 ? Int($0[5]) : nil }
        #expect(transmitted.count == (role == "reflector" ? 1 : 2), "\(ending.output)")
        for count in transmitted { #expect(count >= back, "\(ending.output)") }
      }

      // All roles have the same keys, and have written them to a file.
      let keys = try others.map {
        try String(contentsOfFile: scratch.path("\($0.role).json5"), encoding: .utf8)
      }
      #expect(Set(keys).count == 1 && keys[0].contains("format: \"vpe\""))

      // A gateway that was ended must not begin at number 1 again with the same keys.
      for role in ["gateway-a", "gateway-b"] {
        let again = try await Vpebench.start(["role", role] + words, environment: state).ending()
        #expect(again.status == 1 && again.errorLines.count == 1, "\(again.errors)")
        #expect(again.errors.contains("--run-id") && again.errors.contains("\(role) has sealed under these"))
      }
    }

    /// A generator that cannot keep the rate has not measured what was asked for.
    @Test func aGeneratorThatIsTooSlowFails() async throws {
      let pace = ["--set", "traffic.rate_mpps=1000"]
      let words =
        [descriptor, "--only", "null-*-64B-*", "--run-id", "5eed"] + Vpebench.short(seconds: 0.3) + pace
      var others: [Program] = []
      for role in ["reflector", "gateway-b", "gateway-a"] {
        let program = try Vpebench.start(["role", role] + words, environment: state)
        others.append(program)
        _ = try await eventually { program.output.contains("\(role) runs") || !program.isRunning }
        try #require(program.isRunning, "\(program.errors)")
      }
      let generator = try await Vpebench.start(["role", "generator"] + words, environment: state).ending()
      #expect(generator.status == 1, "\(generator)")
      #expect(
        generator.output.contains(
          /\nthe generator offered \S+ Mpps instead of 1000\.0; lower traffic.rate_mpps\n/),
        "\(generator.output)")
      for program in others {
        program.send(SIGINT)
        _ = try await program.ending()
      }
    }

    /// A device that cannot be opened does not use up the run ID.
    @Test func aStartThatFailsUsesNoKeys() async throws {
      let text = try String(contentsOfFile: descriptor, encoding: .utf8)
      let broken = try scratch.write(
        text.replacing("net_memif1,role=server", with: "net_af_packet1,iface=nothing0,role=server"),
        to: "broken.json5")
      let words = ["--only", "vpe-*-64B-*", "--run-id", "5eed"] + Vpebench.short()
      func started(_ role: String, _ file: String) async throws -> Program {
        let program = try Vpebench.start(["role", role, file] + words, environment: state)
        _ = try await eventually { program.output.contains("\(role) runs") || !program.isRunning }
        return program
      }
      // Gateway B's other device is the client of this one.
      let reflector = try await started("reflector", descriptor)
      let failed = try await started("gateway-b", broken).ending()
      #expect(failed.status == 1 && failed.errors.contains("net_af_packet1"), "\(failed.errors)")
      let gateway = try await started("gateway-b", descriptor)
      for program in [gateway, reflector] {
        program.send(SIGINT)
        let ending = try await program.ending()
        #expect(ending.output.contains(" runs ") && ending.status == 0, "\(ending.errors)")
      }
    }

    /// The host's record of used keys, separate from the user's own.
    private var state: [String: String] { ["XDG_STATE_HOME": scratch.path("state")] }

    /// A device is set to the MTU that the frames need (a frame of 1420 bytes has 1402 bytes of IP), or is
    /// refused.
    @Test(arguments: [true, false]) func aDevicesMTUIsSetOrRefused(mayBeSet: Bool) async throws {
      try Host.requireRoot()
      let text = try String(contentsOfFile: descriptor, encoding: .utf8)
      let device = try #require(text.firstMatch(of: /reflector: \{ devargs: "([^"]*)"/)).1
      let file = try scratch.write(
        text.replacing(device, with: "net_af_packet0,iface=red"), to: "small.json5")
      let line = """
        ip link add red mtu 600 type veth peer name black && ip link set black up && ip link set red up
        "$@"
        status=$?
        ip -o link show red >&2
        exit $status
        """
      // The process may open packet sockets, but not configure networks.
      let limits = mayBeSet ? [] : ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"]
      let ending = try await Program.run(
        ["unshare", "--net", "bash", "-c", line, "bash"] + limits
          + [try Vpebench.binary, "role", "reflector", file, "--only", "null-*-1420B-*", "--run-id", "5eed"]
          + ["--seconds", "0.1"], environment: state)
      if mayBeSet {
        // Frames that the kernel sends by itself may arrive as well, so the status says nothing.
        #expect(ending.output.contains("reflector runs baseline-none-1420B"), "\(ending)")
        #expect(ending.errors.contains("1402"), "\(ending)")
      } else {
        let words = "takes IP packets of at most 600 bytes, and 1402 are needed; raise its MTU"
        #expect(ending.status == 1 && ending.errors.contains(words), "\(ending)")
      }
    }

    @Test func aRoleNeedsARunID() async throws {
      let words = ["role", "gateway-a", descriptor, "--only", "vpe-*-64B-*"]
      let without = try await Vpebench.run(words)
      #expect(without.status == 2 && without.errorLines.count == 1)
      #expect(without.errors.contains(/needs --run-id ID, .* such as [0-9a-f]{16}, which is drawn/))
      let wrong = try await Vpebench.run(words + ["--run-id", "run 1"])
      #expect(wrong.status == 2 && wrong.errors.contains("--run-id run 1 is not"))
    }
  }
}

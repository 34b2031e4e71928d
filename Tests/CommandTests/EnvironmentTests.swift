import Foundation
import Testing

extension CommandTests {
  /// What `environment.json` must state, and what it must not.
  @Suite struct EnvironmentTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    @Test func itTellsTheMachineAndNamesNobody() async throws {
      try Host.requireRoot()
      // Names that occur nowhere else, in a UTS namespace of the test.
      let script = "hostname host-canary && exec \"$@\""
      let words =
        [
          "unshare", "--uts", "sh", "-c", script, "sh", try Vpebench.binary, "run",
          "experiments/figure-5.json5", "--only", "vpe-*-64B-2t-0h", "--output", scratch.path,
        ] + Vpebench.short()
      let ending = try await Program.run(
        words,
        environment: [
          "USER": "user-canary", "LOGNAME": "user-canary", "HOSTNAME": "host-canary",
          "HOME": try scratch.folder("home-canary"),
        ])
      try #require(ending.status == 0, "\(ending.errors)")

      let folder = try RunFolder.only(of: "figure-5", in: scratch.path)
      for file in folder.names where file.contains(".") {
        #expect(!(try folder.text(file).contains("canary")), "\(file)")
      }
      let text = try folder.text("environment.json")
      let path = try Regex(#"(^|[\s:=,"'])/[A-Za-z]"#)
      let lines = text.split(separator: "\n").filter { $0.firstMatch(of: path) != nil }
      #expect(lines == [], "absolute paths")
      try await expectTold(Data(text.utf8))
      try expectComplete(Data(text.utf8))
    }

    /// Samples that count in any state of the machine are no measurement. Files and terminal must say so.
    @Test(arguments: [true, false]) func aRunInAnyStateSaysSo(any: Bool) async throws {
      let ending = try await Program.run(
        [
          try Vpebench.binary, "run", "experiments/figure-5.json5", "--only", "null-*-64B-2t-0h", "--output",
          scratch.path,
        ] + Vpebench.short(), environment: ["VPEBENCH_ANY_STATE": any ? "1" : "0"])
      let folder = try RunFolder.only(of: "figure-5", in: scratch.path)
      let json = try JSONSerialization.jsonObject(with: Data(folder.text("environment.json").utf8))
      #expect((json as? [String: Any])?["any_machine_state"] as? Bool == (any ? true : nil))
      #expect(ending.output.contains("note: samples were counted in any state of the machine") == any)
    }

    /// Expects each property for which artifact reviewers ask, or the reason why it is missing.
    private func expectComplete(_ json: Data) throws {
      let environment = try #require(try JSONSerialization.jsonObject(with: json) as? [String: Any])
      let excused = try #require(environment["unavailable"] as? [String: String])
      for name in [
        "cpu.name", "cpu.microcode", "cpu.governor", "cpu.smt", "cpu.numa_nodes", "memory.huge_pages",
        "system.kernel_command_line", "network_devices", "software.dpdk", "software.intel_ipsec_mb",
        "software.intel_ipsec_mb_origin", "software.intel_ipsec_mb_sha256", "software.swift",
        "software.vpebench", "software.git_commit", "software.git_dirty", "software.machine_flags",
        "software.eal_arguments", "software.program_sha256", "software.packages", "system.clock_source",
        "seed",
      ] {
        let value = name.split(separator: ".").reduce(environment as Any?) { tree, key in
          (tree as? [String: Any])?[String(key)]
        }
        #expect(value != nil || excused[name]?.isEmpty == false, "\(name)")
      }
      for (index, device) in (environment["network_devices"] as? [[String: Any]] ?? []).enumerated() {
        let name = "network_devices.\(index).firmware"
        #expect(device["firmware"] != nil || excused[name] != nil, "\(device)")
      }
    }

    private func expectTold(_ json: Data) async throws {
      let environment = try JSONDecoder().decode(Told.self, from: json)
      #expect(environment.environment_version >= 1)
      #expect(environment.time_utc.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
      #expect(environment.command_line.prefix(2) == ["vpebench", "run"])
      #expect(environment.seed == 1)
      let version = try await Vpebench.run(["--version"])
      #expect(version.output == "vpebench \(environment.software.vpebench)\n")
      #expect(environment.software.dpdk.contains(/\d+\.\d+/))
      #expect(environment.software.intel_ipsec_mb.contains(/\d+\.\d+/))
      #expect(environment.software.intel_ipsec_mb_origin.contains("libipsec-mb-dev"))
      #expect(environment.software.intel_ipsec_mb_sha256.wholeMatch(of: /[0-9a-f]{64}/) != nil)
      #expect(environment.software.swift.contains(/\d+\.\d+/))
      let hash = try await Program.run(["sha256sum", try Vpebench.binary]).output.prefix(64)
      #expect(environment.software.program_sha256 == hash)
      #expect(environment.software.eal_arguments.contains("--lcores"))
      #expect(environment.cpu.usable_cores >= 1 && environment.cpu.tsc_hz > 0)
      #expect(!environment.cpu.name.isEmpty && !environment.cpu.flags.isEmpty)
      #expect(environment.memory.bytes > 0)
      #expect(!environment.system.kernel.isEmpty)

      // The source's state is that of the work tree in which the binary lies.
      let folder = URL(fileURLWithPath: try Vpebench.binary).deletingLastPathComponent().path
      let head = try await Program.run(["git", "-c", "safe.directory=*", "-C", folder, "rev-parse", "HEAD"])
      let commit = head.status == 0 ? head.output.trimmingCharacters(in: .newlines) : nil
      #expect(environment.software.git_commit == commit)
      #expect((environment.software.git_dirty != nil) == (commit != nil))
    }

    private struct Told: Decodable {
      struct Software: Decodable {
        let vpebench, dpdk, swift: String
        let intel_ipsec_mb, intel_ipsec_mb_origin, intel_ipsec_mb_sha256: String
        let program_sha256: String
        let eal_arguments: [String]
        let git_commit: String?
        let git_dirty: Bool?
      }
      struct CPU: Decodable {
        let name: String
        let flags: [String]
        let usable_cores: Int
        let tsc_hz: UInt64
      }
      struct Memory: Decodable { let bytes: Int }
      struct System: Decodable { let kernel: String }

      let environment_version: Int
      let time_utc: String
      let command_line: [String]
      let seed: UInt64
      let software: Software
      let cpu: CPU
      let memory: Memory
      let system: System
    }
  }
}

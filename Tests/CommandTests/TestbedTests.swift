import Foundation
import Testing

extension CommandTests {
  /// Roles on hosts of their own, which are network namespaces here, with `ip netns exec` as the launcher.
  @Suite struct TestbedTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private var runs: HostRuns { HostRuns(scratch: scratch) }

    @Test func everyFrameComesBackFromFourHosts() async throws {
      let network = try await HostNetwork(scratch)
      let more = "mtu_bytes: 1700, link_gbps: 10"
      let testbed = try network.inventory(more: more)
      let noise = try network.addNoise(on: "gateway-b")
      let ending = try await Vpebench.run(runs.words(testbed, only: "*-1420B-*"))
      #expect(ending.status == 0, "\(ending.output) \(ending.errors)")
      #expect(noise.isRunning, "\(noise.errors)")
      #expect(try await network.areEmpty())

      let verdict = try await Oracles.frictionless([try runs.folder().path])
      #expect(verdict.status == 0, "\(verdict.output)\(verdict.errors)")
      let rows = try runs.folder().rows("samples.csv")
      #expect(rows.count == 6)
      #expect(
        Set(rows.map { $0["system"] }) == ["baseline", "esp-single", "esp-pipeline", "esp-multi-sa", "vpe"])
      for row in rows {
        #expect(row["valid"] == "true" && row["link"] == "ports", "\(row)")
        // Each role has two CPUs, and all have the same two.
        #expect(row["basis"] == "capacity", "\(row)")
        let sent = try #require(Int(row["frames_sent"] ?? ""))
        #expect(sent > 0 && row["frames_received"] == "\(sent)" && row["frames_lost"] == "0", "\(row)")
      }
      try expectHosts()
    }

    /// Every host is described, without names of hosts and users.
    private func expectHosts() throws {
      struct Told: Decodable {
        struct Host: Decodable {
          struct CPU: Decodable { let tsc_hz: UInt64 }
          struct Software: Decodable { let dpdk, intel_ipsec_mb, vpebench: String }
          struct Memory: Decodable { let dataplane_page_bytes: Int }
          let cpu: CPU
          let software: Software
          let memory: Memory
          let role_cpus: [Int]
          let shares_cpus: Bool
          let mtu_bytes: Int
          let link_gbps: Double
        }
        let hosts: [String: Host]
        let seed: UInt64
        let command_line: [String]
      }
      let text = try runs.folder().text("environment.json")
      let told = try JSONDecoder().decode(Told.self, from: Data(text.utf8))
      #expect(told.hosts.keys.sorted() == HostNetwork.roles.sorted())
      for (role, host) in told.hosts {
        #expect(host.cpu.tsc_hz > 0 && !host.role_cpus.isEmpty && host.shares_cpus, "\(role)")
        #expect(host.software.dpdk.contains(/\d+\.\d+/) && host.software.intel_ipsec_mb.contains(/\d/))
        #expect(host.mtu_bytes == 1700 && host.link_gbps == 10)
        #expect(host.memory.dataplane_page_bytes == Int(getpagesize()))
      }
      #expect(told.seed == 1 && told.command_line.prefix(2) == ["vpebench", "run"])
      #expect(!text.contains(scratch.path))
    }

    @Test func aCaptureComesBackFromItsHost() async throws {
      let network = try await HostNetwork(scratch)
      let folder = scratch.path("capture")
      let run = try await Vpebench.run(
        runs.words(try network.inventory(), windows: 2) + ["--capture", folder])
      #expect(run.status == 0, "\(run.output) \(run.errors)")
      let names = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(Set(names) == ["black.pcapng", "test-keys.json5"])
      // The capture of the last sample: each frame in both directions.
      let ending = try await Vpebench.run(
        ["decode", "\(folder)/black.pcapng", "--keys", "\(folder)/test-keys.json5"])
      let sent = try #require(runs.folder().journal().last?.counts["frames_sent"])
      #expect(ending.status == 0 && ending.errors == "")
      let last = "\n\(2 * sent) packets: \(2 * sent) new\n"
      #expect(ending.output.hasSuffix(last), "\(ending.output.suffix(200))")
    }

    /// The run does not wait forever for a program that is not vpebench, and each remedy fits its problem.
    @Test func whatALauncherSaysIsNoAnswer() async throws {
      func host(_ members: String, _ launcher: String) throws -> String {
        "{binary: '\(try Vpebench.binary)', launcher: \(launcher), ports: {\(members)}, "
      }
      let red = "red: 'net_null0'"
      let gateway = "\(red), black: 'net_null1', red_replicas: ['net_null2']"
      let text = """
        {name: 'odd', lease_seconds: 1, hosts: {
          generator: \(try host(red, "['sh', '-c', 'cat /dev/zero']"))cpus: '0', replicas: [
            {binary: '/nowhere', launcher: ['env'], ports: {\(red)}, cpus: '0'}]},
          'gateway-a': \(try host(gateway, "[]"))cpus: '8191'},
          'gateway-b': \(try host(gateway, "['echo']"))cpus: '0'},
          reflector: \(try host(red, "['false']"))cpus: '0', replicas: [
            \(try host(red, "['false']"))cpus: '0'}]},
        }}
        """
      let ending = try await Vpebench.run(["testbed", "check", try scratch.write(text, to: "odd.json5")])
      #expect(ending.status == 1 && ending.errors == "", "\(ending.errors)")
      let lines = ending.output.split(separator: "\n").map(String.init)
      for said in [
        "generator ended midway (what it says is no answer, and has no end)", "CPU 8191 may not be used",
        "generator.2 ended midway (exit status 127); its last message: env: ",
        "gateway-b ended midway (what it says is no answer: ", "reflector ended midway (exit status 1)",
        "reflector.2 ended midway (exit status 1)",
      ] { #expect(lines.contains { $0.contains(said) }, "\(said): \(ending.output)") }
      #expect(lines.count { $0.contains(#/^lacking +host +the process for /#) } == 6, "\(ending.output)")
      #expect(lines.count { $0.contains("Try the launcher by hand") } == 5)
      #expect(lines.count { $0.contains("Its launcher works: mend what stands in brackets") } == 1)
    }

    @Test func aHostWithAnotherProgramIsRefused() async throws {
      let network = try await HostNetwork(scratch)
      let other = scratch.path("vpebench")
      try FileManager.default.copyItem(atPath: try Vpebench.binary, toPath: other)
      let file = try FileHandle(forWritingTo: URL(fileURLWithPath: other))
      try file.seekToEnd()
      try file.write(contentsOf: Data([0]))
      try file.close()
      let testbed = try network.inventory(binaries: ["gateway-b": other])
      let ending = try await Vpebench.run(runs.words(testbed))
      let sentences = ending.errorLines.filter { $0.hasPrefix("vpebench: ") }
      #expect(ending.status == 1 && sentences.count == 1, "\(ending.errors)")
      #expect(
        ending.errors.contains(/the host of gateway-b has another vpebench \(SHA-256 [0-9a-f]{12}…, here/),
        "\(ending.errors)")
      #expect(try await network.areEmpty())
    }

    @Test func aRoleThatIsKilledAndALinkThatIsCutCostASampleEach() async throws {
      let network = try await HostNetwork(scratch)
      try await runs.expectGoesOn(
        on: network, seconds: 0.5,
        [
          runs.death(of: "gateway-b", on: network),
          runs.cut("black", of: "gateway-b", between: "gateway-a, gateway-b", isMidway: true, on: network),
        ])
    }

    /// A process between run and role that delivers nothing to either, like a network that is cut.
    @Test func aHostThatIsCutOffEndsItsRoleAndCostsASample() async throws {
      let network = try await HostNetwork(scratch)
      let wire = scratch.path("wire")
      try FileManager.default.copyItem(atPath: "/bin/cat", toPath: wire)
      let before = ["gateway-a": ["sh", "-c", #""$0" | "$@" | "$0""#, wire]]
      var wires: [ProcessID] = []
      defer { for wire in wires { wire.end() } }
      let silence = HostRuns.Event { _ in
        let role = try #require(network.processes(of: "gateway-a").first)
        wires = Host.processes { $0.first == wire }
        #expect(wires.count == 2)
        for wire in wires { kill(wire.number, SIGSTOP) }
        #expect(try await eventually { !role.isAlive }, "the role has outlived its lease")
      } isReason: {
        $0.contains("nothing was heard of the host of gateway-a for 5 s")
      }
      try await runs.expectGoesOn(
        on: network, testbed: network.inventory(before: before, leaseSeconds: 5), [silence])
    }

    @Test func aRunThatIsKilledLeavesNothingAndGoesOn() async throws {
      let network = try await HostNetwork(scratch)
      let testbed = try network.inventory()
      let run = try Vpebench.start(runs.words(testbed, windows: 3))
      try await runs.wait(for: run) { !$0.isEmpty }
      run.send(SIGKILL)
      #expect(try await run.ending().signal == SIGKILL)
      #expect(try await network.areEmpty())
      let before = try runs.folder().journal()
      let resumed = try await Vpebench.run(runs.words(testbed, windows: 3) + ["--resume"])
      #expect(resumed.status == 0, "\(resumed.output) \(resumed.errors)")
      let samples = try runs.folder().journal()
      #expect(samples.count == 3 && Array(samples.prefix(before.count)) == before)
      #expect(try await network.areEmpty())
    }

    @Test func aRoleOutlivesASilentRunByNoMoreThanItsLease() async throws {
      let pipe = scratch.path("pipe")
      try #require(mkfifo(pipe, 0o600) == 0)
      // The pipes are open in both directions, but nothing comes and they never end.
      let ending = try await Program.run(
        ["sh", "-c", #"exec "$@" 0<>"$0""#, pipe, try Vpebench.binary, "role", "serve"]
          + ["--roles", "generator", "--cpus", Host.cpus, "--lease", "2"])
      #expect(ending.status == 1 && ending.errors.contains("the run was not heard of for 2 s"), "\(ending)")
      #expect(ending.output.contains(#"{"up":{"#), "\(ending.output)")
    }

    @Test func whatDoesNotFitATestbedIsToldBeforeAnythingStarts() async throws {
      let file = try scratch.write(Self.nowhere(more: "mtu_bytes: 200"), to: "nowhere.json5")
      let small = try await Vpebench.run(runs.words(file, only: "esp-single-*-1420B-*"))
      #expect(small.status == 0 && small.errors.isEmpty)
      let left = /note: 1 of 1 case is left out on this testbed, esp-single-\S+-1420B-\S+ first: it needs IP/
      let needed = /packets of 14\d\d bytes at \S+, and mtu_bytes of \S+ is 200; raise the MTU/
      #expect(small.output.contains(left) && small.output.contains(needed), "\(small.output)")
      let cost = try await Vpebench.run(["run", "experiments/figure-7.json5", "--testbed", file])
      #expect(cost.status == 1 && cost.errors.contains("--testbed: is for roles that links connect"))
      let gone = try await Vpebench.run(runs.words(file))
      #expect(gone.status == 1 && gone.errorLines.count == 1 && gone.errors.contains("generator"))
      let none = try await Vpebench.run(runs.words(scratch.path("none.json5")))
      #expect(none.status == 1 && none.errors.contains("there is no such file"))
    }

    /// Hosts whose launcher reaches nobody.
    private static func nowhere(more: String) -> String {
      let hosts = HostNetwork.roles.map { role in
        let black = role.hasPrefix("gateway") ? ", black: 'net_null1'" : ""
        return "'\(role)': { launcher: ['false'], binary: '/nowhere', cpus: '0', "
          + "ports: { red: 'net_null0'\(black) }, \(more) }"
      }
      return "{ name: 'nowhere', hosts: { \(hosts.joined(separator: ", ")) } }"
    }
  }
}

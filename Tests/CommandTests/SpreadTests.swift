import Foundation
import Testing

extension CommandTests {
  /// Two generators and two reflectors, in network namespaces as hosts.
  @Suite struct SpreadTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private var runs: HostRuns {
      HostRuns(
        scratch: scratch, cases: "vpe-*-64B-4t-*",
        more: [
          "--set",
          "sweep.threads_of={ 'esp-multi-sa': [4], 'eesp-subsa': [4], psp: [4], vpe: [2, 4, 8] }",
          "--set", "systems=['esp-single', 'esp-multi-sa', 'eesp-subsa', 'psp', 'vpe']",
        ])
    }

    /// What a stage has received, by the role's thread, in each case.
    private func received(_ stage: String, of role: String) throws -> [[String: Int]] {
      let rows = try runs.folder().rows("stages.csv").filter { $0["role"] == role && $0["stage"] == stage }
      return Dictionary(grouping: rows) { $0["case"] }.values.map { rows in
        Dictionary(uniqueKeysWithValues: rows.map { ($0["thread"] ?? "", Int($0["received"] ?? "") ?? 0) })
      }
    }

    @Test func everyFrameComesBackToItsGenerator() async throws {
      let network = try await HostNetwork(scratch, replicas: 2)
      let testbed = try network.inventory()
      let only = "esp-single-*,*-4t-*,vpe-*-8t-*"
      let ending = try await Vpebench.run(runs.words(testbed, only: only, seconds: 0.4))
      #expect(ending.status == 0, "\(ending.output) \(ending.errors)")
      // The other cases still run.
      #expect(ending.output.contains("note: 2 of 12 cases are left out on this testbed, esp-single-"))
      #expect(try await network.areEmpty())
      let verdict = try await Oracles.frictionless([try runs.folder().path])
      #expect(verdict.status == 0, "\(verdict.output)\(verdict.errors)")

      let rows = try runs.folder().rows("samples.csv")
      #expect(rows.count == 10)
      for row in rows {
        let sent = try #require(Int(row["frames_sent"] ?? ""))
        #expect(row["valid"] == "true" && sent > 0, "\(row)")
        #expect(row["frames_received"] == "\(sent)" && row["frames_lost"] == "0", "\(row)")
        #expect(row["frames_reordered"] == "0" && row["frames_foreign"] == "0", "\(row)")
      }
      // Each generator has sent half of the frames and received them, and each reflector has returned some.
      for (stage, role) in [("generate", "generator"), ("collect", "generator"), ("reflect", "reflector")] {
        let cases = try received(stage, of: role)
        #expect(cases.count == 10)
        for threads in cases {
          let (first, second) = (threads["0"] ?? 0, threads["1"] ?? 0)
          #expect(threads.count == 2 && first > 0 && second > 0, "\(role) \(stage): \(threads)")
          #expect(abs(first - second) <= max(first, second) / 2, "\(role) \(stage): \(threads)")
        }
      }
      try await expectRecords()
    }

    /// Each host, port and log has its own name.
    private func expectRecords() async throws {
      struct Told: Decodable {
        struct Host: Decodable { let role_cpus: [Int] }
        struct Port: Decodable { let driver: String }
        let hosts: [String: Host]
        let ports: [String: Port]
      }
      let folder = try runs.folder()
      let told = try JSONDecoder().decode(Told.self, from: Data(folder.text("environment.json").utf8))
      let further = ["generator.2", "reflector.2"]
      #expect(Set(told.hosts.keys) == Set(HostNetwork.roles + further))
      #expect(told.ports.count == 10 && told.ports["gateway-b.red.2"]?.driver == "net_af_packet")
      for player in HostNetwork.roles + further { #expect(folder.names.contains("logs/\(player).log")) }
      let queues = try folder.rows("queues.csv").filter { $0["end"] == "gateway-a.red.2" }
      #expect(!queues.isEmpty && queues.allSatisfy { ["1", "3"].contains($0["thread"]) })
    }

    @Test func thoseThatAreKilledAndALinkThatIsCutCostASampleEach() async throws {
      let network = try await HostNetwork(scratch, replicas: 2)
      try await runs.expectGoesOn(
        on: network,
        [
          runs.death(of: "generator.2", on: network), runs.death(of: "reflector.2", on: network),
          runs.cut(
            "red2", of: "gateway-a", between: "generator.2, gateway-a", isMidway: false, on: network),
        ])
    }

    @Test func aCheckTellsOfHostsAndLinks() async throws {
      let network = try await HostNetwork(scratch, replicas: 2)
      let right = try await Vpebench.run(["testbed", "check", network.inventory(more: "link_gbps: 10")])
      #expect(right.status == 0, "\(right.output) \(right.errors)")
      for line in [
        #/ok +generator +hears gateway-a\.red\n/#, #/ok +gateway-a\.red +hears generator\n/#,
        #/ok +generator\.2 +hears gateway-a\.red\.2\n/#, #/ok +gateway-b\.red\.2 +hears reflector\.2\n/#,
        #/ok +gateway-a\.black +hears gateway-b\.black\n/#, #/ok +gateway-b\.red +hears reflector\n/#,
        #/ok +reflector rate +10 Gbit\/s\n/#, #/warning +CPUs +generator, .* have the same on one machine\n/#,
        #/ok +processors +\S/#, #/reflector\.2\nok +host +reached, with this program\n/#,
      ] { #expect(right.output.contains(line), "\(right.output)") }
      #expect(try await network.areEmpty())

      // All possible faults of links at the same time.
      try await network.set("red", of: "reflector", up: false)
      let wrong = try await Vpebench.run([
        "testbed", "check",
        network.inventory(crossed: "gateway-b", turned: "gateway-a", more: "link_gbps: 25"),
      ])
      #expect(wrong.status == 1)
      for line in [
        #/lacking +gateway-a\.red +hears generator\.2 instead of generator\n +→ Cables are/#,
        #/lacking +generator\.2 +hears gateway-a\.red instead of gateway-a\.red\.2\n/#,
        #/lacking +gateway-b\.red +hears gateway-a\.black instead of reflector\n +→ Cables are/#,
        #/lacking +gateway-b\.black +its link is down\n/#, #/ok +reflector\.2 +hears gateway-b\.red\.2\n/#,
        #/lacking +generator rate +10 Gbit\/s, not 25\n/#,
      ] { #expect(wrong.output.contains(line), "\(wrong.output)") }
      #expect(try await network.areEmpty())
    }

    @Test func whatCannotBeSpreadIsAGap() async throws {
      let network = try await HostNetwork(scratch, replicas: 2)
      let testbed = try network.inventory()
      for (only, steering, reason) in [
        ("vpe-*-64B-2t-*", "nic", "1 of its threads seal and 1 open, not multiples of 2"),
        ("esp-single-*-64B-*", "nic", "of all systems esp-multi-sa, vpe, "),
        ("vpe-*-64B-4t-*", "queue", "steering queue leads no packets to threads over ports"),
      ] {
        let run = try await Vpebench.run(
          runs.words(testbed, only: only) + ["--set", "steering=\(steering)"])
        #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
        let sentence = "first: it cannot be spread over 2 generators (replicas): \(reason)"
        #expect(run.output.contains(sentence) && run.output.contains("take an inventory"), "\(run.output)")
      }
      #expect(RunFolder.all(of: "smoke", in: scratch.path("results")).isEmpty)
    }
  }
}

import Foundation
import Testing

extension CommandTests {
  /// Hosts of a testbed that are lost and come back, as after a reboot.
  @Suite struct HostReturnTests {
    private let scratch: Scratch
    private let network: HostNetwork
    private let testbed: String

    /// Hosts whose launcher fails while a certain file exists. Other files state the hosts' boot ID and
    /// processor.
    init() async throws {
      scratch = try Scratch()
      network = try await HostNetwork(scratch)
      let script = """
        role=$1; shift
        if [ -e "$0/away-$role" ]; then echo "no route to host" >&2; exit 255; fi
        mount --bind "$0/boot" /proc/sys/kernel/random/boot_id &&
          mount --bind "$0/cpuinfo" /proc/cpuinfo && exec "$@"
        """
      let folder = scratch.path
      let before = HostNetwork.roles.map { ($0, ["unshare", "--mount", "sh", "-c", script, folder, $0]) }
      testbed = try network.inventory(before: Dictionary(uniqueKeysWithValues: before))
      try start(stepping: nil)
    }

    /// Gives the hosts another boot ID.
    /// - Parameter stepping: the processors' stepping; nil for the true one.
    private func start(stepping: Int?) throws {
      func replace(_ file: String, _ text: String) throws {
        // The file is replaced at once, because a host may be starting.
        try text.write(toFile: scratch.path(file), atomically: true, encoding: .utf8)
      }
      try replace("boot", "\(UUID())\n")
      var text = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
      if let stepping { text.replace(/stepping\t: \d+/, with: "stepping\t: \(stepping)") }
      try replace("cpuinfo", text)
    }

    /// Ends the processes on a host that nobody can reach any more.
    private func takeAway(_ role: String) throws {
      try scratch.write("", to: "away-\(role)")
      for process in network.processes(of: role) { process.end() }
    }

    private func bringBack(_ role: String) throws {
      try FileManager.default.removeItem(atPath: scratch.path("away-\(role)"))
    }

    private static let windows = 12
    private var runs: HostRuns { HostRuns(scratch: scratch) }
    private var words: [String] { runs.words(testbed, windows: Self.windows) }

    @Test func whatAHostThatIsAwayCostsIsTakenAgain() async throws {
      let run = try Vpebench.start(words)
      try await runs.wait(for: run) { $0.count >= 2 }
      try takeAway("gateway-b")
      try await runs.wait(for: run) { $0.count { !$0.valid } >= 2 }
      try start(stepping: nil)
      try bringBack("gateway-b")
      let ending = try await run.ending()
      #expect(ending.status == 1, "\(ending.output) \(ending.errors)")
      let first = try runs.folder().journal()
      let lost = first.filter { !$0.valid }
      #expect(first.count == Self.windows && first.last?.valid == true)
      for sample in lost {
        let fault = sample.faults.first ?? ""
        #expect(sample.faults.count == 1 && fault.hasPrefix("the process for gateway-b ended midway"))
        #expect(fault.hasSuffix("; --resume takes the sample again"), "\(fault)")
      }
      let away = "(exit status 255); its last message: no route to host"
      #expect(lost.contains { $0.faults.contains { $0.contains(away) } })

      let resumed = try await Vpebench.run(words + ["--resume"])
      #expect(resumed.status == 0, "\(resumed.output) \(resumed.errors)")
      let samples = try runs.folder().journal()
      let again = samples.dropFirst(first.count)
      #expect(Array(samples.prefix(first.count)) == first && again.allSatisfy(\.valid))
      #expect(again.map(\.sample).sorted() == lost.map(\.sample).sorted())
      let rows = try runs.folder().rows("samples.csv")
      #expect(rows.count == Self.windows && rows.allSatisfy { $0["valid"] == "true" })
      #expect(Set(rows.map { $0["sample"] }).count == Self.windows)
      let verdict = try await Oracles.frictionless([try runs.folder().path])
      #expect(verdict.status == 0, "\(verdict.output)\(verdict.errors)")
      #expect(try await network.areEmpty())
    }

    /// A host with another processor, microcode or governor is not the host on which samples were taken.
    @Test func aHostThatComesBackAsAnotherIsRefused() async throws {
      let run = try Vpebench.start(words)
      try await runs.wait(for: run) { $0.count >= 2 }
      try start(stepping: 99)
      for process in network.processes(of: "gateway-b") { process.end() }
      let reason = /was started anew and is not as it was \(cpu\.stepping 99, before \d+\)/
      try await runs.wait(for: run) { $0.contains { $0.faults.contains { $0.contains(reason) } } }
      try start(stepping: nil)
      let ending = try await run.ending()
      let last = try runs.folder().journal().last
      #expect(ending.status == 1 && last?.valid == true, "\(ending.errors)")

      try start(stepping: 99)
      let other = try await Vpebench.run(words + ["--resume"])
      #expect(other.status == 1 && other.errors.contains(/has changed since .* \(cpu\.stepping 99, before/))
      try start(stepping: nil)
      let same = try await Vpebench.run(words + ["--resume"])
      #expect(same.status == 0, "\(same.output) \(same.errors)")
    }

    @Test func aReproductionGoesOnWhenAHostIsBack() async throws {
      try Tiny.suite(in: scratch)
      let counts = ["figure-5": 9, "frame-sizes": 3]
      for (name, count) in counts {
        let text = Tiny.throughput(name, hasPipeline: false, windows: count / 3, launches: 1, rate: 0.01)
        try scratch.write(text, to: "experiments/\(name).json5")
      }
      let words =
        ["reproduce", "--only", "figure-5,figure-7,frame-sizes"]
        + ["--output", "results", "--testbed", testbed]
      let run = try Vpebench.start(words, folder: scratch.path)
      try await runs.wait(for: run, of: "figure-5") { $0.count >= 2 }
      try takeAway("gateway-b")
      let ending = try await run.ending()
      #expect(ending.status == 1)
      let gap = "note: figure-7 is left out, for a testbed cannot show it: --testbed is for roles"
      #expect(ending.output.contains(gap), "\(ending.output)")
      #expect(ending.errors.contains("vpebench: frame-sizes: the process for gateway-b ended midway"))
      let first = try runs.folder("figure-5").journal()
      #expect(first.count == counts["figure-5"])
      #expect(first.prefix(2).allSatisfy(\.valid) && first.last?.valid == false)

      try start(stepping: nil)
      try bringBack("gateway-b")
      let resumed = try await Vpebench.start(words + ["--resume"], folder: scratch.path).ending()
      #expect(resumed.status == 0, "\(resumed.output) \(resumed.errors)")
      #expect(Array(try runs.folder("figure-5").journal().prefix(first.count)) == first)
      for (name, count) in counts {
        let rows = try runs.folder(name).rows("samples.csv")
        #expect(rows.count == count && rows.allSatisfy { $0["valid"] == "true" && $0["link"] == "ports" })
      }
      let alone = try await Vpebench.start(
        ["reproduce", "--output", "results", "--resume"], folder: scratch.path
      ).ending()
      #expect(alone.status == 1 && alone.errors.contains("is on the testbed namespaces; name that by"))
    }
  }
}

import Foundation
import Machine
import Results
import Testing

@Suite struct MachineCheckTests {
  private let libraries = LibraryVersions(
    dpdk: "22.11", ipsecMB: "2.0.0", ipsecMBArchitecture: "AVX2", tscHz: 2_200_000_000)
  private let allowed = MachineProbes(
    effectiveCapabilities: .max, hasIP: true, hasGnuplot: true, namespace: .works, packetSocket: .works)
  private let forbidden = MachineProbes(
    effectiveCapabilities: 0, hasIP: true, hasGnuplot: false, namespace: .untried,
    packetSocket: .fails("Operation not permitted"))

  @Test func judgesAServer() throws {
    let tree = try MachineTree.server()
    let check = MachineCheck(machine: tree.machine, libraries: libraries, probes: allowed)
    let expected: [(String, MachineCheck.State)] = [
      ("DPDK", .ok), ("intel-ipsec-mb", .ok), ("AES-NI", .ok), ("VAES and AVX-512", .warning),
      ("invariant TSC", .ok), ("cores", .warning), ("SMT", .warning), ("frequency governor", .warning),
      ("frequency boost", .warning), ("virtual machine", .ok), ("huge pages", .ok),
      ("transparent huge pages", .warning), ("ip (iproute2)", .ok), ("network namespaces", .ok),
      ("packet sockets", .ok), ("gnuplot", .ok), ("network controllers", .ok),
    ]
    #expect(check.findings.map(\.what) == expected.map(\.0))
    #expect(check.findings.map(\.state) == expected.map(\.1))
    #expect(check.links.map(\.what) == ["link ring", "link veth", "link ports"])
    #expect(check.links.map(\.state) == [.ok, .ok, .ok])
    #expect(check.isReady)
  }

  @Test func judgesAVirtualMachine() throws {
    let tree = try MachineTree.virtualMachine()
    let check = MachineCheck(machine: tree.machine, libraries: libraries, probes: allowed)
    #expect(finding("cores", check)?.remedy?.contains("`capacity`") == true)
    #expect(finding("virtual machine", check)?.value == "QEMU Standard PC")
    #expect(finding("huge pages", check)?.state == .warning)
    #expect(finding("VAES and AVX-512", check)?.state == .ok)
    #expect(check.links.map(\.state) == [.ok, .ok, .warning])
  }

  @Test func anOldCryptoLibraryIsWarnedOf() throws {
    let tree = try MachineTree.server()
    for (version, state) in [("1.3.0", MachineCheck.State.warning), ("1.4.0", .ok), ("2.0.2", .ok)] {
      let libraries = LibraryVersions(dpdk: "22.11", ipsecMB: version, ipsecMBOrigin: "of here")
      let check = MachineCheck(machine: tree.machine, libraries: libraries, probes: allowed)
      let library = try #require(finding("intel-ipsec-mb", check))
      #expect(library.state == state, "\(version)")
      #expect(library.value == "\(version) (of here)")
      #expect((library.remedy?.contains("imb_errno") == true) == (state == .warning), "\(version)")
    }
  }

  @Test func everyLackNamesItsRemedy() throws {
    for tree in [try MachineTree.server(), try .virtualMachine(), try .board(), try MachineTree([:])] {
      for (libraries, probes) in [(libraries, allowed), (LibraryVersions(), forbidden)] {
        let check = MachineCheck(machine: tree.machine, libraries: libraries, probes: probes)
        for finding in check.findings + check.links {
          #expect((finding.remedy == nil) == (finding.state == .ok), "\(finding)")
          #expect(finding.remedy?.hasSuffix(".") ?? true, "\(finding)")
        }
      }
    }
  }

  @Test func refusesLinksWhoseNeedsAreLacking() throws {
    let tree = try MachineTree.server()
    let noRights = MachineCheck(machine: tree.machine, libraries: libraries, probes: forbidden)
    #expect(noRights.links.map(\.state) == [.ok, .lacking, .ok])
    #expect(noRights.links[1].value == "not usable: network namespaces, packet sockets")

    let noLibrary = MachineCheck(
      machine: tree.machine, libraries: LibraryVersions(dpdk: "22.11"), probes: allowed)
    #expect(noLibrary.links.map(\.state) == [.lacking, .lacking, .lacking])
    #expect(!noLibrary.isReady)

    let board = try MachineTree.board()
    let noAES = MachineCheck(machine: board.machine, libraries: libraries, probes: allowed)
    #expect(noAES.links[0].value == "not usable: AES-NI")
  }

  @Test func namespacesNeedBothCapabilities() {
    var probes = forbidden
    let cases: [(UInt64?, Bool)] = [
      (nil, false), (0, false), (1 << 12, false), (1 << 21, false), (1 << 12 | 1 << 21, true),
    ]
    for (bits, expected) in cases {
      probes.effectiveCapabilities = bits
      #expect(probes.mayMakeNamespaces == expected)
    }
  }

  private static func states(_ handOver: [Double], _ ghz: [Double], _ rate: [Double]) -> [MachineState] {
    handOver.indices.map { MachineState(handOverTicks: handOver[$0], coreGHz: ghz[$0], issueRate: rate[$0]) }
  }

  /// The lines on the machine's state: the smallest and the largest value of the probes.
  @Test func aSteadyMachineIsFine() {
    let states = Self.states([100, 140], [3, 3.1], [4, 3.5])
    let load = ["steal_ratio": 0.004, "pressure_ratio": 0.009]
    let findings = MachineCheck.findings(states, load)
    #expect(
      findings.map { "\($0.what): \($0.value)" } == [
        "hand-over between cores: 100 to 140 TSC ticks, there and back", "core frequency: 3.00 to 3.10 GHz",
        "execution units: 3.50 to 4.00 additions a cycle", "stolen time: 0.4 %",
        "tasks that wait for a CPU: 0.9 %",
      ])
    #expect(findings.allSatisfy { $0.state == .ok && $0.remedy == nil })
  }

  @Test func aMachineThatChangesIsWarnedOf() {
    let states = Self.states([100, 151], [3, 3.4], [4, 2.9])
    let findings = MachineCheck.findings(states, ["steal_ratio": 0.01, "pressure_ratio": 0.5])
    #expect(findings.count == 5)
    #expect(findings.allSatisfy { $0.state == .warning && $0.remedy?.hasSuffix(".") == true })
  }

  @Test func whatIsNotKnownHasNoLine() {
    let alone = [MachineState(handOverTicks: nil, coreGHz: 3, issueRate: nil)]
    #expect(MachineCheck.findings(alone, [:]).map(\.what) == ["core frequency"])
    #expect(MachineCheck.findings([], [:]).isEmpty)
  }

  @Test func linesShowStateValueAndRemedy() throws {
    let tree = try MachineTree.virtualMachine()
    let lines = MachineCheck(machine: tree.machine, libraries: libraries, probes: forbidden).lines()
    #expect(lines.contains("ok       DPDK                    22.11"))
    #expect(lines.contains("warning  gnuplot                 not found"))
    #expect(lines.contains("                                 → Run `make deps`; only plots need it."))
    #expect(lines.contains("lacking  packet sockets          Operation not permitted"))
  }

  @Test func probingLeavesNoNamespaceBehind() {
    let probes = Machine().probe()
    #expect(probes.namespace == .untried || probes.mayMakeNamespaces)
    let left = (try? FileManager.default.contentsOfDirectory(atPath: "/run/netns")) ?? []
    let name = "vpebench-check-\(ProcessInfo.processInfo.processIdentifier)"
    #expect(!left.contains(name))
  }

  private func finding(_ what: String, _ check: MachineCheck) -> MachineCheck.Finding? {
    check.findings.first { $0.what == what }
  }
}

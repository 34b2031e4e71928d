import Cases
import Descriptors
import Foundation
import Machine
import Roles
import Runs
import Testing

/// What a run makes of a testbed, without hosts.
@Suite struct RunTestbedTests {
  private static func host(launcher: [String], quoting: String) throws -> Testbed.Host {
    func host(_ role: RoleName) -> String {
      let black = RoleName.gateways.contains(role) ? ", black: 'b'" : ""
      return "'\(role.rawValue)': { launcher: \(launcher), quoting: '\(quoting)', binary: '/v', cpus: '0', "
        + "ports: { red: 'r'\(black) } }"
    }
    let text = "{ name: 't', hosts: { \(RoleName.allCases.map(host).joined(separator: ", ")) } }"
    return try Testbed.parse(text, file: URL(fileURLWithPath: "t.json5")).host(of: .gatewayA)
  }

  private static func start(_ words: [String], on host: Testbed.Host, _ output: Pipe) throws -> Process {
    let command = Launcher.command(words, on: host)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // The threads of a test block signals, and a program inherits that.
    process.arguments = ["--default-signal"] + command
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    try process.run()
    return process
  }

  /// `sh -c` takes one argument apart, as the shell behind ssh does; `env` starts what it is given.
  @Test(arguments: [(["sh", "-c"], "shell"), (["env"], "none")])
  func everyWordArrivesAsItIs(_ launcher: [String], _ quoting: String) throws {
    let words = ["it's", "a b", "$HOME", "\"*\"", "\\", "", "`x`;"]
    let output = Pipe()
    let process = try Self.start(
      ["printf", "%s|"] + words, on: try Self.host(launcher: launcher, quoting: quoting), output)
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(said == words.map { $0 + "|" }.joined() && process.terminationStatus == 0)
  }

  @Test func aLaunchersStatusIsPassedOn() throws {
    let host = try Self.host(launcher: ["sh", "-c"], quoting: "shell")
    let process = try Self.start(["sh", "-c", "exit 42"], on: host, Pipe())
    process.waitUntilExit()
    #expect(process.terminationStatus == 42)
  }

  /// Also where it is ended at once, which is a matter of chance: so it is tried some times.
  @Test(arguments: 1...20) func whatStandsBeforeALauncherTakesItAlong(_: Int) throws {
    let output = Pipe()
    let host = try Self.host(launcher: ["env"], quoting: "none")
    let process = try Self.start(["sh", "-c", "echo up; exec sleep 60"], on: host, output)
    #expect(try output.fileHandleForReading.read(upToCount: 3) == Data("up\n".utf8))
    let start = ContinuousClock.now
    process.terminate()
    // It ends when nobody has it open any more.
    #expect(try output.fileHandleForReading.readToEnd() ?? Data() == Data())
    process.waitUntilExit()
    #expect(start.duration(to: .now) < .seconds(60))
  }

  @Test func rolesShareCPUsOnOneMachineOnly() {
    let machines: [RoleName: String] = [
      .generator: "a", .gatewayA: "a", .gatewayB: "b", .reflector: "a",
    ]
    let cpus: [RoleName: [Int]] = [
      .generator: [0], .gatewayA: [0, 1], .gatewayB: [0, 1], .reflector: [2],
    ]
    #expect(SharedCPUs.users(machines) { cpus[$0] ?? [] } == [.generator, .gatewayA])
  }

  @Test func packetSocketsAreToldOfTheirQueues() {
    #expect(DeviceArguments.withQueues("net_af_packet0,iface=red", 3) == "net_af_packet0,iface=red,qpairs=3")
    #expect(DeviceArguments.withQueues("net_af_packet0,iface=a,qpairs=2", 3).hasSuffix(",qpairs=2"))
    #expect(DeviceArguments.withQueues("0000:41:00.0", 3) == "0000:41:00.0")
    #expect(DeviceArguments.withQueues("net_af_packet0,iface=red", nil) == "net_af_packet0,iface=red")
  }

  /// 150 ticks at 1 GHz take less time than 100 at 0.5 GHz.
  @Test func theSlowerThreadIsThatOfMoreTime() throws {
    let reports = [
      RunThreadLoadTests.report("seal", thread: 0, packets: 1000, ticks: 150),
      RunThreadLoadTests.report("seal", thread: 0, packets: 1000, ticks: 100, role: .gatewayB),
    ]
    let load = try #require(
      ThreadLoad.greatest(of: reports, clocks: [.gatewayA: 1e9, .gatewayB: 0.5e9]))
    #expect(load.role == .gatewayB && load.ticks == 100)
    // Counters that differ by how they were measured are one: costs are averages over both gateways.
    let alike = try #require(
      ThreadLoad.greatest(of: reports, clocks: [.gatewayA: 1e9, .gatewayB: 1.001e9]))
    #expect(alike.ticks == 125)
  }

  private static func found(
    _ heard: [LinkEnd], isUp: Bool = true, megabits: Int? = 100_000
  ) -> LinkProbe.Finding {
    LinkProbe.Finding(
      port: Replica(.gatewayARed), isUp: isUp, megabits: megabits, offer: RunQueueSharesTests.offer,
      heard: heard.map { Replica($0) })
  }

  @Test(arguments: [
    (found([.generator]), "hears generator", MachineCheck.State.ok),
    (found([.generator, .reflector]), "hears generator, reflector", .ok),
    (found([.gatewayBBlack]), "hears gateway-b.black instead of generator", .lacking),
    (found([]), "its link is up, and nothing comes from generator", .lacking),
    (found([], isUp: false), "its link is down", .lacking),
  ])
  func aCableIsJudgedByWhatComes(found: LinkProbe.Finding, value: String, state: MachineCheck.State) throws {
    let findings = TestbedCheck.findings(found, gbps: nil)
    #expect(findings.count == 2 && findings[0].value == value && findings[0].state == state)
    #expect((findings[0].remedy == nil) == (state == .ok))
    #expect(findings[1].value == "addresses, udp-ipv4; a table of 512, 8 queues")
  }

  @Test func aBlackPortTellsItsRules() {
    var found = Self.found([.gatewayBBlack])
    found.port = Replica(.gatewayABlack)
    let rules = TestbedCheck.findings(found, gbps: nil).last
    #expect(rules?.what == "gateway-a.black rules")
    #expect(rules?.value == "spi in ipv4, udp-source in ipv4/udp")
    (found.offer.hashes, found.offer.rules) = ([], [])
    let findings = TestbedCheck.findings(found, gbps: nil)
    #expect(findings[1].state == .warning && findings.last?.value == "none")
  }

  @Test func aRateIsTheInventorysOrLacking() {
    let states = [100_000, 25_000, nil].map { megabits in
      TestbedCheck.findings(Self.found([.generator], megabits: megabits), gbps: 100)[1].state
    }
    #expect(states == [.ok, .lacking, .warning])
  }
}

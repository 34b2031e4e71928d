import Cases
import Descriptors
import Foundation
import TestRuns
import Testing

/// Inventories of hosts: their values, what is refused, and descriptors that run on a testbed.
///
/// `VPEBENCH_UPDATE=1 swift test --filter DescriptorsTests.TestbedTests` writes their JSON Schema anew.
@Suite struct TestbedTests {
  private static let folder = DescriptorFixture.experiments.appending(path: "testbeds")

  /// An inventory. `gatewayA` follows the members of that host, and `members` those of the whole.
  private static func text(gatewayA: String = "", _ members: String = "") -> String {
    func host(_ role: RoleName) -> String {
      let black = RoleName.gateways.contains(role) ? ", black: '\(role.rawValue)-b'" : ""
      return "'\(role.rawValue)': { binary: '/opt/v', cpus: '4-5,2', "
        + "ports: { red: '\(role.rawValue)-r'\(black) }, \(role == .gatewayA ? gatewayA : "") }"
    }
    return "{ name: 'test', hosts: { \(RoleName.allCases.map(host).joined(separator: ", ")) }, \(members) }"
  }

  private static func parse(_ text: String) throws(DescriptorError) -> Testbed {
    try Testbed.parse(text, file: URL(fileURLWithPath: "test.json5"))
  }

  private static func problems(_ text: String) -> [DescriptorError.Problem] {
    do {
      _ = try parse(text)
      return []
    } catch {
      return error.problems
    }
  }

  @Test func committedSchemaIsInStepWithTheChecker() throws {
    let file = Self.folder.appending(path: "testbed.schema.json")
    if ProcessInfo.processInfo.environment["VPEBENCH_UPDATE"] == "1" {
      try TestbedSchema.text.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == TestbedSchema.text)
  }

  @Test(arguments: [("four-servers", 4), ("six-servers", 6), ("slurm", 4)])
  func whatIsShippedIsRight(name: String, hosts: Int) throws {
    let testbed = try Testbed.load(file: Self.folder.appending(path: "\(name).json5"))
    #expect(testbed.name == name && testbed.hosts.count == hosts && testbed.leaseSeconds == 20)
    let host = testbed.host(of: .gatewayA)
    #expect(host.cpus == Array(2...23) && testbed.ports.gatewayA.black == "0000:41:00.1")
    #expect(host.launcher.first == (name == "slurm" ? "srun" : "ssh"))
    #expect(host.quoting == (name == "slurm" ? .none : .shell))
  }

  @Test func whatIsLeftOutHasADefault() throws {
    let testbed = try Self.parse(Self.text())
    let host = testbed.host(of: .generator)
    #expect(host.launcher == [] && host.quoting == .none && host.cpus == [2, 4, 5])
    #expect(host.numaNode == nil && host.mtuBytes == nil && host.linkGbps == nil)
    // The words of a launcher may repeat.
    let twice = try Self.parse(Self.text(gatewayA: "launcher: ['ssh', '-o', 'a', '-o', 'b']"))
    #expect(twice.host(of: .gatewayA).launcher == ["ssh", "-o", "a", "-o", "b"])
  }

  @Test(arguments: [
    ("cpus: '3-1'", "hosts.gateway-a.cpus", "is no list of CPUs"),
    ("cpus: 'all'", "hosts.gateway-a.cpus", "a list of CPUs such as 2-9"),
    ("binary: 'vpebench'", "hosts.gateway-a.binary", "a path that begins with /"),
    ("quoting: 'shell'", "hosts.gateway-a.quoting", "needs a launcher"),
    ("quoting: 'yes'", "hosts.gateway-a.quoting", "is not known here"),
    ("launcher: 'ssh host'", "hosts.gateway-a.launcher", "a list of words"),
    ("launcher: ['ssh', 7]", "hosts.gateway-a.launcher", "a list of words"),
    ("ports: { red: 'a' }", "hosts.gateway-a.ports.black", "is missing"),
    ("link_gbps: 0", "hosts.gateway-a.link_gbps", "is too small"),
    ("numa_node: -1", "hosts.gateway-a.numa_node", "is too small"),
    ("luncher: []", "hosts.gateway-a.luncher", "did you mean \"launcher\""),
  ])
  func whatIsWrongIsSaidInASentence(_ members: String, _ path: String, _ reason: String) {
    let key = String(members.prefix { $0 != ":" })
    // A key must not occur twice in an object.
    let isThere = ["cpus", "binary", "ports"].contains(key)
    let problems = Self.problems(
      isThere ? Self.replacing(key, with: members) : Self.text(gatewayA: members))
    #expect(problems.contains { $0.path == path && $0.reason.contains(reason) }, "\(problems)")
  }

  /// The inventory with these members of gateway A instead of another one.
  private static func replacing(_ key: String, with members: String) -> String {
    let whole = text(gatewayA: "")
    let start = whole.range(of: "'gateway-a': ")?.lowerBound ?? whole.startIndex
    let old = [
      "cpus": "cpus: '4-5,2'", "binary": "binary: '/opt/v'",
      "ports": "ports: { red: 'gateway-a-r', black: 'gateway-a-b' }",
    ]
    return String(
      whole[..<start] + whole[start...].replacing(old[key] ?? "", with: members, maxReplacements: 1))
  }

  /// An inventory with two generators and two reflectors.
  private static func spread(
    generator: String = "replicas: [\(further("g2"))]",
    gatewayA: String = "red: 'a1', red_replicas: ['a2'], black: 'a'",
    reflector: String = "replicas: [\(further("r2"))]"
  ) -> String {
    func host(_ ports: String, _ more: String) -> String {
      "{ binary: '/v', cpus: '1', ports: { \(ports) }, \(more) }"
    }
    let hosts = [
      "generator: \(host("red: 'g1'", generator))", "'gateway-a': \(host(gatewayA, ""))",
      "'gateway-b': \(host("red: 'b1', red_replicas: ['b2'], black: 'b'", ""))",
      "reflector: \(host("red: 'r1'", reflector))",
    ]
    return "{ name: 'spread', hosts: { \(hosts.joined(separator: ", ")) } }"
  }

  private static func further(_ port: String, _ more: String = "cpus: '2'") -> String {
    "{ binary: '/w', ports: { red: '\(port)' }, \(more) }"
  }

  @Test func aRoleMayBePlayedBySeveral() throws {
    let testbed = try Self.parse(Self.spread())
    #expect(testbed.replicas == 2 && Set(testbed.hosts.keys) == Set(RoleName.all(2)))
    #expect(testbed.host(of: Replica(.reflector, 1)).binary == "/w")
    #expect(testbed.host(of: .reflector).cpus == [1])
    #expect(testbed.host(of: Replica(.generator, 1)).cpus == [2])
    let ports = LinkEnd.all(2).map { testbed.devices[$0] }
    #expect(ports == ["g1", "g2", "a1", "a2", "a", "b", "b1", "b2", "r1", "r2"])
    #expect(testbed.devices(of: Replica(.gatewayA)) == ["a1", "a2", "a"])
    #expect(testbed.devices(of: Replica(.reflector, 1)) == ["r2"])
    // A descriptor has the first instance of each.
    #expect(testbed.ports.generator == "g1" && testbed.ports.gatewayB.red == "b1")
    #expect(try Self.parse(Self.text()).replicas == 1)
  }

  @Test(arguments: [
    (spread(reflector: ""), "hosts.reflector.replicas", "names 0, and hosts.generator.replicas names 1"),
    (spread(generator: ""), "hosts.generator.replicas", "name as many of each"),
    (
      spread(gatewayA: "red: 'a1', red_replicas: ['a2', 'a3'], black: 'a'"),
      "hosts.gateway-b.ports.red_replicas",
      "names 1, and hosts.gateway-a.ports.red_replicas names 2"
    ),
    (
      spread(gatewayA: "red: 'a1', red_replicas: ['a1'], black: 'a'"),
      "hosts.gateway-a.ports.red_replicas[0]",
      "\"a1\" is ports.red as well"
    ),
    (spread(generator: "replicas: []"), "hosts.generator.replicas", "at least one value"),
    (
      spread(generator: "replicas: [\(further("g", "cpus: '9-1'"))]"), "hosts.generator.replicas[0].cpus",
      "is no list of CPUs"
    ),
    (
      spread(generator: "replicas: [\(further("g", "cpus: '1', quoting: 'shell'"))]"),
      "hosts.generator.replicas[0].quoting", "needs a launcher"
    ),
    (spread(generator: "replicas: [\(further("g", ""))]"), "hosts.generator.replicas[0].cpus", "is missing"),
    (text(gatewayA: "replicas: []"), "hosts.gateway-a.replicas", "is not a known key"),
  ])
  func whatDoesNotMakePathsIsRefused(_ text: String, _ path: String, _ reason: String) {
    let problems = Self.problems(text)
    #expect(problems.contains { $0.path == path && $0.reason.contains(reason) }, "\(problems)")
  }

  @Test func aDescriptorOnATestbedHasItsPorts() throws {
    let testbed = try Self.parse(Self.text())
    let file = DescriptorFixture.experiments.appending(path: "smoke.json5")
    let own = try Descriptor.load(file: file, quick: false, set: [])
    let onTestbed = try Descriptor.load(file: file, quick: false, set: [], on: testbed)
    #expect(own.link == .veth && onTestbed.link == .ports && onTestbed.ports == testbed.ports)
    #expect(onTestbed.ports?.gatewayB.black == "gateway-b-b" && onTestbed.steering == .nic)
    #expect(onTestbed.cases.map(\.name) == own.cases.map(\.name))
    // The descriptor in the results states the ports, so it can be run again without the inventory.
    let again = try Descriptor.parse(onTestbed.resolved.rendered, file: file, quick: false, set: [])
    #expect(again.ports == testbed.ports && again.cases == onTestbed.cases)
  }

  @Test func whatATestbedCannotShowIsToldWithItsReason() throws {
    let testbed = try Self.parse(Self.text())
    func placing(_ name: String, on testbed: Testbed?) throws -> String {
      let file = DescriptorFixture.experiments.appending(path: "\(name).json5")
      return switch try Descriptor.loadIfSuited(file: file, quick: true, on: testbed) {
      case .suited(let descriptor): "\(descriptor.link)"
      case .unsuited(let reason): reason
      }
    }
    #expect(try placing("figure-6", on: testbed) == "ports" && placing("figure-6", on: nil) == "ring")
    #expect(try placing("figure-7", on: nil) == "none")
    for (name, reason) in [
      ("figure-7", "--testbed is for roles that links connect; this descriptor measures packet-cost"),
      ("baseline", "a gateway alone"), ("rates", "measures rate-search"), ("rekey", "by one process"),
    ] {
      let told = try placing(name, on: testbed)
      #expect(told.hasPrefix("\(name) is left out") && told.contains(reason), "\(told)")
    }
    // A problem of the descriptor itself is not a gap.
    #expect(throws: DescriptorError.self) { try placing("none", on: testbed) }
  }

  @Test func steeringThatADescriptorStatesStays() throws {
    let testbed = try Self.parse(Self.text())
    let file = URL(fileURLWithPath: "test.json5")
    for (members, steering) in [("", Steering.nic), ("steering: 'queue'", .queue)] {
      let text = DescriptorFixture.text(members)
      let onTestbed = try Descriptor.parse(text, file: file, quick: false, set: [], on: testbed)
      #expect(onTestbed.steering == steering)
    }
  }

  @Test(arguments: [
    ("measure: { what: 'packet-cost' }", "--testbed", "measures packet-cost"),
    ("measure: { setup: 'dut' }", "--testbed", "a gateway alone"),
    ("fault: { at: 'gateway-a.red', kind: 'drop', frame: 1 }", "fault", "ring"),
  ])
  func whatATestbedCannotRunIsRefused(_ members: String, _ path: String, _ reason: String) throws {
    let testbed = try Self.parse(Self.text())
    let text = DescriptorFixture.text(members)
    let error = #expect(throws: DescriptorError.self) {
      let file = URL(fileURLWithPath: "test.json5")
      _ = try Descriptor.parse(text, file: file, quick: false, set: [], on: testbed)
    }
    let problems = error?.problems ?? []
    #expect(problems.contains { $0.path == path && $0.reason.contains(reason) }, "\(problems)")
  }
}

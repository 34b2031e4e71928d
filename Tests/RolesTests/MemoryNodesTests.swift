import Cases
import Dataplane
import Foundation
import Roles
import Testing

/// Which NUMA node memory is put on.
@Suite struct MemoryNodesTests {
  /// Two nodes with two CPUs each, and a NIC on the second.
  static let nodes = MemoryNodes(
    cpus: [0, 0, 1, 1], ports: [.gatewayARed: 1, .gatewayABlack: 1, .gatewayBRed: nil])

  static let threads: [(positions: [Int], node: Int?)] = [
    ([0], 0), ([0, 1], 0), ([3], 1), ([1, 2], nil), ([], nil),
  ]

  @Test(arguments: threads) func threadsHaveTheirOwn(positions: [Int], node: Int?) {
    #expect(Self.nodes.node(ofThreadsAt: positions) == node)
  }

  @Test func portsHaveTheirNICs() {
    #expect(Self.nodes.node(of: [.gatewayARed]) == 1)
    #expect(Self.nodes.node(of: [.gatewayARed, .gatewayABlack]) == 1)
    // No NIC, and CPUs on both.
    #expect(Self.nodes.node(of: [.gatewayBRed]) == nil)
    #expect(Self.nodes.node(of: [.gatewayARed, .gatewayBRed]) == nil)
    let near = MemoryNodes(cpus: [1, 1], ports: [.gatewayARed: 0])
    #expect(near.node(of: [.gatewayBRed]) == 1 && near.node(of: [.gatewayARed, .gatewayBRed]) == nil)
    let unknown = MemoryNodes(cpus: [1, nil], ports: [:])
    #expect(unknown.node(ofThreadsAt: [0]) == 1 && unknown.node(ofThreadsAt: [0, 1]) == nil)
  }
}

extension OnDPDK {
  /// The same where memory is made. This machine need not have the nodes: without huge pages DPDK takes what
  /// there is, and to the kernel they are advice.
  @Suite struct MemoryNodesOnDPDKTests {
    /// What the kernel does for this thread.
    private static func policy() -> Substring? {
      let maps = try? String(contentsOfFile: "/proc/thread-self/numa_maps", encoding: .utf8)
      return maps?.split(separator: "\n").first?.split(separator: " ").dropFirst().first
    }

    @Test func whatIsMadeIsOnTheNode() throws {
      _ = try TestHost.shared()
      let before = Self.policy()
      try MemoryNode.on(0) {
        #expect(MemoryNode.current == 0)
        if before != nil { #expect(Self.policy() == "prefer:0") }
        let pool = try PacketPool(name: "on a node", count: 1023)
        #expect(pool.node == 0)
        MemoryNode.on(1) { #expect(MemoryNode.current == 1) }
        MemoryNode.on(nil) { #expect(MemoryNode.current == 0) }
        #expect(MemoryNode.current == 0)
      }
      #expect(MemoryNode.current == nil && Self.policy() == before)
      #expect(try PacketPool(name: "anywhere", count: 1023).node == nil)
      struct Stop: Error {}
      #expect(throws: Stop.self) { try MemoryNode.on(1) { throw Stop() } }
      #expect(MemoryNode.current == nil)
    }

    @Test func eachThreadOfAGatewayHasItsNode() throws {
      let plan = TestHost.plan(.vpe, threads: 4)
      let topology = try TestHost.shared().topology(plan, roles: Set(RoleName.allCases))
      let red = try #require(topology.ports[.gatewayARed])
      let black = try #require(topology.ports[.gatewayABlack])
      let site = try GatewaySite(plan, .gatewayA, red: red, black: black, nodes: [0, 1, 1, nil])
      #expect(site.each(.seal, 2) { _ in MemoryNode.current } == [0, 1])
      #expect(site.each(.open, 2) { _ in MemoryNode.current } == [1, nil])
      #expect(site.near(.open, 2) { MemoryNode.current } == nil, "one that has none, such as an impairer")
    }

    @Test(arguments: [
      (System.espSingle, 2), (.espPipeline, 5), (.espMultiSA, 4), (.espParallel, 4), (.espOrdered, 4),
      (.vpe, 4),
    ])
    func framesComeBackWhereverMemoryIs(system: System, threads: Int) throws {
      var plan = TestHost.plan(system, threads: threads)
      plan.allowForStalls()
      plan.memory = MemoryNodes(cpus: plan.cpus.indices.map { $0 % 2 }, ports: [:])
      try TopologyTests.runCleanly(plan, frames: 1000)
      #expect(MemoryNode.current == nil)
    }
  }
}

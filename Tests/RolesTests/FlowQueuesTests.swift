import Cases
import Roles
import TestSupport
import Testing
import Wire

/// Which queue a flow takes.
@Suite struct FlowQueuesTests {
  /// Microsoft's suite to verify RSS hashes, IPv4 with ports: source, destination, hash.
  static let published: [(source: ([UInt32], UInt16), destination: ([UInt32], UInt16), hash: UInt32)] = [
    (([66, 9, 149, 187], 2794), ([161, 142, 100, 80], 1766), 0x51CC_C178),
    (([199, 92, 111, 2], 14_230), ([65, 69, 140, 83], 4739), 0xC626_B0EA),
    (([24, 19, 198, 95], 12_898), ([12, 22, 207, 184], 38_024), 0x5C2B_394A),
    (([38, 27, 205, 30], 48_228), ([209, 142, 163, 6], 2217), 0xAFC7_327F),
    (([153, 39, 163, 191], 44_251), ([202, 188, 127, 2], 1303), 0x10E8_28A2),
  ]

  @Test(arguments: published.indices) func hashesAreThePublishedOnes(row: Int) {
    func address(_ bytes: [UInt32]) -> UInt32 { bytes.reduce(0) { $0 << 8 | $1 } }
    let (source, destination, hash) = Self.published[row]
    #expect(
      ReceiveSideScaling.hash(
        source: address(source.0), destination: address(destination.0), sourcePort: source.1,
        destinationPort: destination.1) == hash)
  }

  /// The same suite, IPv6 with ports.
  static let published6: [(source: (UInt64, UInt64, UInt16), destination: (UInt64, UInt64, UInt16), UInt32)] =
    [
      (
        (0x3FFE_2501_0200_1FFF, 7, 2794), (0x3FFE_2501_0200_0003, 1, 1766), 0x4020_7D3D
      ),
      (
        (0x3FFE_0501_0008_0000, 0x0260_97FF_FE40_EFAB, 14_230), (0xFF02_0000_0000_0000, 1, 4739), 0xDDE5_1BBF
      ),
      (
        (0x3FFE_1900_4545_0003, 0x0200_F8FF_FE21_67CF, 44_251),
        (0xFE80_0000_0000_0000, 0x0200_F8FF_FE21_67CF, 38_024), 0x02D1_FEEF
      ),
    ]

  @Test(arguments: published6.indices) func hashesOfIPv6AreThePublishedOnes(row: Int) {
    let (source, destination, hash) = Self.published6[row]
    #expect(
      ReceiveSideScaling.hash(
        source: IPv6Address(high: source.0, low: source.1),
        destination: IPv6Address(high: destination.0, low: destination.1), sourcePort: source.2,
        destinationPort: destination.2) == hash)
  }

  @Test func flowsOfIPv6HaveHashesOfTheirOwn() {
    let tables = IPVersion.allCases.map {
      FlowQueues(flows: 64, queues: 8, isHashed: true, version: $0)
    }
    defer { tables.forEach { $0.deallocate() } }
    let queues = tables.map { table in (0..<64).map { table[$0] } }
    #expect(queues[0] != queues[1] && Set(queues[1]).count == 8)
  }

  @Test func theTableNamesTheQueuesInTurn() {
    #expect(ReceiveSideScaling.queue(0xFFFF_FF80, of: 5) == 0)
    #expect((0..<128).map { ReceiveSideScaling.queue($0, of: 5) } == (0..<128).map { $0 % 5 })
  }

  @Test(arguments: [1, 3, 8], [false, true]) func flowsInTurnAreEven(queues: Int, isReturn: Bool) {
    let table = FlowQueues(flows: 64, queues: queues, isHashed: false, isReturn: isReturn)
    defer { table.deallocate() }
    #expect((0..<64).map { table[$0] } == (0..<64).map { $0 % queues })
    // A flow that nobody sends.
    #expect(table[64] == 0 && table[65_535] == 0)
  }

  /// Hashed ones are uneven, the less the more there are, and take another queue on their way back.
  @Test func hashedFlowsAreUneven() {
    func busiest(_ flows: Int, isReturn: Bool = false) -> (ratio: Double, queues: [Int]) {
      let table = FlowQueues(flows: flows, queues: 8, isHashed: true, isReturn: isReturn)
      defer { table.deallocate() }
      let queues = (0..<flows).map { table[$0] }
      let counts = (0..<8).map { queue in queues.count { $0 == queue } }
      #expect(counts.reduce(0, +) == flows)
      return (Double(counts.max() ?? 0) * 8 / Double(flows), queues)
    }
    #expect(busiest(16).ratio > 1.4 && busiest(16).ratio >= busiest(1024).ratio)
    #expect(busiest(1024).ratio < 1.5)
    #expect(busiest(64).queues != busiest(64, isReturn: true).queues)
    // Addresses are hashed, too.
    let tunnels = FlowQueues(flows: 64, queues: 8, isHashed: true, tunnels: 9)
    defer { tunnels.deallocate() }
    let queues = (0..<64).map { tunnels[$0] }
    #expect(queues != busiest(64).queues)
    #expect((0..<64).allSatisfy { $0 % 9 > 0 || queues[$0] == busiest(64).queues[$0] })
  }
}

extension OnDPDK {
  /// Flows that are hashed onto the sealing threads' queues, as a NIC does it.
  @Suite struct HashedFlowsTests {
    static let models = [System.espPipeline, .espMultiSA, .espParallel, .wireguardParallel, .psp, .vpe]

    /// Every frame comes back, all flows are sent alike, and each thread has the packets of its flows.
    @Test(arguments: models, [16, 64, 1000])
    func loadsAreAsUnevenAsFlowsFall(model: System, flows: Int) throws {
      var plan = TestHost.plan(model, threads: 8)
      plan.steering = .hash
      plan.flows = flows
      plan.windowSize = 4096
      let ran = try TopologyTests.runCleanly(plan, frames: 20_000, polled: true)
      guard model != .espPipeline else { return }
      for (role, isReturn) in [(RoleName.gatewayA, false), (.gatewayB, true)] {
        let table = FlowQueues(flows: flows, queues: 4, isHashed: true, isReturn: isReturn)
        defer { table.deallocate() }
        let seals = ran.stages.filter { $0.role == role && $0.stage == "seal" }
        #expect(seals.count == 4)
        for stage in seals {
          let mine = (0..<flows).count { table[$0] == stage.thread }
          let expected = Double(ran.accounts.sent) * Double(mine) / Double(flows)
          // The last round of turns may not be whole.
          #expect(
            abs(Double(stage.counters.received) - expected) <= 0.1 * expected + Double(64 * flows),
            "\(role) \(stage.name): \(mine) flows")
        }
      }
    }

    /// A queue without a flow: nobody waits for it.
    @Test(arguments: models) func aQueueMayHaveNoFlow(model: System) throws {
      var plan = TestHost.plan(model, threads: 16)
      plan.steering = .hash
      plan.flows = 3
      plan.windowSize = 4096
      try TopologyTests.runCleanly(plan, frames: 5_000, polled: true)
      plan.allowForStalls()
      try TopologyTests.runCleanly(plan, frames: 1_000)
    }
  }
}

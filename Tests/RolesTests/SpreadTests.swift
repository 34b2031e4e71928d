import Cases
import Dataplane
import Roles
import TestSupport
import Testing
import Wire

/// Several generators and reflectors: each has the flows, paths and gateways' threads of some numbers.
@Suite struct SpreadTests {
  static func plan(
    _ replicas: Int, _ system: System = .vpe, sealing: Int = 6, opening: Int = 6, flows: Int = 64
  ) -> CasePlan {
    var plan = BlackWayTests.plan(system, sealing, opening)
    (plan.replicas, plan.flows) = (replicas, flows)
    return plan
  }

  /// Which paths have a turn, and the flows of each.
  private static func deal(_ plan: CasePlan, paths: Int) -> [Int: [UInt16]] {
    let deal = FlowDeal(plan, paths: paths, key: 0)
    defer { deal.deallocate() }
    let turns = (0..<deal.turnCount).map { Int(deal.turns[$0]) }
    return Dictionary(
      uniqueKeysWithValues: turns.map { path in
        (path, (0..<deal.counts[path]).map { deal.flowsByPath[deal.firsts[path] + $0] })
      })
  }

  @Test(arguments: [1, 2, 3], [6, 64, 100]) func eachFlowIsOfOneGenerator(replicas: Int, flows: Int) {
    let whole = Self.deal(Self.plan(1, flows: flows), paths: 6)
    var parts: [Int: [UInt16]] = [:]
    for replica in 0..<replicas {
      var plan = Self.plan(replicas, flows: flows)
      plan.replica = replica
      let part = Self.deal(plan, paths: 6)
      #expect(part.keys.sorted() == Array(stride(from: replica, to: 6, by: replicas)))
      parts.merge(part) { first, _ in first }
    }
    // Together they send what one would.
    #expect(parts == whole && parts.values.flatMap(\.self).count == flows)
  }

  /// A frame's way back has the queue of its way there, at the port of the same number.
  @Test(arguments: [1, 2, 3]) func aReflectorUsesTheQueueOfThePath(replicas: Int) throws {
    let plan = Self.plan(replicas)
    let queues = try GatewayLayout(plan).queues(at: .reflector).transmit
    #expect(queues == 6 / replicas)
    let table = FlowQueues(flows: plan.flows, queues: queues, isHashed: false, replicas: replicas)
    defer { table.deallocate() }
    for flow in 0..<plan.flows {
      let path = flow % 6
      #expect(table[flow] == path / replicas)
    }
  }

  @Test func aThreadHasQueuesOfOnePort() throws {
    let layout = try GatewayLayout(Self.plan(2, sealing: 6, opening: 4))
    #expect(layout.queues(at: .gatewayARed) == (3, 2) && layout.queues(at: .generator) == (2, 3))
    #expect(layout.queues(at: .gatewayABlack) == (6, 6))
    let red = layout.arrivals(at: .gatewayBRed, queues: 4)
    #expect(red.map(\.thread) == [0, 1, 2, 3, 4, 5])
    #expect(red.map(\.port.name) == (0..<6).map { $0 % 2 == 0 ? "gateway-b.red" : "gateway-b.red.2" })
    #expect(red.map(\.queues) == [[0, 3], [0, 3], [1], [1], [2], [2]])
    #expect(layout.spreadQueues(at: .gatewayBRed, of: 4) == 3)
    #expect(layout.spreadQueues(at: .reflector, of: 3) == 2)
    // The black link is one.
    let black = layout.arrivals(at: .gatewayABlack, queues: 6)
    #expect(black.map(\.thread) == [6, 7, 8, 9] && black.map(\.queues) == [[0, 4], [1, 5], [2], [3]])
    #expect(layout.spreadQueues(at: .gatewayABlack, of: 6) == 4)
  }

  /// What a thread seals is opened by one that has the red port of the same number.
  @Test(arguments: System.allCases.filter(\.opensByThread), [(6, 6), (4, 2), (2, 4)])
  func whoOpensHasThePortOfTheSameNumber(system: System, threads: (Int, Int)) throws {
    let plan = Self.plan(2, system, sealing: threads.0, opening: threads.1)
    for way in [BlackWay.rules(.bytes), .software] {
      var plan = plan
      plan.blackWay = way
      for sealing in 0..<plan.sealing {
        #expect(plan.opener(of: sealing, .aToB) % 2 == sealing % 2)
      }
    }
    // Rules are for what is in packets: of each thread's number an equal part.
    var ruled = plan
    ruled.blackWay = .rules(.bytes)
    let queues = ruled.blackRules(.aToB).map(\.queue)
    #expect(queues.count { $0 % 2 == 0 } == queues.count { $0 % 2 == 1 })
    #expect(Set(queues).count == min(plan.sealing, plan.opening))
  }

  /// Which threads have an association by its hash, nobody chooses.
  @Test(arguments: [1, 2]) func aHashOfTheSPIIsForOneGenerator(replicas: Int) {
    let plan = Self.plan(replicas, .espMultiSA, sealing: 32, opening: 2)
    let offer = BlackWayTests.offer(rules: [])
    let expected = replicas == 1 ? BlackWay.spiHash(tableEntries: 128) : .software
    #expect(BlackWayTests.choice(plan, offer, offer) == expected)
  }

  /// Frames of another generator are found by the addresses that they come back with.
  @Test func aFrameIsOfItsGenerator() throws {
    let frame = try TestFrame(frameMemoryBytes: 60, seed: 42, replica: 1)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 2048, alignment: 64)
    defer {
      memory.deallocate()
      frame.deallocate()
    }
    var expected = naiveTestFrame(bytes: 60, seed: 42, stamp: 9, time: 7, flow: 3)
    let first = naiveReflection(expected)
    (expected[4], expected[10]) = (1, 1)
    frame.write(to: memory, stamp: 9, time: 7, flow: 3)
    #expect(bytes(at: memory, 60).hex() == expected.hex())
    memory.copyMemory(from: naiveReflection(expected), byteCount: 60)
    #expect(frame.judge(memory, count: 60) == .intact)
    memory.copyMemory(from: first, byteCount: 60)
    #expect(frame.judge(memory, count: 60) == .damaged)
  }

  @Test func everyPortHasAnAddressOfItsOwn() {
    let addresses = LinkEnd.all(4).map { "\($0.address)" }
    #expect(Set(addresses).count == addresses.count && addresses.count == 18)
    #expect(LinkEnd.allCases.map { "\($0.address)" } == LinkEnd.all(1).map { "\($0.address)" })
  }

  /// A device of each port keeps packets in its queues.
  @Test func aPoolIsForAllPorts() throws {
    func packets(_ replicas: Int, _ role: RoleName) throws -> Int {
      var plan = Self.plan(replicas)
      plan.devices = [:]
      return plan.poolPackets(try GatewayLayout(plan), roles: [role], threads: 12)
    }
    #expect(try packets(2, .gatewayA) == packets(1, .gatewayA))
    #expect(try packets(1, .generator) - packets(2, .generator) == 6 * Port.descriptors)
  }
}

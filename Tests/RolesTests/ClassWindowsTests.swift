import Cases
import Dataplane
import Roles
import Testing
import Tunnel
import Wire

extension OnDPDK {
  /// Which window, or association, each class and thread has, on the wire.
  @Suite struct ClassWindowsTests {
    static let shapes = [(1, 1), (1, 3), (2, 1), (2, 2), (3, 2), (2, 3), (5, 3), (8, 8)]

    static func plan(_ system: System, _ sealing: Int, _ opening: Int, classes: Int) -> CasePlan {
      var plan = TestHost.plan(system, threads: sealing + opening)
      plan.sealThreads = sealing
      plan.classes = classes
      plan.policy = TunnelPolicy(copiesFields: true)
      plan.inFlightFrames = 512
      return plan
    }

    /// Every window is one thread's and one class's, and all of a thread's are opened by the same thread.
    @Test(arguments: shapes, [1, 2, 3, 8]) func windowsAreApart(threads: (Int, Int), classes: Int) {
      let (sealing, opening) = threads
      for system in System.gateways.filter(\.keepsClassesApart) {
        let plan = Self.plan(system, sealing, opening, classes: classes)
        var seen: Set<Int> = []
        for thread in 0..<sealing {
          for index in 0..<classes {
            let window = plan.window(of: thread, class: index)
            #expect((0..<plan.windows).contains(window) && seen.insert(window).inserted)
            #expect(window % opening == thread % opening)
          }
        }
        #expect(plan.windows < classes * (sealing + opening))
        if sealing % opening == 0 { #expect(plan.windows == sealing * classes) }
      }
      for system in [System.espParallel, .wireguardParallel] {
        let one = Self.plan(system, sealing, opening, classes: classes)
        #expect(one.windows == sealing && one.window(of: 0, class: classes - 1) == 0)
      }
    }

    /// Frames of each class into each sealing thread's queue.
    @Test(arguments: [System.vpe, .espMultiSA], [(1, 1), (2, 2), (3, 2)])
    func everyPacketSaysItsClass(system: System, threads: (Int, Int)) throws {
      let (sealing, opening) = threads
      let plan = Self.plan(system, sealing, opening, classes: 4)
      let gateway = try LoneGateway(plan, .gatewayA)
      var last: [UInt32: UInt64] = [:]
      for round in 0..<20 {
        for thread in 0..<sealing {
          let classes = (0..<8).map { ($0 * 3 + round) % 4 }
          let frames = classes.map { index in
            TunnelPolicyTests.framed(
              TunnelPolicyTests.inner(version: 4, service: UInt8(index << 5), hops: 64))
          }
          try gateway.put(frames[...], into: gateway.red.queue(thread), polling: true)
          gateway.topology.turn(gateway.stages)
          var found: [(window: UInt32, service: UInt8)] = []
          _ = gateway.take(gateway.black, queues: gateway.blackQueues.receive) { queue, packet in
            let sealed = SealedPacket(
              queue: queue, frame: packet.frame, outerBytes: 34, of: system)
            #expect(queue == thread)
            // Numbers of a window go up by one.
            #expect(sealed.number == last[sealed.association, default: 0] + 1)
            last[sealed.association] = sealed.number
            found.append((sealed.association, packet.frame[15]))
          }
          let first: UInt32 = system == .vpe ? 0 : 0x0100_1000
          #expect(
            found.map(\.window) == classes.map { first + UInt32(plan.window(of: thread, class: $0)) })
          #expect(found.map(\.service) == classes.map { UInt8($0 << 5) }, "the class is in the outer header")
        }
      }
      #expect(last.count == sealing * 4 && gateway.dropped == 0)
    }

    /// By hand: keys, sealers, openers and windows.
    @Test func memoryFollowsFromWhatThereIs() throws {
      func bytes(_ system: System, classes: Int, threads: Int = 2, window: Int = 1024) throws -> Int {
        var values = AxisValues()
        (values.threads, values.classes, values.windowSize) = (threads, classes, window)
        values.frameBytes = 64
        values.aead = .aes128GCM
        let point = Case(
          system, values, link: .ring, setup: .circuit, peerMode: nil, named: [], told: [])
        return try #require(CasePlan.associationBytes(of: point))
      }
      let one = try bytes(.espSingle, classes: 1)
      #expect(try bytes(.espSingle, classes: 4) == one, "one window for all")
      #expect(try bytes(.espMultiSA, classes: 1) == one)
      #expect(try bytes(.espMultiSA, classes: 4) == 4 * one, "four of everything")
      #expect(try bytes(.espMultiSA, classes: 4, threads: 6) == 12 * one)
      // 17 words of 64 numbers are rounded up to 32, 129 to 256.
      #expect(try bytes(.espSingle, classes: 1, window: 8192) - one == (256 - 32) * 8)
      // VPE: a sealer, and a window with its top, for each class; key and opener are the same.
      let more = try bytes(.vpe, classes: 4) - bytes(.vpe, classes: 1)
      #expect(more == 3 * (MemoryLayout<VPESealer>.size + 33 * 8))
      for system in System.gateways.filter(\.sharesAssociation) {
        let shared = Case(
          system, AxisValues(), link: .ring, setup: .circuit, peerMode: nil, named: [], told: [])
        #expect(CasePlan.associationBytes(of: shared) == nil)
      }
    }
  }
}

import Cases
import Dataplane
import Roles
import Testing

extension OnDPDK {
  /// Gateways of a format in which each sealing thread has a part of the numbers, and any thread opens what
  /// any has sealed.
  @Suite struct PartsTests {
    static let cases: [ReplayCase] = [System.psp, .pspDerive].flatMap { model in
      [(1, 1), (2, 2), (3, 2), (2, 3), (8, 1), (1, 4)].flatMap { sealing, opening in
        [Steering.queue, .software].map {
          ReplayCase(model: model, sealing: sealing, opening: opening, steering: $0)
        }
      }
    }

    /// What each thread has counted, from 1 on, behind its own number; no nonce comes twice.
    @Test(arguments: cases) func everyThreadCountsInItsPart(test: ReplayCase) throws {
      let traffic = try sealedTraffic(test, 200 * test.sealing)
      #expect(Set(traffic.map { [UInt64($0.association), $0.number] }).count == traffic.count)
      for thread in 0..<test.sealing {
        let own = traffic.filter { $0.queue == thread }.map(\.number)
        #expect(own == (1...200).map { UInt64(thread) << 48 | $0 }, "thread \(thread)")
      }
    }

    /// Whichever thread a packet comes to opens it; as there are no windows, as often as it comes.
    @Test(arguments: cases) func anyThreadOpensAnyPacket(test: ReplayCase) throws {
      let traffic = try sealedTraffic(test, 50 * test.sealing)
      let harness = try ReplayHarness(test)
      let queues = harness.gateway.blackQueues.transmit
      #expect(queues >= test.sealing)
      for queue in 0..<queues {
        try harness.deliver(
          traffic.reversed().map {
            SealedPacket(queue: queue, frame: $0.frame, outerBytes: test.outerBytes, of: test.model)
          })
      }
      #expect(harness.passed == queues * traffic.count && harness.strangers == 0)
      #expect(harness.copies.count == traffic.count)
      #expect(harness.copies.values.allSatisfy { $0 == queues })
      harness.expect([:], "nothing is dropped")
      harness.expectNothingLeft("")
    }

    /// The reasons are those of one thread, whatever part a packet claims to be of.
    @Test(arguments: cases) func whatIsNotAuthenticIsDropped(test: ReplayCase) throws {
      let packets = try sealedTraffic(test, test.sealing).map(\.frame)
      let harness = try ReplayHarness(test)
      let header = test.outerBytes
      func changed(_ offset: Int, _ bit: UInt8) -> [[UInt8]] {
        packets.map { frame in
          var frame = frame
          frame[header + offset] ^= bit
          return frame
        }
      }
      // Another SPI; an unknown version; the part, the count, the inner packet, the ICV.
      var drops = ["format_header": packets.count, "authentication": 4 * packets.count]
      let others = changed(4, 0x40)
      let forged = [(3, 4), (8, 1), (15, 0x10), (16, 1)].flatMap { changed($0.0, $0.1) }
      let tags = packets.map { Array($0.dropLast()) + [$0[$0.count - 1] ^ 1] }
      drops["unknown_spi"] = others.count
      try harness.deliver(
        (others + forged + tags).map {
          SealedPacket(queue: 0, frame: $0, outerBytes: header, of: test.model)
        })
      #expect(harness.passed == 0)
      harness.expect(drops, "by reason")
      harness.expectNothingLeft("")
    }

    /// Each tunnel's packets are numbered in the part of the thread that seals them, and open at any.
    @Test(arguments: [System.psp, .pspDerive], [(1, 1), (2, 2), (3, 2)])
    func tunnelsHaveThePartsOfTheirThreads(system: System, threads: (Int, Int)) throws {
      let (sealing, opening) = threads
      var plan = TestHost.plan(system, threads: sealing + opening)
      (plan.sealThreads, plan.tunnels, plan.flows) = (sealing, 5, 5 * sealing)
      let gateway = try LoneGateway(plan, .gatewayA)
      var counts: [[UInt32]: UInt64] = [:]
      for round in 0..<20 {
        for thread in 0..<sealing {
          let tunnels = (0..<8).map { ($0 * 3 + round) % 5 }
          let frames = tunnels.map { tunnel in
            naiveTestFrame(bytes: 60, seed: 1, stamp: 2, time: 3, flow: 4, tunnel: tunnel)
          }
          try gateway.put(frames[...], into: gateway.red.queue(thread), polling: true)
          gateway.topology.turn(gateway.stages)
          var found: [UInt32] = []
          _ = gateway.take(gateway.black, queues: gateway.blackQueues.receive) { queue, packet in
            #expect(queue == thread)
            let sealed = SealedPacket(queue: queue, frame: packet.frame, outerBytes: 42, of: system)
            // One counter for all associations where nothing is kept for any.
            let counter = [UInt32(thread), system == .pspDerive ? 0 : sealed.association]
            counts[counter, default: 0] += 1
            #expect(sealed.number == UInt64(thread) << 48 | counts[counter, default: 0])
            found.append(sealed.association)
          }
          #expect(found == tunnels.map { 0x0100_1000 + UInt32($0) })
        }
      }
      #expect(counts.count == sealing * (system == .pspDerive ? 1 : 5) && gateway.dropped == 0)
    }
  }
}

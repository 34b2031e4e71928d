import Basics
import Cases
import Dataplane
import Roles
import Testing

extension OnDPDK {
  /// Ports over rings, and the links made of them.
  @Suite struct PortTests {
    static func pool() throws -> PacketPool {
      _ = try TestHost.shared()
      return try PacketPool(name: "ports", count: 4096)
    }

    static func link(_ pool: PacketPool, queues: Int = 1, slots: Int = 1024) throws -> RingLink {
      try RingLink(
        near: "near end", far: "far end", outbound: queues, inbound: queues, slots: slots, pool: pool)
    }

    /// Sends `count` packets that carry `first`, `first` + 1, …
    /// - Returns: how many the queue took; the others are freed.
    static func send(_ count: Int, from first: Int, of source: PacketSource, to queue: PortQueue) -> Int {
      let burst = Burst()
      defer { burst.deallocate() }
      guard source.allocate(burst, count: count) else { return 0 }
      for index in 0..<count { burst[index].put(big(UInt64(first + index), 8)) }
      let taken = queue.transmit(burst, count: count)
      burst.free(from: taken, to: count)
      return taken
    }

    /// Receives a burst and gives its packets back.
    static func receive(_ queue: PortQueue) -> [[UInt8]] {
      let burst = Burst()
      defer { burst.deallocate() }
      let count = queue.receive(burst)
      defer { burst.free(from: 0, to: count) }
      return (0..<count).map { burst[$0].frame }
    }

    /// A driver without hardware that spreads by a hash, as NICs do.
    @Test(arguments: [1, 2, 3, 16]) func aPortThatCanSpreadsOverItsQueues(queues: Int) throws {
      let pool = try Self.pool()
      var options = Port.Options()
      (options.receiveQueues, options.transmitQueues) = (queues, queues)
      options.hashKey = ReceiveSideScaling.standardKey
      for used in Set([1, queues / 2, queues]).subtracting([0]) {
        options.spreadQueues = used
        let port = try Port(name: "null", devargs: "net_null\(queues)", pool: pool, options)
        #expect(try port.queueOfHash() == (0..<128).map { $0 % used })
        // It takes no key, and says so.
        #expect(port.hashKey == [])
      }
    }

    /// Of drivers without hardware.
    @Test func aPortTellsWhatItOffers() throws {
      let pool = try Self.pool()
      let port = try Port(name: "null", devargs: "net_null0", pool: pool, Port.Options())
      let offer = port.offer
      #expect(offer.driver == "net_null" && offer.queues >= 16 && offer.tableEntries == 128)
      #expect(offer.keyBytes == 0 && offer.hashes == [.addresses, .udp4, .udp6])
      #expect(offer.rules == [])
    }

    @Test func aPortThatTakesNoRulesSaysSo() throws {
      let pool = try Self.pool()
      var options = Port.Options()
      options.rules = [FlowRule(.init(.spi, isIPv6: false, isInUDP: false), value: 1, queue: 0)]
      let error = #expect(throws: DataplaneError.self) {
        _ = try Port(name: "null", devargs: "net_null0", pool: pool, options)
      }
      #expect("\(String(describing: error))".contains("take 1 rules by spi in ipv4"))
    }

    /// Each end hears its peer; with two cables changed over, the one that it is joined to.
    @Test(arguments: [false, true]) func aProbeHearsWhoIsAtTheOtherEnd(isCrossed: Bool) throws {
      let pool = try Self.pool()
      // One of two generators, and the gateway's port to it.
      let (generator, red) = (Replica(LinkEnd.generator, 1), Replica(LinkEnd.gatewayARed, 1))
      let (near, far) = (Replica(LinkEnd.gatewayABlack), Replica(LinkEnd.gatewayBBlack))
      let pairs = isCrossed ? [(generator, far), (near, red)] : [(generator, red), (near, far)]
      let links = try pairs.indices.map { index in
        try RingLink(
          near: "near \(index)", far: "far \(index)", outbound: 1, inbound: 1, slots: 1024, pool: pool)
      }
      let ends = zip(pairs, links).flatMap { pair, link in
        [(end: pair.0, queue: link.near.queue(0)), (end: pair.1, queue: link.far.queue(0))]
      }
      // Somebody else's frames.
      #expect(Self.send(3, from: 0, of: pool.source, to: ends[0].queue) == 3)
      let heard = LinkProbe.exchange(ends, id: 7, source: pool.source, seconds: 0.1)
      for (near, far) in pairs { #expect(heard[near] == [far] && heard[far] == [near]) }
      // Of another probe; what it left in the rings is of the first.
      let others = LinkProbe.exchange([ends[0]], id: 8, source: pool.source, seconds: 0.05)
      #expect(others == [:])
      // Queues keep no link alive.
      withExtendedLifetime(links) {}
    }

    @Test(arguments: [1, 3]) func framesComeOutInOrderOfTheirQueue(queues: Int) throws {
      let pool = try Self.pool()
      let link = try Self.link(pool, queues: queues)
      var sent = [Int](repeating: 0, count: queues)
      var received = [Int](repeating: 0, count: queues)
      var random = SplitMix64(state: 3)
      for turn in 0..<600 {
        let queue = turn % queues
        // To and fro in turn: the two directions have nothing to do with each other.
        let (here, there) = turn < 300 ? (link.near, link.far) : (link.far, link.near)
        let count = Int.random(in: 0...Burst.capacity, using: &random)
        if count > 0 {
          #expect(Self.send(count, from: sent[queue], of: pool.source, to: here.queue(queue)) == count)
          sent[queue] += count
        }
        #expect(link.waiting == zip(sent, received).reduce(0) { $0 + $1.0 - $1.1 })
        while received[queue] < sent[queue] {
          let frames = Self.receive(there.queue(queue))
          guard !frames.isEmpty else { break }
          let numbers = (0..<frames.count).map { big(UInt64(received[queue] + $0), 8) }
          #expect(frames == numbers)
          received[queue] += frames.count
        }
      }
      #expect(sent == received)
      #expect(pool.inUse == 0)
    }

    @Test func aFullRingRefuses() throws {
      let pool = try Self.pool()
      let link = try Self.link(pool, slots: 128)
      let queue = link.near.queue(0)
      // A ring of n slots holds n - 1.
      #expect(Self.send(64, from: 0, of: pool.source, to: queue) == 64)
      #expect(Self.send(64, from: 64, of: pool.source, to: queue) == 63)
      #expect(Self.send(1, from: 127, of: pool.source, to: queue) == 0)
      #expect(link.waiting == 127)
      #expect(pool.inUse == 127)
      #expect(Self.receive(link.far.queue(0)).count == 64)
      #expect(Self.send(1, from: 127, of: pool.source, to: queue) == 1)
      let rest = Self.receive(link.far.queue(0))
      #expect(rest == (64..<128).map { big(UInt64($0), 8) })
      #expect(Self.receive(link.far.queue(0)).isEmpty)
      #expect(pool.inUse == 0)
    }

    @Test func linksComeAndGoUnderTheSameName() throws {
      let pool = try Self.pool()
      for round in 0..<100 {
        // Some packets are still under way when the link goes, both ways.
        let link = try Self.link(pool, queues: 2)
        #expect(link.near.isUp && link.far.isUp)
        #expect(Self.send(round % 65, from: 0, of: pool.source, to: link.near.queue(1)) == round % 65)
        #expect(Self.send(3, from: 0, of: pool.source, to: link.far.queue(0)) == 3)
        #expect(pool.inUse == round % 65 + 3, "round \(round)")
      }
      #expect(pool.inUse == 0)
    }

    /// Queues forth and back; one port of DPDK's ring driver has 16 each way.
    static let queues = [
      (1, 1), (1, 7), (7, 1), (15, 16), (16, 16), (16, 17), (17, 17), (1, 17), (17, 2), (33, 31), (64, 64),
      (64, 1), (1, 64), (48, 64),
    ]

    @Test(arguments: queues) func aLinkHasAnyNumberOfQueues(outbound: Int, inbound: Int) throws {
      let pool = try Self.pool()
      let link = try RingLink(
        near: "wide.near", far: "wide.far", outbound: outbound, inbound: inbound, slots: 64, pool: pool)
      #expect(link.near.receiveQueues == inbound && link.far.receiveQueues == outbound)
      #expect(link.near.isUp && link.far.isUp)
      for (here, there, count) in [(link.near, link.far, outbound), (link.far, link.near, inbound)] {
        for queue in 0..<count {
          #expect(Self.send(3, from: 1000 * queue, of: pool.source, to: here.queue(queue)) == 3)
        }
        #expect(link.waiting == 3 * count)
        // Each queue is one of its own, and nothing comes out at the sender's side.
        for queue in (0..<count).reversed() {
          #expect(Self.receive(there.queue(queue)) == (0..<3).map { big(UInt64(1000 * queue + $0), 8) })
          #expect(Self.receive(there.queue(queue)).isEmpty)
        }
        #expect(link.waiting == 0)
      }
      #expect(pool.inUse == 0)
    }

    /// Threads that receive together: each queue is one thread's and no other's.
    @Test(arguments: [1, 5, 16, 17, 40], [1, 2, 3, 7, 16, 17]) func queuesAreDividedAmongThreads(
      queues: Int, threads: Int
    ) throws {
      let pool = try Self.pool()
      let link = try RingLink(
        near: "wide.near", far: "wide.far", outbound: max(queues, threads), inbound: 1, slots: 64, pool: pool)
      for queue in 0..<link.far.receiveQueues {
        #expect(Self.send(1, from: queue, of: pool.source, to: link.near.queue(queue)) == 1)
      }
      let packets = try TestPackets("divided", count: PacketPoolLimits.least)
      var seen: [Int] = []
      for thread in 0..<threads {
        var input = link.far.queues(thread, of: threads)
        defer { input.deallocate() }
        for _ in 0..<(2 * queues + 2) {
          for frame in packets.take(&input) {
            seen.append(Int(frame[7]))
            #expect(Int(frame[7]) % threads == thread)
          }
        }
      }
      #expect(seen.sorted() == Array(0..<link.far.receiveQueues))
      #expect(pool.inUse == 0)
    }

    @Test func wideLinksComeAndGoWithPacketsInThem() throws {
      let pool = try Self.pool()
      for round in 0..<10 {
        let link = try RingLink(
          near: "wide.near", far: "wide.far", outbound: 40, inbound: 20, slots: 64, pool: pool)
        #expect(Self.send(9, from: 0, of: pool.source, to: link.near.queue(39)) == 9)
        #expect(Self.send(5, from: 0, of: pool.source, to: link.far.queue(19)) == 5)
        withExtendedLifetime(link) { #expect(pool.inUse == 14, "round \(round)") }
        #expect(throws: DataplaneError.self) {
          try RingLink(near: "wide.near", far: "other", outbound: 1, inbound: 1, slots: 64, pool: pool)
        }
      }
      #expect(pool.inUse == 0)
    }

    @Test func aNameInUseIsRefused() throws {
      let pool = try Self.pool()
      let link = try Self.link(pool)
      #expect(throws: DataplaneError.self) { try Self.link(pool) }
      // What was there is still whole.
      #expect(Self.send(5, from: 0, of: pool.source, to: link.near.queue(0)) == 5)
      #expect(Self.receive(link.far.queue(0)).count == 5)
    }

    @Test func aFailedLinkLeavesNothingBehind() throws {
      let pool = try Self.pool()
      // The far end's name is too long for a device: the near end is there already and must go again.
      let long = String(repeating: "far ", count: 40)
      for _ in 0..<3 {
        #expect(throws: DataplaneError.self) {
          try RingLink(near: "near end", far: long, outbound: 1, inbound: 1, slots: 64, pool: pool)
        }
      }
      #expect(try Self.link(pool).waiting == 0)
    }

    @Test func aDeviceThatIsNotThereIsRefused() throws {
      let pool = try Self.pool()
      #expect {
        try Port(name: "black", devargs: "net_nothing0,iface=none", pool: pool, Port.Options())
      } throws: {
        guard case .port(let name, let step, _)? = $0 as? DataplaneError else { return false }
        return name == "net_nothing0,iface=none" && step == "be opened"
      }
    }
  }
}

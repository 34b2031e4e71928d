import Cases
import Dataplane
import Roles
import Testing
import Wire

extension OnDPDK {
  /// The line of late packets against a list, packet by packet.
  @Suite struct DelayLineTests {
    /// An outer frame of a class, with an identity behind the IPv6 or IPv4 header.
    private static func frame(_ identity: Int, class index: Int, version: Int = 4) -> [UInt8] {
      let payload = big(UInt64(identity), 8) + [UInt8](repeating: 0, count: 30)
      var packet =
        version == 4 ? naiveIPv4(50, from: 1, to: 2, payload) : naiveIPv6(50, payload)
      if version == 4 { packet[1] = UInt8(index << 5) } else { packet[0] |= UInt8(index << 1) }
      return naiveEthernet(.gatewayABlack, type: version == 4 ? 0x0800 : 0x86DD, packet)
    }

    private static func identity(_ frame: [UInt8], version: Int) -> Int {
      frame[(version == 4 ? 34 : 54)...].prefix(8).reduce(0) { $0 << 8 | Int($1) }
    }

    /// The order in which packets leave, by the rule: each right behind the last of as many after it as its
    /// delay says, and the first to come first.
    private static func expected(_ delays: [Int]) -> (sent: [Int], left: [Int]) {
      let order = delays.indices.sorted { one, other in
        let (due, otherDue) = (one + delays[one], other + delays[other])
        if due != otherDue { return due < otherDue }
        // What is not late is what the others go behind.
        return delays[one] == 0 || (delays[other] > 0 && one < other)
      }
      return (
        order.filter { $0 + delays[$0] < delays.count }, order.filter { $0 + delays[$0] >= delays.count }
      )
    }

    /// What a line makes of frames that come one after the other, and what waits in it at the end.
    private static func delayed(
      _ frames: [[UInt8]], delay: Int, classes: Int, paths: Int = 2, version: Int = 4
    ) throws -> (sent: [Int], left: [Int]) {
      let packets = try TestPackets("delayed", count: 2048)
      var line = DelayLine(delay: delay, classes: classes, paths: paths)
      defer { line.deallocate() }
      var sent: [Int] = []
      func send(_ packet: Packet) {
        sent.append(identity(packet.frame, version: version))
        packet.free()
      }
      for frame in frames {
        try #require(packets.pool.source.allocate(packets.burst, count: 1))
        let packet = packets.burst[0]
        packet.put(frame)
        if !line.take(packet, ip: Ethernet.headerBytes) { send(packet) }
        while let next = line.next() { send(next) }
      }
      let count = sent.count
      #expect(line.count == packets.pool.inUse)
      while let packet = line.any() { send(packet) }
      #expect(line.count == 0 && packets.pool.inUse == 0)
      return (Array(sent.prefix(count)), Array(sent.dropFirst(count)))
    }

    @Test(arguments: [1, 2, 3, 7, 64, 500], [4, 6])
    func lowClassesAreLateByExactlySoMany(delay: Int, version: Int) throws {
      // All but the highest of 3; what selects more is of the highest.
      let classes = (0..<900).map { ($0 * 7 + $0 / 11) % 5 }
      let frames = classes.enumerated().map {
        Self.frame($0.offset, class: $0.element, version: version)
      }
      let (sent, left) = try Self.delayed(frames, delay: delay, classes: 3, version: version)
      let (allSent, allLeft) = Self.expected(classes.map { $0 < 2 ? delay : 0 })
      #expect(sent == allSent && left == allLeft)
    }

    @Test(arguments: [1, 2, 63, 64]) func ofOneClassEverySecondPacketIsLate(delay: Int) throws {
      let frames = (0..<400).map { Self.frame($0, class: $0 % 8) }
      let (sent, left) = try Self.delayed(frames, delay: delay, classes: 1)
      let (allSent, allLeft) = Self.expected((0..<400).map { $0 % 2 == 1 ? delay : 0 })
      #expect(sent == allSent && left == allLeft)
    }

    /// By hand: of four paths the slowest is slower by 7, the others by 4 and 2. Behind packet 10 go 3 and 6.
    @Test func ofFourPathsEachHasItsDelay() throws {
      let frames = (0..<12).map { Self.frame($0, class: 0) }
      let (sent, left) = try Self.delayed(frames, delay: 7, classes: 1, paths: 4)
      #expect(sent == [0, 1, 4, 2, 5, 8, 3, 6, 9])
      #expect(left == [7, 10, 11])
    }

    /// Every packet leaves, in the order of the rule, whether the skew is a multiple of the steps or less.
    @Test(arguments: [3, 4, 8, 16], [1, 2, 5, 7, 21, 64, 300, 777])
    func pathsAreSlowerInEvenSteps(paths: Int, skew: Int) throws {
      let frames = (0..<1500).map { Self.frame($0, class: $0 % 8) }
      let (sent, left) = try Self.delayed(frames, delay: skew, classes: 1, paths: paths)
      let (allSent, allLeft) = Self.expected((0..<1500).map { ($0 % paths) * skew / (paths - 1) })
      #expect(sent == allSent && left == allLeft)
      #expect((sent + left).sorted() == Array(0..<1500))
    }

    @Test func whatIsTooShortForAHeaderIsNotLate() throws {
      try withPacket([UInt8](repeating: 0, count: 53)) { packet in
        var line = DelayLine(delay: 1, classes: 2)
        defer { line.deallocate() }
        #expect(line.isOn && !line.take(packet, ip: Ethernet.headerBytes))
      }
    }

    /// Nor a packet of a low class where none is late, nor one of a path that is no slower than the fastest.
    @Test func whatHasNoDelayDoesNotWait() throws {
      try withPacket(Self.frame(1, class: 0)) { packet in
        var off = DelayLine(delay: 0, classes: 8)
        defer { off.deallocate() }
        let isLate = off.take(packet, ip: Ethernet.headerBytes)
        #expect(!off.isOn && !isLate)
        // By 0, 0 and 1.
        var paths = DelayLine(delay: 1, classes: 1, paths: 3)
        defer { paths.deallocate() }
        let waits = (0..<3).map { _ in paths.take(packet, ip: Ethernet.headerBytes) }
        #expect(waits == [false, false, true] && paths.count == 1)
        let early = paths.next()
        let again = paths.take(packet, ip: Ethernet.headerBytes)
        let late = paths.next()
        #expect(early == nil && !again && late != nil && paths.count == 0)
      }
    }

    @Test func whatWaitsAtTheEndIsGivenBack() throws {
      let packets = try TestPackets("left", count: 512)
      var line = DelayLine(delay: 100, classes: 1)
      for _ in 0..<50 {
        try #require(packets.pool.source.allocate(packets.burst, count: 1))
        packets.burst[0].put(Self.frame(1, class: 0))
        if !line.take(packets.burst[0], ip: Ethernet.headerBytes) { packets.burst[0].free() }
      }
      #expect(line.count == 25 && packets.pool.inUse == 25)
      line.deallocate()
      #expect(packets.pool.inUse == 0)
      var eight = DelayLine(delay: 100, classes: 1, paths: 8)
      for _ in 0..<16 {
        try #require(packets.pool.source.allocate(packets.burst, count: 1))
        packets.burst[0].put(Self.frame(1, class: 0))
        if !eight.take(packets.burst[0], ip: Ethernet.headerBytes) { packets.burst[0].free() }
        while let next = eight.next() { next.free() }
      }
      #expect(eight.count == packets.pool.inUse && eight.count == 13)
      eight.deallocate()
      #expect(packets.pool.inUse == 0)
    }
  }
}

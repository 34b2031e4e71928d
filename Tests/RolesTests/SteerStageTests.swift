import Basics
import Dataplane
import Roles
import Testing
import Tunnel
import Wire

extension OnDPDK {
  /// Which thread each packet goes to.
  @Suite struct SteerStageTests {
    static let outer = [34, 42]

    /// A frame whose bytes are noise up to `offset`, then `field`, then noise.
    static func frame(_ field: [UInt8], at offset: Int, _ random: inout SplitMix64) -> [UInt8] {
      func noise(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
      }
      return noise(offset) + field + noise(40)
    }

    /// Runs each frame past a chooser.
    static func targets(_ chooser: some PacketChooser, _ frames: [[UInt8]]) throws -> [Int] {
      var chooser = chooser
      defer { chooser.deallocate() }
      return try withPacket([]) { packet in
        frames.map { frame in
          packet.put(frame)
          let choice = chooser.choose(packet)
          #expect(choice.reason == .none)
          #expect(packet.frame == frame)
          return choice.target
        }
      }
    }

    /// By the number alone: whatever else is in a packet, a number that comes again meets the same target.
    @Test(arguments: outer, [[128], [64, 64], [43, 43, 42], [100, 20, 8]])
    func aNumberAlwaysMeetsTheSameTarget(outerBytes: Int, shares: [Int]) throws {
      var random = SplitMix64(state: 3)
      let edges: [UInt32] = [0, 1, 63, 64, 127, 128, 8191, 8192, .max, .max - 63, .max - 64]
      let numbers = edges + (0..<500).map { _ in UInt32.random(in: 0 ... .max, using: &random) }
      let order = ShareTable.order(shares)
      for _ in 0..<3 {
        let frames = numbers.map { Self.frame(big(UInt64($0), 4), at: outerBytes + 4, &random) }
        let chooser = SequenceChooser<ESP>(outerBytes: outerBytes, table: ShareTable(shares))
        #expect(try Self.targets(chooser, frames) == numbers.map { order[Int($0 >> 6) & 127] })
        // WireGuard's counters are one behind.
        let counters = numbers.map { UInt64($0) << 20 + 62 }
        let others = counters.map { Self.frame(little($0, 8), at: outerBytes + 8, &random) }
        let other = SequenceChooser<WireGuard>(outerBytes: outerBytes, table: ShareTable(shares))
        #expect(try Self.targets(other, others) == counters.map { order[Int(($0 + 1) >> 6 & 127)] })
      }
    }

    @Test(arguments: outer, [1, 2, 3, 7, 64]) func aWindowBelongsToItsNumberModuloTargets(
      outerBytes: Int, targets: Int
    ) throws {
      var random = SplitMix64(state: 4)
      let windows = Array(0..<200) + [255, 256, 257, 65_534, 65_535]
      let frames = windows.map { Self.frame(little(UInt64($0), 2), at: outerBytes + 2, &random) }
      let chooser = WindowChooser<VPE>(outerBytes: outerBytes, targets: UInt16(targets))
      #expect(try Self.targets(chooser, frames) == windows.map { $0 % targets })
    }

    @Test(arguments: outer, [1, 2, 3, 7, 64]) func aPartBelongsToItsNumberModuloTargets(
      outerBytes: Int, targets: Int
    ) throws {
      var random = SplitMix64(state: 4)
      let parts = Array(0..<200) + [255, 256, 257, 65_534, 65_535]
      let frames = parts.map { Self.frame(big(UInt64($0), 2), at: outerBytes + 8, &random) }
      let chooser = WindowChooser<PSP>(outerBytes: outerBytes, targets: UInt16(targets))
      #expect(try Self.targets(chooser, frames) == parts.map { $0 % targets })
      let derived = WindowChooser<PSPDerive>(outerBytes: outerBytes, targets: UInt16(targets))
      #expect(try Self.targets(derived, frames) == parts.map { $0 % targets })
    }

    @Test(arguments: outer, [1, 2, 3, 7, 64]) func anSPIBelongsToItsNumberModuloTargets(
      outerBytes: Int, targets: Int
    ) throws {
      var random = SplitMix64(state: 4)
      let first = 0x0100_1000
      let children = Array(0..<200) + [65_536, 0x7FFFFF]
      let frames = children.map { Self.frame(big(UInt64(first + $0), 4), at: outerBytes, &random) }
      func chooser() -> SPIChooser {
        SPIChooser(outerBytes: outerBytes, firstSPI: UInt32(first), targets: UInt32(targets))
      }
      #expect(try Self.targets(chooser(), frames) == children.map { $0 % targets })
      // An SPI that nobody has goes to some thread, which refuses it.
      let others = [0, first - 1, 0xFFFF_FFFF].map { Self.frame(big(UInt64($0), 4), at: outerBytes, &random) }
      #expect(try Self.targets(chooser(), others).allSatisfy { (0..<targets).contains($0) })
    }

    /// What is too short to have the field goes to the first target; nothing behind it is read.
    @Test(arguments: outer) func shortPacketsGoToTheFirstTarget(outerBytes: Int) throws {
      let ones = [UInt8](repeating: 0xFF, count: outerBytes + 16)
      func short(_ end: Int) -> [[UInt8]] { (0..<end).map { Array(ones.prefix($0)) } }
      func sequence<Format: SharedFormat>(_ format: Format.Type) -> SequenceChooser<Format> {
        SequenceChooser(outerBytes: outerBytes, table: ShareTable([1, 127]))
      }
      let last = ShareTable.order([1, 127])[127]
      #expect(try Self.targets(sequence(ESP.self), short(outerBytes + 8)).allSatisfy { $0 == 0 })
      #expect(try Self.targets(sequence(ESP.self), [Array(ones.prefix(outerBytes + 8))]) == [last])
      #expect(try Self.targets(sequence(WireGuard.self), short(outerBytes + 16)).allSatisfy { $0 == 0 })
      let counter = ones.prefix(outerBytes + 8) + little(127 << 6, 8)
      #expect(try Self.targets(sequence(WireGuard.self), [Array(counter)]) == [last])
      let window = WindowChooser<VPE>(outerBytes: outerBytes, targets: 7)
      #expect(try Self.targets(window, short(outerBytes + 4)).allSatisfy { $0 == 0 })
      #expect(try Self.targets(window, [Array(ones.prefix(outerBytes + 4))]) == [65_535 % 7])
      let part = WindowChooser<PSP>(outerBytes: outerBytes, targets: 7)
      #expect(try Self.targets(part, short(outerBytes + 16)).allSatisfy { $0 == 0 })
      #expect(try Self.targets(part, [Array(ones.prefix(outerBytes + 16))]) == [65_535 % 7])
      let spi = SPIChooser(outerBytes: outerBytes, firstSPI: 0, targets: 7)
      #expect(try Self.targets(spi, short(outerBytes + 4)).allSatisfy { $0 == 0 })
      #expect(try Self.targets(spi, [Array(ones.prefix(outerBytes + 4))]) == [Int(UInt32.max % 7)])
    }

    @Test(arguments: [1, 2, 7]) func aFlowIsReflectedIntoItsQueue(targets: Int) throws {
      var chooser = ReflectChooser(FlowQueues(flows: 4096, queues: targets, isHashed: false))
      defer { chooser.deallocate() }
      for flow in [0, 1, 2, 6, 7, 8, 63, 64, 1000] {
        let frame = naiveTestFrame(bytes: 60, seed: 1, stamp: 1, time: 2, flow: UInt16(flow))
        try withPacket(frame) { packet in
          let choice = chooser.choose(packet)
          #expect(choice.target == flow % targets && choice.reason == .none, "flow \(flow)")
          #expect(packet.frame == naiveReflection(frame))
        }
      }
    }

    @Test func aFlowOfIPv6IsReflectedIntoItsQueue() throws {
      var chooser = ReflectChooser(FlowQueues(flows: 4096, queues: 7, isHashed: false))
      defer { chooser.deallocate() }
      for flow in [0, 1, 6, 7, 1000] {
        let frame = naiveTestFrame6(bytes: 80, seed: 1, stamp: 1, time: 2, flow: UInt16(flow))
        try withPacket(frame) { packet in
          let choice = chooser.choose(packet)
          #expect(choice.target == flow % 7 && choice.reason == .none, "flow \(flow)")
          #expect(packet.frame == naiveReflection6(frame))
        }
      }
    }

    @Test func framesThatCannotBeReflectedAreRefused() throws {
      var chooser = ReflectChooser(FlowQueues(flows: 4096, queues: 3, isHashed: false))
      defer { chooser.deallocate() }
      let frame = naiveTestFrame(bytes: 60, seed: 1, stamp: 1, time: 2, flow: 5)
      for count in 0..<42 {
        try withPacket(Array(frame.prefix(count))) { packet in
          #expect(chooser.choose(packet).reason == .tooShort, "\(count) bytes")
        }
      }
      var foreign = frame
      foreign[23] = 6
      try withPacket(foreign) { #expect(chooser.choose($0).reason == .foreignFrame) }
    }

    /// The stage as a whole: each target's packets in order, refused ones freed and counted, full rings too.
    @Test func distributesABurst() throws {
      let packets = try TestPackets("steering")
      let input = try HandOver(name: "steer in", slots: 1024)
      let rings = try (0..<3).map { try HandOver(name: "steer \($0)", slots: 64) }
      defer { withExtendedLifetime((input, rings)) {} }
      let queues = FlowQueues(flows: 64, queues: 3, isHashed: false)
      let stage = SteerStage.make(ReflectChooser(queues), from: input.queue, to: rings.map(\.queue))
      // Flows 0, 1, 2, 0, …, every eighth frame is none: five bursts of 64, of which 18 or 19 go to each.
      let frames = (0..<320).map { index -> [UInt8] in
        var frame = naiveTestFrame(bytes: 60, seed: 1, stamp: UInt64(index), time: 0, flow: UInt16(index % 3))
        if index % 8 == 0 { frame[12] = 0x86 }
        return frame
      }
      for start in stride(from: 0, to: 320, by: 64) {
        try packets.put(Array(frames[start..<(start + 64)]), input.queue)
        #expect(stage.poll() == 64)
      }
      #expect(stage.poll() == 0)
      let counters = stage.counters.snapshot
      #expect(counters.drops[Int(DropReason.foreignFrame.rawValue)] == 40)
      // 280 are left, each ring holds 63.
      #expect(counters.drops[Int(DropReason.queueFull.rawValue)] == 280 - 3 * 63)
      #expect(counters.received == 320 && counters.transmitted == 3 * 63)
      for target in 0..<3 {
        let expected = (0..<320).filter { $0 % 8 != 0 && $0 % 3 == target }.map {
          naiveReflection(frames[$0])
        }
        var queue = rings[target].queue
        #expect(packets.take(&queue) == Array(expected.prefix(63)))
      }
      #expect(packets.pool.inUse == 0)
    }
  }
}

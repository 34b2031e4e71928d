import Basics
import Cases
import Dataplane
import TestSupport
import Testing
import Wire

extension OnDPDK {
  /// Outer fragments put together, and what is given up under which reason. Time is stepped.
  @Suite struct ReassemblyTests {
    /// A receiver for two packets at once, each waited for 100 ticks, and what it has delivered.
    final class Receiver {
      let reassembly: Reassembly
      let pool: PacketPool
      private let burst = Burst()
      private(set) var whole: [[UInt8]] = []

      init(datagrams: Int = 2) throws {
        _ = try TestHost.shared()
        pool = try PacketPool(name: "fragments", count: 1024)
        reassembly = try Reassembly(datagrams: datagrams, ticks: 100)
      }

      func take(_ frame: [UInt8], at now: UInt64 = 0) throws {
        try #require(pool.source.allocate(burst, count: 1))
        burst[0].put(frame)
        guard let packet = reassembly.add(burst[0], now: now) else { return }
        whole.append(packet.contents)
        packet.free()
      }

      /// All reasons that were counted, and how often; ends the receiver, whose buffers must all be back.
      func end() -> [DropReason: UInt64] {
        let found = drops
        reassembly.deallocate()
        burst.deallocate()
        #expect(pool.inUse == 0)
        return found
      }

      var drops: [DropReason: UInt64] {
        let all = DropReason.allCases.map { ($0, reassembly.dropped($0)) }.filter { $0.1 > 0 }
        return Dictionary(uniqueKeysWithValues: all)
      }
    }

    /// A byte of a packet's data tells where it lies.
    static func data(_ packet: Int, _ range: Range<Int>) -> [UInt8] {
      range.map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 256 &+ packet &* 31) }
    }

    /// A fragment of packet `number`, in units of eight bytes, in a frame.
    static func frame(
      _ version: IPVersion, _ number: Int, _ units: Range<Int>, isLast: Bool = false, less: Int = 0,
      padding: Int = 0
    ) -> [UInt8] {
      let data = data(number, units.lowerBound * 8..<max(units.upperBound * 8 - less, units.lowerBound * 8))
      return frame(version, number, UInt16(units.lowerBound), more: !isLast, data, padding: padding)
    }

    static func frame(
      _ version: IPVersion, _ number: Int, _ unit: UInt16, more: Bool, _ data: [UInt8], padding: Int = 0
    ) -> [UInt8] {
      version == .ipv4
        ? frame4(number, unit | (more ? 0x2000 : 0), data, padding: padding)
        : frame6(number, unit << 3 | (more ? 1 : 0), data, padding: padding)
    }

    /// By RFC 8200, section 4.5.
    static func frame6(_ number: Int, _ field: UInt16, _ data: [UInt8], padding: Int = 0) -> [UInt8] {
      let part = [50, 0] + big(UInt64(field), 2) + big(UInt64(number), 4)
      return [UInt8](repeating: 2, count: 12) + [0x86, 0xDD] + naiveIPv6(44, part + data)
        + [UInt8](repeating: 0xEE, count: padding)
    }

    static func frame4(_ number: Int, _ field: UInt16, _ data: [UInt8], padding: Int = 0) -> [UInt8] {
      var header = [UInt8](repeating: 0, count: 20)
      let total = 20 + data.count
      header[0] = 0x45
      (header[2], header[3]) = (UInt8(total >> 8), UInt8(total & 0xFF))
      (header[4], header[5]) = (UInt8(number >> 8), UInt8(number & 0xFF))
      (header[6], header[7]) = (UInt8(field >> 8), UInt8(field & 0xFF))
      (header[8], header[9]) = (64, 50)
      header.replaceSubrange(12..<20, with: [192, 0, 2, 1, 192, 0, 2, 2])
      header.withUnsafeMutableBytes { bytes in
        let at = bytes.baseAddress!
        at.storeBig(Checksum.ofHeader20(UnsafeRawPointer(at)), IPv4.checksumOffset)
      }
      let ethernet = [UInt8](repeating: 2, count: 12) + [8, 0]
      return ethernet + header + data + [UInt8](repeating: 0xEE, count: padding)
    }

    /// In any order, with what pads short frames, and with others in between.
    @Test(arguments: IPVersion.allCases) func packetsArePutTogether(_ version: IPVersion) throws {
      let receiver = try Receiver()
      let parts = [
        Self.frame(version, 1, 0..<2, padding: 1), Self.frame(version, 1, 2..<5, padding: 18),
        Self.frame(version, 1, 5..<6), Self.frame(version, 1, 6..<8, padding: 8),
        Self.frame(version, 1, 8..<9, isLast: true, less: 3, padding: 9),
      ]
      let headers = Ethernet.headerBytes + version.headerBytes
      // The same as a whole packet of IPv6 has; of IPv4 length and offset.
      let whole = [UInt8](repeating: 2, count: 12) + [0x86, 0xDD] + naiveIPv6(50, Self.data(1, 0..<69))
      var expected = 0
      for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 0, 4, 1, 3], [4, 0, 1, 2, 3], [1, 4, 3, 0, 2]] {
        for (position, part) in order.enumerated() {
          #expect(receiver.whole.count == expected)
          try receiver.take(parts[part])
          // A whole packet is not held up.
          if position == 2 {
            try receiver.take(Self.frame(version, 7, 0, more: false, Self.data(7, 0..<40)))
            expected += 1
          }
        }
        expected += 1
        let packet = try #require(receiver.whole.last)
        #expect(Array(packet[headers...]) == Self.data(1, 0..<69), "\(order)")
        if version == .ipv6 {
          #expect(packet == whole)
        } else {
          #expect(packet[16..<18] == [0, 89] && packet[20..<22] == [0, 0])
        }
      }
      #expect(receiver.whole.count == 10 && receiver.end().isEmpty)
    }

    /// A packet of either version with the same number, and one from another host: three.
    @Test func packetsAreToldApart() throws {
      let receiver = try Receiver(datagrams: 3)
      var other = [Self.frame(.ipv6, 1, 0..<2), Self.frame(.ipv6, 1, 2..<3, isLast: true)]
      for index in other.indices { other[index][14 + 8] ^= 1 }
      try receiver.take(Self.frame(.ipv4, 1, 0..<2))
      try receiver.take(Self.frame(.ipv6, 1, 2..<3, isLast: true))
      try receiver.take(other[0])
      #expect(receiver.whole.isEmpty)
      try receiver.take(Self.frame(.ipv6, 1, 0..<2))
      try receiver.take(other[1])
      try receiver.take(Self.frame(.ipv4, 1, 2..<3, isLast: true))
      #expect(receiver.whole.map(\.count) == [54 + 24, 54 + 24, 34 + 24])
      #expect(receiver.end().isEmpty)
    }

    /// What is all of its packet does not wait for others with its number, nor is it given up with them
    /// (RFC 6946).
    @Test func fragmentsThatAreWholePackets() throws {
      let receiver = try Receiver()
      try receiver.take(Self.frame(.ipv6, 1, 0..<2))
      try receiver.take(Self.frame6(1, 0, Self.data(1, 0..<30), padding: 3))
      let whole = [UInt8](repeating: 2, count: 12) + [0x86, 0xDD] + naiveIPv6(50, Self.data(1, 0..<30))
      #expect(receiver.whole == [whole + [0xEE, 0xEE, 0xEE]])
      try receiver.take(Self.frame(.ipv6, 1, 2..<3, isLast: true))
      #expect(receiver.whole.count == 2 && receiver.end().isEmpty)
    }

    /// The frames that come, one each tick; what they count as; packets that are delivered.
    struct Row: Sendable, CustomTestStringConvertible {
      let testDescription: String
      let frames: [[UInt8]]
      var drops: [DropReason: UInt64] = [:]
      var whole = 0
    }

    static func rows(_ version: IPVersion) -> [Row] {
      func frame(_ number: Int, _ units: Range<Int>, isLast: Bool = false) -> [UInt8] {
        self.frame(version, number, units, isLast: isLast)
      }
      func row(
        _ what: String, _ frames: [[UInt8]], _ drops: [DropReason: UInt64] = [:], whole: Int = 0
      ) -> Row {
        Row(testDescription: "\(version): \(what)", frames: frames, drops: drops, whole: whole)
      }
      func odd(_ unit: UInt16, _ bytes: Int) -> [UInt8] {
        self.frame(version, 1, unit, more: true, data(1, 0..<bytes))
      }
      let middles = (1..<8).map { frame(1, $0..<$0 + 1) }
      // The longest packet's length counts the header of IPv4.
      let last = self.frame(version, 1, version == .ipv4 ? 0x1FFC : 0x1FFE, more: false, data(1, 0..<16))
      return [
        row(
          "eight fragments", [frame(1, 0..<1)] + middles.prefix(6) + [frame(1, 7..<8, isLast: true)], whole: 1
        ),
        row("a ninth", [frame(1, 0..<1)] + middles + [frame(1, 8..<9, isLast: true)], [.tooManyFragments: 8]),
        row("a seventh without ends", middles, [.tooManyFragments: 7]),
        row("the first twice", [frame(1, 0..<1), middles[0], frame(1, 0..<1)], [.fragmentOverlap: 3]),
        row(
          "the last twice", Array(repeating: frame(1, 3..<4, isLast: true), count: 2), [.fragmentOverlap: 2]),
        row(
          "six between, and the first twice",
          middles.prefix(6) + Array(repeating: frame(1, 0..<1), count: 2), [.fragmentOverlap: 8]),
        row(
          "an overlap that has the right length",
          [frame(1, 0..<2), frame(1, 1..<2), frame(1, 3..<4, isLast: true)], [.fragmentOverlap: 3]),
        row(
          "the same, as the one between comes last",
          [frame(1, 0..<2), frame(1, 3..<4, isLast: true), frame(1, 1..<2)], [.fragmentOverlap: 3]),
        row(
          "an overlap behind some that fit",
          [frame(1, 0..<2), frame(1, 1..<2), frame(1, 3..<5), frame(1, 5..<6, isLast: true)],
          [.fragmentOverlap: 4]),
        row(
          "more than there is", [frame(1, 0..<2), frame(1, 2..<6), frame(1, 3..<4, isLast: true)],
          [.fragmentOverlap: 3]),
        row(
          "the same, as one between comes last",
          [frame(1, 0..<2), frame(1, 3..<4, isLast: true), frame(1, 2..<6)], [.fragmentOverlap: 3]),
        row(
          "the same behind five between, which would not be too many",
          middles.prefix(5) + [frame(1, 9..<10, isLast: true), frame(1, 0..<1), frame(1, 2..<12)],
          [.fragmentOverlap: 8]),
        row(
          "a third packet",
          [frame(1, 0..<1), frame(2, 0..<1), frame(3, 0..<1), frame(1, 1..<2, isLast: true)],
          [.tooManyDatagrams: 1], whole: 1),
        row("an empty one", [odd(1, 0)], [.fragmentLength: 1]),
        row("no multiple of eight", [odd(0, 9)], [.fragmentLength: 1]),
        row("beyond the longest packet", [odd(0x1FFF, 8), last], [.fragmentLength: 2]),
      ]
    }

    @Test(arguments: IPVersion.allCases.flatMap(rows)) func whatIsGivenUpIsCounted(_ row: Row) throws {
      let receiver = try Receiver()
      for (now, frame) in row.frames.enumerated() { try receiver.take(frame, at: UInt64(now)) }
      #expect(receiver.whole.count == row.whole)
      #expect(receiver.end() == row.drops)
    }

    /// The last byte that a packet can have is taken; and a test knows how many fragments there may be.
    @Test func limitsAreReached() throws {
      #expect(Reassembly.fragmentsMax == 8 && Fragmentation.most == 8)
      let receiver = try Receiver()
      try receiver.take(Self.frame4(1, 0x1FFC, Self.data(1, 0..<11)))
      try receiver.take(Self.frame6(1, 0xFFF0, Self.data(1, 0..<15)))
      #expect(receiver.drops.isEmpty)
      receiver.reassembly.expire(now: 101)
      #expect(receiver.end() == [.fragmentTimeout: 2])
    }

    /// Waiting ends: by the clock, as another fragment of the packet comes, or where its slot is needed.
    @Test(arguments: IPVersion.allCases) func fragmentsTimeOut(_ version: IPVersion) throws {
      let receiver = try Receiver()
      try receiver.take(Self.frame(version, 1, 0..<1), at: 10)
      try receiver.take(Self.frame(version, 1, 1..<2), at: 50)
      receiver.reassembly.expire(now: 110)
      #expect(receiver.drops.isEmpty)
      receiver.reassembly.expire(now: 111)
      #expect(receiver.drops == [.fragmentTimeout: 2])
      // The same packet again: what came too late begins anew.
      try receiver.take(Self.frame(version, 1, 0..<1), at: 200)
      try receiver.take(Self.frame(version, 1, 1..<2, isLast: true), at: 301)
      #expect(receiver.drops == [.fragmentTimeout: 3] && receiver.whole.isEmpty)
      try receiver.take(Self.frame(version, 1, 0..<1), at: 302)
      #expect(receiver.whole.count == 1)
      // A third packet takes the slot of the one that has waited longest, and too long.
      try receiver.take(Self.frame(version, 1, 0..<1), at: 400)
      try receiver.take(Self.frame(version, 2, 0..<1), at: 450)
      try receiver.take(Self.frame(version, 3, 0..<1), at: 500)
      #expect(receiver.drops == [.fragmentTimeout: 3, .tooManyDatagrams: 1])
      try receiver.take(Self.frame(version, 3, 0..<1), at: 501)
      #expect(receiver.drops == [.fragmentTimeout: 4, .tooManyDatagrams: 1])
      // More than are given up at once.
      receiver.reassembly.expire(now: 1000)
      #expect(receiver.end() == [.fragmentTimeout: 6, .tooManyDatagrams: 1])
    }

    @Test(arguments: IPVersion.allCases) func manyTimeOutAtOnce(_ version: IPVersion) throws {
      let receiver = try Receiver(datagrams: 300)
      for number in 0..<300 { try receiver.take(Self.frame(version, number, 0..<1)) }
      receiver.reassembly.expire(now: 101)
      #expect(receiver.end() == [.fragmentTimeout: 300])
    }

    /// Each condition of a fragment's header, broken alone.
    @Test func whatIsNoFragmentIsRefused() throws {
      let good = Self.frame(.ipv4, 1, 0..<2)
      func drops(_ change: (inout [UInt8]) -> Void) throws -> [DropReason: UInt64] {
        let receiver = try Receiver()
        var frame = good
        change(&frame)
        try receiver.take(frame)
        #expect(receiver.whole.isEmpty)
        return receiver.end()
      }
      func sum(_ frame: inout [UInt8]) {
        (frame[24], frame[25]) = (0, 0)
        frame.withUnsafeMutableBytes { bytes in
          let ip = bytes.baseAddress! + 14
          ip.storeBig(Checksum.ofHeader20(UnsafeRawPointer(ip)), IPv4.checksumOffset)
        }
      }
      #expect(try drops { _ in } == [:])
      #expect(try drops { $0.removeLast($0.count - 33) } == [.tooShort: 1])
      #expect(try drops { ($0[12], $0[13]) = (8, 6) } == [.notIP: 1])
      #expect(try drops { $0[24] ^= 1 } == [.outerHeader: 1])
      #expect(
        try drops {
          $0[14] = 0x46
          sum(&$0)
        } == [.outerHeader: 1])
      #expect(try drops { $0.removeLast() } == [.outerHeader: 1])
      #expect(
        try drops {
          $0[17] = 19
          sum(&$0)
        } == [.outerHeader: 1])
    }

    @Test func whatIsNoFragmentOfIPv6IsRefused() throws {
      func drops(whole: Int = 0, _ change: (inout [UInt8]) -> Void) throws -> [DropReason: UInt64] {
        let receiver = try Receiver()
        var frame = Self.frame(.ipv6, 1, 0..<2)
        change(&frame)
        try receiver.take(frame)
        #expect(receiver.whole == (whole > 0 ? [frame] : []))
        return receiver.end()
      }
      #expect(try drops { _ in } == [:])
      #expect(try drops { $0.removeLast($0.count - 53) } == [.tooShort: 1])
      #expect(try drops { $0[14] = 0x45 } == [.outerHeader: 1])
      #expect(try drops { $0.removeLast() } == [.outerHeader: 1])
      // No room for the fragment header, whatever stands there; its data alone is missing.
      #expect(try drops { ($0[19], $0[57]) = (7, 0) } == [.fragmentLength: 1])
      #expect(try drops { $0[19] = 8 } == [.fragmentLength: 1])
      // Whatever else comes first is not a fragment.
      #expect(try drops(whole: 1) { $0[20] = 50 } == [:])
    }

    @Test func framesInSeveralBuffersAreRefused() throws {
      let receiver = try Receiver()
      let burst = Burst()
      defer { burst.deallocate() }
      try #require(receiver.pool.source.allocate(burst, count: 2))
      burst[0].put(Self.frame(.ipv4, 1, 0..<2))
      burst[0].link(to: burst[1])
      burst[0].setSegments(2, countOfAll: burst[0].count)
      #expect(receiver.reassembly.add(burst[0], now: 0) == nil)
      #expect(receiver.end() == [.segmented: 1])
    }
  }
}

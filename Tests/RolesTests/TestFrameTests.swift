import Basics
import Cases
import Roles
import TestSupport
import Testing

@Suite struct TestFrameTests {
  static let sizes = [60, 61, 63, 64, 123, 124, 125, 127, 1416, 1514]
  static let stamps: [(stamp: UInt64, time: UInt64, flow: UInt16)] = [
    (1, 0, 0), (2, 0, 63), (1 << 48 | 77, 0x0123_4567_89AB_CDEF, 5), (.max, .max, 64511), (0, 1, 1),
  ]

  /// Runs `body` with a frame and 2048 bytes of memory to write to.
  static func withFrame<Result>(
    _ bytes: Int, seed: UInt64 = 42, classes: Int = 1, deal: TunnelDeal = .one, version: IPVersion = .ipv4,
    _ body: (TestFrame, UnsafeMutableRawPointer) throws -> Result
  ) throws -> Result {
    let frame = try TestFrame(
      frameMemoryBytes: bytes, seed: seed, classes: classes, deal: deal, version: version)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 2048, alignment: 64)
    defer {
      memory.deallocate()
      frame.deallocate()
    }
    memory.initializeMemory(as: UInt8.self, repeating: 0xEE, count: 2048)
    return try body(frame, memory)
  }

  /// The frame of these numbers as it must come back.
  static func returned(_ bytes: Int, seed: UInt64 = 42, row: Int = 2) -> [UInt8] {
    let (stamp, time, flow) = stamps[row]
    return naiveReflection(naiveTestFrame(bytes: bytes, seed: seed, stamp: stamp, time: time, flow: flow))
  }

  @Test(arguments: sizes, stamps.indices) func isWrittenAsDrawn(bytes count: Int, row: Int) throws {
    let (stamp, time, flow) = Self.stamps[row]
    let expected = naiveTestFrame(bytes: count, seed: 42, stamp: stamp, time: time, flow: flow)
    try Self.withFrame(count) { frame, memory in
      #expect(frame.bytes == count)
      frame.write(to: memory, stamp: stamp, time: time, flow: flow)
      #expect(bytes(at: memory, count).hex() == expected.hex())
      // Nothing behind the frame is written.
      #expect(bytes(at: memory + count, 2048 - count).allSatisfy { $0 == 0xEE })
    }
  }

  @Test(arguments: sizes, stamps.indices) func aReturnedFrameIsIntact(bytes count: Int, row: Int) throws {
    try Self.withFrame(count) { frame, memory in
      memory.copyMemory(from: Self.returned(count, row: row), byteCount: count)
      #expect(frame.judge(memory, count: count) == .intact)
    }
  }

  /// Each flow has the hosts of its tunnel, there and back, and those of another one are found.
  @Test(arguments: [(3, 1), (3, 2), (10_000, 4)]) func framesAreOfTheirTunnels(tunnels: Int, stride: Int)
    throws
  {
    try Self.withFrame(60, deal: TunnelDeal(tunnels: tunnels, stride: stride)) { frame, memory in
      for flow in [0, 1, 2, 3, 5, 6, 7, 40_000, 65_535] {
        let tunnel = flow / stride % tunnels
        func naive(_ tunnel: Int) -> [UInt8] {
          naiveTestFrame(bytes: 60, seed: 42, stamp: 9, time: 7, flow: UInt16(flow), tunnel: tunnel)
        }
        frame.write(to: memory, stamp: 9, time: 7, flow: UInt16(flow))
        #expect(bytes(at: memory, 60).hex() == naive(tunnel).hex())
        for other in [tunnel, (tunnel + 1) % tunnels, 0] {
          memory.copyMemory(from: naiveReflection(naive(other)), byteCount: 60)
          #expect(frame.judge(memory, count: 60) == (other == tunnel ? .intact : .damaged))
        }
      }
    }
  }

  /// A returned frame with any byte changed is not intact.
  static func expectDamageIsFound(in honest: [UInt8], version: IPVersion = .ipv4) throws {
    let count = honest.count
    let masks = (0..<8).map { UInt8(1) << $0 } + [0xFF]
    try withFrame(count, version: version) { frame, memory in
      for offset in 0..<count {
        for mask in masks {
          memory.copyMemory(from: honest, byteCount: count)
          memory.storeBytes(of: honest[offset] ^ mask, toByteOffset: offset, as: UInt8.self)
          if frame.judge(memory, count: count) == .intact {
            Issue.record("byte \(offset) with \(mask) flipped passes as intact")
          }
        }
      }
    }
  }

  /// A returned frame of another length is not intact, and one below `least` bytes foreign.
  static func expectLengthIsChecked(
    of honest: [UInt8], least: Int, version: IPVersion = .ipv4
  ) throws {
    let count = honest.count
    let guarded = GuardedMemory()
    let longer = honest + [UInt8](repeating: 0, count: 64)
    try withFrame(count, version: version) { frame, _ in
      for other in Array(0..<count) + [count + 1, count + 64] {
        let judgement = frame.judge(guarded.put(Array(longer.prefix(other))), count: other)
        if judgement == .intact { Issue.record("\(other) of \(count) bytes pass as intact") }
        if other < least, judgement != .foreign {
          Issue.record("\(other) bytes are not foreign: \(judgement)")
        }
      }
    }
  }

  @Test(arguments: sizes) func everyDamagedByteIsFound(bytes count: Int) throws {
    try Self.expectDamageIsFound(in: Self.returned(count))
  }

  @Test(arguments: sizes) func aFrameOfAnotherLengthIsNotIntact(bytes count: Int) throws {
    try Self.expectLengthIsChecked(of: Self.returned(count), least: 60)
  }

  @Test(arguments: sizes) func aFrameOfAnotherRunIsNotIntact(bytes count: Int) throws {
    try Self.withFrame(count, seed: 42) { frame, memory in
      for seed in (0..<200).map(UInt64.init) where seed != 42 {
        memory.copyMemory(from: Self.returned(count, seed: seed), byteCount: count)
        if frame.judge(memory, count: count) == .intact { Issue.record("seed \(seed) passes as 42") }
      }
    }
  }

  /// Each class has frames of its own, in DSCP and in the check.
  @Test(arguments: [60, 127, 1514], [1, 2, 5, 8])
  func classesAreInTheFrame(bytes count: Int, classes: Int) throws {
    let (stamp, time, flow) = Self.stamps[2]
    try Self.withFrame(count, classes: classes) { frame, memory in
      for index in 0..<classes {
        let expected = naiveTestFrame(
          bytes: count, seed: 42, stamp: stamp, time: time, flow: flow, class: index)
        #expect(expected[15] == UInt8(32 * index))
        frame.write(to: memory, stamp: stamp, time: time, flow: flow, class: index)
        #expect(bytes(at: memory, count).hex() == expected.hex())
        memory.copyMemory(from: naiveReflection(expected), byteCount: count)
        #expect(frame.judge(memory, count: count) == .intact)
      }
    }
  }

  /// A class that a gateway has changed, checksum and all, or one that nobody sent.
  @Test(arguments: [1, 2, 5]) func aFrameOfAnotherClassIsDamaged(classes: Int) throws {
    let (stamp, time, flow) = Self.stamps[2]
    try Self.withFrame(127, classes: classes) { frame, memory in
      for index in 0..<classes {
        for other in 0..<8 where other != index {
          var changed = naiveTestFrame(
            bytes: 127, seed: 42, stamp: stamp, time: time, flow: flow, class: index)
          changed[15] = UInt8(32 * other)
          changed.replaceSubrange(24..<26, with: [0, 0])
          changed.replaceSubrange(24..<26, with: big(UInt64(naiveChecksum(Array(changed[14..<34]))), 2))
          memory.copyMemory(from: naiveReflection(changed), byteCount: 127)
          #expect(frame.judge(memory, count: 127) != .intact, "\(index) as \(other)")
        }
      }
    }
  }

  /// One that gateways may cut has an identification, the last bits of its ordinal, there and back.
  @Test(arguments: [60, 127, 1514]) func framesThatMayBeCutAreToldApart(bytes count: Int) throws {
    let frame = try TestFrame(frameMemoryBytes: count, seed: 42, mayBeCut: true)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 2048, alignment: 64)
    defer {
      memory.deallocate()
      frame.deallocate()
    }
    for stamp in [1, 0x1_0000, 3 << 48 | 0x1_2345] as [UInt64] {
      var expected = naiveTestFrame(bytes: count, seed: 42, stamp: stamp, time: 7, flow: 5)
      expected.replaceSubrange(18..<22, with: big(stamp & 0xFFFF, 2) + [0, 0])
      expected.replaceSubrange(24..<26, with: [0, 0])
      expected.replaceSubrange(24..<26, with: big(UInt64(naiveChecksum(Array(expected[14..<34]))), 2))
      frame.write(to: memory, stamp: stamp, time: 7, flow: 5)
      #expect(bytes(at: memory, count).hex() == expected.hex())
      for (offset, isIntact) in [(nil, true), (19, false), (20, false), (25, false)] as [(Int?, Bool)] {
        var back = naiveReflection(expected)
        if let offset { back[offset] ^= 1 }
        memory.copyMemory(from: back, byteCount: count)
        #expect((frame.judge(memory, count: count) == .intact) == isIntact, "\(offset ?? -1)")
      }
    }
  }

  /// Lengths follow from ordinals, whatever the path; a frame of another turn's length is not intact.
  @Test func framesOfAMixHaveTheirLengthsInTurn() throws {
    let turns = [60, 590, 60, 1514, 123]
    let frame = try TestFrame(frameMemoryLengths: turns, seed: 42)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: 2048, alignment: 64)
    defer {
      memory.deallocate()
      frame.deallocate()
    }
    #expect(frame.bytes == 1514)
    for path in [0, 7] as [UInt64] {
      for ordinal in 1...12 as ClosedRange<UInt64> {
        let (stamp, count) = (path << 48 | ordinal, turns[Int(ordinal - 1) % 5])
        #expect(frame.bytes(of: stamp) == count)
        memory.initializeMemory(as: UInt8.self, repeating: 0xEE, count: 2048)
        frame.write(to: memory, stamp: stamp, time: 5, flow: 9)
        let expected = naiveTestFrame(bytes: count, seed: 42, stamp: stamp, time: 5, flow: 9)
        #expect(bytes(at: memory, count).hex() == expected.hex())
        #expect(bytes(at: memory + count, 2048 - count).allSatisfy { $0 == 0xEE })
        for other in Set(turns) {
          let back = naiveReflection(
            naiveTestFrame(bytes: other, seed: 42, stamp: stamp, time: 5, flow: 9))
          memory.copyMemory(from: back, byteCount: other)
          let isIntact = frame.judge(memory, count: other) == .intact
          #expect(isIntact == (other == count), "\(other) at \(ordinal)")
        }
      }
    }
  }

  @Test func oneImpossibleLengthOfAMixIsRefused() {
    #expect(throws: RoleError.frameBytes(63)) { try TestFrame(frameMemoryLengths: [60, 59, 61], seed: 1) }
  }

  static let strangers: [(name: String, frame: [UInt8])] = [
    ("zeros", [UInt8](repeating: 0, count: 60)),
    ("ARP", naiveEthernet(.gatewayARed, type: 0x0806, [UInt8](repeating: 1, count: 46))),
    ("IPv6", naiveEthernet(.gatewayARed, type: 0x86DD, naiveIPv6(58, [UInt8](repeating: 1, count: 24)))),
    ("UDP", naiveEthernet(.gatewayARed, naiveIPv4(17, from: 1, to: 2, naiveUDP(53, 53, Array(0..<18))))),
  ]

  @Test(arguments: strangers) func aStrangersFrameIsForeign(name: String, bytes: [UInt8]) throws {
    try Self.withFrame(60) { frame, memory in
      memory.copyMemory(from: bytes, byteCount: bytes.count)
      #expect(frame.judge(memory, count: bytes.count) == .foreign)
    }
  }

  @Test(arguments: [-4, 0, 59, 1515, 9000]) func impossibleSizesAreRefused(bytes: Int) {
    #expect(throws: RoleError.frameBytes(bytes + 4)) { try TestFrame(frameMemoryBytes: bytes, seed: 1) }
  }
}

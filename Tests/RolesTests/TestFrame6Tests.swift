import Basics
import Cases
import Roles
import TestSupport
import Testing

/// The generator's frames of IPv6.
@Suite struct TestFrame6Tests {
  static let sizes = [80, 81, 83, 84, 127, 1416, 1514]
  static let stamps = TestFrameTests.stamps

  static func withFrame<Result>(
    _ bytes: Int, seed: UInt64 = 42, classes: Int = 1,
    _ body: (TestFrame, UnsafeMutableRawPointer) throws -> Result
  ) throws -> Result {
    try TestFrameTests.withFrame(bytes, seed: seed, classes: classes, version: .ipv6, body)
  }

  static func returned(_ bytes: Int, seed: UInt64 = 42, row: Int = 2) -> [UInt8] {
    let (stamp, time, flow) = stamps[row]
    return naiveReflection6(naiveTestFrame6(bytes: bytes, seed: seed, stamp: stamp, time: time, flow: flow))
  }

  @Test(arguments: sizes, stamps.indices) func isWrittenAsDrawn(bytes count: Int, row: Int) throws {
    let (stamp, time, flow) = Self.stamps[row]
    let expected = naiveTestFrame6(bytes: count, seed: 42, stamp: stamp, time: time, flow: flow)
    try Self.withFrame(count) { frame, memory in
      frame.write(to: memory, stamp: stamp, time: time, flow: flow)
      #expect(bytes(at: memory, count).hex() == expected.hex())
      #expect(bytes(at: memory + count, 2048 - count).allSatisfy { $0 == 0xEE })
      memory.copyMemory(from: Self.returned(count, row: row), byteCount: count)
      #expect(frame.judge(memory, count: count) == .intact)
    }
  }

  @Test(arguments: sizes) func everyDamagedByteIsFound(bytes count: Int) throws {
    try TestFrameTests.expectDamageIsFound(in: Self.returned(count), version: .ipv6)
  }

  @Test(arguments: sizes) func aFrameOfAnotherLengthIsNotIntact(bytes count: Int) throws {
    try TestFrameTests.expectLengthIsChecked(of: Self.returned(count), least: 80, version: .ipv6)
  }

  /// Each class in the frame, and the other version's frames are foreign.
  @Test(arguments: [1, 3, 8]) func classesAreInTheFrame(classes: Int) throws {
    let (stamp, time, flow) = Self.stamps[2]
    try Self.withFrame(127, classes: classes) { frame, memory in
      for index in 0..<classes {
        let expected = naiveTestFrame6(
          bytes: 127, seed: 42, stamp: stamp, time: time, flow: flow, class: index)
        frame.write(to: memory, stamp: stamp, time: time, flow: flow, class: index)
        #expect(bytes(at: memory, 127).hex() == expected.hex())
        memory.copyMemory(from: naiveReflection6(expected), byteCount: 127)
        #expect(frame.judge(memory, count: 127) == .intact)
      }
      let other = TestFrameTests.returned(127)
      memory.copyMemory(from: other, byteCount: 127)
      #expect(frame.judge(memory, count: 127) == .foreign)
    }
  }

  @Test(arguments: [59, 79, 1515]) func impossibleSizesAreRefused(bytes: Int) {
    #expect(throws: RoleError.frameBytes(bytes + 4, .ipv6)) {
      try TestFrame(frameMemoryBytes: bytes, seed: 1, version: .ipv6)
    }
  }

  /// What descriptors are held to is what there is room for.
  @Test(arguments: IPVersion.allCases) func theLeastIsWhatDescriptorsMayAskFor(version: IPVersion) throws {
    let least = version.frameBytesMin - 4
    try TestFrame(frameMemoryBytes: least, seed: 1, version: version).deallocate()
    #expect(throws: RoleError.self) {
      try TestFrame(frameMemoryBytes: least - 1, seed: 1, version: version)
    }
    #expect(RoleError.frameBytes(1, version).description.contains("choose \(version.frameBytesMin) to 1518"))
  }
}

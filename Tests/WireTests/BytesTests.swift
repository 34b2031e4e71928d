import Testing
import Wire

@Suite struct BytesTests {
  /// Bytes 1, 2, 3, …: whatever is loaded from them tells where it came from.
  static let source: [UInt8] = (1...64).map { UInt8($0) }

  static func check<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) {
    let size = MemoryLayout<T>.size
    source.withUnsafeBytes { source in
      for offset in 0...source.count - size {
        let digits = source[offset..<offset + size].map { T(truncatingIfNeeded: $0) }
        let big = digits.reduce(0) { $0 << 8 | $1 }
        let little = digits.reversed().reduce(0) { $0 << 8 | $1 }
        let start = source.baseAddress!
        #expect(start.loadBig(offset, as: T.self) == big)
        #expect(start.loadLittle(offset, as: T.self) == little)

        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: source.count, alignment: 64)
        defer { copy.deallocate() }
        let target = copy.baseAddress!
        for isBig in [true, false] {
          copy.initializeMemory(as: UInt8.self, repeating: 0xEE)
          isBig ? target.storeBig(big, offset) : target.storeLittle(little, offset)
          var expected = [UInt8](repeating: 0xEE, count: source.count)
          expected.replaceSubrange(offset..<offset + size, with: source[offset..<offset + size])
          #expect(Array(copy) == expected, "\(T.self) at \(offset)")
          #expect(
            isBig
              ? target.loadBig(offset, as: T.self) == big : target.loadLittle(offset, as: T.self) == little)
        }
      }
    }
  }

  @Test func oneByte() { Self.check(UInt8.self) }
  @Test func twoBytes() { Self.check(UInt16.self) }
  @Test func fourBytes() { Self.check(UInt32.self) }
  @Test func eightBytes() { Self.check(UInt64.self) }

  @Test func vectorIsTwoLittleEndianWords() {
    for offset in 0...16 {
      var bytes = [UInt8](repeating: 0xEE, count: 32)
      bytes.withUnsafeMutableBytes {
        $0.baseAddress!.storeVector(0x0807_0605_0403_0201, 0x100F_0E0D_0C0B_0A09, offset)
      }
      var expected = [UInt8](repeating: 0xEE, count: 32)
      expected.replaceSubrange(offset..<offset + 16, with: Self.source.prefix(16))
      #expect(bytes == expected)
    }
  }
}

import Basics
import TestSupport
import Testing
import Wire

@Suite struct ChecksumTests {
  /// RFC 1071 section 1, word by word.
  static func naive(_ bytes: [UInt8]) -> UInt16 {
    var sum = 0
    for index in stride(from: 0, to: bytes.count, by: 2) {
      sum += Int(bytes[index]) << 8 + Int(bytes[index + 1])
    }
    while sum > 0xFFFF { sum = sum & 0xFFFF + sum >> 16 }
    return ~UInt16(sum)
  }

  static func withChecksum(_ header: [UInt8]) -> [UInt8] {
    let sum = naive(header)
    var header = header
    header[10] = UInt8(sum >> 8)
    header[11] = UInt8(sum & 0xFF)
    return header
  }

  @Test func randomHeadersMatchRFC1071() {
    var generator = SplitMix64(state: 1)
    for round in 0..<20_000 {
      var header = generator.bytes(20)
      // Long runs of ones carry the furthest.
      if round % 4 == 0 { header = header.map { $0 | 0xF0 } }
      header[10] = 0
      header[11] = 0
      guard Checksum.ofHeader20(header) == Self.naive(header) else {
        Issue.record("\(header): \(Checksum.ofHeader20(header)), not \(Self.naive(header))")
        return
      }
      guard Checksum.isValidHeader20(Self.withChecksum(header)) else {
        Issue.record("\(header) with its checksum is refused")
        return
      }
    }
  }

  /// Headers from the field, whose checksums stand in them: draft-mcgrew-gcm-test-01 and RFC 7634.
  @Test(
    arguments: [
      ([0x45, 0, 0, 0x48, 0x69, 0x9A, 0, 0, 0x80, 0x11, 0x4D, 0xB7, 192, 168, 1, 2, 192, 168, 1, 1], 0x4DB7),
      ([0x45, 0, 0, 0x3E, 0x69, 0x8F, 0, 0, 0x80, 0x11, 0x4D, 0xCC, 192, 168, 1, 2, 192, 168, 1, 1], 0x4DCC),
      ([0x45, 0, 0, 0x54, 0xA6, 0xF2, 0, 0, 0x40, 0x01, 0xE7, 0x78, 198, 51, 100, 5, 192, 0, 2, 5], 0xE778),
    ] as [([UInt8], UInt16)])
  func knownHeader(bytes: [UInt8], checksum: UInt16) {
    #expect(Checksum.isValidHeader20(bytes))
    var header = bytes
    header[10] = 0
    header[11] = 0
    #expect(Checksum.ofHeader20(header) == checksum)
  }

  @Test func extremes() {
    let zeros = [UInt8](repeating: 0, count: 20)
    #expect(Checksum.ofHeader20(zeros) == 0xFFFF)
    #expect(!Checksum.isValidHeader20(zeros))
    let ones = [UInt8](repeating: 0xFF, count: 20)
    #expect(Checksum.sum20(ones) == 0xFFFF)
  }

  /// Words next to a carry, in every combination: each fold of the sum is needed somewhere among them.
  @Test func everyCarry() {
    let words: [[UInt8]] = [
      [0, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0xFF, 0xFF, 0, 0], [0, 0, 0xFF, 0xFF],
      [0xFE, 0xFF, 0xFF, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF],
    ]
    for index in 0..<7 * 7 * 7 * 7 * 7 {
      let header = [1, 7, 49, 343, 2401].flatMap { words[index / $0 % 7] }
      guard Checksum.ofHeader20(header) == Self.naive(header) else {
        Issue.record("\(header): \(Checksum.ofHeader20(header)), not \(Self.naive(header))")
        return
      }
    }
  }

  /// Sums over any length, in parts, against those of RFC 1071.
  @Test func sumsOfAnyLengthCanBeAdded() {
    var generator = SplitMix64(state: 4)
    for count in Array(0...67) + [1453, 1454] {
      for mask in [0 as UInt8, 0xF0, 0xFF] {
        let bytes = generator.bytes(count).map { $0 | mask }
        let expected = ~Self.naive(bytes + (count % 2 == 0 ? [] : [0]))
        let half = count / 4 * 2
        let sum =
          Checksum.sum(Array(bytes.prefix(half)), count: half)
          + Checksum.sum(Array(bytes.dropFirst(half)), count: count - half)
        #expect(Checksum.folded(sum) == expected.bigEndian, "\(count) bytes")
      }
    }
    #expect(Checksum.folded(.max) == 0xFFFF && Checksum.folded(0x1_0000_FFFF) == 1)
  }

  @Test func eachFlippedBitIsFound() {
    var generator = SplitMix64(state: 2)
    var header = generator.bytes(20)
    header[10] = 0
    header[11] = 0
    header = Self.withChecksum(header)
    for bit in 0..<160 {
      var damaged = header
      damaged[bit / 8] ^= 1 << (bit % 8)
      #expect(!Checksum.isValidHeader20(damaged), "bit \(bit)")
    }
  }

  @Test func alignmentDoesNotMatter() {
    var generator = SplitMix64(state: 3)
    let bytes = generator.bytes(64)
    for offset in 0..<16 {
      let header = Array(bytes[offset..<offset + 20])
      let sum = bytes.withUnsafeBytes { Checksum.ofHeader20($0.baseAddress! + offset) }
      #expect(sum == Self.naive(header))
    }
  }
}

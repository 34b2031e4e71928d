import Basics
import TestSupport
import Testing
import Wire

/// Packets cut into pieces, against the words of RFC 791 and RFC 8200, and against Scapy.
@Suite struct FragmentationTests {
  /// A packet of `count` bytes that may be cut, of random bytes where nothing else is asked for.
  static func packet(
    version: Int, count: Int, field: UInt16 = 0, first: UInt8? = nil, next: UInt8 = 17, length: Int? = nil
  ) -> [UInt8] {
    var random = SplitMix64(state: UInt64(count) &* 31 &+ UInt64(version))
    var packet = random.bytes(count)
    func store(_ value: UInt16, _ at: Int) {
      (packet[at], packet[at + 1]) = (UInt8(value >> 8), UInt8(truncatingIfNeeded: value))
    }
    if version == 6 {
      packet[0] = 0x60 | packet[0] & 0xF
      store(UInt16(length ?? count - 40), 4)
      packet[6] = next
    } else {
      packet[0] = first ?? 0x45
      store(UInt16(length ?? count), 2)
      store(field, 6)
      store(0, 10)
      store(ChecksumTests.naive(Array(packet[..<20])), 10)
    }
    return packet
  }

  /// The pieces, or why there are none.
  static func cut(
    _ packet: [UInt8], room: Int, identification: UInt32 = 0x0102_0304
  ) -> (reason: DropReason, pieces: [[UInt8]]) {
    packet.withUnsafeBytes { packet in
      let start = packet.baseAddress!
      let cut = CutPacket(start, count: packet.count, room: room, identification: identification)
      guard cut.reason == .none else { return (cut.reason, []) }
      return (
        .none,
        (0..<cut.pieces).map { index in
          var header = [UInt8](repeating: 0xEE, count: cut.headerBytes)
          header.withUnsafeMutableBytes { cut.writeHeader(of: index, to: $0.baseAddress!) }
          return header + packet[cut.offset(index)..<cut.offset(index) + cut.count(index)]
        }
      )
    }
  }

  private static func big(_ bytes: [UInt8], _ at: Int, _ count: Int = 2) -> Int {
    bytes[at..<at + count].reduce(0) { $0 << 8 | Int($1) }
  }

  static let lengths =
    [69, 100, 124, 125, 132, 133, 400] + Array(1424...1455) + [1500, 2900, 4400, 8999, 9000]
  /// The least that a path of IPv4 has, and what is left around our formats.
  static let rooms = [68, 576, 1446, 1448]

  /// Whether a packet of so many bytes is cut so, and can be.
  private static func isCut(_ count: Int, _ room: Int, header: Int) -> Bool {
    count > room && (count - header) <= 8 * ((room - header) / 8 * 8)
  }

  @Test(arguments: rooms) func piecesOfIPv4(_ room: Int) {
    for count in Self.lengths where Self.isCut(count, room, header: 20) {
      // Whole, and itself a piece, in the middle and at the end.
      for field in [0, 0x2000 | 3, 1000, 0x8000] as [UInt16] {
        let packet = Self.packet(version: 4, count: count, field: field)
        let (reason, pieces) = Self.cut(packet, room: room)
        #expect(reason == .none && pieces.count > 1, "\(count) bytes")
        var offset = Int(field & 0x1FFF) * 8
        for (index, piece) in pieces.enumerated() {
          let isLast = index == pieces.count - 1
          #expect(piece.count <= room && Self.big(piece, 2) == piece.count)
          #expect(ChecksumTests.naive(Array(piece[..<20])) == 0)
          #expect(piece[..<2] == packet[..<2] && piece[4..<6] == packet[4..<6])
          #expect(piece[8..<10] == packet[8..<10] && piece[12..<20] == packet[12..<20])
          let more: UInt16 = isLast ? field & 0x2000 : 0x2000
          #expect(Self.big(piece, 6) == Int(field & 0x8000 | more) | offset / 8, "\(count) bytes, \(index)")
          if !isLast { #expect((piece.count - 20) % 8 == 0 && piece.count + 8 > room) }
          offset += piece.count - 20
        }
        #expect(pieces.flatMap { $0[20...] } == Array(packet[20...]))
      }
    }
  }

  @Test(arguments: rooms.dropFirst()) func piecesOfIPv6(_ room: Int) {
    for count in Self.lengths where Self.isCut(count, room, header: 48) {
      let packet = Self.packet(version: 6, count: count)
      let (reason, pieces) = Self.cut(packet, room: room)
      #expect(reason == .none && pieces.count > 1, "\(count) bytes")
      var offset = 0
      for (index, piece) in pieces.enumerated() {
        let isLast = index == pieces.count - 1
        #expect(piece.count <= room && Self.big(piece, 4) == piece.count - 40)
        #expect(piece[..<4] == packet[..<4] && piece[6] == 44 && piece[7..<40] == packet[7..<40])
        #expect(piece[40] == packet[6] && piece[41] == 0 && Self.big(piece, 44, 4) == 0x0102_0304)
        #expect(Self.big(piece, 42) == offset | (isLast ? 0 : 1), "\(count) bytes, piece \(index)")
        if !isLast { #expect((piece.count - 48) % 8 == 0 && piece.count + 8 > room) }
        offset += piece.count - 48
      }
      #expect(pieces.flatMap { $0[48...] } == Array(packet[40...]))
    }
  }

  @Test func whatIsNotCutHasItsReason() {
    func reason(_ packet: [UInt8], room: Int = 1448) -> DropReason { Self.cut(packet, room: room).reason }
    func four(
      field: UInt16 = 0, first: UInt8 = 0x45, length: Int? = nil, count: Int = 2000
    ) -> [UInt8] {
      Self.packet(version: 4, count: count, field: field, first: first, length: length)
    }
    #expect(reason(four()) == .none)
    #expect(reason(four(field: 0x4000)) == .dontFragment)
    #expect(reason(four(field: 0x2000)) == .none)
    #expect(reason(four(first: 0x46)) == .headerOptions)
    #expect(reason(four(first: 0x44)) == .innerLength)
    for first in [0x05, 0x55, 0x75, 0xF5] as [UInt8] { #expect(reason(four(first: first)) == .innerVersion) }
    for length in [19, 1999, 2001] { #expect(reason(four(length: length)) == .innerLength) }
    // It ends with the longest packet's last byte, or behind it.
    let last = UInt16((65_535 - 2007) / 8)
    #expect(reason(four(field: last, count: 2007)) == .none)
    #expect(reason(four(field: last, count: 2008)) == .innerLength)

    func six(next: UInt8 = 17, length: Int? = nil) -> [UInt8] {
      Self.packet(version: 6, count: 2000, next: next, length: length)
    }
    #expect(reason(six()) == .none)
    for next in [0, 43, 44, 60] as [UInt8] { #expect(reason(six(next: next)) == .headerOptions) }
    for next in [6, 17, 50, 58, 59] as [UInt8] { #expect(reason(six(next: next)) == .none) }
    for length in [1959, 1961] { #expect(reason(six(length: length)) == .innerLength) }

    // Eight pieces of 48 bytes' data, the last of up to 48.
    for (data, pieces) in [(336, 7), (337, 8), (384, 8)] {
      #expect(Self.cut(Self.packet(version: 4, count: 20 + data), room: 68).pieces.count == pieces)
    }
    #expect(reason(Self.packet(version: 4, count: 20 + 385), room: 68) == .tooManyPieces)
  }

  private struct Question: Encodable {
    let packet: String
    let room: Int
    let identification: UInt32
    let pieces: [String]
  }

  @Test func theOracleCutsTheSame() throws {
    var questions: [Question] = []
    for room in Self.rooms {
      for (version, header) in [(4, 20), (6, 48)] where room > 68 || version == 4 {
        for count in Self.lengths where Self.isCut(count, room, header: header) {
          let packet = Self.packet(version: version, count: count)
          let identification = UInt32(count)
          let pieces = Self.cut(packet, room: room, identification: identification).pieces.map { $0.hex() }
          questions.append(
            Question(packet: packet.hex(), room: room, identification: identification, pieces: pieces))
        }
      }
    }
    for (question, answer) in zip(questions, try Oracle.answers(of: "fragments_scapy.py", to: questions)) {
      #expect(answer == "right", "\(question.packet.count / 2) bytes, room \(question.room)")
    }
  }
}

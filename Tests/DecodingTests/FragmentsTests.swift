import Decoding
import Testing
import Wire

private func big(_ value: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
}

/// Outer fragments, put together by the decoder as by their receiver.
@Suite struct FragmentsTests {
  /// A packet's headers up to where a fragment's come, and its data.
  struct Packet: Sendable {
    var version = 4
    var identification: UInt32 = 7
    var source: UInt8 = 1
    var destination: UInt8 = 2
    var number: UInt8 = 50
    /// Of IPv4 options, of IPv6 a header of destination options.
    var hasOptions = false
    var count = 600

    var data: [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + $0 >> 8) } }

    /// The part of the data with that range; all of it is the packet itself.
    func frame(_ range: Range<Int>, isLast: Bool) -> [UInt8] {
      let part = range.upperBound <= count ? Array(data[range]) : [UInt8](repeating: 0, count: range.count)
      let isWhole = range == 0..<count && isLast
      if version == 4 {
        let field = UInt64(range.lowerBound / 8 | (isLast ? 0 : 0x2000))
        let options: [UInt8] = hasOptions ? [1, 1, 1, 1] : []
        return [UInt8(0x45 + options.count / 4), 0] + big(UInt64(20 + options.count + part.count), 2)
          + big(UInt64(identification), 2) + big(isWhole ? 0 : field, 2) + [64, number, 0, 0]
          + [192, 0, 2, source, 192, 0, 2, destination] + options + part
      }
      let field = UInt64(range.lowerBound | (isLast ? 0 : 1))
      let between = isWhole ? [] : [number, 0] + big(field, 2) + big(UInt64(identification), 4)
      let next = isWhole ? number : 44
      let options: [UInt8] = hasOptions ? [next, 0, 1, 4, 0, 0, 0, 0] : []
      let rest = options + between + part
      let network = [0x20, 1, 0xD, 0xB8] + [UInt8](repeating: 0, count: 11)
      return [0x60, 0, 0, 0] + big(UInt64(rest.count), 2) + [hasOptions ? 60 : next, 64]
        + network + [source] + network + [destination] + rest
    }

    func frame(from first: Int, to end: Int? = nil) -> [UInt8] {
      frame(first..<(end ?? count), isLast: end == nil)
    }
  }

  /// What one decoder tells of frames, one after the other.
  private final class Decoder {
    private let decoder = PacketDecoder(KnownAssociations())

    func tell(_ frame: [UInt8], cut: Int = 0) throws -> (text: String, verdict: PacketVerdict) {
      var line = Line()
      let verdict = try frame.dropLast(cut).withUnsafeBytes {
        try decoder.decode(
          CaptureReader.Frame(.rawIP, nanoseconds: nil, bytes: $0, wireCount: frame.count), into: &line)
      }
      return (line.text, verdict)
    }

    /// Whether a fragment was the last one missing.
    func completes(_ frame: [UInt8]) throws -> Bool { try tell(frame).text.contains("; whole: ") }
  }

  static let packets = [4, 6].flatMap { version in
    [false, true].map { Packet(version: version, hasOptions: $0) }
  }

  /// In whatever order they come, the last one tells what the packet is, word for word.
  @Test(arguments: packets) func fragmentsAreAPacket(packet: Packet) throws {
    let whole = try Decoder().tell(packet.frame(from: 0))
    #expect(whole.verdict == .noKey && whole.text.contains("ESP 0x00070e15 #"), "\(whole.text)")
    let cuts = [(0, 200), (200, 208), (208, 504), (504, nil)] as [(Int, Int?)]
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1], [1, 3, 0, 2]] {
      let decoder = Decoder()
      for _ in 1...2 {
        for index in order.dropLast() {
          let told = try decoder.tell(packet.frame(from: cuts[index].0, to: cuts[index].1))
          #expect(told.verdict == .fragment)
          let words = "a fragment of ESP at byte \(cuts[index].0), \(index == 3 ? "the last" : "more follow")"
          #expect(told.text.hasSuffix(words), "\(told.text)")
        }
        let last = cuts[order[3]]
        let told = try decoder.tell(packet.frame(from: last.0, to: last.1))
        #expect(told.verdict == whole.verdict)
        #expect(told.text.hasSuffix("; whole: \(whole.text)"), "\(told.text)")
      }
    }
  }

  /// Fragments of different packets do not meet.
  @Test(arguments: [4, 6]) func packetsAreToldApart(version: Int) throws {
    let packet = Packet(version: version)
    var others = [packet, packet, packet]
    others[0].identification += 1
    others[1].source += 1
    others[2].destination += 1
    if version == 4 {
      others.append(packet)
      others[3].number = 51
    }
    for other in others {
      let decoder = Decoder()
      #expect(try !decoder.completes(other.frame(from: 0, to: 200)))
      #expect(try !decoder.completes(packet.frame(from: 200)))
      #expect(try decoder.completes(other.frame(from: 200)))
      #expect(try decoder.completes(packet.frame(from: 0, to: 200)))
    }
  }

  /// What overlaps, comes twice or has another end makes no packet, and takes along what came before it.
  @Test(arguments: [4, 6]) func whatOverlapsIsGivenUp(version: Int) throws {
    let packet = Packet(version: version)
    let pairs: [((Int, Int?), (Int, Int?))] = [
      ((0, 200), (0, 200)), ((0, 200), (192, nil)), ((200, 400), (0, 208)), ((200, nil), (400, nil)),
      ((200, 400), (200, nil)), ((0, 600), (200, nil)),
    ]
    for (one, other) in pairs {
      let decoder = Decoder()
      #expect(try decoder.tell(packet.frame(from: one.0, to: one.1)).verdict == .fragment)
      let told = try decoder.tell(packet.frame(from: other.0, to: other.1))
      #expect(told.verdict == .other && told.text.hasSuffix("all of its packet is given up"), "\(told.text)")
      // Nothing of it is there any more.
      #expect(try decoder.tell(packet.frame(from: 0, to: 200)).verdict == .fragment)
      #expect(try decoder.completes(packet.frame(from: 200)))
    }
    // Data behind its end.
    let decoder = Decoder()
    #expect(try decoder.tell(packet.frame(from: 400)).verdict == .fragment)
    #expect(try decoder.tell(packet.frame(600..<608, isLast: false)).verdict == .other)
    #expect(try decoder.tell(packet.frame(600..<608, isLast: false)).verdict == .fragment)
    #expect(try decoder.tell(packet.frame(from: 400)).verdict == .other)
  }

  @Test(arguments: [4, 6]) func impossibleLengthsAreRefused(version: Int) throws {
    let packet = Packet(version: version)
    let header = version == 4 ? 20 : 0
    for (range, isLast, isRight) in [
      (200..<200, true, false), (200..<207, false, false), (200..<207, true, true),
      (65504..<65536 - header, true, false), (65504..<65535 - header, true, true),
    ] {
      let told = try Decoder().tell(packet.frame(range, isLast: isLast))
      #expect(told.verdict == (isRight ? .fragment : .other), "\(range): \(told.text)")
      #expect(told.text.hasSuffix("of an impossible length") == !isRight, "\(range): \(told.text)")
    }
  }

  /// A packet may be as long as its length field can say, with all headers.
  @Test(arguments: packets, [0, 1]) func theLongestPacket(packet: Packet, more: Int) throws {
    var packet = packet
    let options = packet.hasOptions ? (packet.version == 4 ? 4 : 8) : 0
    packet.count = 65535 - options - (packet.version == 4 ? 20 : 0) + more
    let decoder = Decoder()
    _ = try decoder.tell(packet.frame(from: 32768))
    let told = try decoder.tell(packet.frame(from: 0, to: 32768))
    #expect(told.text.contains("; whole: ") == (more == 0), "\(told.text.prefix(200))")
  }

  /// One fragment more or less decides whether a packet is still waited for.
  @Test(arguments: [0, 1]) func waitsForSoMany(more: Int) throws {
    let decoder = Decoder()
    let packet = Packet()
    _ = try decoder.tell(packet.frame(from: 0, to: 200))
    for number in 0..<1022 + more {
      let other = Packet(identification: UInt32(1000 + number))
      #expect(try decoder.tell(other.frame(from: 0, to: 200)).verdict == .fragment)
    }
    #expect(try decoder.completes(packet.frame(from: 200)) == (more == 0))
  }

  /// Of a fragment that was cut off nothing is taken.
  @Test func whatWasCutOffIsNoPart() throws {
    let (decoder, packet) = (Decoder(), Packet())
    let told = try decoder.tell(packet.frame(from: 0, to: 200), cut: 1)
    #expect(told.verdict == .cutOff && told.text.hasSuffix(", cut off, 199 of 200 bytes captured"))
    #expect(try !decoder.completes(packet.frame(from: 200)))
    #expect(try decoder.completes(packet.frame(from: 0, to: 200)))
  }
}

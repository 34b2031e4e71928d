import Basics
import Cases
import Crypto
import Foundation
import TestSupport
import Testing
import Tunnel
import Wire

/// ESP packets of ours opened by programs that others wrote, and theirs by ours.
///
/// Sizes with every length of padding that is needed, with IPv4 and IPv6 within and with and without UDP
/// around by turns, so that over the rows each size meets each of these. VPE, which no other program knows,
/// is in `VPEVectorTests`.
@Suite struct InteroperationTests {
  struct Question: Encodable {
    var task = "seal"
    let aead: String
    let key: String
    let spi: UInt32
    let salt: UInt32
    let extended: Bool
    let sequence: UInt64
    let outer: Int
    let udpPort: UInt16?
    var packet: String

    enum CodingKeys: String, CodingKey {
      case task = "do"
      case udpPort = "udp_port"
      case aead, key, spi, salt, extended, sequence, outer, packet
    }
  }

  /// A packet to be sealed, and all that it is sealed with.
  struct Exchange {
    let algorithm: AEADAlgorithm
    let association: ESPAssociation
    let sequence: UInt64
    let inner: [UInt8]
    /// The version of the outer header that others write; ours is IPv4.
    let outer: Int
    let udpPort: UInt16?

    func question(_ task: String, _ packet: [UInt8]) -> Question {
      Question(
        task: task, aead: algorithm.rawValue, key: TestTunnel.key(algorithm).hex(), spi: association.spi,
        salt: association.salt, extended: association.usesESN, sequence: sequence, outer: outer,
        udpPort: udpPort, packet: packet.hex())
    }

    /// The ESP packet as we seal it.
    func sealed(_ aead: AEAD) throws -> [UInt8] {
      var sealer = ESPSealer(association, aead: aead, sequence: sequence - 1)
      return try sealer.sealed(inner)
    }

    /// What comes of an ESP packet if all before its number have been seen.
    func opened(_ packet: [UInt8], _ aead: AEAD) -> Outcome {
      withWindow(top: sequence - 1) { window in
        var opener = ESPOpener(association, aead: aead, window: window)
        return opener.opened(packet)
      }
    }

    /// An ESP packet within IPv4, and UDP if asked for.
    func carried(_ packet: [UInt8]) -> [UInt8] {
      let udp = udpPort == nil ? 0 : UDP.headerBytes
      let header = IPv4.headerBytes + udp
      var bytes = [UInt8](repeating: 0, count: header) + packet
      bytes.withUnsafeMutableBytes { bytes in
        let at = bytes.baseAddress!
        IPv4.write(
          to: at, totalLength: UInt16(bytes.count),
          protocol: udpPort == nil ? IPv4.protocolESP : IPv4.protocolUDP, source: 0xC000_0201,
          destination: 0xC000_0202)
        if let udpPort {
          UDP.write(
            to: at + IPv4.headerBytes, source: udpPort, destination: udpPort,
            length: UInt16(udp + packet.count))
        }
      }
      return bytes
    }

    /// The ESP packet within a packet that others made.
    func uncarried(_ packet: [UInt8]) -> [UInt8] {
      let header = (outer == 4 ? IPv4.headerBytes : IPv6.headerBytes) + (udpPort == nil ? 0 : UDP.headerBytes)
      return Array(packet.dropFirst(header))
    }
  }

  struct Row: CustomTestStringConvertible, Sendable {
    let algorithm: AEADAlgorithm
    let usesESN: Bool
    /// Which of the variants the smallest packet is.
    let turn: Int
    var testDescription: String { "\(algorithm.rawValue) extended \(usesESN)" }

    /// Every size up to a few blocks of the cipher, then each seventh, which has each remainder of blocks and
    /// of padding, too.
    static let sizes =
      Array(20..<160) + stride(from: 160, to: InnerPacket.countMax, by: 7) + [InnerPacket.countMax]

    /// One packet of each size.
    func exchanges() -> [Exchange] {
      var generator = SplitMix64(state: UInt64(turn))
      let sequences = PacketFormatOracleTests.sequences.filter { usesESN || $0 <= UInt32.max }
      return Self.sizes.map { count in
        let variant = count + turn
        return Exchange(
          algorithm: algorithm,
          association: ESPAssociation(
            spi: .random(in: 256...(.max), using: &generator),
            salt: .random(in: 0...(.max), using: &generator), usesESN: usesESN),
          sequence: sequences[count % sequences.count],
          inner: InnerPacket.make(version: count >= 40 && variant & 1 == 1 ? 6 : 4, count: count),
          outer: variant & 4 == 0 ? 4 : 6, udpPort: variant & 2 == 0 ? nil : 4500)
      }
    }
  }

  static let rows = AEADAlgorithm.allCases.enumerated().flatMap { index, algorithm in
    [false, true].enumerated().map { Row(algorithm: algorithm, usesESN: $1, turn: 2 * index + $0) }
  }

  /// Records the first few of the packets for which something does not hold.
  private func expectNone(_ wrong: [Exchange], of count: Int, _ what: String) {
    let some = wrong.prefix(3).map {
      "\($0.inner.count) bytes, number \($0.sequence), UDP \($0.udpPort ?? 0)"
    }
    #expect(wrong.isEmpty, "\(what): \(wrong.count) of \(count), such as \(some)")
  }

  // MARK: Scapy

  @Test(arguments: rows) func whatScapySealsWeSealAlikeAndOpen(row: Row) throws {
    let exchanges = row.exchanges()
    let answers = try Oracle.answers(
      of: "esp_scapy.py", to: exchanges.map { $0.question("seal", $0.inner) })
    try withAEAD(row.algorithm) { aead in
      var different: [Exchange] = []
      var refused: [Exchange] = []
      for (exchange, answer) in zip(exchanges, answers) {
        let packet = exchange.uncarried(bytes(String(answer)))
        if try exchange.sealed(aead) != packet { different.append(exchange) }
        let expected = Outcome.inner(exchange.inner, version: exchange.inner[0] >> 4)
        if exchange.opened(packet, aead) != expected { refused.append(exchange) }
      }
      expectNone(different, of: exchanges.count, "sealed otherwise")
      expectNone(refused, of: exchanges.count, "not opened")
    }
  }

  @Test(arguments: rows) func whatWeSealScapyOpens(row: Row) throws {
    let exchanges = row.exchanges()
    try withAEAD(row.algorithm) { aead in
      let questions = try exchanges.map { $0.question("open", $0.carried(try $0.sealed(aead))) }
      let answers = try Oracle.answers(of: "esp_scapy.py", to: questions)
      let wrong = exchanges.indices.filter { answers[$0] != exchanges[$0].inner.hex() }
      expectNone(wrong.map { exchanges[$0] }, of: exchanges.count, "not opened by Scapy")
    }
  }

  /// Each refuses a packet of which the other has sealed all but a bit.
  @Test(arguments: rows) func aChangedPacketIsRefused(row: Row) throws {
    let exchanges = row.exchanges().filter { $0.inner.count % 23 == 0 }
    try withAEAD(row.algorithm) { aead in
      let packets = try exchanges.enumerated().map { index, exchange in
        var packet = try exchange.sealed(aead)
        // In what is authenticated alone, an even number, so that the next one comes, which is fresh; else in
        // the IV, the ciphertext and the ICV.
        packet[exchange.sequence % 2 == 0 ? 7 : [8, 20, packet.count - 1][index % 3]] ^= 1
        #expect(exchange.opened(packet, aead) == .refused(.authentication))
        return packet
      }
      let answers = try Oracle.answers(
        of: "esp_scapy.py", to: zip(exchanges, packets).map { $0.question("open", $0.carried($1)) })
      for answer in answers { #expect(answer.hasPrefix("refused: "), "\(answer)") }
    }
  }

  // MARK: Wireshark

  /// AES-GCM, since Wireshark 4.0 has no other AEAD for ESP. It knows no extended numbers either: their
  /// packets it decrypts, but takes every ICV for wrong.
  @Test(arguments: rows.filter { $0.algorithm != .chaCha20Poly1305 })
  func whatWeSealWiresharkOpens(row: Row) throws {
    // With one association for all, since Wireshark has a table of them.
    let association = ESPAssociation(spi: 0x1001, salt: 0xA1A2_A3A4, usesESN: row.usesESN)
    let exchanges = row.exchanges().map {
      // Of an experimental protocol: what Wireshark finds wrong within would hide what it finds outside.
      var inner = $0.inner
      inner[inner[0] >> 4 == 4 ? IPv4.protocolOffset : 6] = 253
      return Exchange(
        algorithm: $0.algorithm, association: association, sequence: $0.sequence, inner: inner,
        outer: 4, udpPort: $0.udpPort)
    }
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).pcap")
    defer { try? FileManager.default.removeItem(at: file) }
    try withAEAD(row.algorithm) { aead in
      try Data(rawIPCapture(try exchanges.map { $0.carried(try $0.sealed(aead)) })).write(to: file)
    }
    let key = "0x" + TestTunnel.key(row.algorithm).hex() + "a1a2a3a4"
    let words = [
      "-n", "-r", file.path, "-o", "esp.enable_encryption_decode:TRUE", "-o",
      "esp.enable_authentication_check:TRUE", "-o",
      "uat:esp_sa:\"IPv4\",\"*\",\"*\",\"0x00001001\",\"AES-GCM with 16 octet ICV [RFC4106]\",\"\(key)\","
        + "\"NULL\",\"\"",
    ]

    let fields = ["esp.sequence", "esp.icv_good", "esp.pad_len", "esp.protocol"]
    let lines = try Tshark.run(
      words + ["-T", "fields", "-E", "occurrence=f"] + fields.flatMap { ["-e", $0] }
    )
    .split(separator: "\n")
    let dumps = Self.decrypted(try Tshark.run(words + ["-x"]))
    try #require(lines.count == exchanges.count && dumps.count == exchanges.count)
    for (index, exchange) in exchanges.enumerated() {
      let inner = exchange.inner
      let pad = ESPLayout.padBytes(inner: inner.count)
      let next: UInt8 = inner[0] >> 4 == 4 ? 4 : 41
      let low = UInt32(truncatingIfNeeded: exchange.sequence)
      let expected = "\(low)\t\(row.usesESN ? 0 : 1)\t\(pad)\t0x\([next].hex())"
      guard String(lines[index]) == expected,
        dumps[index] == inner + (0..<pad).map { UInt8($0 + 1) } + [UInt8(pad), next]
      else {
        Issue.record("\(inner.count) bytes: \(lines[index]), not \(expected), or another plaintext")
        return
      }
    }
  }

  /// A pcap file of raw IP packets (pcap-savefile(5), LINKTYPE_RAW).
  private func rawIPCapture(_ packets: [[UInt8]]) -> [UInt8] {
    let words: [UInt32] = [0xA1B2_C3D4, 2 << 16 | 4, 0, 0, 65535, 101]
    return words.flatMap(bigEndian)
      + packets.flatMap { packet in
        [0, 0, UInt32(packet.count), UInt32(packet.count)].flatMap(bigEndian) + packet
      }
  }

  /// The decrypted data that `tshark -x` dumps, of each packet that has some.
  private static func decrypted(_ text: String) -> [[UInt8]] {
    var packets: [[UInt8]] = []
    var isWanted = false
    for line in text.split(separator: "\n") {
      if line.hasSuffix("bytes):") {
        isWanted = line.hasPrefix("Decrypted Data")
        if isWanted { packets.append([]) }
      } else if isWanted {
        packets[packets.count - 1] += bytes(String(line.dropFirst(6).prefix(48)))
      }
    }
    return packets
  }
}

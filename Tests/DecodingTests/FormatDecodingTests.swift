import Cases
import Crypto
import Foundation
import Roles
import Runs
import TestSupport
import Testing
import Tunnel

/// Captures of formats beside ESP and VPE, sealed by an encoder in Python.
@Suite struct FormatDecodingTests {
  struct Question: Encodable {
    let format: String
    let aead: String
    let key: String
    let spi: UInt32
    var window = 3
    var sender: UInt16 = 7
    var salt: UInt32 = 0xA1A2_A3A4
    let sequence: UInt64
    let inner: String
  }

  static let inner = "4500001c00004000401126cf0a0000010a0000022b6756ce000869a6"

  /// Ethernet, IPv4 and UDP around a packet.
  private static func frame(_ packet: [UInt8], port: UInt16) -> [UInt8] {
    func word(_ number: Int) -> [UInt8] { [UInt8(number >> 8), UInt8(number & 0xFF)] }
    let udp = word(Int(port)) + word(Int(port)) + word(8 + packet.count) + [0, 0] + packet
    let ip: [UInt8] = [0x45, 0] + word(20 + udp.count) + [0, 0, 0x40, 0, 64, 17, 0, 0]
    return Array(repeating: 2, count: 12) + [8, 0] + ip + [192, 0, 2, 1, 192, 0, 2, 2] + udp
  }

  private static func capture(_ frames: [[UInt8]]) -> Data {
    func long(_ number: Int) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) } }
    let header = [0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0] + long(0) + long(0) + long(65535) + long(1)
    return Data(
      header + frames.flatMap { long(0) + long(0) + long($0.count) + long($0.count) + $0 })
  }

  /// The lines of a capture of packets 1, 2, 2, a forgery of 3, one of another association, and one that was
  /// cut short on its way.
  private func lines(
    _ format: FormatName, _ aead: String, spi: UInt32, body: ((URL) throws -> Void)? = nil
  ) throws -> [String] {
    let cipher = try #require(AEADAlgorithm(rawValue: aead))
    let key = String(repeating: "5a", count: format.facts.secretBytes(cipher))
    let numbers: [(UInt32, UInt64)] = [(spi, 1), (spi, 2), (spi, 2), (spi, 3), (spi + 1, 1), (spi, 4)]
    let answers = try Oracle.answers(
      of: "formats.py",
      to: numbers.map {
        Question(
          format: format.rawValue, aead: aead, key: key, spi: $0.0, sequence: $0.1, inner: Self.inner)
      })
    var packets = answers.map { bytes(String($0)) }
    packets[3][20] ^= 1
    packets[5].removeLast(20)
    let port = format.facts.udpPort ?? 4500
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("made.pcap")
    try Self.capture(packets.map { Self.frame($0, port: port) }).write(to: file)
    let keys = folder.appendingPathComponent("keys.json5")
    try Data(
      """
      { associations: [{ format: '\(format.rawValue)', aead: '\(aead)', spi: \(spi), key: '\(key)',
        \(format.facts.windowEnd > 0 ? "windows: 4" : "")
        \(format.isForGroups ? "salt: 'a1a2a3a4'" : "") }] }
      """.utf8
    ).write(to: keys)
    try body?(file)
    let (lines, error) = decoded(file, keys: keys)
    #expect(error == nil)
    return lines.map(withoutTime)
  }

  @Test func decodesWireGuard() throws {
    let lines = try lines(.wireguard, "chacha20-poly1305", spi: 0x0100_1000) { file in
      let fields = ["wg.type", "wg.receiver", "wg.counter"].flatMap { ["-e", $0] }
      let rows = try Tshark.run(["-n", "-r", file.path, "-T", "fields"] + fields).split(separator: "\n")
      #expect(rows.prefix(2).elementsEqual(["4\t0x01001000\t0", "4\t0x01001000\t1"]))
    }
    try #require(lines.count == 7)
    for (line, end) in zip(
      lines,
      [
        "WireGuard 0x01001000 #1: authentic, new", "WireGuard 0x01001000 #2: authentic, new",
        "WireGuard 0x01001000 #2: authentic, replayed", "WireGuard 0x01001000 #3: not authentic",
        "UDP of no association that is known: no key",
        "WireGuard 0x01001000 #4: not authentic",
      ])
    {
      #expect(line.contains(end), "\(line)")
      #expect(line.contains("10.0.0.1") == end.contains(": authentic"), "\(line)")
    }
  }

  @Test(
    arguments: [FormatName.psp, .pspDerive, .eespSubSA, .espSenders, .espSenderWindows],
    ["aes-128-gcm", "aes-256-gcm"])
  func decodesOthers(_ format: FormatName, _ aead: String) throws {
    let lines = try lines(format, aead, spi: 0x1234_5678)
    try #require(lines.count == 7)
    let window = format == .eespSubSA ? " window 3" : format.isForGroups ? " sender 7" : ""
    let name = "\(format.facts.name) 0x12345678\(window)"
    let again = format.facts.refusesReplays ? "replayed" : "new"
    for (line, end) in zip(
      lines,
      [
        "\(name) #1: authentic, new", "\(name) #2: authentic, new", "\(name) #2: authentic, \(again)",
        "\(name) #3: not authentic", "UDP of no association that is known: no key",
        "\(name) #4: not authentic",
      ])
    {
      #expect(line.contains(end), "\(line)")
      #expect(line.contains("10.0.0.1") == end.contains(": authentic"), "\(line)")
    }
  }

  private struct Seal: FormatVisitor {
    typealias Failure = any Error
    let key: [UInt8]
    let terms: TunnelTerms
    let inner: [[UInt8]]
    var window: UInt16 = 3

    /// Packets from number 1 on.
    func visit<Format: TunnelFormat>(_ format: Format.Type) throws -> [[UInt8]] {
      let material = try Format.material(KeyBytes(key), terms)
      let (keys, scratch) = (try material.expanded(), try AEADScratch())
      var sealer = Format.sealer(
        Format.association(material.terms), window: window, aead: keys.aead(scratch), sequence: 0)
      return withExtendedLifetime(keys) {
        inner.map { packet in
          let (head, tail) = (Format.Sealer.headerBytes, Format.Sealer.tailroomBytes)
          var buffer = [UInt8](repeating: 0, count: head) + packet + [UInt8](repeating: 0, count: tail)
          return buffer.withUnsafeMutableBytes { bytes in
            let sealed = sealer.seal(bytes.baseAddress.unsafelyUnwrapped + head, count: packet.count)
            #expect(sealed.reason == .none)
            return TestSupport.bytes(at: sealed.start, sealed.count)
          }
        }
      }
    }
  }

  /// A capture of what the suite seals in transport mode, which is byte for byte what Python seals: protocol,
  /// addresses and ports are those of the packet that was sealed.
  @Test(
    arguments: [FormatName.espTransport, .vpeTransportA, .vpeTransportB], AEADAlgorithm.allCases)
  func decodesTransportMode(_ format: FormatName, _ cipher: AEADAlgorithm) throws {
    let tcp6 = "6000000000140640" + "20010db8" + String(repeating: "0", count: 23) + "1"
    let inner = [
      Self.inner,
      tcp6 + "20010db8" + String(repeating: "0", count: 23) + "201bb8000" + String(repeating: "0", count: 32),
    ]
    let key = [UInt8](repeating: 0x5A, count: cipher.keyBytes)
    let terms = TunnelTerms(spi: 0x1234_5678, salt: 0xA1A2_A3A4, sender: 7, windows: 4, cipher: cipher)
    let packets = try format.visit(Seal(key: key, terms: terms, inner: inner.map { bytes($0) }))
    let hex = String(repeating: "5a", count: cipher.keyBytes)
    let answers = try Oracle.answers(
      of: "formats.py",
      to: inner.enumerated().map { number, inner in
        Question(
          format: format.rawValue, aead: cipher.rawValue, key: hex, spi: terms.spi,
          sequence: UInt64(number + 1), inner: inner)
      })
    #expect(packets == answers.map { bytes(String($0)) })
    try withTemporaryFolder { folder in
      let (file, keys) = (folder.appending(path: "made.pcap"), folder.appending(path: "keys.json5"))
      let frames = packets.map { packet in
        Array(repeating: 2, count: 12) + (packet[0] >> 4 == 4 ? [8, 0] : [0x86, 0xDD]) + packet
      }
      try Self.capture(frames).write(to: file)
      let more = format == .espTransport ? "salt: 'a1a2a3a4'" : "sender: 7, windows: 4"
      let association =
        "format: '\(format.rawValue)', aead: '\(cipher.rawValue)', spi: \(terms.spi), key: '\(hex)', \(more)"
      try Data("{ associations: [{ \(association) }] }".utf8).write(to: keys)
      let (lines, error) = decoded(file, keys: keys)
      let name = format == .espTransport ? "ESP 0x12345678" : "VPE 0x12345678 sender 7 window 3"
      let told = "authentic, new; transport mode"
      #expect(error == nil)
      #expect(
        lines.dropLast().map(withoutTime) == [
          "10.0.0.1 > 10.0.0.2 \(name) #1: \(told), IPv4 10.0.0.1:11111 > 10.0.0.2:22222 UDP, 28 bytes",
          "2001:db8::1 > 2001:db8::2 \(name) #2: \(told), IPv6 [2001:db8::1]:443 > [2001:db8::2]:32768 TCP, "
            + "60 bytes",
        ])
    }
  }

  /// In every format, packets that are sealed as a plan has it open with the keys file that is written for
  /// that, and with no other plan's.
  @Test(arguments: FormatName.allCases, [false, true])
  func keysThatAreWrittenOpen(_ format: FormatName, _ usesESN: Bool) throws {
    let system = try #require(System.allCases.first { $0.format == format })
    let cipher = format.facts.ciphers[0]
    var plan = CasePlan(
      system: system, aead: cipher.rawValue, threads: 6, frameBytes: 64, seed: 7, cpus: [0])
    plan.esn = usesESN
    let own = plan.keys(cipher, .aToB, number: 0)
    let packets = try format.visit(
      Seal(
        key: own.key, terms: own.terms, inner: [bytes(Self.inner), bytes(Self.inner)],
        window: UInt16(format.facts.windowEnd > 0 ? plan.windows - 1 : 0)))
    try withTemporaryFolder { folder in
      let (file, keys) = (folder.appending(path: "made.pcap"), folder.appending(path: "keys.json5"))
      let frames = packets.map { packet in
        format.facts.isTransport
          ? Array(repeating: 2, count: 12) + [8, 0] + packet
          : Self.frame(packet, port: format.facts.udpPort ?? 4500)
      }
      try Self.capture(frames).write(to: file)
      for (seed, verdict) in [(7, "authentic, new"), (8, "not authentic")] as [(UInt64, String)] {
        plan.seed = seed
        try Data(try #require(TestKeysFile.text(plan)).utf8).write(to: keys)
        let (lines, error) = decoded(file, keys: keys)
        try #require(error == nil && lines.count == 3, "\(lines) \(String(describing: error))")
        for (number, line) in lines.prefix(2).enumerated() {
          // Where the salt is the ID, nothing is of another one's association.
          let isKnown = seed == 7 || !line.contains("no key")
          #expect(!isKnown || line.contains("#\(number + 1): \(verdict)"), "\(line)")
        }
      }
    }
  }

  /// Threads of a sender of PSP count apart from each other, each with a first number.
  @Test(arguments: [FormatName.psp, .pspDerive]) func everyThreadsPacketsAreOfTheAssociation(
    _ format: FormatName
  ) throws {
    let numbers: [UInt64] = [1, 1 << 48 | 1, 1 << 48 | 2, 2, 1 << 48 | 1, 0xFFFF << 48 | 1]
    let lines = try lines(of: format, numbers)
    for (line, number) in zip(lines, numbers) {
      #expect(line.contains("\(format.facts.name) 0x00001001 #\(number): authentic, new"), "\(line)")
      #expect(line.contains("10.0.0.1"))
    }
    #expect(lines.count == 7)
  }

  /// The lines of a capture of authentic packets of one association.
  private func lines(of format: FormatName, _ numbers: [UInt64]) throws -> [String] {
    let key = String(repeating: "5a", count: format.facts.secretBytes(.aes128GCM))
    let answers = try Oracle.answers(
      of: "formats.py",
      to: numbers.map {
        Question(
          format: format.rawValue, aead: "aes-128-gcm", key: key, spi: 4097, sequence: $0, inner: Self.inner)
      })
    return try withTemporaryFolder { folder in
      let (file, keys) = (folder.appending(path: "made.pcap"), folder.appending(path: "keys.json5"))
      let port = format.facts.udpPort ?? 4500
      try Self.capture(answers.map { Self.frame(bytes(String($0)), port: port) }).write(to: file)
      try Data(
        "{ associations: [{ format: '\(format.rawValue)', aead: 'aes-128-gcm', spi: 4097, key: '\(key)' }] }"
          .utf8
      ).write(to: keys)
      let (lines, error) = decoded(file, keys: keys)
      #expect(error == nil)
      return lines
    }
  }

  /// What one sender has counted says nothing of what another has.
  @Test func eachSenderHasAWindow() throws {
    let numbers: [(sender: UInt16, sequence: UInt64)] = [(1, 5), (2, 5), (1, 5), (2, 6), (2, 6)]
    let key = String(repeating: "5a", count: 16)
    let answers = try Oracle.answers(
      of: "formats.py",
      to: numbers.map {
        Question(
          format: "esp-sender-windows", aead: "aes-128-gcm", key: key, spi: 4097, sender: $0.sender,
          sequence: $0.sequence, inner: Self.inner)
      })
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (file, keys) = (folder.appending(path: "made.pcap"), folder.appending(path: "keys.json5"))
    try Self.capture(answers.map { Self.frame(bytes(String($0)), port: 4500) }).write(to: file)
    try Data(
      """
      { associations: [{ format: 'esp-sender-windows', aead: 'aes-128-gcm', spi: 4097, key: '\(key)',
        salt: 'a1a2a3a4' }] }
      """.utf8
    ).write(to: keys)
    let (lines, error) = decoded(file, keys: keys)
    #expect(error == nil)
    for (line, end) in zip(
      lines,
      [
        "sender 1 #5: authentic, new", "sender 2 #5: authentic, new", "sender 1 #5: authentic, replayed",
        "sender 2 #6: authentic, new", "sender 2 #6: authentic, replayed",
      ])
    {
      #expect(line.contains(end), "\(line)")
    }
    #expect(lines.count == 6)
  }
}

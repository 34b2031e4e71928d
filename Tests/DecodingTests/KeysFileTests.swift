import Basics
import Cases
import Decoding
import Descriptors
import Foundation
import Roles
import Runs
import Testing

@Suite struct KeysFileTests {
  private static let key = "00112233445566778899aabbccddeeff"
  private static let esp =
    #"{format: "esp", spi: 4097, aead: "aes-128-gcm", key: "\#(key)", salt: "a1a2a3a4"}"#
  private static let vpe = #"{format: "vpe", spi: 4097, aead: "aes-128-gcm", key: "\#(key)"}"#

  /// What is wrong with a file of this text; nil if nothing is.
  private func complaint(_ text: String) throws -> String? {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json5")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    do {
      _ = try KeysFile.load(file: file)
      return nil
    } catch {
      #expect("\(error)".split(separator: "\n").allSatisfy { $0.hasPrefix(file.path) }, "\(error)")
      // The file's name is random, and may by chance hold what is looked for.
      return "\(error)".replacing(file.path, with: "keys")
    }
  }

  private func complaint(about association: String) throws -> String? {
    try complaint("{associations: [\(association)]}")
  }

  @Test func rightOnesAreRead() throws {
    #expect(try complaint(about: Self.esp) == nil)
    #expect(try complaint(about: Self.vpe) == nil)
    // A format, a sender or an SPI more tells associations apart.
    let others = ["sender: 2", "spi: 5"].map { "\(Self.vpe.dropLast()), \($0)}" }
    #expect(try complaint(about: ([Self.esp, Self.vpe] + others.prefix(1)).joined(separator: ",")) == nil)
    let all = Self.esp.dropLast() + #", esn: false, last_sequence: "4294967295", window_size: 64}"#
    let rest = "vpe_protocol: 253, udp_ports: [4500, 50000], note: \"test keys\""
    #expect(try complaint("{associations: [\(all)], \(rest)}") == nil)
    let long = Self.vpe.replacing("aes-128", with: "aes-256").replacing(Self.key, with: Self.key + Self.key)
    #expect(try complaint(about: long) == nil)
    #expect(try complaint(about: Self.vpe.replacing(Self.key, with: Self.key.uppercased())) == nil)
    for icv in [8, 12, 16] {
      #expect(try complaint(about: "\(Self.esp.dropLast()), icv_bytes: \(icv)}") == nil)
    }
    let largest = #", last_sequence: "18446744073709551615"}"#
    #expect(try complaint(about: Self.esp.dropLast() + largest) == nil)
  }

  /// A receiver chooses its SPIs, so that other receivers, with other keys, may have the same.
  @Test func anSPIMayHaveSeveralKeys() throws {
    let other = Self.esp.replacing(Self.key, with: Self.key.replacing("00", with: "FF"))
    #expect(try complaint(about: "\(Self.esp), \(other)") == nil)
    let twice = try complaint(about: "\(other), \(other.replacing("FF", with: "ff"))")
    #expect(twice?.contains("associations[1]: ESP 0x00001001 is listed twice") == true)
    for addresses in [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8::2")] {
      let (one, another) = (
        "\(Self.vpe.dropLast()), destination: \"\(addresses.0)\"}",
        "\(Self.vpe.dropLast()), destination: \"\(addresses.1)\"}"
      )
      #expect(try complaint(about: "\(one), \(another), \(Self.vpe)") == nil)
      let same = try complaint(about: "\(one), \(one)")
      #expect(same?.contains("sender 1 to \(addresses.0) is listed twice") == true)
    }
  }

  @Test func wrongOnesAreRefused() throws {
    let changes: [(from: String, to: String, says: String)] = [
      (#"key: "\#(Self.key)""#, "spare: 1", "associations[0].key: is missing"),
      (#"key: "\#(Self.key)""#, "key: 5", "associations[0].key: is no text"),
      (Self.key, Self.key.dropLast() + "", "has 31 digits; a key of aes-128-gcm is text of 32"),
      (Self.key, Self.key + "00", "has 34 digits; a key of aes-128-gcm is text of 32"),
      (Self.key, Self.key.dropLast() + "g", "associations[0].key: holds other characters"),
      (Self.key, Self.key.dropLast() + "٣", "associations[0].key: holds other characters"),
      (#", salt: "a1a2a3a4""#, "", "associations[0].salt: is missing; a salt is text of 8"),
      ("a1a2a3a4", "a1a2a3", "associations[0].salt: has 6 digits"),
      ("aes-128-gcm", "aes-512-gcm", "associations[0].aead"),
      ("4097", "0", "associations[0].spi: 0 is too small"),
      ("4097", "4294967296", "associations[0].spi"),
      ("esp", "ah", "associations[0].format"),
      ("spi: 4097", "spi: 4097, sender: 1", "associations[0].sender: is for vpe, vpe-transport-a"),
      ("spi: 4097", "spi: 4097, windows: 1", "associations[0].windows: is for vpe, eesp-subsa, vpe-tr"),
      ("spi: 4097", "spi: 4097, last_sequence: 5", "associations[0].last_sequence"),
      ("spi: 4097", #"spi: 4097, last_sequence: "18446744073709551616""#, "end at 2^64 - 1"),
      ("spi: 4097", #"spi: 4097, esn: false, last_sequence: "4294967296""#, "end at 2^32 - 1"),
      ("spi: 4097", "spi: 4097, icv_bytes: 10", "associations[0].icv_bytes: 10 is not allowed"),
      ("spi: 4097", "spi: 4097, icv_bytes: 4", "associations[0].icv_bytes"),
      ("spi: 4097", #"spi: 4097, destination: "192.0.2""#, "associations[0].destination: is no IPv4"),
      ("spi: 4097", "spi: 4097, window_size: 63", "associations[0].window_size: 63 is too small"),
      ("spi: 4097", "spi: 4097, slat: 1", "did you mean \"salt\""),
    ]
    for change in changes {
      let text = Self.esp.replacing(change.from, with: change.to)
      try #require(text != Self.esp)
      let said = try complaint(about: text)
      #expect(said?.contains(change.says) == true, "\(change.to): \(said ?? "nothing")")
    }
    let forESP = try complaint(about: Self.vpe.dropLast() + ", esn: true}")
    #expect(forESP?.contains("associations[0].esn: is for esp, esp-implicit-iv, esp-transport only") == true)
    let salted = Self.esp.replacing("format: \"esp\"", with: "format: \"esp-senders\"")
    #expect(try complaint(about: salted) == nil)
    let shorter = try complaint(about: salted.replacing("a1a2a3a4", with: "a1a2a3"))
    #expect(shorter?.contains("a salt is text of 8") == true)
    let forESPToo = try complaint(about: Self.vpe.dropLast() + ", icv_bytes: 8}")
    #expect(forESPToo?.contains("associations[0].icv_bytes: is for esp, esp-transport only") == true)
    let chacha = Self.esp.replacing("aes-128-gcm", with: "chacha20-poly1305")
      .replacing(Self.key, with: Self.key + Self.key)
    let short = try complaint(about: chacha.dropLast() + ", icv_bytes: 8}")
    #expect(short?.contains("8 is not allowed with chacha20-poly1305; allowed is 16") == true)
    let twice = try complaint(about: "\(Self.vpe), \(Self.vpe.dropLast()), sender: 1, windows: 5}")
    #expect(twice?.contains("associations[1]: VPE 0x00001001 sender 1 is listed twice") == true)
    #expect(try complaint("{}")?.contains("associations: is missing") == true)
    for (number, owner) in [(17, "UDP"), (4, "IPv4 in IP"), (41, "IPv6 in IP"), (6, "TCP"), (51, "AH")] {
      let clash = try complaint("{associations: [\(Self.vpe)], vpe_protocol: \(number)}")
      #expect(clash?.contains("vpe_protocol: \(number) is the number of \(owner), which the packets") == true)
    }
    #expect(try complaint("{associations: []}")?.contains("an empty list") == true)
    #expect(try complaint("{associations: [5]}")?.contains("associations[0]: the number 5") == true)
    #expect(try complaint("[]") != nil)
    #expect(try complaint("{associations: [")?.contains("not JSON5") == true)
    #expect(throws: (any Error).self) { try KeysFile.load(file: URL(fileURLWithPath: "/no/such/keys")) }
  }

  /// Whatever is wrong around or with a key, no message shows a part of it.
  @Test func noMessageShowsAKey() throws {
    let digits = "4444555566667777"
    let texts = [
      Self.esp.replacing(Self.key, with: digits), Self.esp.replacing("\"\(Self.key)\"", with: digits),
      Self.esp.replacing("\"\(Self.key)\"", with: "[\(digits)]"),
      Self.esp.replacing("\"\(Self.key)\"", with: "{a: \"\(digits)\"}"),
      Self.esp.replacing(Self.key, with: digits + digits).replacing("4097", with: "0"),
      Self.esp.replacing("a1a2a3a4", with: "\(digits)"),
      Self.esp.replacing("\"a1a2a3a4\"", with: "\(digits)"),
      [Self.esp, Self.esp].joined(separator: ",").replacing(Self.key, with: digits + digits),
      // Where no key belongs, and without quotes.
      "{key: a\(digits)}", "\"\(digits)\"", Self.esp.replacing("4097", with: "\"\(digits)\""),
      Self.esp.replacing("4097", with: "0x\(digits)\(digits)"), "{\"\(digits)\": 1}",
      Self.esp.replacing("\"\(Self.key)\"", with: "00\(digits)"), "{key: \(digits)4444zz}",
    ]
    for text in texts {
      let said = try #require(try complaint(about: text), "\(text)")
      #expect(!said.contains("4444") && !said.contains("5555"), "\(said)")
    }
  }

  /// The keys of a case that is captured are of its plan, and can be read.
  @Test(arguments: [
    System.espSingle, .espPipeline, .espMultiSA, .vpe, .wireguard, .psp, .pspDerive, .eespSubSA,
  ])
  func testKeysAreReadBack(model: System) throws {
    let cipher = model.offers(.chaCha20Poly1305) ? AEADAlgorithm.chaCha20Poly1305 : .aes256GCM
    var plan = CasePlan(
      system: model, aead: cipher.rawValue, threads: 6, frameBytes: 64, seed: 7, cpus: [0])
    plan.encapsulation = Encapsulation(vpeProtocol: 253, udpPort: 4501)
    plan.esn = false
    let text = try #require(TestKeysFile.text(plan))
    #expect(text.contains("test keys"))
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).json5")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data(text.utf8).write(to: file)
    let known = try KeysFile.load(file: file)
    let own: Set<UInt16> = model == .wireguard ? [51820] : model.isAlwaysInUDP ? [1000] : []
    #expect(known.vpeProtocol == 253 && known.udpPorts == own.union([4501]))
    let first = TestKeys(
      seed: 7, .aToB, algorithm: cipher, usesESN: false, windows: 3, format: model.format)
    #expect(known.associations.count == (model == .espMultiSA ? 6 : 2))
    #expect(known.associations.allSatisfy { $0.windowSize == plan.windowSize })
    switch known.associations[0].format {
    case .esp(let association, let last): #expect(model != .vpe && association == first.esp && last == 0)
    case .vpe(let association): #expect(model == .vpe && association == first.vpe)
    case .other(let format, let terms):
      #expect(format == model.format && terms.spi == first.terms.spi && terms.cipher == cipher)
      #expect(terms.windows == (model == .eespSubSA ? 3 : 1))
    }
    #expect(text.contains(first.key.hex()))
    #expect(
      TestKeysFile.text(CasePlan(system: .null, aead: nil, threads: 2, frameBytes: 64, seed: 7, cpus: [0]))
        == nil)
  }
}

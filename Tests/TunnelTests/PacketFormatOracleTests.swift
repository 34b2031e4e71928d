import Basics
import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// Whole sealed packets, byte for byte, against encoders in Python.
@Suite struct PacketFormatOracleTests {
  struct ESPQuestion: Encodable {
    var format = "esp"
    let aead: String
    let key: String
    let spi: UInt32
    let salt: UInt32
    let extended: Bool
    let sequence: UInt64
    let inner: String
  }

  struct VPEQuestion: Encodable {
    var format = "vpe"
    let aead: String
    let key: String
    let spi: UInt32
    let sender: UInt16
    let window: UInt16
    let sequence: UInt64
    let inner: String
  }

  /// The first and the last numbers, and those around each carry between the halves.
  static let sequences: [UInt64] = [
    1, 2, 255, 256, 1 << 31, 1 << 32 - 2, 1 << 32 - 1, 1 << 32, 1 << 32 + 1, 1 << 33 - 1,
    0x0102_0304_0506_0708,
    1 << 63 - 1, 1 << 63, 1 << 63 + 1, .max - 1, .max,
  ]
  static let identities: [UInt16] = [0, 1, 2, 255, 256, 0x0102, 0x7FFF, 0x8000, .max]

  /// Sizes 20 to 1500 in odd steps, IPv4 and IPv6 by turns, and the longest.
  static let inners: [[UInt8]] = (Array(stride(from: 20, to: 1500, by: 7)) + [1497, 1498, 1499, 1500])
    .enumerated().map { index, count in
      InnerPacket.make(version: count >= 40 && index % 3 == 0 ? 6 : 4, count: count)
    }

  /// Records the first packets that differ, each with the question that reproduces it.
  private func compare(_ sealed: [[UInt8]], to script: String, _ questions: [some Encodable]) throws {
    let answers = try Oracle.answers(of: script, to: questions)
    let wrong = answers.indices.filter { sealed[$0].hex() != answers[$0] }
    for index in wrong.prefix(3) {
      let offset = zip(sealed[index].hex(), answers[index]).prefix { $0 == $1 }.count / 2
      Issue.record("\(script) differs from byte \(offset) on, of \(sealed[index].count): \(questions[index])")
    }
    #expect(wrong.isEmpty, "\(wrong.count) of \(answers.count) packets differ")
  }

  /// One ESP packet and the question that asks for it.
  private func esp(
    _ algorithm: AEADAlgorithm, _ sequence: UInt64, usesESN: Bool, _ inner: [UInt8], _ aead: AEAD,
    _ generator: inout SplitMix64
  ) throws -> (question: ESPQuestion, sealed: [UInt8]) {
    let association = ESPAssociation(
      spi: .random(in: 256...(.max), using: &generator), salt: .random(in: 0...(.max), using: &generator),
      usesESN: usesESN)
    var sealer = ESPSealer(association, aead: aead, sequence: sequence - 1)
    let question = ESPQuestion(
      aead: algorithm.rawValue, key: TestTunnel.key(algorithm).hex(), spi: association.spi,
      salt: association.salt, extended: usesESN, sequence: sequence, inner: inner.hex())
    return (question, try sealer.sealed(inner))
  }

  /// Every size once, with the numbers by turns; then every number with two sizes.
  @Test(arguments: AEADAlgorithm.allCases, [false, true])
  func esp(algorithm: AEADAlgorithm, usesESN: Bool) throws {
    var generator = SplitMix64(state: 41)
    let sequences = Self.sequences.filter { usesESN || $0 <= UInt32.max }
    var cases = Self.inners.enumerated().map { (sequences[$0 % sequences.count], $1) }
    for sequence in sequences { cases += [(sequence, Self.inners[4]), (sequence, Self.inners[6])] }
    try withAEAD(algorithm) { aead in
      let asked = try cases.map { sequence, inner in
        try esp(algorithm, sequence, usesESN: usesESN, inner, aead, &generator)
      }
      try compare(asked.map(\.sealed), to: "formats.py", asked.map(\.question))
    }
  }

  /// Every size once, with the numbers and IDs by turns; then every pair of IDs.
  @Test(arguments: AEADAlgorithm.allCases)
  func vpe(algorithm: AEADAlgorithm) throws {
    var generator = SplitMix64(state: 47)
    var questions: [VPEQuestion] = []
    var sealed: [[UInt8]] = []
    let ids = Self.identities
    let pairs = ids.flatMap { sender in ids.map { (sender, $0) } }
    let count = max(Self.inners.count, pairs.count)
    try withAEAD(algorithm) { aead in
      for index in 0..<count {
        let (sender, window) = pairs[index % pairs.count]
        let sequence = Self.sequences[index % Self.sequences.count]
        let inner = Self.inners[index % Self.inners.count]
        let association = VPEAssociation(
          spi: .random(in: 256...(.max), using: &generator), sender: sender, windows: 0x10000)
        var sealer = VPESealer(association, window: window, aead: aead, sequence: sequence - 1)
        sealed.append(try sealer.sealed(inner))
        questions.append(
          VPEQuestion(
            aead: algorithm.rawValue, key: TestTunnel.key(algorithm).hex(), spi: association.spi,
            sender: sender, window: window, sequence: sequence, inner: inner.hex()))
      }
    }
    try compare(sealed, to: "formats.py", questions)
  }

  // MARK: - Registered formats

  struct Question: Encodable {
    let format: String
    let aead: String
    let key: String
    let spi: UInt32
    let salt: UInt32
    let window: UInt16
    let sender: UInt16
    let sequence: UInt64
    let inner: String
    /// Of ESP.
    var extended: Bool?
  }

  /// Seals packets of any format.
  private struct Seal: FormatVisitor {
    typealias Failure = any Error
    let name: FormatName
    let cipher: AEADAlgorithm
    let sequences: [UInt64]

    func visit<Format: TunnelFormat>(
      _ format: Format.Type
    ) throws -> [(question: Question, sealed: [UInt8])] {
      let secret = TestTunnel.secret(format, cipher)
      let all = TunnelTerms(spi: 0, salt: 0xA1A2_A3A4, windows: 0x0103, cipher: cipher)
      return try withMaterial(of: format, secret, all) { terms, aead in
        try PacketFormatOracleTests.inners.enumerated().map { index, inner in
          var terms = terms
          terms.spi = UInt32(truncatingIfNeeded: index &* 0x9E37_79B9)
          let ids = PacketFormatOracleTests.identities
          if format.senderEnd > 0 { terms.sender = ids[index % ids.count] }
          let windows: [UInt16] = format.windowEnd > 0 || format.hasParts ? [0, 1, 255, 0x0102] : [0]
          let window = windows[index % windows.count]
          let sequence = sequences[index % sequences.count]
          let question = Question(
            format: name.rawValue, aead: cipher.rawValue, key: secret.exposed.hex(), spi: terms.spi,
            salt: terms.salt, window: window, sender: terms.sender,
            sequence: format.hasParts ? UInt64(window) << 48 | sequence : sequence, inner: inner.hex())
          var sealer = format.sealer(
            format.association(terms), window: window, aead: aead, sequence: sequence - 1)
          return (question, try sealer.sealed(inner))
        }
      }
    }
  }

  /// Seals under numbers that threads share, and under numbers that another thread gives.
  private struct SharedSeal: SharedBody {
    let compare: ([(question: Question, sealed: [UInt8])]) throws -> Void
    let name: FormatName
    let usesESN: Bool

    func run<Format: SharedFormat>(_ ends: SharedEnds<Format>) throws {
      let cipher = Format.ciphers[0]
      let numbers = PacketFormatOracleTests.sequences.filter { $0 <= ends.last }
      let asked = try PacketFormatOracleTests.inners.enumerated().map { index, inner in
        let number = numbers[index / 2 % numbers.count]
        let question = Question(
          format: name.rawValue, aead: cipher.rawValue, key: TestTunnel.key(cipher).hex(), spi: 0x0102_0304,
          salt: 0xA1A2_A3A4, window: 0, sender: 1, sequence: number, inner: inner.hex(), extended: usesESN)
        if index % 2 == 0 {
          let shared = SharedNumbers(last: .max, after: number - 1)
          defer { shared.deallocate() }
          var sealer = ends.sealer(shared)
          return (question, try sealer.sealed(inner))
        }
        let given = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
        given.initialize(to: number)
        let cursor = UnsafeMutablePointer<UnsafePointer<UInt64>>.allocate(capacity: 1)
        cursor.initialize(to: given)
        defer {
          given.deallocate()
          cursor.deallocate()
        }
        var sealer = CursorSealer<Format.Sealer>(ends.association, aead: ends.aead, cursor: cursor)
        return (question, try sealer.sealed(inner))
      }
      try compare(asked)
    }
  }

  @Test(arguments: SharedEnds<ESP>.formats, [false, true])
  func threadsThatShareNumbersSealAsTheOracleDoes(_ format: FormatName, usesESN: Bool) throws {
    let body = SharedSeal(
      compare: { try compare($0.map(\.sealed), to: "formats.py", $0.map(\.question)) }, name: format,
      usesESN: usesESN)
    try withSharedEnds(of: format, usesESN: usesESN, body)
  }

  @Test(arguments: FormatName.allCases.filter { ![.esp, .vpe].contains($0) })
  func sealsAsTheOracleDoes(_ format: FormatName) throws {
    // WireGuard's last counters are not used; senders of ESP and threads of PSP count in 48 bits, VPE's
    // proposal A in 56.
    let bits: UInt64? = format == .vpeTransportA ? 56 : format.isForGroups || format.facts.hasParts ? 48 : nil
    let last: UInt64 = bits.map { 1 << $0 } ?? (.max - 1 << 14)
    let sequences = Self.sequences.filter { $0 < last } + (bits == nil ? [] : [last - 1])
    let all = try format.facts.ciphers.flatMap { cipher in
      try format.visit(Seal(name: format, cipher: cipher, sequences: sequences))
    }
    try compare(all.map(\.sealed), to: "formats.py", all.map(\.question))
  }
}

import Basics
import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// What holds for every registered format, and for one that is not: packets come back whatever their size,
/// nothing that was changed is opened, and nothing outside of a packet is touched.
@Suite struct EveryFormatTests {
  static let cases: [(name: FormatName?, cipher: AEADAlgorithm)] =
    FormatName.allCases.flatMap { name in name.facts.ciphers.map { (name, $0) } } + [(nil, .aes128GCM)]

  /// Does a visitor's work for a registered format, or for the toy.
  private func visit<Visitor: FormatVisitor>(
    _ name: FormatName?, _ visitor: Visitor
  ) throws(Visitor.Failure) -> Visitor.Result {
    guard let name else { return try visitor.visit(Toy.self) }
    return try name.visit(visitor)
  }

  /// Both ends of an association.
  struct Ends<Format: TunnelFormat> {
    let terms: TunnelTerms
    let aead: AEAD
    let memory: GuardedMemory
    let ownership: WindowOwnership

    init(_ terms: TunnelTerms, _ aead: AEAD) {
      (self.terms, self.aead) = (terms, aead)
      ownership = WindowOwnership(count: 4, size: 64) { $0 == 2 }
      memory = GuardedMemory(count: max(Format.windowBytes(ownership), 1))
    }

    func sealer(after sequence: UInt64 = 0) -> Format.Sealer {
      Format.sealer(Format.association(terms), window: 2, aead: aead, sequence: sequence)
    }

    func opener() -> Format.Opener {
      Format.opener(Format.association(terms), aead: aead, ownership, top: 0, in: memory.start)
    }

    func sealed(_ inner: [UInt8]) throws -> [UInt8] {
      var sealer = sealer()
      return try sealer.sealed(inner)
    }
  }

  /// Work with both ends of any format.
  private struct Work: FormatVisitor {
    typealias Failure = any Error
    let cipher: AEADAlgorithm
    let body: any EndsBody

    func visit<Format: TunnelFormat>(_ format: Format.Type) throws {
      let terms = TunnelTerms(
        spi: 0x0102_0304, salt: 0xA1A2_A3A4, sender: 0x0506, windows: 4, cipher: cipher)
      try withMaterial(of: format, TestTunnel.secret(format, cipher), terms) { terms, aead in
        let ends = Ends<Format>(terms, aead)
        defer { ends.ownership.deallocate() }
        try withExtendedLifetime(ends.memory) { try body.run(ends) }
      }
    }
  }

  /// A test's work, generic over the format.
  protocol EndsBody {
    func run<Format: TunnelFormat>(_ ends: Ends<Format>) throws
  }

  static let inner = InnerPacket.make(count: 61)

  // MARK: - Tests

  private struct EverySize: EndsBody {
    func run<Format: TunnelFormat>(_ ends: Ends<Format>) {
      var tunnel = PacketFormatTests.Tunnel(sealer: ends.sealer(), opener: ends.opener())
      tunnel.expectEverySize(sealedBytes: Format.sealedBytes)
      for limit in 100...200 {
        let inner = Format.innerBytes(within: limit)
        #expect(Format.sealedBytes(inner: inner) <= limit && Format.sealedBytes(inner: inner + 1) > limit)
      }
    }
  }

  @Test(arguments: cases)
  func everySizeComesBack(_ name: FormatName?, _ cipher: AEADAlgorithm) throws {
    try visit(name, Work(cipher: cipher, body: EverySize()))
  }

  private struct EveryBit: EndsBody {
    func run<Format: TunnelFormat>(_ ends: Ends<Format>) throws {
      let sealed = try ends.sealed(inner)
      #expect(sealed.count == Format.sealedBytes(inner: inner.count))
      var opener = ends.opener()
      for bit in 0..<(8 * sealed.count) {
        var changed = sealed
        changed[bit / 8] ^= 1 << (bit % 8)
        #expect(opener.opened(changed).reason != .none, "bit \(bit)")
      }
      for count in 0..<sealed.count {
        #expect(opener.opened(Array(sealed.prefix(count))).reason != .none, "\(count) bytes")
      }
      #expect(opener.opened(sealed + [0]).reason != .none)
      // None of these used its number up, and the packet does.
      let opened = Outcome.inner(inner, version: 4)
      #expect(opener.opened(sealed) == opened)
      #expect(opener.opened(sealed) == (Format.refusesReplays ? .refused(.replayed) : opened))
    }
  }

  @Test(arguments: cases)
  func everyChangeIsRefused(_ name: FormatName?, _ cipher: AEADAlgorithm) throws {
    try visit(name, Work(cipher: cipher, body: EveryBit()))
  }

  private struct Replays: EndsBody {
    func run<Format: TunnelFormat>(_ ends: Ends<Format>) throws {
      let sealed = try ends.sealed(inner)
      var opener = ends.opener()
      let works = WorkPointer.allocateLines(2)
      works.initialize(repeating: PacketWork(), count: 2)
      let memories = (0..<2).map { _ in GuardedMemory(count: sealed.count) }
      defer { works.deallocate() }
      // Both take the first step before either takes the second.
      for (index, memory) in memories.enumerated() {
        opener.prepare(memory.put(sealed), count: sealed.count, sa: 0, in: works + index)
      }
      let reasons = withExtendedLifetime(memories) { (0..<2).map { opener.open(works + $0).reason } }
      #expect(reasons == (Format.refusesReplays ? [.none, .replayed] : [.none, .none]))
      guard Format.refusesReplays else { return }
      // What is known as seen is not decrypted.
      var again = sealed
      let reason = again.withUnsafeMutableBytes {
        opener.open($0.baseAddress.unsafelyUnwrapped, count: $0.count).reason
      }
      #expect(reason == .replayed && again == sealed)
    }
  }

  @Test(arguments: cases)
  func ofEqualPacketsOneIsOpened(_ name: FormatName?, _ cipher: AEADAlgorithm) throws {
    try visit(name, Work(cipher: cipher, body: Replays()))
  }

  private struct Noise: EndsBody {
    func run<Format: TunnelFormat>(_ ends: Ends<Format>) throws {
      let header = try ends.sealed(inner).prefix(Format.Sealer.headerBytes)
      var opener = ends.opener()
      var generator = SplitMix64(state: 31)
      for count in 0...256 {
        let noise = generator.bytes(count)
        #expect(opener.opened(noise).reason != .none)
        #expect(opener.opened(Array((header + noise).prefix(count))).reason != .none)
      }
      let sealed = try ends.sealed(inner)
      #expect(opener.opened(sealed) == .inner(inner, version: 4))
    }
  }

  @Test(arguments: cases)
  func noiseIsRefused(_ name: FormatName?, _ cipher: AEADAlgorithm) throws {
    try visit(name, Work(cipher: cipher, body: Noise()))
  }

  private struct Steps: EndsBody {
    func run<Format: TunnelFormat>(_ ends: Ends<Format>) throws {
      try StepsTests().expectSame { ends.sealer(after: 0xFFFF_FFF0) }
    }
  }

  @Test(arguments: cases)
  func sealsTheSameTogether(_ name: FormatName?, _ cipher: AEADAlgorithm) throws {
    try visit(name, Work(cipher: cipher, body: Steps()))
  }

  private struct LastNumber: EndsBody {
    func run<Format: TunnelFormat>(_ ends: Ends<Format>) throws {
      var sealer = ends.sealer(after: .max)
      #expect { try sealer.sealed(inner) } throws: {
        ($0 as? NotSealed)?.reason == .sequenceExhausted
      }
      // No number twice, whatever is sealed.
      var other = ends.sealer()
      let packets = try (0..<300).map { _ in
        try other.sealed(inner).prefix(Format.Sealer.headerBytes + (Format.isTransport ? 20 : 0))
      }
      #expect(Set(packets).count == packets.count)
    }
  }

  @Test(arguments: cases)
  func noNumberComesTwice(_ name: FormatName?, _ cipher: AEADAlgorithm) throws {
    try visit(name, Work(cipher: cipher, body: LastNumber()))
  }

  private struct Tables: EndsBody {
    func run<Format: TunnelFormat>(_ ends: Ends<Format>) throws {
      let materials = try (0..<3).map { number in
        var secret = TestTunnel.secret(Format.self, ends.terms.cipher).exposed
        secret[0] ^= UInt8(number)
        var terms = ends.terms
        terms.spi += UInt32(number)
        return try Format.material(KeyBytes(secret), terms)
      }
      let keyCount = materials[0].keys.count
      let arena = try AEADKeyArena(materials[0].algorithm, count: 3 * keyCount)
      for (index, key) in materials.flatMap(\.keys).enumerated() { try arena.set(index, key) }
      let scratches = [try AEADScratch(), try AEADScratch()]
      let windows = GuardedMemory(count: 3 * 4096)
      var sealers: [Format.Sealer] = []
      var openers: [Format.Opener] = []
      for number in 0..<3 {
        let association = Format.association(materials[number].terms)
        let aeads = scratches.map { AEAD(arena, number * keyCount, scratch: $0) }
        sealers.append(Format.sealer(association, window: 2, aead: aeads[0], sequence: 0))
        openers.append(
          Format.opener(
            association, aead: aeads[1], ends.ownership, top: 0, in: windows.start + 4096 * number))
      }
      var sealing = try SealerTable(sealers, algorithm: ends.terms.cipher, pages: .small)
      var opening = try OpenerTable(
        firstSPI: ends.terms.spi, openers: openers, algorithm: ends.terms.cipher, pages: .small)
      defer {
        sealing.deallocate()
        opening.deallocate()
      }
      try withExtendedLifetime((arena, scratches, windows)) {
        for number in [2, 0, 1, 1, 2, 0] {
          var packet = inner
          packet.replaceSubrange(16..<20, with: [198, 18, 0, UInt8(1 + number)])
          // In transport mode the checksum is made anew, and so must have been right.
          packet.replaceSubrange(10..<12, with: [0, 0])
          packet.replaceSubrange(10..<12, with: bigEndian(Checksum.ofHeader20(packet)))
          let sealed = try sealing.sealed(packet)
          let spi = sealed.withUnsafeBytes { Format.Opener.spi($0.baseAddress.unsafelyUnwrapped) }
          #expect(spi == ends.terms.spi + UInt32(number) && sealed.count >= Format.Opener.spiEnd)
          #expect(opening.opened(sealed) == .inner(packet, version: 4), "tunnel \(number)")
        }
      }
    }
  }

  @Test(arguments: cases)
  func aTableSealsAndOpens(_ name: FormatName?, _ cipher: AEADAlgorithm) throws {
    try visit(name, Work(cipher: cipher, body: Tables()))
  }
}

import Basics
import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// What is EESP's own: keys of Sub SAs, options, and what a receiver drops (draft-ietf-ipsecme-eesp-04).
@Suite struct EESPTests {
  static let root = KeyBytes((0..<32).map { UInt8($0) })
  static let inner = bytes("4500001d00004000401126ce0a0000010a0000029c40145100090000a5")
  static let sealed = bytes(
    "80000001052357bb0000000000000001f3a49d17ce1a0832df0fb8617572df85"
      + "a1c6f8b95e0586684c99329508173ce661a17e6f7d0036544af85c263b97a921")
  static let spi: UInt32 = 0x0523_57BB

  static func terms(windows: Int) -> TunnelTerms {
    TunnelTerms(spi: spi, windows: windows, cipher: .aes128GCM)
  }

  /// Keys and salts that HKDF-Expand of another implementation gives.
  @Test func keysFollowFromTheRoot() throws {
    let material = try EESP.material(Self.root, Self.terms(windows: 0x103))
    #expect(material.keys.count == 0x103 && material.terms.salts.count == 0x103)
    for (id, text) in [
      (0, "472a557f71f01e8d125da03ec21f6b770f62b36f"), (1, "bfb9feca177e0964367d975ca7e41bd64f44224a"),
      (0x0102, "9b14cc2924e64ab6e6b00fc753b6eeed4386b744"),
    ] {
      #expect((material.keys[id].exposed + bigEndian(material.terms.salts[id])).hex() == text)
    }
  }

  /// Both ends of an association with four Sub SAs, of which the receiving thread owns 1 and 2.
  private func withEnds(_ body: (_ sealer: (UInt16) -> EESPSealer, inout EESPOpener) throws -> Void) throws {
    let material = try EESP.material(Self.root, Self.terms(windows: 4))
    let association = EESP.association(material.terms)
    let keys = try material.expanded()
    let scratch = try AEADScratch()
    let ownership = WindowOwnership(count: 4, size: 64) { $0 == 1 || $0 == 2 }
    let memory = GuardedMemory(count: EESP.windowBytes(ownership))
    defer { ownership.deallocate() }
    try withExtendedLifetime((keys, scratch, memory)) {
      let aead = keys.aead(scratch)
      var opener = EESP.opener(association, aead: aead, ownership, top: 0, in: memory.start)
      try body({ EESP.sealer(association, window: $0, aead: aead, sequence: 0) }, &opener)
    }
  }

  @Test func sealsByteForByte() throws {
    try withEnds { sealer, opener in
      var sealer = sealer(1)
      let sealed = try sealer.sealed(Self.inner)
      #expect(sealed == Self.sealed)
      #expect(opener.opened(Self.sealed) == .inner(Self.inner, version: 4))
      #expect(opener.opened(Self.sealed) == .refused(.replayed))
    }
  }

  /// Each Sub SA has numbers, a window and a key of its own; another thread's is refused before anything.
  @Test func subSAsAreApart() throws {
    try withEnds { sealer, opener in
      for id: UInt16 in [1, 2] {
        var sealer = sealer(id)
        for number: UInt64 in 1...3 {
          let packet = try sealer.sealed(Self.inner)
          #expect(Array(packet[2..<4]) == bigEndian(id) && Array(packet[8..<16]) == bigEndian(number))
          #expect(opener.opened(packet) == .inner(Self.inner, version: 4))
        }
      }
      for id: UInt16 in [0, 3] {
        var other = sealer(id)
        let packet = try other.sealed(Self.inner)
        #expect(opener.opened(packet) == .refused(.foreignWindow))
      }
      // A packet of one Sub SA under another's ID.
      var moved = Self.sealed
      moved[15] = 9
      moved[3] = 2
      #expect(opener.opened(moved) == .refused(.authentication))
    }
  }

  @Test func refusesByTheReasonThatHolds() throws {
    try withEnds { _, opener in
      let cases: [(at: Int, byte: UInt8, reason: DropReason)] = [
        (0, 0x00, .formatHeader), (0, 0x88, .formatHeader), (0, 0x81, .formatHeader), (1, 1, .authentication),
        (2, 1, .unknownWindow), (3, 4, .unknownWindow), (3, 0, .foreignWindow), (7, 0, .unknownSPI),
        (15, 0, .tooOld), (15, 2, .authentication), (20, 0, .authentication),
        (Self.sealed.count - 1, 0, .authentication),
      ]
      for (at, byte, reason) in cases {
        var packet = Self.sealed
        packet[at] = byte
        // Options of one byte that is 0 pad; the rest is then no longer what was sealed.
        #expect(opener.opened(packet).reason == reason, "byte \(at)")
      }
      for count in 0..<32 {
        #expect(opener.opened(Array(Self.sealed.prefix(count))) == .refused(.tooShort))
      }
      #expect(opener.opened(Self.sealed) == .inner(Self.inner, version: 4))
    }
  }

  /// An authentic packet of Sub SA 1 with options, around any plaintext.
  private func crafted(_ options: [UInt8], _ plain: [UInt8], number: UInt64) throws -> [UInt8] {
    let material = try EESP.material(Self.root, Self.terms(windows: 2))
    let start: [UInt8] = [EESPLayout.start, UInt8(options.count), 0, 1]
    let header = start + bigEndian(Self.spi) + options + bigEndian(number)
    return try withAEAD(.aes128GCM, key: material.keys[1].exposed) { aead in
      header
        + aead.sealed(
          plain, nonce: bigEndian(material.terms.salts[1]) + bigEndian(number), additional: header)
    }
  }

  @Test func optionsThatPadAreUnderstood() throws {
    let cases: [(options: [UInt8], reason: DropReason)] = [
      ([0], .none), ([0, 0, 0, 0], .none), ([1, 0], .none), ([1, 2, 9, 9], .none), ([1, 1, 5, 0], .none),
      ([0, 1, 0, 0], .none), (Array(repeating: 0, count: 255), .none), ([1], .formatHeader),
      ([1, 1], .formatHeader), ([1, 3, 0, 0], .formatHeader), ([2, 2, 0, 0], .formatHeader),
      ([0, 9], .formatHeader), ([1, 0, 7, 0], .formatHeader),
    ]
    try withEnds { _, opener in
      for (index, (options, reason)) in cases.enumerated() {
        let packet = try crafted(options, Self.inner + [0, 0, 0], number: UInt64(index + 1))
        #expect(opener.opened(packet).reason == reason, "\(options)")
        if reason == .none { #expect(opener.opened(packet) == .refused(.replayed)) }
      }
      // Options that reach beyond the packet.
      var short = Self.sealed
      short[1] = UInt8(Self.sealed.count - 31)
      #expect(opener.opened(short) == .refused(.tooShort))
    }
  }

  @Test func whatIsWithinIsChecked() throws {
    let cases: [(plain: [UInt8], reason: DropReason)] = [
      (Self.inner, .none), (Self.inner + [7, 8, 9], .none),
      (Self.inner + Array(repeating: 1, count: 255), .none),
      (Self.inner + Array(repeating: 0, count: 256), .padding), ([], .innerLength), ([0x55], .innerVersion),
      (Array(Self.inner.dropLast()), .innerLength),
    ]
    try withEnds { _, opener in
      for (index, (plain, reason)) in cases.enumerated() {
        let packet = try crafted([], plain, number: UInt64(index + 1))
        #expect(opener.opened(packet).reason == reason, "\(plain.count) bytes")
      }
    }
  }
}

import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// Extended sequence numbers and anti-replay through ESP: `ESP.swift`.
@Suite struct ESPSequenceTests {
  private static let boundary: UInt64 = 1 << 32
  private static let inner = InnerPacket.make(count: 46)

  /// Sealed packets with the numbers `first` to `last`.
  private func packets(
    _ numbers: ClosedRange<UInt64>, _ association: ESPAssociation, _ aead: AEAD
  ) throws -> [[UInt8]] {
    var sealer = ESPSealer(association, aead: aead, sequence: numbers.lowerBound - 1)
    return try numbers.map { _ in try sealer.sealed(Self.inner) }
  }

  /// A whole window of packets, half before the boundary and half behind it.
  @Test(arguments: [64, 1000, 4096], [false, true])
  func crossesTheBoundary(size: Int, isReversed: Bool) throws {
    let half = UInt64(size / 2)
    let association = TestTunnel.espExtended
    try withAEAD { aead in
      let packets = try packets(Self.boundary - half...Self.boundary + half - 1, association, aead)
      try withWindow(size: size, top: Self.boundary - half - 1) { window in
        var opener = ESPOpener(association, aead: aead, window: window)
        for (index, packet) in (isReversed ? packets.reversed() : packets).enumerated() {
          try #require(opener.opened(packet) == .inner(Self.inner, version: 4), "packet \(index)")
        }
        #expect(opener.window.top == Self.boundary + half - 1)
        for packet in packets { try #require(opener.opened(packet) == .refused(.replayed)) }
      }
    }
  }

  /// Each packet of the window's second half overtakes one of its first.
  @Test(arguments: [64, 1000, 4096])
  func crossesTheBoundaryBackAndForth(size: Int) throws {
    let half = size / 2
    let association = TestTunnel.espExtended
    try withAEAD { aead in
      let first = Self.boundary - UInt64(half)
      let packets = try packets(first...first + UInt64(size) - 1, association, aead)
      try withWindow(size: size, top: first - 1) { window in
        var opener = ESPOpener(association, aead: aead, window: window)
        for index in 0..<half {
          for packet in [packets[half + index], packets[index]] {
            try #require(opener.opened(packet).reason == .none, "pair \(index)")
          }
        }
      }
    }
  }

  /// A number just before the window is taken for one of the next range, whose ICV it does not have.
  @Test(arguments: [64, 1000, 4096])
  func extendedNumbersBeforeTheWindowAreNotAuthentic(size: Int) throws {
    let association = TestTunnel.espExtended
    try withAEAD { aead in
      for top in [Self.boundary + 5, 3 * Self.boundary / 2] {
        let lowest = top - UInt64(size) + 1
        let packets = try packets(lowest - 1...lowest, association, aead)
        withWindow(size: size, top: lowest - 2) { window in
          var opener = ESPOpener(association, aead: aead, window: window)
          let highest = craftedESP(
            Self.inner + [0, 4], sequence: top, association: association, aead: aead)
          #expect(opener.opened(highest).reason == .none)
          #expect(opener.opened(packets[0]) == .refused(.authentication))
          #expect(opener.opened(packets[1]).reason == .none)
        }
      }
    }
  }

  @Test(arguments: [64, 1000, 4096])
  func numbersBeforeTheWindowAreTooOld(size: Int) throws {
    try withAEAD { aead in
      let packets = try packets(1...UInt64(size) + 1, TestTunnel.esp, aead)
      withWindow(size: size) { window in
        var opener = ESPOpener(TestTunnel.esp, aead: aead, window: window)
        #expect(opener.opened(packets[size]).reason == .none)
        #expect(opener.opened(packets[0]) == .refused(.tooOld))
        #expect(opener.opened(packets[1]).reason == .none)
        #expect(opener.opened(packets[1]) == .refused(.replayed))
        #expect(opener.opened(packets[size]) == .refused(.replayed))
      }
    }
  }

  /// Number 0 is authentic here, and refused all the same.
  @Test func zeroIsNeverFresh() throws {
    try withAEAD { aead in
      withWindow { window in
        var opener = ESPOpener(TestTunnel.esp, aead: aead, window: window)
        let packet = craftedESP(Self.inner + [0, 4], sequence: 0, aead: aead)
        #expect(opener.opened(packet) == .refused(.tooOld))
      }
    }
  }

  /// The low half of a number that lies before the first one: no such packet exists.
  @Test func nothingLiesBeforeTheFirstNumber() throws {
    let association = TestTunnel.espExtended
    try withAEAD { aead in
      withWindow { window in
        var opener = ESPOpener(association, aead: aead, window: window)
        let packet = craftedESP(
          Self.inner + [0, 4], sequence: Self.boundary - 1, association: association, aead: aead)
        #expect(opener.opened(packet) == .refused(.authentication))
        #expect(opener.window.top == 0)
      }
    }
  }

  /// 32-bit numbers do not go on behind the boundary: the low half alone counts.
  @Test func shortNumbersEndAtTheBoundary() throws {
    try withAEAD { aead in
      withWindow(top: Self.boundary - 3) { window in
        var opener = ESPOpener(TestTunnel.esp, aead: aead, window: window)
        for (number, reason) in [
          (Self.boundary - 1, DropReason.none), (Self.boundary - 2, .none), (1, .tooOld),
        ] {
          let packet = craftedESP(Self.inner + [0, 4], sequence: number, aead: aead)
          #expect(opener.opened(packet).reason == reason)
        }
      }
    }
  }

  // MARK: Forgery

  /// A forged packet far ahead leaves the window where it is, and all that was fresh is fresh still.
  @Test(arguments: [TestTunnel.esp, TestTunnel.espExtended])
  func forgedPacketsDoNotMoveTheWindow(association: ESPAssociation) throws {
    try withAEAD { aead in
      let packets = try packets(1...64, association, aead)
      withWindow { window in
        var opener = ESPOpener(association, aead: aead, window: window)
        #expect(opener.opened(packets[63]).reason == .none)
        for far: UInt64 in [65, 1000, 0x7FFF_FFFF, 0xFFFF_FF00] {
          var forged = craftedESP(Self.inner + [0, 4], sequence: far, association: association, aead: aead)
          forged[forged.count - 1] ^= 1
          #expect(opener.opened(forged) == .refused(.authentication))
          #expect(opener.window.top == 64)
        }
        for packet in packets.dropLast() { #expect(opener.opened(packet).reason == .none) }
      }
    }
  }

  /// A damaged copy that arrives first does not use up the number.
  @Test func aDamagedCopyDoesNotUseUpItsNumber() throws {
    try withAEAD { aead in
      let packet = try packets(1...1, TestTunnel.esp, aead)[0]
      withWindow { window in
        var opener = ESPOpener(TestTunnel.esp, aead: aead, window: window)
        var damaged = packet
        damaged[20] ^= 0x80
        #expect(opener.opened(damaged) == .refused(.authentication))
        #expect(opener.opened(packet).reason == .none)
      }
    }
  }

  @Test func oneOfEightEqualPacketsPasses() throws {
    try withAEAD { aead in
      let packet = try packets(7...7, TestTunnel.esp, aead)[0]
      withWindow { window in
        var opener = ESPOpener(TestTunnel.esp, aead: aead, window: window)
        let found = (0..<8).map { _ in opener.opened(packet).reason }
        #expect(found == [.none] + [DropReason](repeating: .replayed, count: 7))
      }
    }
  }
}

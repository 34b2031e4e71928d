import Basics
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// Keys and windows of three associations, each with room for two generations.
private final class Renewed {
  static let count = 3
  static let stride = 4
  static let firstSPI: UInt32 = 0x0200_1000
  let arena: AEADKeyArena
  let scratch: AEADScratch
  let windows: PageArena
  let windowBytes = ReplayWindow.memoryBytes(size: 64)

  init() throws {
    arena = try AEADKeyArena(.aes128GCM, count: 2 * Self.count, pages: .small)
    scratch = try AEADScratch()
    windows = try PageArena(bytes: 2 * Self.count * windowBytes, pages: .small)
    for index in 0..<Self.count { try setKey(index, 0) }
  }

  /// Each generation's key differs from all others.
  func setKey(_ index: Int, _ generation: Int) throws {
    var random = SplitMix64(state: UInt64(index) << 32 | UInt64(generation))
    try arena.set(2 * index + generation & 1, random.bytes(16))
  }

  private func aead(_ index: Int, _ generation: Int) -> AEAD {
    AEAD(arena, 2 * index + generation & 1, scratch: scratch)
  }

  private func association(_ index: Int, _ generation: Int) -> ESPAssociation {
    let spi = Self.firstSPI + UInt32(generation * Self.stride + index)
    return ESPAssociation(spi: spi, salt: spi &* 0x9E37_79B9, usesESN: false)
  }

  func sealer(_ index: Int, _ generation: Int, after sequence: UInt64 = 0) -> ESPSealer {
    ESPSealer(association(index, generation), aead: aead(index, generation), sequence: sequence)
  }

  func opener(_ index: Int, _ generation: Int) -> ESPOpener {
    let memory = windows.start + (2 * index + generation & 1) * windowBytes
    return ESPOpener(
      association(index, generation), aead: aead(index, generation),
      window: ReplayWindow(size: 64, in: memory))
  }

  /// Of all associations but the second, which is another thread's.
  func openers() throws -> RenewedOpeners<ESPOpener> {
    try RenewedOpeners(
      firstSPI: Self.firstSPI, stride: Self.stride,
      openers: (0..<Self.count).map { $0 == 1 ? nil : opener($0, 0) }, algorithm: .aes128GCM, pages: .small)
  }

  func sealers(after sequence: UInt64 = 0, softNumber: UInt64 = 1000) throws -> RenewedSealers<ESPSealer> {
    try RenewedSealers(
      (0..<Self.count).map { sealer($0, 0, after: sequence) }, softNumber: softNumber,
      algorithm: .aes128GCM, pages: .small)
  }
}

/// An inner packet of a tunnel.
private func inner(of tunnel: Int) -> [UInt8] {
  var packet = InnerPacket.make(count: 60, seed: UInt64(tunnel))
  packet.withUnsafeMutableBytes { packet in
    let at = packet.baseAddress!
    at.storeBig(0xC612_0001 + UInt32(tunnel), IPv4.destinationOffset)
    at.storeBig(UInt16(0), IPv4.checksumOffset)
    at.storeBig(Checksum.ofHeader20(UnsafeRawPointer(at)), IPv4.checksumOffset)
  }
  return packet
}

private func spi(_ sealed: [UInt8]) -> UInt32 { sealed.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }
private func number(_ sealed: [UInt8]) -> UInt32 { sealed[4..<8].reduce(0) { $0 << 8 | UInt32($1) } }

@Suite struct RenewedAssociationsTests {
  @Test func aPublishedGenerationSealsFromItsFirstNumberOn() throws {
    let many = try Renewed()
    var table = try many.sealers()
    defer { table.deallocate() }
    for _ in 0..<3 { _ = try table.sealed(inner(of: 2)) }
    try many.setKey(2, 1)
    table.renew(2, generation: 1, many.sealer(2, 1))
    // Not yet published.
    let last = try table.sealed(inner(of: 2))
    #expect(spi(last) == Renewed.firstSPI + 2)
    table.publish(2, generation: 1)
    var expected = many.sealer(2, 1)
    for _ in 0..<2 {
      let (sealed, wanted) = (try table.sealed(inner(of: 2)), try expected.sealed(inner(of: 2)))
      #expect(sealed == wanted)
    }
    #expect(table.sealed(2, generation: 0) == 4)
    // The others stay as they are.
    let other = try table.sealed(inner(of: 0))
    #expect(spi(other) == Renewed.firstSPI)
    // The next generation overwrites the entry of the first.
    try many.setKey(2, 2)
    table.renew(2, generation: 2, many.sealer(2, 2))
    table.publish(2, generation: 2)
    let sealed = try table.sealed(inner(of: 2))
    #expect(spi(sealed) == Renewed.firstSPI + 2 * UInt32(Renewed.stride) + 2 && number(sealed) == 1)
    #expect(table.sealed(2, generation: 1) == 2 && table.sealed(2, generation: 2) == 1)
    #expect(throws: NotSealed.self) { _ = try table.sealed(inner(of: 3)) }
  }

  /// What has been found before a generation was published goes on under the old one, as within a burst.
  @Test func whatHasBeenFoundStaysWithItsGeneration() throws {
    let many = try Renewed()
    var table = try many.sealers()
    defer { table.deallocate() }
    let packet = inner(of: 0)
    let memory = GuardedMemory(count: 2048)
    let at = memory.put(packet, atStart: true) + 64
    at.copyMemory(from: packet, byteCount: packet.count)
    let saIndex = table.find(UnsafeRawPointer(at))
    try many.setKey(0, 1)
    table.renew(0, generation: 1, many.sealer(0, 1))
    table.publish(0, generation: 1)
    let sealed = table.seal(at, count: packet.count, sa: saIndex)
    var expected = many.sealer(0, 0)
    let wanted = try expected.sealed(packet)
    #expect(bytes(at: sealed.start, sealed.count) == wanted)
  }

  /// With one association there is nothing to look up, whatever the packet.
  @Test func oneAssociationSealsAll() throws {
    let many = try Renewed()
    var table = try RenewedSealers(
      [many.sealer(0, 0)], softNumber: 9, algorithm: .aes128GCM, pages: .small)
    defer { table.deallocate() }
    for packet in [inner(of: 7), InnerPacket.make(version: 6, count: 60)] {
      let sealed = try table.sealed(packet)
      #expect(spi(sealed) == Renewed.firstSPI)
    }
  }

  /// Numbers that run out: the table asks in time, refuses when none is left, and goes on with the next key.
  @Test func numbersRunOut() throws {
    let many = try Renewed()
    let last = UInt64(UInt32.max)
    var table = try many.sealers(after: last - 5, softNumber: last - 3)
    defer { table.deallocate() }
    let packet = inner(of: 1)
    for left in (0..<5).reversed() {
      let sealed = try table.sealed(packet)
      #expect(number(sealed) == UInt32.max - UInt32(left))
      #expect(table.takeWishes() == (left < 3 ? [1] : []), "\(left)")
    }
    let error = try #require(throws: NotSealed.self) { _ = try table.sealed(packet) }
    #expect(error.reason == .sequenceExhausted)
    try many.setKey(1, 1)
    table.renew(1, generation: 1, many.sealer(1, 1))
    table.publish(1, generation: 1)
    let sealed = try table.sealed(packet)
    #expect(number(sealed) == 1 && spi(sealed) == Renewed.firstSPI + UInt32(Renewed.stride) + 1)
    _ = table.takeWishes()
    #expect(table.takeWishes() == [])
  }

  @Test func bothGenerationsAreOpenedUntilTheOldOneIsWithdrawn() throws {
    let many = try Renewed()
    var table = try many.openers()
    defer { table.deallocate() }
    let packet = inner(of: 2)
    var old = many.sealer(2, 0)
    let early = try (0..<4).map { _ in try old.sealed(packet) }
    #expect(table.opened(early[0]) == .inner(packet, version: 4))
    try many.setKey(2, 1)
    var new = many.sealer(2, 1)
    let late = try (0..<4).map { _ in try new.sealed(packet) }
    // Before it is published it is unknown.
    #expect(table.opened(late[0]) == .refused(.unknownSPI))
    table.renew(2, generation: 1, many.opener(2, 1))
    table.publish(2, generation: 1)
    #expect(table.firstTicks(2, generation: 1) == 0)
    let before = TimeStamp.now
    for sealed in [late[0], early[1], late[1], early[2]] {
      #expect(table.opened(sealed) == .inner(packet, version: 4))
      #expect(table.opened(sealed) == .refused(.replayed))
    }
    #expect((before...TimeStamp.now).contains(table.firstTicks(2, generation: 1)))
    #expect(table.opened(2, generation: 0) == 3 && table.opened(2, generation: 1) == 2)
    table.withdraw(2, generation: 0)
    #expect(table.opened(early[3]) == .refused(.unknownSPI))
    #expect(table.opened(late[2]) == .inner(packet, version: 4))
    // Its entry is the next one's, which does not take its packets for its own.
    try many.setKey(2, 2)
    table.renew(2, generation: 2, many.opener(2, 2))
    table.publish(2, generation: 2)
    #expect(table.opened(early[3]) == .refused(.unknownSPI))
    var next = many.sealer(2, 2)
    let last = try next.sealed(packet)
    #expect(table.opened(last) == .inner(packet, version: 4))
    #expect(table.opened(2, generation: 2) == 1 && table.opened(2, generation: 1) == 3)
  }

  @Test func anotherThreadsAssociationStaysForeign() throws {
    let many = try Renewed()
    var table = try many.openers()
    defer { table.deallocate() }
    #expect(table.owns(0) && !table.owns(1) && table.owns(2))
    for generation in 0..<3 {
      var sealer = many.sealer(1, generation)
      let sealed = try sealer.sealed(inner(of: 1))
      #expect(table.opened(sealed) == .refused(.foreignSA))
    }
    // No association has the SPI between the last one's and the next generation's.
    let association = ESPAssociation(spi: Renewed.firstSPI + 3, salt: 0, usesESN: false)
    var sealer = ESPSealer(association, aead: AEAD(many.arena, 0, scratch: many.scratch))
    let stray = try sealer.sealed(inner(of: 0))
    #expect(table.opened(stray) == .refused(.unknownSPI))
    #expect(table.opened([2, 0, 16]) == .refused(.tooShort))
  }
}

import Basics
import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// Keys, associations and windows of a table's test.
private final class ManyAssociations {
  let arena: AEADKeyArena
  let scratch: AEADScratch
  let windows: PageArena
  let windowBytes: Int
  let ownership = WindowOwnership(count: 4, size: ManyAssociations.windowSize) { $0 % 2 == 1 }
  let count: Int
  static let firstSPI: UInt32 = 0x0200_1000
  static let windowSize = 64

  init(_ count: Int, _ algorithm: AEADAlgorithm = .aes128GCM) throws {
    self.count = count
    arena = try AEADKeyArena(algorithm, count: count, pages: .small)
    var random = SplitMix64(state: 77)
    for index in 0..<count { try arena.set(index, random.bytes(algorithm.keyBytes)) }
    scratch = try AEADScratch()
    windowBytes = max(ReplayWindow.memoryBytes(size: Self.windowSize), ownership.memoryBytes)
    windows = try PageArena(bytes: count * windowBytes, pages: .small)
  }

  deinit { ownership.deallocate() }

  func aead(_ index: Int) -> AEAD { AEAD(arena, index, scratch: scratch) }
  func memory(_ index: Int) -> UnsafeMutableRawPointer { windows.start + index * windowBytes }

  func esp(_ index: Int) -> ESPAssociation {
    ESPAssociation(spi: Self.firstSPI + UInt32(index), salt: UInt32(index) &* 0x9E37_79B9, usesESN: false)
  }

  func vpe(_ index: Int) -> VPEAssociation {
    VPEAssociation(spi: Self.firstSPI + UInt32(index), sender: 3, windows: 4)
  }

  func espOpener(_ index: Int) -> ESPOpener {
    ESPOpener(
      esp(index), aead: aead(index),
      window: ReplayWindow(size: Self.windowSize, in: memory(index)))
  }

  func vpeOpener(_ index: Int) -> VPEOpener {
    VPEOpener(
      vpe(index), aead: aead(index), windows: VPEWindows(ownership, in: memory(index)))
  }
}

/// An inner packet to a destination.
private func inner(to destination: UInt32, count: Int = 60) -> [UInt8] {
  var packet = InnerPacket.make(count: count, seed: UInt64(destination))
  packet.withUnsafeMutableBytes { packet in
    let at = packet.baseAddress!
    at.storeBig(destination, IPv4.destinationOffset)
    at.storeBig(UInt16(0), IPv4.checksumOffset)
    at.storeBig(Checksum.ofHeader20(UnsafeRawPointer(at)), IPv4.checksumOffset)
  }
  return packet
}

extension PacketSealer {
  /// As `sealed`, in the steps of a stage that fetches ahead.
  fileprivate mutating func sealedAhead(_ inner: [UInt8]) throws -> [UInt8] {
    let memory = GuardedMemory(count: Self.headerBytes + inner.count + Self.tailroomBytes)
    let at = memory.end - Self.tailroomBytes - inner.count
    at.copyMemory(from: inner, byteCount: inner.count)
    let saIndex = find(UnsafeRawPointer(at))
    prefetch(saIndex, count: inner.count)
    let result = seal(at, count: inner.count, sa: saIndex)
    guard result.reason == .none else { throw NotSealed(reason: result.reason) }
    return bytes(at: result.start, result.count)
  }
}

extension PacketOpener {
  /// As `opened`, in the steps of a stage that fetches ahead; a header must be there to be read.
  fileprivate mutating func openedAhead(_ outer: [UInt8]) -> Outcome {
    let memory = GuardedMemory(count: 2048)
    let at = memory.put(outer, atStart: true)
    let saIndex = find(UnsafeRawPointer(at))
    prefetch(saIndex, UnsafeRawPointer(at), count: outer.count)
    let result = open(at, count: outer.count, sa: saIndex)
    if result.reason != .none { return .refused(result.reason) }
    return .inner(bytes(at: result.start, result.count), version: result.version)
  }
}

@Suite struct AssociationTableTests {
  // MARK: Routes

  static let generators: UInt32 = 0xC612_0001
  static let reflectors: UInt32 = 0xC613_0001

  @Test func aDestinationHasItsTunnel() throws {
    let many = try ManyAssociations(300)
    var table = try SealerTable(
      (0..<300).map { VPESealer(many.vpe($0), window: 1, aead: many.aead($0)) }, algorithm: .aes128GCM,
      pages: .small)
    defer { table.deallocate() }
    var sealedIn = [UInt64](repeating: 0, count: 300)
    for tunnel in [0, 1, 2, 150, 254, 255, 256, 298, 299, 0, 299] {
      for block in [Self.generators, Self.reflectors] {
        let packet = inner(to: block + UInt32(tunnel))
        let sealed = try sealedIn[tunnel] % 2 == 0 ? table.sealed(packet) : table.sealedAhead(packet)
        sealedIn[tunnel] += 1
        var expected = VPESealer(
          many.vpe(tunnel), window: 1, aead: many.aead(tunnel), sequence: sealedIn[tunnel] - 1)
        #expect(try sealed == expected.sealed(packet), "tunnel \(tunnel)")
      }
    }
  }

  @Test func elsewhereThereIsNoRoute() throws {
    let many = try ManyAssociations(300)
    var table = try SealerTable(
      (0..<300).map { ESPSealer(many.esp($0), aead: many.aead($0)) }, algorithm: .aes128GCM, pages: .small)
    defer { table.deallocate() }
    // Host 0, the host after the last, the last of all, the blocks beside, and IPv6 with such bytes in it.
    let strangers =
      [0xC612_0000, 0xC613_0000, 0xC612_012D, 0xC613_012D, 0xC613_FFFF, 0xC611_0001]
      + [0xC614_0001, 0x4612_0001, 0, 0xFFFF_FFFF]
    var packets = strangers.map { inner(to: UInt32($0)) }
    var v6 = InnerPacket.make(version: 6, count: 60)
    v6.replaceSubrange(16..<20, with: bigEndian(Self.reflectors))
    packets.append(v6)
    for packet in packets {
      for isAhead in [false, true] {
        let error = try #require(throws: NotSealed.self) {
          _ = try isAhead ? table.sealedAhead(packet) : table.sealed(packet)
        }
        #expect(error.reason == .noRoute, "\(packet[16..<20])")
      }
    }
    _ = try table.sealed(inner(to: Self.generators + 299))
  }

  // MARK: SPIs

  @Test func anSPIHasItsOpener() throws {
    let many = try ManyAssociations(9)
    // Of nine, this thread has 0, 3, 6 and 8.
    let own: Set = [0, 3, 6, 8]
    var table = try OpenerTable(
      firstSPI: ManyAssociations.firstSPI,
      openers: (0..<9).map { own.contains($0) ? many.espOpener($0) : nil },
      algorithm: .aes128GCM, pages: .small)
    defer { table.deallocate() }
    let packet = inner(to: 1)
    for index in 0..<9 {
      var sealer = ESPSealer(many.esp(index), aead: many.aead(index))
      let (first, second) = (try sealer.sealed(packet), try sealer.sealed(packet))
      let expected: Outcome = own.contains(index) ? .inner(packet, version: 4) : .refused(.foreignSA)
      #expect(table.opened(first) == expected && table.openedAhead(second) == expected, "SPI \(index)")
      for length in 0..<4 { #expect(table.opened(Array(first.prefix(length))).reason == .tooShort) }
      #expect(table.openedAhead(Array(first.prefix(3))).reason == .tooShort)
    }
    for spi in [ManyAssociations.firstSPI - 1, ManyAssociations.firstSPI + 9, 0, .max, 0x8200_1000] {
      let association = ESPAssociation(spi: spi, salt: 0, usesESN: false)
      var sealer = ESPSealer(association, aead: many.aead(0))
      let sealed = try sealer.sealed(packet)
      #expect(table.opened(sealed) == .refused(.unknownSPI), "\(spi)")
      #expect(table.openedAhead(sealed) == .refused(.unknownSPI), "\(spi)")
    }
  }

  /// A thread's only one of several: the same outcomes as of a table with it alone.
  @Test func aChildNeedsNoTable() throws {
    let many = try ManyAssociations(4)
    var table = try OpenerTable(
      firstSPI: ManyAssociations.firstSPI, openers: (0..<3).map { $0 == 1 ? many.espOpener(1) : nil },
      algorithm: .aes128GCM, pages: .small)
    defer { table.deallocate() }
    let other = ESPOpener(
      many.esp(1), aead: many.aead(1),
      window: ReplayWindow(size: ManyAssociations.windowSize, in: many.memory(3)))
    var child = ChildOpener(other, firstSPI: ManyAssociations.firstSPI, count: 3)
    let packet = inner(to: 1)
    let expected: [DropReason] = [.foreignSA, .none, .foreignSA, .unknownSPI]
    for (index, reason) in expected.enumerated() {
      var sealer = ESPSealer(many.esp(index), aead: many.aead(index))
      let sealed = try sealer.sealed(packet)
      var damaged = try sealer.sealed(packet)
      damaged[damaged.count - 1] ^= 1
      for bytes in [sealed, sealed, damaged, Array(sealed.prefix(3))] {
        #expect(child.opened(bytes) == table.opened(bytes), "SPI \(index), \(bytes.count) bytes")
      }
      var another = ESPSealer(many.esp(index), aead: many.aead(index), sequence: 10)
      #expect(child.opened(try another.sealed(packet)).reason == reason, "SPI \(index)")
    }
  }

  /// A number that was used under one association is fresh under another.
  @Test func eachAssociationHasItsOwnNumbers() throws {
    let many = try ManyAssociations(3)
    let packet = inner(to: 1)
    var esp = try OpenerTable(
      firstSPI: ManyAssociations.firstSPI, openers: (0..<3).map { many.espOpener($0) },
      algorithm: .aes128GCM, pages: .small)
    defer { esp.deallocate() }
    for index in 0..<3 {
      var sealer = ESPSealer(many.esp(index), aead: many.aead(index))
      let sealed = try sealer.sealed(packet)
      #expect(esp.opened(sealed) == .inner(packet, version: 4))
      #expect(esp.opened(sealed) == .refused(.replayed))
    }
    let others = try ManyAssociations(3)
    var vpe = try OpenerTable(
      firstSPI: ManyAssociations.firstSPI, openers: (0..<3).map { others.vpeOpener($0) },
      algorithm: .aes128GCM, pages: .small)
    defer { vpe.deallocate() }
    for index in 0..<3 {
      for window in [1, 3] as [UInt16] {
        var sealer = VPESealer(others.vpe(index), window: window, aead: others.aead(index))
        let sealed = try sealer.sealed(packet)
        #expect(vpe.opened(sealed) == .inner(packet, version: 4))
        #expect(vpe.opened(sealed) == .refused(.replayed))
      }
      var foreign = VPESealer(others.vpe(index), window: 2, aead: others.aead(index))
      #expect(vpe.opened(try foreign.sealed(packet)) == .refused(.foreignWindow))
    }
  }

  // MARK: Against a dictionary

  /// Random packets of known, unknown and foreign associations, fresh, doubled, late and forged, against sets
  /// in a dictionary.
  private func compare<Opener: AssociationOpener>(
    _ many: ManyAssociations, window: UInt16, _ opener: (Int) -> Opener, seed: UInt64,
    _ seal: (_ index: Int, _ number: UInt64, _ packet: [UInt8]) throws -> [UInt8]
  ) throws -> [DropReason: Int] {
    var random = SplitMix64(state: seed)
    var model: [Int: SetWindow?] = [:]
    for index in 0..<many.count {
      let isOwn = Int.random(in: 0..<3, using: &random) > 0
      model[index] = .some(isOwn ? SetWindow(size: UInt64(ManyAssociations.windowSize)) : nil)
    }
    var table = try OpenerTable(
      firstSPI: ManyAssociations.firstSPI,
      openers: (0..<many.count).map { model[$0]! == nil ? nil : opener($0) }, algorithm: .aes128GCM,
      pages: .small)
    defer { table.deallocate() }
    var traffic = RandomTraffic(seed: seed, size: UInt64(ManyAssociations.windowSize))
    var outcomes: [DropReason: Int] = [:]
    for _ in 0..<6000 {
      let index = Int.random(in: 0..<(many.count + 4), using: &random)
      let known = model[index]
      let number = max(1, traffic.next(top: known??.top ?? 5))
      let packet = inner(to: UInt32.random(in: 0...(.max), using: &random))
      var sealed = try seal(index, number, packet)
      let isForged = Int.random(in: 0..<10, using: &random) == 0
      if isForged { sealed[sealed.count - 20] ^= 1 }
      var expected: Outcome = .refused(.unknownSPI)
      if let known {
        expected = .refused(.foreignSA)
        if var seen = known {
          if isForged {
            // The first check comes before authentication, and marks nothing.
            var looked = seen
            let reason = looked.checkAndMark(number)
            expected = .refused(reason == .none ? .authentication : reason)
          } else {
            let reason = seen.checkAndMark(number)
            expected = reason == .none ? .inner(packet, version: 4) : .refused(reason)
          }
          model[index] = .some(seen)
        }
      }
      let isAhead = Bool.random(using: &random)
      #expect((isAhead ? table.openedAhead(sealed) : table.opened(sealed)) == expected)
      outcomes[expected.reason, default: 0] += 1
    }
    return outcomes
  }

  static let all: [DropReason] = [
    .none, .unknownSPI, .foreignSA, .authentication, .replayed, .tooOld,
  ]

  @Test func espIsAsItsDictionary() throws {
    let many = try ManyAssociations(40)
    let outcomes = try compare(many, window: 0, many.espOpener, seed: 5) { index, number, packet in
      let aead = many.aead(min(index, many.count - 1))
      var sealer = ESPSealer(many.esp(index), aead: aead, sequence: number - 1)
      return try sealer.sealed(packet)
    }
    for reason in Self.all { #expect(outcomes[reason, default: 0] > 20, "\(reason)") }
  }

  @Test func vpeIsAsItsDictionary() throws {
    let many = try ManyAssociations(40)
    let outcomes = try compare(many, window: 3, many.vpeOpener, seed: 6) { index, number, packet in
      let aead = many.aead(min(index, many.count - 1))
      var sealer = VPESealer(many.vpe(index), window: 3, aead: aead, sequence: number - 1)
      return try sealer.sealed(packet)
    }
    for reason in Self.all { #expect(outcomes[reason, default: 0] > 20, "\(reason)") }
  }

  // MARK: Memory

  /// One line each, and an index of two bytes: what a packet needs is fetched in one go.
  @Test func anEntryIsALine() {
    #expect(SealerTable<ESPSealer>.associationBytes == 64 + 2)
    #expect(SealerTable<ESPNumberedSealer>.associationBytes == 64 + 2)
    #expect(SealerTable<VPESealer>.associationBytes == 64 + 2)
    #expect(OpenerTable<ESPOpener>.associationBytes == 64 + 2)
    #expect(OpenerTable<VPEOpener>.associationBytes == 64 + 2)
    #expect(OpenerTable<VPEOpener>.foreignBytes == 2)
  }

  /// Windows over given memory stay within it.
  @Test(arguments: [64, 100, 1024, 4096]) func windowsStayInTheirMemory(_ size: Int) {
    let ownership = WindowOwnership(count: 5, size: size) { $0 > 1 }
    defer { ownership.deallocate() }
    let bytes = ownership.memoryBytes
    #expect(bytes == 3 * (8 + ReplayWindow.memoryBytes(size: size)))
    let memory = GuardedMemory(count: bytes)
    memory.fill(seed: 3)
    let before = memory.contents
    let start = memory.start + 8
    let windows = VPEWindows(ownership, in: start)
    var models = [SetWindow](repeating: SetWindow(size: UInt64(size)), count: 5)
    var random = SplitMix64(state: UInt64(size))
    var traffic = RandomTraffic(seed: UInt64(size), size: UInt64(size))
    for _ in 0..<5000 {
      let id = UInt16.random(in: 0..<5, using: &random)
      let number = traffic.next(top: models[Int(id)].top)
      let expected = id > 1 ? models[Int(id)].checkAndMark(number) : .foreignWindow
      #expect(windows.checkAndMark(id, number) == expected)
    }
    #expect(memory.firstChange(since: before, outside: start..<(start + bytes)) == nil)
  }
}

import Basics
import Cases
import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// Many senders under one key: whose windows are made when, and what a receiver refuses.
@Suite struct GroupOpenerTests {
  static let formats = FormatName.allCases.filter(\.isForGroups)
  static let refusing = formats.filter { $0.facts.refusesReplays }
  static let inner = InnerPacket.make(count: 61)
  private static let opened = Outcome.inner(inner, version: 4)

  /// A key, and a receiver's memory for windows of 64 packets.
  struct Group<Format: GroupFormat> {
    let aead: AEAD
    let ownership: WindowOwnership
    let capacity: Int
    let identities: Int
    let memory: GuardedMemory

    private func terms(_ sender: UInt16) -> TunnelTerms {
      TunnelTerms(spi: 0x0102_0304, salt: 0xA1A2_A3A4, sender: sender, windows: 4, cipher: .aes128GCM)
    }

    /// Windows in which nothing was seen, in the same memory each time.
    func windows() -> GroupWindows {
      GroupWindows(capacity: capacity, identities: identities, ownership, in: memory.start)
    }

    /// What refuses no replays has none, as in a receiver.
    func opener(_ windows: GroupWindows) -> GroupOpener<Format> {
      GroupOpener(terms(0), aead: aead, windows: Format.refusesReplays ? windows : nil)
    }

    func sealer(_ sender: UInt16, window: UInt16 = 2, after number: UInt64 = 0) -> Format.Sealer {
      Format.sealer(Format.association(terms(sender)), window: window, aead: aead, sequence: number)
    }

    /// Packet `number` of a sender.
    func packet(_ sender: UInt16, _ number: UInt64, window: UInt16 = 2) throws -> [UInt8] {
      var sealer = sealer(sender, window: window, after: number - 1)
      return try sealer.sealed(inner)
    }
  }

  /// A test's work, generic over the format.
  protocol Body {
    func run<Format: GroupFormat>(_ group: Group<Format>) throws
  }

  private struct Work: GroupVisitor {
    typealias Failure = any Error
    let capacity: Int
    let identities: Int
    let body: any Body

    func visit<Format: GroupFormat>(_ format: Format.Type) throws {
      try withAEAD(.aes128GCM) { aead in
        // Windows 2 and 3 are the thread's; without IDs the one that there is.
        let hasIDs = format.windowEnd > 0
        let ownership = WindowOwnership(count: hasIDs ? 4 : 1, size: 64) { !hasIDs || $0 >= 2 }
        defer { ownership.deallocate() }
        let bytes = GroupWindows.memoryBytes(capacity: capacity, identities: identities, ownership)
        let memory = GuardedMemory(count: bytes)
        try withExtendedLifetime(memory) {
          try body.run(
            Group<Format>(
              aead: aead, ownership: ownership, capacity: capacity, identities: identities, memory: memory))
        }
      }
    }
  }

  private func with(_ name: FormatName, capacity: Int, identities: Int = 65536, _ body: any Body) throws {
    try #require(
      try name.visitGroup(Work(capacity: capacity, identities: identities, body: body)) != nil)
  }

  // MARK: - Senders

  private struct ManySenders: Body {
    func run<Format: GroupFormat>(_ group: Group<Format>) throws {
      let windows = group.windows()
      var opener = group.opener(windows)
      // With numbers that are the same and IDs that are all over.
      let senders: [UInt16] = [0, 1, 255, 0x0506, 0x8000, .max]
      for number: UInt64 in 1...3 {
        for sender in senders {
          #expect(try opener.opened(group.packet(sender, number)) == opened, "\(sender) \(number)")
        }
      }
      #expect(windows.count == (Format.refusesReplays ? senders.count : 0))
      for sender in senders {
        let again = try opener.opened(group.packet(sender, 2))
        #expect(again == (Format.refusesReplays ? .refused(.replayed) : opened))
      }
    }
  }

  @Test(arguments: formats) func manySendersAreOpened(_ name: FormatName) throws {
    try with(name, capacity: 6, ManySenders())
  }

  private struct EveryBit: Body {
    func run<Format: GroupFormat>(_ group: Group<Format>) throws {
      var opener = group.opener(group.windows())
      let packet = try group.packet(7, 1)
      for bit in 0..<(8 * packet.count) {
        var changed = packet
        changed[bit / 8] ^= 1 << (bit % 8)
        #expect(opener.opened(changed).reason != .none, "bit \(bit)")
      }
      for count in 0..<packet.count {
        #expect(opener.opened(Array(packet.prefix(count))).reason != .none, "\(count) bytes")
      }
      #expect(opener.opened(Array(packet.prefix(15))) == .refused(.tooShort))
      var foreign = packet
      let offset = Format.Opener.spiEnd - 1
      foreign[offset] ^= 1
      #expect(opener.opened(foreign) == .refused(.unknownSPI))
      #expect(opener.opened(packet) == opened)
    }
  }

  @Test(arguments: formats) func everyChangeIsRefused(_ name: FormatName) throws {
    try with(name, capacity: 2, EveryBit())
  }

  // MARK: - Whose windows are made

  private struct Flood: Body {
    func run<Format: GroupFormat>(_ group: Group<Format>) throws {
      let windows = group.windows()
      var opener = group.opener(windows)
      let before = group.memory.contents
      var packet = try group.packet(1, 1)
      packet[packet.count - 1] ^= 1
      let offset = Format.senderEnd - 2
      for id in 0...UInt16.max {
        var forged = packet
        (forged[offset], forged[offset + 1]) = (UInt8(id >> 8), UInt8(id & 0xFF))
        let reason = forged.withUnsafeMutableBytes {
          opener.open($0.baseAddress.unsafelyUnwrapped, count: $0.count).reason
        }
        guard reason == .authentication else {
          Issue.record("a forgery of Sender ID \(id) was refused as \(reason)")
          return
        }
      }
      #expect(windows.count == 0 && group.memory.contents == before, "a forgery has left something behind")
      // None of them stands in the way of those who have the key.
      for sender: UInt16 in [1, 60_000] { #expect(try opener.opened(group.packet(sender, 1)) == opened) }
      #expect(windows.count == 2)
    }
  }

  @Test(arguments: refusing) func aFloodOfIDsTakesNothing(_ name: FormatName) throws {
    try with(name, capacity: 2, Flood())
  }

  private struct Bound: Body {
    func run<Format: GroupFormat>(_ group: Group<Format>) throws {
      let windows = group.windows()
      var opener = group.opener(windows)
      for sender: UInt16 in 1...3 { #expect(try opener.opened(group.packet(sender, 1)) == opened) }
      let packet = try group.packet(4, 1)
      // Nothing is decrypted for it.
      var copy = packet
      let reason = copy.withUnsafeMutableBytes {
        opener.open($0.baseAddress.unsafelyUnwrapped, count: $0.count).reason
      }
      #expect(reason == .tooManySenders && copy == packet && windows.count == 3)
      for sender: UInt16 in 1...3 {
        #expect(try opener.opened(group.packet(sender, 2)) == opened)
        #expect(try opener.opened(group.packet(sender, 1)) == .refused(.replayed))
      }
    }
  }

  @Test(arguments: refusing) func noMoreSendersThanThereIsRoomFor(_ name: FormatName) throws {
    try with(name, capacity: 3, Bound())
  }

  private struct Together: Body {
    func run<Format: GroupFormat>(_ group: Group<Format>) throws {
      let windows = group.windows()
      var opener = group.opener(windows)
      // All take the first step before any takes the second.
      let packets = try [
        group.packet(1, 1), group.packet(1, 1), group.packet(1, 2), group.packet(2, 1),
      ]
      let works = WorkPointer.allocateLines(packets.count)
      works.initialize(repeating: PacketWork(), count: packets.count)
      defer { works.deallocate() }
      let memories = packets.map { GuardedMemory(count: $0.count) }
      for (index, packet) in packets.enumerated() {
        opener.prepare(memories[index].put(packet), count: packet.count, sa: 0, in: works + index)
        #expect(works[index].reason == .none)
      }
      let reasons = withExtendedLifetime(memories) { packets.indices.map { opener.open(works + $0).reason } }
      #expect(reasons == [.none, .replayed, .none, .tooManySenders] && windows.count == 1)
    }
  }

  @Test(arguments: refusing) func theFirstPacketsOfASenderMayComeTogether(_ name: FormatName) throws {
    try with(name, capacity: 1, Together())
  }

  private struct Forged: Body {
    func run<Format: GroupFormat>(_ group: Group<Format>) throws {
      let windows = group.windows()
      var opener = group.opener(windows)
      var high = try group.packet(1, 1 << 40)
      high[high.count - 1] ^= 1
      #expect(opener.opened(high) == .refused(.authentication) && windows.count == 0)
      #expect(try opener.opened(group.packet(1, 1)) == opened)
      #expect(opener.opened(high) == .refused(.authentication))
      #expect(try opener.opened(group.packet(1, 2)) == opened)
    }
  }

  @Test(arguments: refusing) func onlyAnAuthenticPacketBeginsAWindow(_ name: FormatName) throws {
    try with(name, capacity: 1, Forged())
  }

  // MARK: - When senders and receivers come

  private struct Late: Body {
    func run<Format: GroupFormat>(_ group: Group<Format>) throws {
      var opener = group.opener(group.windows())
      let first: UInt64 = 1_000_000
      #expect(try opener.opened(group.packet(1, first)) == opened)
      // What was sent before may be a replay, or not; nobody can tell.
      for (back, reason) in [
        (0, .replayed), (1, .replayed), (63, .replayed), (64, .tooOld), (999_999, .tooOld),
      ]
        as [(UInt64, DropReason)]
      {
        #expect(try opener.opened(group.packet(1, first - back)) == .refused(reason), "\(back) before")
      }
      // From then on packets may overtake each other.
      for number in [first + 3, first + 1, first + 2] {
        #expect(try opener.opened(group.packet(1, number)) == opened)
        #expect(try opener.opened(group.packet(1, number)) == .refused(.replayed))
      }
    }
  }

  @Test(arguments: refusing) func aReceiverMayComeLate(_ name: FormatName) throws {
    try with(name, capacity: 1, Late())
  }

  private struct Back: Body {
    func run<Format: GroupFormat>(_ group: Group<Format>) throws {
      var opener = group.opener(group.windows())
      var sealer = group.sealer(1)
      for _ in 0..<100 { #expect(opener.opened(try sealer.sealed(inner)) == opened) }
      // It begins anew: its first packets are too old, then come numbers that were seen.
      var again = group.sealer(1)
      let reasons = try (0..<100).map { _ in opener.opened(try again.sealed(inner)).reason }
      #expect(reasons == (1...100).map { $0 <= 36 ? .tooOld : .replayed })
      // Where it had been, it is right again; others have not noticed.
      #expect(opener.opened(try again.sealed(inner)) == opened)
      #expect(try opener.opened(group.packet(2, 1)) == opened)
    }
  }

  @Test(arguments: refusing) func aSenderThatCountsFromTheStartAgainIsRefused(_ name: FormatName) throws {
    try with(name, capacity: 2, Back())
  }

  // MARK: - IDs

  private struct IDs: Body {
    func run<Format: GroupFormat>(_ group: Group<Format>) throws {
      let windows = group.windows()
      var opener = group.opener(windows)
      #expect(try opener.opened(group.packet(9, 1)) == opened)
      for sender: UInt16 in [10, 11, .max] {
        #expect(try opener.opened(group.packet(sender, 1)) == .refused(.unknownWindow), "\(sender)")
      }
      guard Format.windowEnd > 0 else { return }
      for (window, reason) in [(0, .foreignWindow), (1, .foreignWindow), (4, .unknownWindow)]
        as [(UInt16, DropReason)]
      {
        #expect(try opener.opened(group.packet(9, 1, window: window)) == .refused(reason))
      }
      // A sender's windows count by themselves, and each begins with its own first packet.
      #expect(try opener.opened(group.packet(9, 77, window: 3)) == opened)
      #expect(try opener.opened(group.packet(9, 76, window: 3)) == .refused(.replayed))
      #expect(try opener.opened(group.packet(9, 2)) == opened)
      #expect(try opener.opened(group.packet(8, 1, window: 3)) == opened)
      #expect(windows.count == 2)
    }
  }

  @Test(arguments: refusing) func whoIsNotOfTheGroupHasNoWindow(_ name: FormatName) throws {
    try with(name, capacity: 4, identities: 10, IDs())
  }

  private struct Zero: Body {
    func run<Format: GroupFormat>(_ group: Group<Format>) throws {
      var opener = group.opener(group.windows())
      let association = VPEAssociation(spi: 0x0102_0304, sender: 1, windows: 4)
      let zero = craftedVPE(inner, sequence: 0, window: 2, association: association, aead: group.aead)
      #expect(opener.opened(zero) == .refused(.tooOld))
      #expect(try opener.opened(group.packet(1, 1)) == opened)
      #expect(opener.opened(zero) == .refused(.tooOld))
    }
  }

  /// Nobody here seals number 0, but whoever has the key can.
  @Test func numberZeroIsNeverFresh() throws { try with(.vpe, capacity: 1, Zero()) }

  @Test func anIDThatTwoSendersHaveIsFound() {
    #expect(SenderIDs.duplicate([UInt16]()) == nil && SenderIDs.duplicate([7]) == nil)
    #expect(SenderIDs.duplicate(0...UInt16.max) == nil)
    #expect(SenderIDs.duplicate([3, 1, 2, 1, 3]) == 1)
  }

  /// By hand: a line for the count, two bytes for each ID in whole lines, then for each sender its two
  /// windows of a top and 2 words each.
  @Test func memoryIsThereFromTheStart() {
    let ownership = WindowOwnership(count: 4, size: 64) { $0 >= 2 }
    defer { ownership.deallocate() }
    func bytes(_ capacity: Int, _ identities: Int) -> Int {
      GroupWindows.memoryBytes(capacity: capacity, identities: identities, ownership)
    }
    #expect(bytes(1, 1) == 64 + 64 + 2 * 24 && bytes(5, 33) == 64 + 128 + 5 * 2 * 24)
    #expect(bytes(1, 65536) == 64 + 131_072 + 2 * 24)
  }
}

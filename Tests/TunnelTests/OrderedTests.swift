import Crypto
import TestSupport
import Testing
import Tunnel
import Wire

/// Threads that seal under numbers that another thread has given, and that open while another one marks, in
/// each format that lets them.
@Suite struct OrderedTests {
  private struct Given: SharedBody {
    func run<Format: SharedFormat>(_ ends: SharedEnds<Format>) throws {
      #expect(CursorSealer<Format.Sealer>.headerBytes == Format.Sealer.headerBytes)
      #expect(CursorSealer<Format.Sealer>.tailroomBytes == Format.Sealer.tailroomBytes)
      let last = Format.lastNumber(ends.association)
      let numbers: [UInt64] = [7, 1, 2, 0xFFFF_FFFF, last - 1, last]
      let given = UnsafeMutablePointer<UInt64>.allocate(capacity: numbers.count)
      given.initialize(from: numbers, count: numbers.count)
      let cursor = UnsafeMutablePointer<UnsafePointer<UInt64>>.allocate(capacity: 1)
      cursor.initialize(to: given)
      defer {
        given.deallocate()
        cursor.deallocate()
      }
      var sealer = CursorSealer<Format.Sealer>(ends.association, aead: ends.aead, cursor: cursor)
      for (index, number) in numbers.enumerated() {
        let inner = InnerPacket.make(count: 20 + index)
        #expect(try sealer.sealed(inner) == ends.sealed(inner, number))
        #expect(cursor.pointee == UnsafePointer(given) + index + 1)
      }
    }
  }

  @Test(arguments: SharedEnds<ESP>.formats, [false, true])
  func sealsAsOneThatNumbersItself(name: FormatName, usesESN: Bool) throws {
    try withSharedEnds(of: name, usesESN: usesESN, Given())
  }

  private struct Told: SharedBody {
    func run<Format: SharedFormat>(_ ends: SharedEnds<Format>) throws {
      let window = SharedReplayWindow(size: 64)
      let told = ToldNumbers()
      defer {
        window.deallocate()
        told.deallocate()
      }
      var opener = Format.SeenOpener(
        ends.association, aead: ends.aead, window: SeenWindow(window, told: told))
      let honest = try (1...4).map { try ends.sealed(InnerPacket.make(count: 61), $0) }
      var forged = honest[3]
      forged[forged.count - 1] ^= 1
      let burst = [honest[2], ends.unkept(9), forged, honest[0], ends.unkept(9), honest[2]]
      var outcomes: [DropReason] = []
      for packet in burst {
        let outcome = opener.opened(packet)
        outcomes.append(outcome.reason)
        if outcome.reason == .none { opener.keep(at: outcomes.count { $0 == .none } - 1) }
      }
      // Nobody has marked yet: copies are told twice, what is not authentic never.
      let unkept = ends.unkeptReason
      #expect(outcomes == [.none, unkept, .authentication, .none, unkept, .none])
      #expect(told.count == 5 && (0..<5).map { told.numbers[$0] } == [3, 9, 1, 9, 3])
      #expect(told.kept == 0b10101)
      var verdicts = [DropReason](repeating: .segmented, count: 5)
      window.checkAndMark(told.numbers, count: told.count, verdicts: &verdicts)
      #expect(verdicts == [.none, .none, .none, .replayed, .replayed])
      told.clear()

      // From now on it is known, and tells nothing.
      for packet in [honest[2], ends.unkept(9), honest[0]] {
        #expect(opener.opened(packet) == .refused(.replayed))
      }
      #expect(told.count == 0 && told.kept == 0)
      #expect(opener.opened(honest[1]).reason == .none)
      #expect(told.count == 1 && told.numbers[0] == 2)
    }
  }

  /// The number of each authentic packet is told, and which packets are kept: a keepalive and a dummy are
  /// not, but must not come again either.
  @Test(arguments: SharedEnds<ESP>.formats, [false, true])
  func everyAuthenticNumberIsTold(name: FormatName, usesESN: Bool) throws {
    try withSharedEnds(of: name, usesESN: usesESN, Told())
  }
}

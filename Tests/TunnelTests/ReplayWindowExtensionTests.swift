import Basics
import Testing
import Tunnel
import Wire

/// `ReplayWindow.extended(low:)` against RFC 4303 appendix A2.2: of the numbers with these low 32 bits it is
/// the one among the 2^32 numbers that begin with the window's lowest.
@Suite struct ReplayWindowExtensionTests {
  /// Records every number, within 2^32 of the window's lowest, that its low half does not lead back to.
  private func expectNumbers(size: UInt64, top: UInt64, offsets: some Sequence<UInt64>) {
    withWindow(size: Int(size), top: top) { window in
      for offset in offsets {
        // Numbers below 0 or above 2^64 - 1 do not exist.
        let (shifted, isTooHigh) = top.addingReportingOverflow(offset)
        let (number, isTooLow) = shifted.subtractingReportingOverflow(size - 1)
        if isTooHigh || isTooLow { continue }
        let found = window.extended(low: UInt32(truncatingIfNeeded: number))
        guard found == number else {
          Issue.record("window of \(size) that ends at \(top): \(number) is taken for \(found)")
          return
        }
      }
    }
  }

  static let highs: [UInt64] = [0, 1, 2, 1 << 31, 1 << 32 - 2, 1 << 32 - 1]

  @Test(arguments: highs)
  func everyNumberAroundTheBoundary(high: UInt64) {
    let size: UInt64 = 64
    let end: UInt64 = 1 << 32
    let tops = Array(0...size + 2) + Array(end - size - 2..<end) + [1 << 31, 1 << 31 + 1]
    let offsets = Array(0...3 * size) + Array(end - 3 * size..<end)
    for low in tops { expectNumbers(size: size, top: high << 32 | low, offsets: offsets) }
  }

  @Test(arguments: highs, [64, 65, 1000, 4096] as [UInt64])
  func someNumbersOfEveryWindow(high: UInt64, size: UInt64) {
    let end: UInt64 = 1 << 32
    var generator = SplitMix64(state: high &+ size)
    let edges = [
      0, 1, size - 2, size - 1, size, size + 1, 2 * size, end - size - 1, end - size, end - 2, end - 1,
    ]
    for low in edges + (0..<50).map({ _ in generator.next() % end }) {
      let offsets = edges + (0..<200).map { _ in generator.next() % end }
      expectNumbers(size: size, top: high << 32 | low, offsets: offsets)
    }
  }

  /// RFC 4303 appendix A2.2 by its own names: Th and Tl the top, Bl the bottom's low half, W the window.
  @Test(
    arguments: [
      // Case A, Tl >= W - 1: below Bl is the next range.
      (0x0000_0005_0000_0100, 0x0000_0100, 0x0000_0005_0000_0100),
      (0x0000_0005_0000_0100, 0x0000_00C1, 0x0000_0005_0000_00C1),
      (0x0000_0005_0000_0100, 0x0000_00C0, 0x0000_0006_0000_00C0),
      (0x0000_0005_0000_0100, 0x0000_0000, 0x0000_0006_0000_0000),
      (0x0000_0005_0000_0100, 0xFFFF_FFFF, 0x0000_0005_FFFF_FFFF),
      (0x0000_0005_0000_003F, 0x0000_0000, 0x0000_0005_0000_0000),
      // Case B, Tl < W - 1: at or above Bl is the range before.
      (0x0000_0005_0000_003E, 0xFFFF_FFFF, 0x0000_0004_FFFF_FFFF),
      (0x0000_0005_0000_003E, 0xFFFF_FFFE, 0x0000_0005_FFFF_FFFE),
      (0x0000_0005_0000_0000, 0xFFFF_FFC1, 0x0000_0004_FFFF_FFC1),
      (0x0000_0005_0000_0000, 0xFFFF_FFC0, 0x0000_0005_FFFF_FFC0),
      (0x0000_0005_0000_0000, 0x0000_0001, 0x0000_0005_0000_0001),
    ] as [(UInt64, UInt32, UInt64)])
  func namedCase(top: UInt64, low: UInt32, expected: UInt64) {
    withWindow(size: 64, top: top) { window in
      #expect(window.extended(low: low) == expected)
    }
  }
}

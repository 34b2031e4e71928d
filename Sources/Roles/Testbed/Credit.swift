import Cases
import Wire

/// The number of a path's frames that are under way, although frames may be reordered or lost.
///
/// Frame numbers (1, 2, 3, … in sending order) are grouped into spans. When a frame of a later span returns,
/// the frames still missing from an old span count as lost: one that is `Flight.lagSpans` spans behind, or
/// four if no span is given and so each is as long as the most frames under way.
package struct Credit {
  /// Spans that are tracked: those that may have gaps, and those that frames under way reach into.
  private static let slots: UInt64 = 64

  /// Frames that are waited for.
  package private(set) var underWay: UInt64 = 0
  private let shift: UInt64
  private let lagSpans: UInt64
  private var sent: UInt64 = 0
  /// Frames up to this number are no longer waited for.
  private var forgottenUpTo: UInt64 = 0
  /// The first span that may have gaps.
  private var open: UInt64 = 0
  /// The frames of each span that have returned.
  private let returned: UnsafeMutablePointer<UInt64>

  /// - Parameters:
  ///   - limit: the most frames that the owner keeps under way; fewer than 50 spans.
  ///   - span: numbers in a span, rounded up to a power of two; nil for `limit`.
  package init(limit: Int, span: Int? = nil) {
    var shift: UInt64 = 0
    while 1 << shift < span ?? limit { shift += 1 }
    self.shift = shift
    lagSpans = span == nil ? 4 : UInt64(Flight.lagSpans)
    returned = .allocateLines(Int(Self.slots))
    returned.initialize(repeating: 0, count: Int(Self.slots))
  }

  /// Gives the memory back.
  package func deallocate() { returned.deallocate() }

  /// The next number is being sent.
  @inline(__always)
  package mutating func noteSending() {
    sent &+= 1
    underWay &+= 1
  }

  /// The first copy of `number` is back.
  @inline(__always)
  package mutating func noteReturn(_ number: UInt64) {
    let span = (number &- 1) &>> shift
    guard number > forgottenUpTo, span >= open, number <= sent else { return }
    underWay &-= 1
    (returned + Int(truncatingIfNeeded: span % Self.slots)).pointee &+= 1
    if span >= open &+ lagSpans { close(before: span &- lagSpans &+ 1) }
  }

  /// Gives up all frames that are under way.
  package mutating func forget() {
    underWay = 0
    forgottenUpTo = sent
    for slot in 0..<Int(Self.slots) { returned[slot] = 0 }
    open = sent &>> shift
  }

  private mutating func close(before end: UInt64) {
    while open < end {
      let slot = returned + Int(truncatingIfNeeded: open % Self.slots)
      let first = max(open &<< shift, forgottenUpTo)
      let last = (open &+ 1) &<< shift
      if last > first { underWay &-= last &- first &- slot.pointee }
      slot.pointee = 0
      open &+= 1
    }
  }
}

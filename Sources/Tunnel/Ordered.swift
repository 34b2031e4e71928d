import Crypto
import Wire

// One association whose packets any thread opens, while one thread marks its window, in the order in which
// they came (Linux's wireguard does it so). Where they are sealed: `CursorSealer`.

/// A look at a window that another thread marks, in an order of its own. It is told the number of each
/// authentic packet, with its generation's place (`PlacedNumber`), and which of these are kept. What is
/// authentic and not kept, a keepalive or a dummy, must not come again either.
public struct SeenWindow: SequenceWindow {
  @usableFromInline let shared: SharedReplayWindow
  @usableFromInline let told: ToldNumbers
  @usableFromInline let place: UInt16

  /// - Parameters:
  ///   - told: takes the numbers of a burst's packets, whatever their generation.
  ///   - generation: of an association that is renewed; the window is this one's alone.
  public init(_ shared: SharedReplayWindow, told: ToldNumbers, generation: Int = 0) {
    (self.shared, self.told, place) = (shared, told, UInt16(generation & 1))
  }

  @inlinable @inline(__always)
  public func check(_ sequence: UInt64) -> DropReason { shared.check(sequence) }

  @inlinable @inline(__always)
  public func extended(low: UInt32) -> UInt64 { shared.extended(low: low) }

  /// Tells the number. Whether it is fresh, its packet's turn will show.
  @inlinable @inline(__always)
  public mutating func checkAndMark(_ sequence: UInt64) -> DropReason {
    told.tell(PlacedNumber.make(sequence, at: place))
    return .none
  }

  /// So that it is asked which packets are kept.
  @inlinable public static var settlesBursts: Bool { true }

  @inlinable @inline(__always)
  public mutating func keep(at index: Int) { told.keepLast() }
}

import Crypto
import Wire

// One association whose packets any thread opens, while one thread marks the window in the order of arrival
// (as Linux's wireguard does). For the sealing side see `CursorSealer`.

/// A read-only view of a window that another thread marks in order. It reports the number of each authentic
/// packet, with its generation's place (`PlacedNumber`), and which packets are kept. An authentic packet that
/// is not kept, such as a keepalive or a dummy, must not be accepted again either.
public struct SeenWindow: SequenceWindow {
  @usableFromInline let shared: SharedReplayWindow
  @usableFromInline let told: ToldNumbers
  @usableFromInline let place: UInt16

  /// - Parameters:
  ///   - told: collects the numbers of a burst's packets, of any generation.
  ///   - generation: the generation of a renewed association, to which the window belongs.
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

  /// true, so that the stage reports which packets are kept.
  @inlinable public static var settlesBursts: Bool { true }

  @inlinable @inline(__always)
  public mutating func keep(at index: Int) { told.keepLast() }
}

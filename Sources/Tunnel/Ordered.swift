import Crypto
import Wire

// One association whose packets any thread opens, while one thread marks the window in the order of arrival
// (as Linux's wireguard does). For the sealing side see `CursorSealer`.

/// A read-only view of a window that another thread marks in order. It reports to that thread the number of
/// each authentic packet, with its generation's SA index (`IndexedNumber`), and which packets are kept. An
/// authentic packet that is not kept, such as a keepalive or a dummy, must not be accepted again either.
public struct SeenWindow: SequenceWindow {
  @usableFromInline let shared: SharedReplayWindow
  @usableFromInline let told: ToldNumbers
  @usableFromInline let saIndex: SAIndex

  /// - Parameters:
  ///   - told: collects the numbers of a burst's packets, of any generation.
  ///   - generation: the generation of a renewed association, to which the window belongs.
  public init(_ shared: SharedReplayWindow, told: ToldNumbers, generation: Int = 0) {
    (self.shared, self.told, saIndex) = (shared, told, SAIndex(generation & 1))
  }

  @inlinable @inline(__always)
  public func check(_ sequence: UInt64) -> DropReason { shared.check(sequence) }

  @inlinable @inline(__always)
  public func extended(low: UInt32) -> UInt64 { shared.extended(low: low) }

  /// Reports the number. The thread that marks the window decides later whether it is fresh.
  @inlinable @inline(__always)
  public mutating func checkAndMark(_ sequence: UInt64) -> DropReason {
    told.tell(IndexedNumber.make(sequence, sa: saIndex))
    return .none
  }

  /// true, so that the stage reports which packets are kept.
  @inlinable public static var settlesBursts: Bool { true }

  @inlinable @inline(__always)
  public mutating func keep(at index: Int) { told.keepLast() }
}

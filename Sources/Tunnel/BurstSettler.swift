import Wire

/// A type that may know only at the end of a burst which of its packets were fresh: a window that threads
/// share is asked once a burst, and openers and transforms on top of it pass its verdicts on.
public protocol BurstSettler {
  /// Whether packets get a verdict only at the end of their burst. The stage then says which packets it
  /// keeps, and asks for a verdict on each.
  static var settlesBursts: Bool { get }
  /// Notes that the packet opened last is the burst's `index`-th that the stage keeps.
  mutating func keep(at index: Int)
  /// Ends a burst: all its packets have been opened.
  mutating func settle()
  /// The verdict on the `index`-th kept packet: `.none`, or the reason for its drop.
  func verdict(at index: Int) -> DropReason
}

/// Defaults for types that know at once whether a packet is fresh: nothing is left to settle.
extension BurstSettler {
  @inlinable public static var settlesBursts: Bool { false }
  @inlinable @inline(__always)
  public mutating func keep(at index: Int) {}
  @inlinable @inline(__always)
  public mutating func settle() {}
  @inlinable @inline(__always)
  public func verdict(at index: Int) -> DropReason { .none }
}

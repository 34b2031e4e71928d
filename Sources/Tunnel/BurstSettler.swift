import Wire

/// What may know only at the end of a burst which of its packets were fresh: a window that threads share is
/// asked once a burst, and whatever opens by it passes on what it says.
public protocol BurstSettler {
  /// Whether that is so. The stage then says which packets it keeps, and asks for a verdict on each.
  static var settlesBursts: Bool { get }
  /// The packet that was opened last is the burst's `index`-th that is kept.
  mutating func keep(at index: Int)
  /// All of the burst has been opened.
  mutating func settle()
  /// `.none`, or why the `index`-th packet that is kept goes no further.
  func verdict(at index: Int) -> DropReason
}

/// Defaults for what says of each packet at once whether it is fresh: nothing is left to settle.
extension BurstSettler {
  @inlinable public static var settlesBursts: Bool { false }
  @inlinable @inline(__always)
  public mutating func keep(at index: Int) {}
  @inlinable @inline(__always)
  public mutating func settle() {}
  @inlinable @inline(__always)
  public func verdict(at index: Int) -> DropReason { .none }
}

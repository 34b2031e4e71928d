/// What a thread tells another one of a burst of up to 64 packets: the numbers of those that are authentic,
/// in their order, and which of these packets it has kept. Plain memory without an owner: copies share it;
/// call `deallocate()` once.
public struct ToldNumbers: @unchecked Sendable {
  @usableFromInline
  struct Head {
    @usableFromInline var count = 0
    @usableFromInline var kept: UInt64 = 0
    @inlinable init() {}
  }

  @usableFromInline let head: UnsafeMutablePointer<Head>
  /// `count` of them.
  public let numbers: UnsafeMutablePointer<UInt64>

  /// Nothing told.
  public init() {
    head = .allocateLines(1)
    head.initialize(to: Head())
    numbers = .allocateLines(ToldNumbers.countMax)
    numbers.initialize(repeating: 0, count: ToldNumbers.countMax)
  }

  /// Gives the memory back; no copy may be used again.
  public func deallocate() {
    head.deallocate()
    numbers.deallocate()
  }

  /// The most of a burst.
  public static var countMax: Int { 64 }

  /// How many have been told.
  @inlinable @inline(__always)
  public var count: Int { head.pointee.count }
  /// Bit i: whether the i-th number's packet is kept.
  @inlinable @inline(__always)
  public var kept: UInt64 { head.pointee.kept }

  /// Tells a number.
  @inlinable @inline(__always)
  public func tell(_ number: UInt64) {
    numbers[head.pointee.count] = number
    head.pointee.count &+= 1
  }

  /// The packet of the number that was told last is kept.
  @inlinable @inline(__always)
  public func keepLast() {
    head.pointee.kept |= 1 &<< UInt64(truncatingIfNeeded: head.pointee.count &- 1)
  }

  /// Begins the next burst.
  @inlinable @inline(__always)
  public func clear() { head.pointee = Head() }
}

/// The sizes to which inner packets are padded, so that who watches them learns less from their lengths: the
/// multiples of one number, and the longest packet. What is longer than that stays as it is.
///
/// Padding follows the inner packet within what is encrypted, and ends it by its own length (RFC 4303 section
/// 2.7 for ESP; paper, section 4.3 for VPE), so that receivers need to know nothing of it.
public struct PaddedSizes: Equatable, Sendable {
  /// Packets are not padded beyond an Ethernet frame's.
  public static let most = 1500

  /// The number whose multiples the sizes are, at least 1.
  public let multiple: Int
  /// Of 32 bits, rounded up: a product with it is the quotient, for numbers of 16 bits.
  @usableFromInline let reciprocal: UInt64

  /// The multiples of 1 to 1500 bytes.
  public init(multiplesOf multiple: Int) {
    precondition((1...PaddedSizes.most).contains(multiple), "packets are padded to multiples of 1 to 1500")
    self.multiple = multiple
    reciprocal = 1 << 32 / UInt64(multiple) + 1
  }

  /// Bytes of a packet of `count` bytes (at most 65,535) with its padding.
  @inlinable @inline(__always)
  public func padded(_ count: Int) -> Int {
    let above = UInt64(truncatingIfNeeded: count &+ multiple &- 1)
    let whole = Int(truncatingIfNeeded: (above &* reciprocal) >> 32) &* multiple
    return max(count, min(whole, PaddedSizes.most))
  }
}

import Glibc
import Wire

/// An address of IPv4 or IPv6.
public struct IPAddress: Hashable, Sendable, CustomStringConvertible {
  /// The first eight bytes of an IPv6 address.
  let high: UInt64
  /// The last eight bytes, or the four of an IPv4 address.
  let low: UInt64
  let isIPv6: Bool

  /// The 4 or 16 bytes at `at`.
  init(_ at: UnsafeRawPointer, isIPv6: Bool) {
    self.isIPv6 = isIPv6
    high = isIPv6 ? at.loadBig(0) : 0
    low = isIPv6 ? at.loadBig(8) : UInt64(at.loadBig(0, as: UInt32.self))
  }

  /// An address as it is usually written; nil where `text` is none.
  public init?(_ text: String) {
    var bytes: (UInt64, UInt64) = (0, 0)
    let isIPv6 = text.contains(":")
    guard inet_pton(isIPv6 ? AF_INET6 : AF_INET, text, &bytes) == 1 else { return nil }
    self = withUnsafeBytes(of: bytes) { IPAddress($0.baseAddress.unsafelyUnwrapped, isIPv6: isIPv6) }
  }

  /// As it is usually written.
  public var description: String {
    var line = Line()
    line.add(self)
    return line.text
  }
}

import Glibc

/// An address of IPv4 or IPv6, to be printed.
struct IPAddress: Equatable, CustomStringConvertible {
  private let bytes: [UInt8]

  /// The 4 or 16 bytes at `at`.
  init(_ at: UnsafeRawPointer, count: Int) {
    bytes = Array(UnsafeRawBufferPointer(start: at, count: count))
  }

  /// As the system prints it, such as `192.0.2.1` or `2001:db8::1` (RFC 5952).
  var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, socklen_t(text.count))
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// With a port behind.
  func with(port: UInt16) -> String { bytes.count == 4 ? "\(self):\(port)" : "[\(self)]:\(port)" }
}

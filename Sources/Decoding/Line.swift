import Glibc
import Wire

/// A line of text, put together byte by byte: a `String` for each part would cost more than to open a packet.
public struct Line {
  /// UTF-8.
  public private(set) var bytes: [UInt8] = []

  /// An empty line.
  public init() {}

  /// The same in a `String`.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Makes it empty again, and keeps its memory.
  public mutating func clear() { bytes.removeAll(keepingCapacity: true) }

  /// Appends words.
  public mutating func add(_ words: StaticString) {
    words.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// Appends words that are made when the program runs.
  public mutating func add(text: String) { bytes += text.utf8 }

  /// Appends a decimal number, with zeros before it up to so many digits.
  public mutating func add(_ number: some BinaryInteger, digits: Int = 1) {
    if number < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = UInt64(number.magnitude)
    let first = bytes.count
    while rest > 0 || bytes.count - first < digits {
      bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
      rest /= 10
    }
    bytes[first...].reverse()
  }

  /// Appends a number as SPIs are usually written: `0x01001000`.
  mutating func add<Number: FixedWidthInteger & UnsignedInteger>(hex number: Number) {
    add("0x")
    for shift in stride(from: Number.bitWidth - 4, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: number >> Number(shift)) & 0xF
      bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
    }
  }

  /// Appends an address, such as `192.0.2.1` or `2001:db8::1` (RFC 5952), with a port where there is one.
  mutating func add(_ address: IPAddress, port: UInt16? = nil) {
    if address.isIPv6 {
      if port != nil { add("[") }
      address.withText { bytes.append(contentsOf: $0) }
      if port != nil { add("]") }
    } else {
      for shift: UInt64 in [24, 16, 8, 0] {
        add(address.low >> shift & 0xFF)
        if shift > 0 { add(".") }
      }
    }
    if let port {
      add(":")
      add(port)
    }
  }
}

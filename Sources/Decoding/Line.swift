import Glibc
import Wire

/// A line of text, put together byte by byte: a `String` or an array for each part would cost more than to
/// open a packet.
public struct Line: ~Copyable {
  private var start: UnsafeMutablePointer<UInt8>
  private var room = 1 << 12
  /// Bytes that it has.
  public private(set) var count = 0

  /// An empty line.
  public init() { start = .allocate(capacity: room) }

  deinit { start.deallocate() }

  /// What it holds, UTF-8.
  public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

  /// The same in a `String`.
  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// Makes it empty again, and keeps its memory.
  public mutating func clear() { count = 0 }

  /// Where the next bytes come, of which there are up to `more`.
  private mutating func end(_ more: Int) -> UnsafeMutablePointer<UInt8> {
    if room - count < more { grow(more) }
    return start + count
  }

  @inline(never)
  private mutating func grow(_ more: Int) {
    room = max(2 * room, count + more)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: room)
    larger.update(from: start, count: count)
    start.deallocate()
    start = larger
  }

  /// Appends words.
  public mutating func add(_ words: StaticString) {
    let more = words.utf8CodeUnitCount
    end(more).update(from: words.utf8Start, count: more)
    count += more
  }

  private mutating func add(byte: UInt8) {
    end(1).pointee = byte
    count += 1
  }

  /// Appends a decimal number, with zeros before it up to so many digits.
  public mutating func add(_ number: some BinaryInteger, digits: Int = 1) {
    if number < 0 { add("-") }
    add(decimal: UInt64(number.magnitude), digits)
  }

  private mutating func add(decimal number: UInt64, _ least: Int) {
    var digits = 1
    var bound: UInt64 = 10
    while digits < 20, number >= bound {
      digits += 1
      bound = digits < 20 ? bound * 10 : .max
    }
    digits = max(digits, least)
    let first = end(digits)
    var rest = number
    for index in stride(from: digits - 1, through: 0, by: -1) {
      first[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += digits
  }

  /// Appends a number as SPIs are usually written: `0x01001000`.
  mutating func add<Number: FixedWidthInteger & UnsignedInteger>(hex number: Number) {
    add("0x")
    for shift in stride(from: Number.bitWidth - 4, through: 0, by: -4) {
      let digit = UInt8(truncatingIfNeeded: number >> Number(shift)) & 0xF
      add(byte: digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") - 10 + digit)
    }
  }

  /// Appends an address, such as `192.0.2.1` or `2001:db8::1` (RFC 5952), with a port where there is one.
  mutating func add(_ address: IPAddress, port: UInt16? = nil) {
    if address.isIPv6 {
      if port != nil { add("[") }
      let text = end(Int(INET6_ADDRSTRLEN))
      var bytes = (address.high.bigEndian, address.low.bigEndian)
      inet_ntop(AF_INET6, &bytes, text, socklen_t(INET6_ADDRSTRLEN))
      count += strlen(text)
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

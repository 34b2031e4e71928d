import Wire

/// The fields behind the inner packet in ESP, encrypted with it: padding, its length, next header (RFC 4303
/// sections 2.4 to 2.6).
@usableFromInline
enum ESPTrailer {
  /// The most bytes of a trailer that `write` makes.
  @usableFromInline static var bytesMax: Int { ESPLayout.alignmentBytes - 1 + ESPLayout.trailerBytes }

  /// Writes the trailer behind the `count` bytes of an inner packet.
  /// - Returns: bytes of packet and trailer.
  @inlinable @inline(__always)
  static func write(behind inner: UnsafeMutableRawPointer, count: Int) -> Int {
    // Eight bytes at once; the ICV then overwrites the surplus.
    let trailer = make(inner.load(as: UInt8.self), count: count)
    inner.storeLittle(trailer.word, count)
    return count &+ trailer.bytes
  }

  /// Pad, pad length, next header of an inner packet of `count` bytes that begins with byte `first`, the
  /// first of them lowest, and how many bytes these are.
  @inlinable @inline(__always)
  static func make(_ first: UInt8, count: Int) -> (word: UInt64, bytes: Int) {
    let pad = ESPLayout.padBytes(inner: count)
    let next = UInt64(first >> 4 == 6 ? IPv4.protocolIPv6 : IPv4.protocolIPv4)
    let shift = UInt64(truncatingIfNeeded: pad &* 8)
    let padding = (0x00_03_02_01 & (1 &<< shift &- 1)) | UInt64(truncatingIfNeeded: pad) &<< shift
    return (padding | next &<< (shift &+ 8), pad &+ ESPLayout.trailerBytes)
  }

  /// Checks pad bytes, next header and inner packet of `count` bytes of plaintext.
  @inlinable @inline(__always)
  static func inner(_ inner: UnsafeMutableRawPointer, count: Int) -> Opened {
    let found = payload(inner, count: count)
    guard found.reason == .none else { return Opened(found.reason, at: inner) }
    return packet(inner, count: found.count, next: found.next)
  }

  /// Checks the pad bytes of `count` bytes of plaintext.
  /// - Returns: bytes before them, and the next header.
  @inlinable @inline(__always)
  static func payload(
    _ inner: UnsafeMutableRawPointer, count: Int
  ) -> (count: Int, next: UInt8, reason: DropReason) {
    guard count & (ESPLayout.alignmentBytes &- 1) == 0 else { return (0, 0, .padding) }
    // One load of the last four bytes, which the cipher writes by one store. A load that needs bytes of two
    // stores is not forwarded: it waits until both are in the cache, some 28 ticks (docs/hot-path.md).
    let tail = inner.loadLittle(count &- ESPLayout.alignmentBytes, as: UInt32.self)
    let pad = Int(truncatingIfNeeded: tail >> 16 & 0xFF)
    let length = count &- ESPLayout.trailerBytes &- pad
    guard length >= 0, pad <= 2 ? isPadding(tail, pad) : isLongPadding(inner + length, pad) else {
      return (0, 0, .padding)
    }
    return (length, UInt8(truncatingIfNeeded: tail >> 24), .none)
  }

  /// Checks next header and inner packet, which has up to `length` bytes.
  @inlinable @inline(__always)
  static func packet(_ inner: UnsafeMutableRawPointer, count length: Int, next: UInt8) -> Opened {
    guard next == IPv4.protocolIPv4 || next == IPv4.protocolIPv6 else {
      return Opened(next == IPv4.protocolNone ? .dummy : .nextHeader, at: inner)
    }
    let opened = Opened.inner(inner, count: length)
    let announced: UInt8 = next == IPv4.protocolIPv4 ? 4 : 6
    guard opened.reason != .none || opened.version == announced else {
      return Opened(.innerVersion, at: inner)
    }
    return opened
  }

  /// Whether up to two pad bytes before pad length and next header, the highest two of `tail`, are 1, 2.
  @inlinable @inline(__always)
  static func isPadding(_ tail: UInt32, _ pad: Int) -> Bool {
    let bits = UInt32(truncatingIfNeeded: pad &* 8)
    let mask = (1 as UInt32) &<< bits &- 1
    return (tail &>> (16 &- bits)) & mask == 0x0201 & mask
  }

  /// Whether `pad` bytes are 1, 2, 3, …; more than three are more than anyone needs, but allowed (RFC 4303
  /// section 2.4).
  @inlinable
  static func isLongPadding(_ bytes: UnsafeMutableRawPointer, _ pad: Int) -> Bool {
    var index = 0
    while index < pad {
      guard Int(bytes.load(fromByteOffset: index, as: UInt8.self)) == index &+ 1 else { return false }
      index &+= 1
    }
    return true
  }
}

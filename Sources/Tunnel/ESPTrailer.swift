import Wire

/// What follows the inner packet in ESP and is encrypted with it: padding, its length, next header (RFC 4303
/// sections 2.4 to 2.6).
@usableFromInline
enum ESPTrailer {
  /// The most that it has, as sealed here.
  @usableFromInline static var bytesMax: Int { ESPLayout.alignmentBytes - 1 + ESPLayout.trailerBytes }

  /// Writes it behind the `count` bytes of an inner packet.
  /// - Returns: bytes of both.
  @inlinable @inline(__always)
  static func write(behind inner: UnsafeMutableRawPointer, count: Int) -> Int {
    // Pad, pad length, next header: eight bytes at once; the ICV then overwrites what is too much.
    let pad = ESPLayout.padBytes(inner: count)
    let isIPv6 = inner.load(as: UInt8.self) >> 4 == 6
    let next = UInt64(isIPv6 ? IPv4.protocolIPv6 : IPv4.protocolIPv4)
    let shift = UInt64(truncatingIfNeeded: pad &* 8)
    let padding = (0x00_03_02_01 & (1 &<< shift &- 1)) | UInt64(truncatingIfNeeded: pad) &<< shift
    inner.storeLittle(padding | next &<< (shift &+ 8), count)
    return count &+ pad &+ ESPLayout.trailerBytes
  }

  /// Checks pad bytes, next header and inner packet of `count` bytes of plaintext.
  @inlinable @inline(__always)
  static func inner(_ inner: UnsafeMutableRawPointer, count: Int) -> Opened {
    guard count & (ESPLayout.alignmentBytes &- 1) == 0 else { return Opened(.padding, at: inner) }
    // One load of the last eight bytes: it may have to wait for the cipher's last store, three would too.
    // Where there are fewer, it reaches into the header, which is there.
    let tail = inner.loadLittle(count &- 8, as: UInt64.self)
    let next = UInt8(truncatingIfNeeded: tail >> 56)
    let pad = Int(truncatingIfNeeded: tail >> 48 & 0xFF)
    let length = count &- ESPLayout.trailerBytes &- pad
    guard length >= 0, pad <= 6 ? isPadding(tail, pad) : isLongPadding(inner + length, pad) else {
      return Opened(.padding, at: inner)
    }
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

  /// Whether up to six pad bytes before pad length and next header, the highest two of `tail`, are 1, 2, 3, …
  @inlinable @inline(__always)
  static func isPadding(_ tail: UInt64, _ pad: Int) -> Bool {
    let bits = UInt64(truncatingIfNeeded: pad &* 8)
    let mask = (1 as UInt64) &<< bits &- 1
    return (tail &>> (48 &- bits)) & mask == 0x0605_0403_0201 & mask
  }

  /// Whether `pad` bytes are 1, 2, 3, …: more than anyone needs to pad, but allowed (RFC 4303 section 2.4).
  @inline(never) @usableFromInline
  static func isLongPadding(_ bytes: UnsafeMutableRawPointer, _ pad: Int) -> Bool {
    for index in 0..<pad where Int(bytes.load(fromByteOffset: index, as: UInt8.self)) != index + 1 {
      return false
    }
    return true
  }
}

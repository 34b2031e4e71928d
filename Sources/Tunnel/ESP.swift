import Crypto
import Wire

// ESP, tunnel mode, with an AEAD: RFC 4303, RFC 4106 (AES-GCM), RFC 7634 (ChaCha20-Poly1305).
// Not here: transport mode, implicit IVs (RFC 8750), integrity without encryption.
// Compare with VPE.swift, which has the same sections in the same order.

// MARK: - The association

/// What both ends of an ESP association know beside the key.
public struct ESPAssociation: Equatable, Sendable {
  /// Security Parameters Index; picks the key.
  public var spi: UInt32
  /// The 4 bytes that precede the IV in the nonce (RFC 4106 section 4), in the order of the wire.
  public var salt: UInt32
  /// Whether sequence numbers have 64 bits, of which the low 32 are sent.
  public var isExtended: Bool

  /// An association with its SPI (256 or more; RFC 4303 section 2.1), salt and kind of sequence number.
  public init(spi: UInt32, salt: UInt32, isExtended: Bool) {
    self.spi = spi
    self.salt = salt
    self.isExtended = isExtended
  }
}

// MARK: - Seal

/// Seals with ESP. The IV is the sequence number, so a nonce is as unique as that is.
public struct ESPSealer: PacketSealer {
  /// SPI, sequence number and IV.
  public static var headerBytes: Int { ESPLayout.headerBytes }
  /// Padding, pad length, next header and ICV.
  public static var tailroomBytes: Int {
    ESPLayout.alignmentBytes - 1 + ESPLayout.trailerBytes + ESPLayout.icvBytes
  }

  /// The number of the last packet sealed; the first is 1.
  public var sequence: UInt64 { number }
  @usableFromInline var number: UInt64
  @usableFromInline let last: UInt64
  @usableFromInline let sealing: ESPSealing

  /// A sealer that goes on after `sequence`.
  public init(_ association: ESPAssociation, aead: AEAD, sequence: UInt64 = 0) {
    number = sequence
    last = ESPSealer.lastNumber(isExtended: association.isExtended)
    sealing = ESPSealing(association, aead: aead)
  }

  /// The highest number that the association may use: after it comes a new key, never a number twice.
  public static func lastNumber(isExtended: Bool) -> UInt64 { isExtended ? .max : UInt64(UInt32.max) }

  /// 1. number, 2. header and nonce, 3. trailer, 4. encrypt and authenticate.
  @inlinable @inline(__always)
  public mutating func seal(_ inner: UnsafeMutableRawPointer, count: Int) -> Sealed {
    guard number < last else { return Sealed(.sequenceExhausted, at: inner) }
    number &+= 1
    return sealing.seal(inner, count: count, number: number)
  }
}

/// All of sealing but the number. Small, so that a sealer with all that it needs fits into a cache line.
@usableFromInline
struct ESPSealing {
  @usableFromInline let aead: AEAD
  /// As it lies in the header.
  @usableFromInline let spi: UInt32
  /// As it lies in the nonce.
  @usableFromInline let salt: UInt32
  @usableFromInline let isExtended: Bool

  init(_ association: ESPAssociation, aead: AEAD) {
    self.aead = aead
    spi = association.spi.bigEndian
    salt = association.salt.bigEndian
    isExtended = association.isExtended
  }

  /// Steps 2 to 4, under a number that nobody else uses with this key.
  @inlinable @inline(__always)
  func seal(_ inner: UnsafeMutableRawPointer, count: Int, number: UInt64) -> Sealed {
    let spi = UInt64(spi)
    let salt = UInt64(salt)
    // SPI, low half, IV: one store. The nonce is salt and IV, which do not lie together in the packet.
    let header = inner - ESPLayout.headerBytes
    let iv = number.bigEndian
    let low = iv & 0xFFFF_FFFF_0000_0000
    header.storeVector(spi | low, iv)
    var nonce = SIMD2(salt | iv << 32, iv >> 32)

    // Pad, pad length, next header: eight bytes at once; the ICV then overwrites what is too much.
    let pad = ESPLayout.padBytes(inner: count)
    let isIPv6 = inner.load(as: UInt8.self) >> 4 == 6
    let next = UInt64(isIPv6 ? IPv4.protocolIPv6 : IPv4.protocolIPv4)
    let shift = UInt64(truncatingIfNeeded: pad &* 8)
    let padding = (0x00_03_02_01 & (1 &<< shift &- 1)) | UInt64(truncatingIfNeeded: pad) &<< shift
    inner.storeLittle(padding | next &<< (shift &+ 8), count)
    let sealed = count &+ pad &+ ESPLayout.trailerBytes

    let icv = inner + sealed
    if isExtended {
      var additional = SIMD2(spi | iv << 32, iv >> 32)
      aead.seal(inner, count: sealed, nonce: &nonce, additional: &additional, additionalCount: 12, tag: icv)
    } else {
      aead.seal(inner, count: sealed, nonce: &nonce, additional: header, additionalCount: 8, tag: icv)
    }
    return Sealed(header, ESPLayout.headerBytes &+ sealed &+ ESPLayout.icvBytes)
  }
}

/// Seals with ESP under numbers that another thread has given to the packets (paper, Fig. 4: encryption
/// threads behind one thread that numbers).
public struct ESPNumberedSealer: PacketSealer {
  /// As of `ESPSealer`.
  public static var headerBytes: Int { ESPSealer.headerBytes }
  /// As of `ESPSealer`.
  public static var tailroomBytes: Int { ESPSealer.tailroomBytes }

  @usableFromInline let sealing: ESPSealing
  @usableFromInline let cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>

  /// - Parameter cursor: points to the next packet's number, and is moved on by each packet.
  public init(_ association: ESPAssociation, aead: AEAD, cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>)
  {
    sealing = ESPSealing(association, aead: aead)
    self.cursor = cursor
  }

  /// Takes the packet's number, then as `ESPSealer`.
  @inlinable @inline(__always)
  public mutating func seal(_ inner: UnsafeMutableRawPointer, count: Int) -> Sealed {
    let number = cursor.pointee.pointee
    cursor.pointee += 1
    return sealing.seal(inner, count: count, number: number)
  }
}

// MARK: - Open

/// Opens ESP packets of one association.
public struct ESPOpener: PacketOpener {
  /// What has been seen.
  public var window: ReplayWindow { replay }
  // In an order without gaps, so that they fit into a cache line.
  @usableFromInline var replay: ReplayWindow
  @usableFromInline let isExtended: Bool
  @usableFromInline let aead: AEAD
  @usableFromInline let spi: UInt32
  /// As it lies in the nonce.
  @usableFromInline let salt: UInt32

  /// An opener that owns `window` from now on.
  public init(_ association: ESPAssociation, aead: AEAD, window: ReplayWindow) {
    replay = window
    self.aead = aead
    spi = association.spi
    isExtended = association.isExtended
    salt = association.salt.bigEndian
  }

  /// 1. lengths and SPI, 2. number, whether it may be fresh, and nonce, 3. authenticate and decrypt,
  /// 4. replay, 5. trailer, 6. inner.
  @inlinable @inline(__always)
  public mutating func open(_ outer: UnsafeMutableRawPointer, count: Int) -> Opened {
    open(outer, count: count, checksFirst: true)
  }

  /// - Parameter checksFirst: whether replays are refused before they are decrypted, authentic or not.
  @inlinable @inline(__always)
  package mutating func open(
    _ outer: UnsafeMutableRawPointer, count: Int, checksFirst: Bool
  ) -> Opened {
    let least = ESPLayout.headerBytes &+ ESPLayout.trailerBytes &+ ESPLayout.icvBytes
    guard count >= least else { return Opened(.tooShort, at: outer) }
    guard outer.loadBig(ESPLayout.spiOffset, as: UInt32.self) == spi else {
      return Opened(.unknownSPI, at: outer)
    }

    let low = outer.loadBig(ESPLayout.sequenceOffset, as: UInt32.self)
    let sequence = isExtended ? replay.extended(low: low) : UInt64(low)
    if checksFirst {
      let freshness = replay.check(sequence)
      guard freshness == .none else { return Opened(freshness, at: outer) }
    }
    let iv = outer.loadUnaligned(fromByteOffset: ESPLayout.ivOffset, as: UInt64.self)
    var nonce = SIMD2(UInt64(salt) | iv << 32, iv >> 32)
    let sent = sequence.bigEndian
    let afterSPI = isExtended ? sent << 32 : sent & 0xFFFF_FFFF_0000_0000
    var additional = SIMD2(UInt64(spi.bigEndian) | afterSPI, sent >> 32)

    let inner = outer + ESPLayout.headerBytes
    let sealed = count &- ESPLayout.headerBytes &- ESPLayout.icvBytes
    guard
      aead.open(
        inner, count: sealed, nonce: &nonce, additional: &additional, additionalCount: isExtended ? 12 : 8,
        tag: inner + sealed)
    else { return Opened(.authentication, at: outer) }

    let freshness = replay.checkAndMark(sequence)
    guard freshness == .none else { return Opened(freshness, at: outer) }

    return ESPOpener.withoutTrailer(inner, sealed)
  }

  /// Checks pad bytes, next header and inner packet of `count` bytes of plaintext.
  @inlinable @inline(__always)
  static func withoutTrailer(_ inner: UnsafeMutableRawPointer, _ count: Int) -> Opened {
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

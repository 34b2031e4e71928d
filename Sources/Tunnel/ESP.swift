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
  public private(set) var sequence: UInt64
  let last: UInt64
  let aead: AEAD
  let spi: UInt64
  let isExtended: Bool
  /// Salt in the low half, as it lies in the nonce.
  let salt: UInt64

  /// A sealer that goes on after `sequence`.
  public init(_ association: ESPAssociation, aead: AEAD, sequence: UInt64 = 0) {
    self.sequence = sequence
    last = association.isExtended ? .max : UInt64(UInt32.max)
    self.aead = aead
    spi = UInt64(association.spi.bigEndian)
    isExtended = association.isExtended
    salt = UInt64(association.salt.bigEndian)
  }

  /// 1. number, 2. header and nonce, 3. trailer, 4. encrypt and authenticate.
  @inline(__always)
  public mutating func seal(_ inner: UnsafeMutableRawPointer, count: Int) -> Sealed {
    guard sequence < last else { return Sealed(.sequenceExhausted, at: inner) }
    sequence &+= 1

    // SPI, low half, IV: one store. The nonce is salt and IV, which do not lie together in the packet.
    let header = inner - ESPLayout.headerBytes
    let iv = sequence.bigEndian
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

// MARK: - Open

/// Opens ESP packets of one association.
public struct ESPOpener: PacketOpener {
  /// What has been seen.
  public private(set) var window: ReplayWindow
  let aead: AEAD
  let spi: UInt32
  let isExtended: Bool
  let salt: UInt64

  /// An opener that owns `window` from now on.
  public init(_ association: ESPAssociation, aead: AEAD, window: ReplayWindow) {
    self.window = window
    self.aead = aead
    spi = association.spi
    isExtended = association.isExtended
    salt = UInt64(association.salt.bigEndian)
  }

  /// 1. lengths and SPI, 2. number and nonce, 3. authenticate and decrypt, 4. replay, 5. trailer, 6. inner.
  @inline(__always)
  public mutating func open(_ outer: UnsafeMutableRawPointer, count: Int) -> Opened {
    let least = ESPLayout.headerBytes &+ ESPLayout.trailerBytes &+ ESPLayout.icvBytes
    guard count >= least else { return Opened(.tooShort, at: outer) }
    guard outer.loadBig(ESPLayout.spiOffset, as: UInt32.self) == spi else {
      return Opened(.unknownSPI, at: outer)
    }

    let low = outer.loadBig(ESPLayout.sequenceOffset, as: UInt32.self)
    let sequence = isExtended ? window.extended(low: low) : UInt64(low)
    let iv = outer.loadUnaligned(fromByteOffset: ESPLayout.ivOffset, as: UInt64.self)
    var nonce = SIMD2(salt | iv << 32, iv >> 32)
    let number = sequence.bigEndian
    let afterSPI = isExtended ? number << 32 : number & 0xFFFF_FFFF_0000_0000
    var additional = SIMD2(UInt64(spi.bigEndian) | afterSPI, number >> 32)

    let inner = outer + ESPLayout.headerBytes
    let sealed = count &- ESPLayout.headerBytes &- ESPLayout.icvBytes
    guard
      aead.open(
        inner, count: sealed, nonce: &nonce, additional: &additional, additionalCount: isExtended ? 12 : 8,
        tag: inner + sealed)
    else { return Opened(.authentication, at: outer) }

    let freshness = window.checkAndMark(sequence)
    guard freshness == .none else { return Opened(freshness, at: outer) }

    return ESPOpener.withoutTrailer(inner, sealed)
  }

  /// Checks pad bytes, next header and inner packet of `count` bytes of plaintext.
  @inline(__always)
  static func withoutTrailer(_ inner: UnsafeMutableRawPointer, _ count: Int) -> Opened {
    guard count & (ESPLayout.alignmentBytes &- 1) == 0 else { return Opened(.padding, at: inner) }
    let pad = Int(inner.load(fromByteOffset: count &- 2, as: UInt8.self))
    let next = inner.load(fromByteOffset: count &- 1, as: UInt8.self)
    let length = count &- ESPLayout.trailerBytes &- pad
    guard length >= 0 else { return Opened(.padding, at: inner) }
    var index = 0
    while index < pad {
      let byte = inner.load(fromByteOffset: length &+ index, as: UInt8.self)
      guard Int(byte) == index &+ 1 else { return Opened(.padding, at: inner) }
      index &+= 1
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
}

import Crypto
import Wire

// ESP, tunnel mode, with an AEAD: RFC 4303, RFC 4106 (AES-GCM), RFC 7634 (ChaCha20-Poly1305).
// Not here: transport mode, implicit IVs (RFC 8750), integrity without encryption.
// Compare with VPE.swift, which has the same sections in the same order.

// MARK: - The association

/// The parameters that both ends of an association share beside the key.
public struct ESPAssociation: Equatable, Sendable {
  /// Security Parameters Index; picks the key.
  public var spi: UInt32
  /// The 4 bytes that precede the IV in the nonce (RFC 4106 section 4), in the order of the wire.
  public var salt: UInt32
  /// Whether sequence numbers have 64 bits, of which the low 32 are sent.
  public var usesESN: Bool

  /// An association with its SPI (256 or more; RFC 4303 section 2.1), salt and kind of sequence number.
  public init(spi: UInt32, salt: UInt32, usesESN: Bool) {
    self.spi = spi
    self.salt = salt
    self.usesESN = usesESN
  }
}

// MARK: - Seal

/// Seals with ESP. The IV is the sequence number, so a nonce is as unique as that is.
public struct ESPSealer: KeyedSealer {
  @usableFromInline typealias Layout = ESPLayout
  /// SPI, sequence number and IV.
  public static var headerBytes: Int { Layout.headerBytes }
  /// Padding, pad length, next header and ICV.
  public static var tailroomBytes: Int { ESPTrailer.bytesMax + Layout.icvBytes }
  /// Without padding.
  public static var tailBytesMin: Int { Layout.trailerBytes + Layout.icvBytes }

  /// The number of the last packet sealed; the first is 1.
  @inlinable public var sequence: UInt64 { number }
  @usableFromInline var number: UInt64
  public let aead: AEAD
  // In the byte order of header and nonce.
  @usableFromInline let spi: UInt32
  @usableFromInline let salt: UInt32
  @usableFromInline let usesESN: Bool

  /// A sealer that goes on after `sequence`.
  public init(_ association: ESPAssociation, aead: AEAD, sequence: UInt64 = 0) {
    number = sequence
    self.aead = aead
    spi = association.spi.bigEndian
    salt = association.salt.bigEndian
    usesESN = association.usesESN
  }

  /// The highest number; after it comes a new key, because no number may be used twice with one.
  @inlinable public static func lastNumber(usesESN: Bool) -> UInt64 {
    usesESN ? .max : UInt64(UInt32.max)
  }

  /// 1. number, 2. header, nonce and additional data, 3. trailer.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    guard number < ESPSealer.lastNumber(usesESN: usesESN) else {
      work.pointee.reason = .sequenceExhausted
      return
    }
    number &+= 1
    prepare(inner, count: count, number: number, in: work)
  }

  /// Steps 2 and 3, under a number that nobody else uses with this key.
  @inlinable @inline(__always)
  public func prepare(_ inner: UnsafeMutableRawPointer, count: Int, number: UInt64, in work: WorkPointer) {
    writeHeader(before: inner, number: number, in: work)

    let sealed = ESPTrailer.write(behind: inner, count: count)
    work.pointee.accept(inner, sealed)
  }

  /// Step 2.
  @inlinable @inline(__always)
  func writeHeader(before inner: UnsafeMutableRawPointer, number: UInt64, in work: WorkPointer) {
    // SPI, low half, IV: one store. The nonce is salt and IV, which do not lie together in the packet.
    let header = inner - Layout.headerBytes
    let spi = UInt64(spi)
    let iv = number.bigEndian
    let low = iv & 0xFFFF_FFFF_0000_0000
    header.storeVector(spi | low, iv)
    work.pointee.nonce = SIMD2(UInt64(salt) | iv << 32, iv >> 32)
    work.pointee.additional = SIMD2(spi | (usesESN ? iv << 32 : low), iv >> 32)
  }

  /// 4. encrypt and authenticate.
  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Sealed(work.pointee.reason, at: inner) }
    let sealed = work.pointee.count
    let header = inner - Layout.headerBytes
    aead.seal(
      inner, count: sealed, nonce: &work.pointee.nonce, additional: &work.pointee.additional,
      additionalCount: usesESN ? 12 : 8, tag: inner + sealed)
    return Sealed(header, Layout.headerBytes &+ sealed &+ Layout.icvBytes)
  }
}

// MARK: - Open

/// Opens with ESP, under one association with a window of its own.
public typealias ESPOpener = ESPWindowOpener<ReplayWindow>

/// Opens ESP packets of one association.
public struct ESPWindowOpener<Window: SequenceWindow>: CheckingOpener {
  @usableFromInline typealias Layout = ESPLayout
  // The window first, and then the fields that fit into the same cache line.
  /// The replay window.
  public var window: Window
  @usableFromInline let usesESN: Bool
  @usableFromInline let aead: AEAD
  @usableFromInline let spi: UInt32
  /// In the nonce's byte order.
  @usableFromInline let salt: UInt32

  /// An opener that owns `window` from now on.
  public init(_ association: ESPAssociation, aead: AEAD, window: Window) {
    self.aead = aead
    spi = association.spi
    salt = association.salt.bigEndian
    usesESN = association.usesESN
    self.window = window
  }

  /// 1. lengths and SPI, 2. number, and whether it may be fresh, 3. nonce and additional data.
  @inlinable @inline(__always)
  public func check(_ outer: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> DropReason {
    let least = Layout.headerBytes &+ Layout.trailerBytes &+ Layout.icvBytes
    guard count >= least else { return .tooShort }
    guard outer.loadBig(Layout.spiOffset, as: UInt32.self) == spi else { return .unknownSPI }

    let low = outer.loadBig(Layout.sequenceOffset, as: UInt32.self)
    let sequence = usesESN ? window.extended(low: low) : UInt64(low)
    let freshness = window.check(sequence)
    guard freshness == .none else { return freshness }

    let iv = outer.loadUnaligned(fromByteOffset: Layout.ivOffset, as: UInt64.self)
    work.pointee.nonce = SIMD2(UInt64(salt) | iv << 32, iv >> 32)
    let sent = sequence.bigEndian
    let afterSPI = usesESN ? sent << 32 : sent & 0xFFFF_FFFF_0000_0000
    work.pointee.additional = SIMD2(UInt64(spi.bigEndian) | afterSPI, sent >> 32)
    let sealed = count &- Layout.headerBytes &- Layout.icvBytes
    work.pointee.number = sequence
    work.pointee.accept(outer + Layout.headerBytes, sealed)
    return .none
  }

  /// 4. authenticate and decrypt, 5. replay, 6. trailer, 7. inner.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: inner) }
    let sealed = work.pointee.count
    guard
      aead.open(
        inner, count: sealed, nonce: &work.pointee.nonce, additional: &work.pointee.additional,
        additionalCount: usesESN ? 12 : 8, tag: inner + sealed)
    else { return Opened(.authentication, at: inner) }

    let freshness = window.checkAndMark(work.pointee.number)
    guard freshness == .none else { return Opened(freshness, at: inner) }

    return ESPTrailer.inner(inner, count: sealed)
  }
}

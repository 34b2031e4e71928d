import Crypto
import Wire

// ESP with an implicit IV: RFC 8750 (AES-GCM and ChaCha20-Poly1305). Beside the ladder from ESP to VPE
// it shows what ESP saves if it does not send the number twice. The number, the inference of its high half,
// the additional data and the trailer are ESP's.

/// ESP with an implicit IV as a format among others.
public enum ESPImplicitIV: TunnelFormat {
  public static var name: StaticString { "ESP with implicit IV" }
  /// RFC 8750 section 3.
  public static func sealedBytes(inner: Int) -> Int { ESPImplicitIVLayout.sealedBytes(inner: inner) }
  /// The low half of the sequence number, which is all that is sent.
  public static func number(_ outer: UnsafeRawPointer) -> UInt64 {
    UInt64(outer.loadBig(ESPImplicitIVLayout.sequenceOffset, as: UInt32.self))
  }
  /// The inner packet and the trailer.
  public static func encryptedBytes(inner: Int) -> Int { ESPLayout.encryptedBytes(inner: inner) }
  public static var hasSalt: Bool { true }
  public static var hasESN: Bool { true }
  /// SPI, salt, and which sequence numbers.
  public static func association(_ terms: TunnelTerms) -> ESPAssociation { ESP.association(terms) }

  /// The association has one counter.
  public static func sealer(
    _ association: ESPAssociation, window: UInt16, aead: AEAD, sequence: UInt64
  ) -> ESPImplicitIVSealer { ESPImplicitIVSealer(association, aead: aead, sequence: sequence) }

  /// The association has one window.
  public static func opener(
    _ association: ESPAssociation, aead: AEAD, _ ownership: WindowOwnership, top: UInt64,
    in memory: UnsafeMutableRawPointer
  ) -> ESPImplicitIVOpener {
    ESPImplicitIVOpener(
      association, aead: aead, window: ReplayWindow(size: ownership.size, top: top, in: memory))
  }
}

// MARK: - Seal

/// Seals with ESP under an implicit IV.
public struct ESPImplicitIVSealer: KeyedSealer {
  @usableFromInline typealias Layout = ESPImplicitIVLayout
  /// SPI and sequence number.
  public static var headerBytes: Int { Layout.headerBytes }
  /// Padding, pad length, next header and ICV.
  public static var tailroomBytes: Int { ESPTrailer.bytesMax + Layout.icvBytes }
  /// Without padding.
  public static var tailBytesMin: Int { ESPLayout.trailerBytes + Layout.icvBytes }

  /// The number of the last packet sealed; the first is 1.
  public var sequence: UInt64 { number }
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

    // SPI and low half: one store.
    let spi = UInt64(spi)
    let whole = number.bigEndian
    let low = whole & 0xFFFF_FFFF_0000_0000
    (inner - Layout.headerBytes).storeLittle(spi | low, 0)
    work.pointee.nonce = SIMD2(UInt64(salt) | whole << 32, whole >> 32)
    work.pointee.additional = SIMD2(spi | (usesESN ? whole << 32 : low), whole >> 32)

    work.pointee.accept(inner, ESPTrailer.write(behind: inner, count: count))
  }

  /// 4. encrypt and authenticate.
  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Sealed(work.pointee.reason, at: inner) }
    let sealed = work.pointee.count
    aead.seal(
      inner, count: sealed, nonce: &work.pointee.nonce, additional: &work.pointee.additional,
      additionalCount: usesESN ? 12 : 8, tag: inner + sealed)
    return Sealed(inner - Layout.headerBytes, Layout.headerBytes &+ sealed &+ Layout.icvBytes)
  }
}

// MARK: - Open

/// Opens ESP packets with implicit IVs of one association: as ESP, but that the IV is not read.
public struct ESPImplicitIVOpener: CheckingOpener {
  @usableFromInline typealias Layout = ESPImplicitIVLayout
  @usableFromInline var esp: ESPOpener

  /// An opener that owns `window` from now on.
  public init(_ association: ESPAssociation, aead: AEAD, window: ReplayWindow) {
    esp = ESPOpener(association, aead: aead, window: window)
  }

  /// 1. lengths and SPI, 2. number, and whether it may be fresh, 3. nonce and additional data.
  @inlinable @inline(__always)
  public func check(_ outer: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> DropReason {
    let least = Layout.headerBytes &+ ESPLayout.trailerBytes &+ Layout.icvBytes
    guard count >= least else { return .tooShort }
    guard outer.loadBig(Layout.spiOffset, as: UInt32.self) == esp.spi else { return .unknownSPI }

    let low = outer.loadBig(Layout.sequenceOffset, as: UInt32.self)
    let sequence = esp.usesESN ? esp.window.extended(low: low) : UInt64(low)
    let freshness = esp.window.check(sequence)
    guard freshness == .none else { return freshness }

    let whole = sequence.bigEndian
    work.pointee.nonce = SIMD2(UInt64(esp.salt) | whole << 32, whole >> 32)
    let afterSPI = esp.usesESN ? whole << 32 : whole & 0xFFFF_FFFF_0000_0000
    work.pointee.additional = SIMD2(UInt64(esp.spi.bigEndian) | afterSPI, whole >> 32)
    work.pointee.number = sequence
    work.pointee.accept(outer + Layout.headerBytes, count &- Layout.headerBytes &- Layout.icvBytes)
    return .none
  }

  /// 4. authenticate and decrypt, 5. replay, 6. trailer, 7. inner: as ESP.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened { esp.open(work) }
}

extension ESPImplicitIVOpener: AssociationOpener {
  /// The SPI comes first.
  @inlinable public static var spiEnd: Int { ESPImplicitIVLayout.spiOffset + 4 }

  /// The SPI.
  @inlinable @inline(__always)
  public static func spi(_ outer: UnsafeRawPointer) -> UInt32 {
    outer.loadBig(ESPImplicitIVLayout.spiOffset)
  }

  /// Fetches the key, and the word of the window.
  @inlinable @inline(__always)
  public func prefetchState(_ outer: UnsafeRawPointer, count: Int, key: AEADKeyLines) {
    esp.aead.prefetchKey(key, count: count &- ESPImplicitIVLayout.headerBytes &- ESPImplicitIVLayout.icvBytes)
    esp.window.prefetch(low: ESPImplicitIV.number(outer))
  }
}

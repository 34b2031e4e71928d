import Crypto
import Wire

// The rungs of a ladder from ESP to VPE (LadderLayout): formats for measurement only, each of which changes
// one property of the previous one, so that the savings of VPE can be attributed to properties.

/// A rung of the ladder. Each property changes exactly once between ESP and VPE, and so follows from the
/// step.
public protocol LadderRung {
  static var name: StaticString { get }
  /// The number of steps above rung a.
  static var step: Int { get }
}

extension LadderRung {
  /// Whether SPI and number are authenticated as additional data. In higher rungs they are in the nonce, or
  /// are compared with what is in it.
  @inlinable public static var hasAdditional: Bool { step < 1 }
  /// Whether the header's first 12 bytes are the nonce.
  @inlinable public static var hasNonceHeader: Bool { step >= 2 }
  /// Whether padding, its length and next header follow the inner packet, as in ESP.
  @inlinable public static var hasTrailer: Bool { step < 3 }
  /// Whether the ICV stands before the inner packet.
  @inlinable public static var isICVFirst: Bool { step >= 4 }
}

/// ESP with the number taken from the IV.
public enum LadderRungA: LadderRung {
  public static var name: StaticString { "rung a" }
  /// The lowest.
  @inlinable public static var step: Int { 0 }
}

/// Rung a without additional data.
public enum LadderRungB: LadderRung {
  public static var name: StaticString { "rung b" }
  @inlinable public static var step: Int { 1 }
}

/// Rung b with the nonce in one piece.
public enum LadderRungC: LadderRung {
  public static var name: StaticString { "rung c" }
  @inlinable public static var step: Int { 2 }
}

/// Rung c without trailer.
public enum LadderRungD: LadderRung {
  public static var name: StaticString { "rung d" }
  @inlinable public static var step: Int { 3 }
}

/// Rung d with the ICV in front.
public enum LadderRungE: LadderRung {
  public static var name: StaticString { "rung e" }
  /// The highest.
  @inlinable public static var step: Int { 4 }
}

/// A rung as a format among others.
public enum Ladder<Rung: LadderRung>: TunnelFormat {
  public static var name: StaticString { Rung.name }
  /// The inner packet, and ESP's trailer where the rung has one.
  public static func encryptedBytes(inner: Int) -> Int {
    Rung.hasTrailer ? ESPLayout.encryptedBytes(inner: inner) : inner
  }
  /// Bytes of header, encrypted data and ICV.
  public static func sealedBytes(inner: Int) -> Int {
    LadderLayout.nonceHeaderBytes + LadderLayout.icvBytes + encryptedBytes(inner: inner)
  }
  /// The sequence number: the IV, or a field of the header where that is the nonce.
  @inlinable @inline(__always)
  public static func number(_ outer: UnsafeRawPointer) -> UInt64 {
    outer.loadBig(Rung.hasNonceHeader ? LadderLayout.numberOffset : LadderLayout.ivOffset)
  }
  public static var hasSalt: Bool { true }
  /// SPI and salt; where the header is the nonce, the salt is the ID in it.
  public static func association(_ terms: TunnelTerms) -> ESPAssociation { ESP.association(terms) }

  /// The association has one counter.
  public static func sealer(
    _ association: ESPAssociation, window: UInt16, aead: AEAD, sequence: UInt64
  ) -> LadderSealer<Rung> { LadderSealer(association, aead: aead, sequence: sequence) }

  /// The association has one window.
  public static func opener(
    _ association: ESPAssociation, aead: AEAD, _ ownership: WindowOwnership, top: UInt64,
    in memory: UnsafeMutableRawPointer
  ) -> LadderOpener<Rung> {
    LadderOpener(
      association, aead: aead, window: ReplayWindow(size: ownership.size, top: top, in: memory))
  }
}

// MARK: - Seal

/// Seals packets of a rung.
public struct LadderSealer<Rung: LadderRung>: KeyedSealer {
  @usableFromInline typealias Layout = LadderLayout
  /// Bytes of the header, with the ICV if that comes first.
  public static var headerBytes: Int {
    Layout.nonceHeaderBytes + (Rung.isICVFirst ? Layout.icvBytes : 0)
  }
  /// Trailer and ICV, where there are any behind the packet.
  public static var tailroomBytes: Int {
    (Rung.hasTrailer ? ESPTrailer.bytesMax : 0) + (Rung.isICVFirst ? 0 : Layout.icvBytes)
  }
  /// Without padding.
  public static var tailBytesMin: Int {
    (Rung.hasTrailer ? ESPLayout.trailerBytes : 0) + (Rung.isICVFirst ? 0 : Layout.icvBytes)
  }

  /// The number of the last packet sealed; the first is 1.
  public var sequence: UInt64 { number }
  @usableFromInline var number: UInt64
  public let aead: AEAD
  // In the byte order of header and nonce.
  @usableFromInline let spi: UInt32
  @usableFromInline let salt: UInt32

  /// A sealer that goes on after `sequence`.
  public init(_ association: ESPAssociation, aead: AEAD, sequence: UInt64 = 0) {
    number = sequence
    self.aead = aead
    spi = association.spi.bigEndian
    salt = association.salt.bigEndian
  }

  /// 1. number, 2. header, nonce and additional data, 3. trailer.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    guard number < .max else {
      work.pointee.reason = .sequenceExhausted
      return
    }
    number &+= 1

    let header = inner - Self.headerBytes
    let spi = UInt64(spi)
    let iv = number.bigEndian
    if Rung.hasNonceHeader {
      // ID, number, SPI: one store.
      header.storeVector(UInt64(salt) | iv << 32, iv >> 32 | spi << 32)
    } else {
      header.storeVector(spi | iv & 0xFFFF_FFFF_0000_0000, iv)
      work.pointee.nonce = SIMD2(UInt64(salt) | iv << 32, iv >> 32)
    }
    if Rung.hasAdditional { work.pointee.additional = SIMD2(spi | iv << 32, iv >> 32) }

    let sealed = Rung.hasTrailer ? ESPTrailer.write(behind: inner, count: count) : count
    work.pointee.accept(inner, sealed)
  }

  /// 4. encrypt and authenticate.
  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Sealed(work.pointee.reason, at: inner) }
    let sealed = work.pointee.count
    let header = inner - Self.headerBytes
    let tag = Rung.isICVFirst ? header + Layout.icvOffset : inner + sealed
    if Rung.hasNonceHeader {
      aead.seal(inner, count: sealed, nonce: header, additional: nil, additionalCount: 0, tag: tag)
    } else if Rung.hasAdditional {
      aead.seal(
        inner, count: sealed, nonce: &work.pointee.nonce, additional: &work.pointee.additional,
        additionalCount: 12, tag: tag)
    } else {
      aead.seal(
        inner, count: sealed, nonce: &work.pointee.nonce, additional: nil, additionalCount: 0, tag: tag)
    }
    return Sealed(header, Layout.nonceHeaderBytes &+ Layout.icvBytes &+ sealed)
  }
}

// MARK: - Open

/// Opens packets of a rung.
public struct LadderOpener<Rung: LadderRung>: CheckingOpener {
  @usableFromInline typealias Layout = LadderLayout
  // The window comes first, so that all fields share a cache line.
  /// The replay window.
  public var window: ReplayWindow
  @usableFromInline let spi: UInt32
  /// In the nonce's byte order.
  @usableFromInline let salt: UInt32
  @usableFromInline let aead: AEAD

  /// An opener that owns `window` from now on.
  public init(_ association: ESPAssociation, aead: AEAD, window: ReplayWindow) {
    self.window = window
    self.aead = aead
    spi = association.spi
    salt = association.salt.bigEndian
  }

  /// 1. lengths and SPI, 2. number, and whether it may be fresh, 3. nonce and additional data.
  @inlinable @inline(__always)
  public func check(_ outer: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> DropReason {
    let least = Layout.nonceHeaderBytes &+ Layout.icvBytes &+ (Rung.hasTrailer ? ESPLayout.trailerBytes : 0)
    guard count >= least else { return .tooShort }
    guard Self.spi(outer) == spi else { return .unknownSPI }

    let sequence = Ladder<Rung>.number(outer)
    let first = outer.loadUnaligned(as: UInt64.self)
    if Rung.hasNonceHeader {
      guard UInt32(truncatingIfNeeded: first) == salt else { return .unknownSPI }
    } else {
      // A header field that is not authenticated must equal the authenticated one.
      guard
        Rung.hasAdditional
          || UInt32(truncatingIfNeeded: (first >> 32)).bigEndian
            == UInt32(truncatingIfNeeded: sequence)
      else { return .authentication }
    }
    let freshness = window.check(sequence)
    guard freshness == .none else { return freshness }

    if !Rung.hasNonceHeader {
      let iv = sequence.bigEndian
      work.pointee.nonce = SIMD2(UInt64(salt) | iv << 32, iv >> 32)
      if Rung.hasAdditional {
        let low = first >> 32
        work.pointee.additional = SIMD2(UInt64(spi.bigEndian) | iv << 32, low)
      }
    }
    work.pointee.number = sequence
    let header = LadderSealer<Rung>.headerBytes
    let behind = Rung.isICVFirst ? 0 : Layout.icvBytes
    work.pointee.accept(outer + header, count &- header &- behind)
    return .none
  }

  /// 4. authenticate and decrypt, 5. replay, 6. trailer, 7. inner.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: inner) }
    let sealed = work.pointee.count
    let header = inner - LadderSealer<Rung>.headerBytes
    let tag = Rung.isICVFirst ? header + Layout.icvOffset : inner + sealed
    let isAuthentic: Bool
    if Rung.hasNonceHeader {
      isAuthentic = aead.open(
        inner, count: sealed, nonce: header, additional: nil, additionalCount: 0, tag: tag)
    } else if Rung.hasAdditional {
      isAuthentic = aead.open(
        inner, count: sealed, nonce: &work.pointee.nonce, additional: &work.pointee.additional,
        additionalCount: 12, tag: tag)
    } else {
      isAuthentic = aead.open(
        inner, count: sealed, nonce: &work.pointee.nonce, additional: nil, additionalCount: 0, tag: tag)
    }
    guard isAuthentic else { return Opened(.authentication, at: inner) }

    let freshness = window.checkAndMark(work.pointee.number)
    guard freshness == .none else { return Opened(freshness, at: inner) }

    return Rung.hasTrailer ? ESPTrailer.inner(inner, count: sealed) : Opened.inner(inner, count: sealed)
  }
}

extension LadderOpener: AssociationOpener {
  /// The SPI's position in this rung.
  @inlinable public static var spiEnd: Int {
    (Rung.hasNonceHeader ? LadderLayout.lastSPIOffset : LadderLayout.spiOffset) + 4
  }

  /// The SPI, from its position in this rung.
  @inlinable @inline(__always)
  public static func spi(_ outer: UnsafeRawPointer) -> UInt32 {
    outer.loadBig(Rung.hasNonceHeader ? LadderLayout.lastSPIOffset : LadderLayout.spiOffset)
  }

  /// Fetches the key, and the word of the window.
  @inlinable @inline(__always)
  public func prefetchState(_ outer: UnsafeRawPointer, count: Int, key: AEADKeyLines) {
    aead.prefetchKey(key, count: count &- LadderLayout.nonceHeaderBytes &- LadderLayout.icvBytes)
    window.prefetch(low: Ladder<Rung>.number(outer))
  }
}

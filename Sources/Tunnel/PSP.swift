import Cases
import Crypto
import Wire

// PSP, tunnel mode, with keys that are derived in advance and kept (google/psp); PSPDerive.swift derives them
// for each packet. Not here: sampling. PSP receivers do not refuse replays, so any number of threads may
// open; any number may seal, for each has a part of the IVs.

/// The parameters that both ends of a PSP association share beside the key.
public struct PSPAssociation: Equatable, Sendable {
  /// Security Parameters Index; its highest bit selects the master key from which the key is derived.
  public var spi: UInt32
  /// AES-256-GCM is version 1, AES-128-GCM version 0.
  public var isVersion1: Bool

  /// The flags that are always the same, as they lie in the header.
  var flags: UInt8 { PSPLayout.always | (isVersion1 ? PSPLayout.version1 : 0) }

  /// An association with its SPI and version.
  public init(spi: UInt32, isVersion1: Bool) { (self.spi, self.isVersion1) = (spi, isVersion1) }
}

/// PSP as a format among others.
public enum PSP: TunnelFormat {
  public static var name: StaticString { "PSP" }
  /// Versions 0 and 1.
  public static var ciphers: [AEADAlgorithm] { [.aes128GCM, .aes256GCM] }
  public static var udpPort: UInt16? { PSPLayout.port }
  /// There is no window.
  public static var refusesReplays: Bool { false }
  /// Bytes of a packet sealed here, without VC.
  public static func sealedBytes(inner: Int) -> Int { PSPLayout.sealedBytes(inner: inner) }
  public static var hasParts: Bool { true }
  /// The IV.
  @inlinable @inline(__always)
  public static func number(_ outer: UnsafeRawPointer) -> UInt64 { outer.loadBig(PSPLayout.ivOffset) }

  /// The SPI, and the cipher's version.
  public static func association(_ terms: TunnelTerms) -> PSPAssociation {
    PSPAssociation(spi: terms.spi, isVersion1: terms.cipher == .aes256GCM)
  }

  /// Each part of the IVs has a counter.
  public static func sealer(
    _ association: PSPAssociation, window: UInt16, aead: AEAD, sequence: UInt64
  ) -> PSPSealer { PSPSealer(association, part: window, aead: aead, sequence: sequence) }

  /// There is no window.
  public static func windowBytes(_ ownership: WindowOwnership) -> Int { 0 }

  /// There is no window.
  public static func opener(
    _ association: PSPAssociation, aead: AEAD, _ ownership: WindowOwnership, top: UInt64,
    in memory: UnsafeMutableRawPointer
  ) -> PSPOpener { PSPOpener(association, aead: aead) }
}

// MARK: - Seal

/// The IVs of one sealing thread, each used once: those whose first 16 bits are the thread's part, so that no
/// two threads use the same IV.
@usableFromInline
struct PSPCounter {
  /// The IV of the last packet.
  @usableFromInline var iv: UInt64

  /// - Parameter sequence: goes on after this number of the part; beyond the last one there is none left.
  init(part: UInt16, after sequence: UInt64) {
    iv = UInt64(part) << PSPLayout.countBits | min(sequence, PSPLayout.lastNumber)
  }

  /// The number within the part.
  var sequence: UInt64 { iv & PSPLayout.lastNumber }

  /// Advances to the next IV.
  /// - Returns: false at the part's end, for the next IV belongs to another thread.
  @inlinable @inline(__always)
  mutating func moveOn() -> Bool {
    let next = iv &+ 1
    guard next & PSPLayout.lastNumber != 0 else { return false }
    iv = next
    return true
  }
}

/// Seals with PSP: all of the inner packet is encrypted, and there is no VC. SPI and IV are the nonce, and
/// the header is the additional data; both are read from the packet.
public struct PSPSealer: KeyedSealer {
  @usableFromInline typealias Layout = PSPLayout
  /// The header without VC.
  public static var headerBytes: Int { Layout.headerBytes }
  /// The ICV.
  public static var tailroomBytes: Int { Layout.icvBytes }

  /// The number of the last packet sealed, in this sealer's part; the first is 1.
  public var sequence: UInt64 { counter.sequence }
  @usableFromInline var counter: PSPCounter
  public let aead: AEAD
  /// The first 8 bytes of an IPv4 packet's header, as they lie in memory.
  @usableFromInline let first: UInt64
  /// The bits of `first` that differ for an IPv6 packet.
  @usableFromInline static var next6: UInt64 { UInt64(IPv4.protocolIPv4 ^ IPv4.protocolIPv6) }

  /// A sealer that goes on after `sequence`.
  /// - Parameter part: the part of the IVs, which no other sealer with this key may use.
  public init(_ association: PSPAssociation, part: UInt16 = 0, aead: AEAD, sequence: UInt64 = 0) {
    counter = PSPCounter(part: part, after: sequence)
    self.aead = aead
    first =
      UInt64(IPv4.protocolIPv4) | 1 << 8 | UInt64(association.flags) << 24
      | UInt64(association.spi.bigEndian) << 32
  }

  /// 1. number, 2. header, which holds nonce and additional data, 3. trailer: none.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    guard counter.moveOn() else {
      work.pointee.reason = .sequenceExhausted
      return
    }

    // A single store writes the header.
    let isIPv6 = inner.load(as: UInt8.self) >> 4 == 6
    let header = inner - Layout.headerBytes
    header.storeVector(first ^ (isIPv6 ? PSPSealer.next6 : 0), counter.iv.bigEndian)

    work.pointee.accept(inner, count)
  }

  /// 4. encrypt and authenticate.
  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed {
    guard work.pointee.reason == .none else { return Sealed(work.pointee.reason, at: work.pointee.start) }
    return PSPSealer.seal(work, aead)
  }

  /// As above, under any key, for a packet that the first step has accepted.
  @inlinable @inline(__always)
  static func seal(_ work: WorkPointer, _ aead: AEAD) -> Sealed {
    let inner = work.pointee.start
    let sealed = work.pointee.count
    let header = inner - Layout.headerBytes
    aead.seal(
      inner, count: sealed, nonce: header + Layout.spiOffset, additional: header,
      additionalCount: Layout.headerBytes, tag: inner + sealed)
    return Sealed(header, Layout.headerBytes &+ sealed &+ Layout.icvBytes)
  }
}

// MARK: - Open

/// Opens PSP packets of one association, with or without VC, whatever part of them is encrypted.
public struct PSPOpener: CheckingOpener {
  @usableFromInline typealias Layout = PSPLayout
  @usableFromInline let aead: AEAD
  @usableFromInline let spi: UInt32
  /// Version and the bit that is always set, as they lie in the flags.
  @usableFromInline let flags: UInt8

  /// An opener.
  public init(_ association: PSPAssociation, aead: AEAD) {
    self.aead = aead
    spi = association.spi
    flags = association.flags
  }

  /// 1. lengths, flags and SPI; 2. number and window: none; 3. what is authenticated only.
  @inlinable @inline(__always)
  public func check(_ outer: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> DropReason {
    guard count >= Layout.headerBytes &+ Layout.icvBytes else { return .tooShort }
    guard outer.loadBig(Layout.spiOffset, as: UInt32.self) == spi else { return .unknownSPI }
    return PSPOpener.check(outer, count: count, flags: flags, in: work)
  }

  /// Step 1 for a packet that is at least as long as header and ICV, and whose SPI is known.
  @inlinable @inline(__always)
  static func check(
    _ outer: UnsafeMutableRawPointer, count: Int, flags: UInt8, in work: WorkPointer
  ) -> DropReason {
    let sent = outer.load(fromByteOffset: Layout.flagsOffset, as: UInt8.self)
    let cookies = sent & Layout.hasCookie == 0 ? 0 : 1
    guard sent & (Layout.versionMask | Layout.always | Layout.drop) == flags,
      Int(outer.load(fromByteOffset: Layout.lengthOffset, as: UInt8.self)) == 1 &+ cookies
    else { return .formatHeader }
    let offset = Int(outer.load(fromByteOffset: Layout.cryptOffset, as: UInt8.self) & 0x3F)
    let clear = Layout.headerBytes &+ 4 &* offset
    let least = max(clear, Layout.headerBytes &+ Layout.cookieBytes &* cookies)
    guard count >= least &+ Layout.icvBytes else { return .tooShort }

    // No sequence number is checked, so that the field is free for the length of what is not encrypted.
    work.pointee.number = UInt64(truncatingIfNeeded: clear)
    work.pointee.accept(outer + clear, count &- clear &- Layout.icvBytes)
    return .none
  }

  /// 4. authenticate and decrypt, 5. replay: not refused, 6. next header, 7. inner.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened {
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: work.pointee.start) }
    return PSPOpener.open(work, aead)
  }

  /// As above, under any key, for a packet that the first step has accepted.
  @inlinable @inline(__always)
  static func open(_ work: WorkPointer, _ aead: AEAD) -> Opened {
    let start = work.pointee.start
    let sealed = work.pointee.count
    let clear = Int(truncatingIfNeeded: work.pointee.number)
    let header = start - clear
    guard
      aead.open(
        start, count: sealed, nonce: header + Layout.spiOffset, additional: header,
        additionalCount: clear, tag: start + sealed)
    else { return Opened(.authentication, at: start) }

    let hasCookie = header.load(fromByteOffset: Layout.lengthOffset, as: UInt8.self) == 2
    let inner = header + Layout.headerBytes + (hasCookie ? Layout.cookieBytes : 0)
    let next = header.load(as: UInt8.self)
    guard next == IPv4.protocolIPv4 || next == IPv4.protocolIPv6 else {
      return Opened(.nextHeader, at: inner)
    }
    let opened = Opened.inner(inner, count: start + sealed - inner)
    let announced: UInt8 = next == IPv4.protocolIPv4 ? 4 : 6
    guard opened.reason != .none || opened.version == announced else {
      return Opened(.innerVersion, at: inner)
    }
    return opened
  }
}

extension PSPOpener: AssociationOpener {
  /// The SPI is in bytes 4 to 7.
  @inlinable public static var spiEnd: Int { PSPLayout.spiOffset + 4 }

  /// The SPI.
  @inlinable @inline(__always)
  public static func spi(_ outer: UnsafeRawPointer) -> UInt32 { outer.loadBig(PSPLayout.spiOffset) }

  /// Fetches the key.
  @inlinable @inline(__always)
  public func prefetchState(_ outer: UnsafeRawPointer, count: Int, key: AEADKeyLines) {
    aead.prefetchKey(key, count: count &- PSPLayout.headerBytes &- PSPLayout.icvBytes)
  }
}

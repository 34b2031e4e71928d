import Cases
import Crypto
import Wire

// WireGuard's data packets: ChaCha20-Poly1305, no additional data, one window.
// Not here: handshakes, and the times after which they must renew the key.

/// WireGuard as a format among others.
public enum WireGuard: TunnelFormat {
  public static var name: StaticString { "WireGuard" }
  /// WireGuard's only cipher.
  public static var ciphers: [AEADAlgorithm] { [.chaCha20Poly1305] }
  public static var udpPort: UInt16? { WireGuardLayout.port }
  /// The length with padding.
  public static func sealedBytes(inner: Int) -> Int { WireGuardLayout.sealedBytes(inner: inner) }
  /// The counter plus 1, for counters start at 0.
  @inlinable @inline(__always)
  public static func number(_ outer: UnsafeRawPointer) -> UInt64 {
    outer.loadLittle(WireGuardLayout.counterOffset) &+ 1
  }
  /// The inner packet and its padding.
  public static func encryptedBytes(inner: Int) -> Int { WireGuardLayout.encryptedBytes(inner: inner) }

  /// The receiver's index.
  public static func association(_ terms: TunnelTerms) -> UInt32 { terms.spi }

  /// The association has one window.
  public static func sealer(
    _ association: UInt32, window: UInt16, aead: AEAD, sequence: UInt64
  ) -> WireGuardSealer { WireGuardSealer(association, aead: aead, sequence: sequence) }

  /// The association has one window.
  public static func opener(
    _ association: UInt32, aead: AEAD, _ ownership: WindowOwnership, top: UInt64,
    in memory: UnsafeMutableRawPointer
  ) -> WireGuardOpener {
    WireGuardOpener(
      association, aead: aead, window: ReplayWindow(size: ownership.size, top: top, in: memory))
  }
}

// MARK: - Seal

/// Seals with WireGuard. Counters start at 0; `sequence` counts packets from 1, as in all formats, so it is
/// the counter plus 1.
public struct WireGuardSealer: KeyedSealer {
  @usableFromInline typealias Layout = WireGuardLayout
  /// Type, receiver and counter.
  public static var headerBytes: Int { Layout.headerBytes }
  /// Padding and tag.
  public static var tailroomBytes: Int { Layout.alignmentBytes - 1 + Layout.icvBytes }
  /// Without padding.
  public static var tailBytesMin: Int { Layout.icvBytes }

  /// The number of the last packet sealed; the first is 1.
  public var sequence: UInt64 { number }
  @usableFromInline var number: UInt64
  public let aead: AEAD
  /// Type and receiver as they lie in the header.
  @usableFromInline let identity: UInt64

  /// A sealer that goes on after `sequence`.
  public init(_ receiver: UInt32, aead: AEAD, sequence: UInt64 = 0) {
    number = sequence
    self.aead = aead
    identity = UInt64(Layout.typeData) | UInt64(receiver) << 32
  }

  /// 1. counter, 2. header and nonce; additional data: none, 3. padding.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    guard number < Layout.rejectAfter else {
      work.pointee.reason = .sequenceExhausted
      return
    }
    number &+= 1
    prepare(inner, count: count, number: number, in: work)
  }

  /// Steps 2 and 3, under a number that nobody else uses with this key.
  @inlinable @inline(__always)
  public func prepare(_ inner: UnsafeMutableRawPointer, count: Int, number: UInt64, in work: WorkPointer) {
    let counter = number &- 1
    // Type, receiver, counter: one store. The nonce is not in the packet as it is, so it is composed here.
    let header = inner - Layout.headerBytes
    header.storeVector(identity, counter)
    work.pointee.nonce = SIMD2(counter << 32, counter >> 32)

    // Sixteen zeros at once; the tag then overwrites the surplus.
    (inner + count).storeVector(0, 0)
    work.pointee.accept(inner, Layout.encryptedBytes(inner: count))
  }

  /// 4. encrypt and authenticate.
  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Sealed(work.pointee.reason, at: inner) }
    let sealed = work.pointee.count
    let header = inner - Layout.headerBytes
    aead.seal(
      inner, count: sealed, nonce: &work.pointee.nonce, additional: nil, additionalCount: 0,
      tag: inner + sealed)
    return Sealed(header, Layout.headerBytes &+ sealed &+ Layout.icvBytes)
  }
}

// MARK: - Open

/// Opens WireGuard's data packets, under one association with a window of its own.
public typealias WireGuardOpener = WireGuardWindowOpener<ReplayWindow>

/// Opens WireGuard's data packets of one association.
public struct WireGuardWindowOpener<Window: SequenceWindow>: CheckingOpener {
  @usableFromInline typealias Layout = WireGuardLayout
  // The window first, so that all fields share a cache line.
  /// The replay window, over counters plus 1.
  public var window: Window
  @usableFromInline let receiver: UInt32
  @usableFromInline let aead: AEAD

  /// An opener that owns `window` from now on.
  public init(_ receiver: UInt32, aead: AEAD, window: Window) {
    self.window = window
    self.receiver = receiver
    self.aead = aead
  }

  /// 1. lengths, type and receiver, 2. counter, and whether it may be fresh, 3. nonce; additional data: none.
  @inlinable @inline(__always)
  public func check(_ outer: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> DropReason {
    guard count >= Layout.headerBytes &+ Layout.icvBytes else { return .tooShort }
    guard outer.loadLittle(Layout.typeOffset, as: UInt32.self) == Layout.typeData else { return .notOurs }
    guard outer.loadLittle(Layout.receiverOffset, as: UInt32.self) == receiver else { return .unknownSPI }

    let counter = outer.loadLittle(Layout.counterOffset, as: UInt64.self)
    guard counter < Layout.rejectAfter else { return .sequenceExhausted }
    let freshness = window.check(counter &+ 1)
    guard freshness == .none else { return freshness }

    work.pointee.nonce = SIMD2(counter << 32, counter >> 32)
    work.pointee.number = counter &+ 1
    work.pointee.accept(outer + Layout.headerBytes, count &- Layout.headerBytes &- Layout.icvBytes)
    return .none
  }

  /// 4. authenticate and decrypt, 5. replay, 6. keepalive, 7. inner.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: inner) }
    let sealed = work.pointee.count
    guard
      aead.open(
        inner, count: sealed, nonce: &work.pointee.nonce, additional: nil, additionalCount: 0,
        tag: inner + sealed)
    else { return Opened(.authentication, at: inner) }

    let freshness = window.checkAndMark(work.pointee.number)
    guard freshness == .none else { return Opened(freshness, at: inner) }

    guard sealed > 0 else { return Opened(.keepalive, at: inner) }
    return Opened.inner(inner, count: sealed)
  }
}

extension WireGuardWindowOpener: WindowOpener {
  /// The receiver's index serves as the SPI.
  @inlinable public static var spiEnd: Int { WireGuardLayout.receiverOffset + 4 }

  /// The receiver's index.
  @inlinable @inline(__always)
  public static func spi(_ outer: UnsafeRawPointer) -> UInt32 {
    outer.loadLittle(WireGuardLayout.receiverOffset)
  }

  /// Fetches the key, and the word of the window.
  @inlinable @inline(__always)
  public func prefetchState(_ outer: UnsafeRawPointer, count: Int, key: AEADKeyLines) {
    aead.prefetchKey(key, count: count &- WireGuardLayout.headerBytes &- WireGuardLayout.icvBytes)
    window.prefetch(low: outer.loadLittle(WireGuardLayout.counterOffset, as: UInt64.self) &+ 1)
  }
}

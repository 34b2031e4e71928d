import Crypto
import Wire

// ESP with many senders under one key, tunnel mode (RFC 6054): the IV begins with the Sender ID, so that no
// two senders use the same nonce. Such an association has no replay protection (RFC 9838: "32-bit Unspecified
// Numbers"). A receiver may still keep a window for each Sender ID over the counter in the IV, which is
// authentic because it is part of the nonce. The senders must then count, as all do here.

/// How a receiver of many senders treats replays.
public protocol ESPSenderProtection {
  static var name: StaticString { get }
  /// Whether the receiver keeps a window for each Sender ID.
  static var hasWindows: Bool { get }
}

/// No replay protection, as in the standards.
public enum NoSenderWindows: ESPSenderProtection {
  public static var name: StaticString { "ESP with Sender IDs" }
  @inlinable public static var hasWindows: Bool { false }
}

/// A window for each Sender ID.
public enum SenderWindows: ESPSenderProtection {
  public static var name: StaticString { "ESP with a window for each Sender ID" }
  @inlinable public static var hasWindows: Bool { true }
}

/// ESP with Sender IDs without protection against replays as a format among others.
public typealias ESPSenders = ESPOfSenders<NoSenderWindows>
/// ESP with a window for each Sender ID as a format among others.
public typealias ESPSenderWindows = ESPOfSenders<SenderWindows>

/// The parameters that both ends share beside the key.
public struct ESPSenderAssociation: Equatable, Sendable {
  /// Security Parameters Index; picks the key.
  public var spi: UInt32
  /// The 4 bytes that precede the IV in the nonce, in the order of the wire.
  public var salt: UInt32
  /// Identifies the sending device.
  public var sender: UInt16

  /// An association of one of the senders.
  public init(spi: UInt32, salt: UInt32, sender: UInt16) {
    (self.spi, self.salt, self.sender) = (spi, salt, sender)
  }
}

/// ESP with Sender IDs as a format among others.
public enum ESPOfSenders<Protection: ESPSenderProtection>: TunnelFormat {
  public static var name: StaticString { Protection.name }
  /// Whether the receiver keeps windows.
  @inlinable public static var refusesReplays: Bool { Protection.hasWindows }
  public static func sealedBytes(inner: Int) -> Int { ESPSenderLayout.sealedBytes(inner: inner) }
  /// The inner packet and the trailer.
  public static func encryptedBytes(inner: Int) -> Int { ESPLayout.encryptedBytes(inner: inner) }
  /// The sender's counter in the IV.
  @inlinable @inline(__always)
  public static func number(_ outer: UnsafeRawPointer) -> UInt64 {
    outer.loadBig(ESPSenderLayout.ivOffset, as: UInt64.self) & ESPSenderLayout.lastNumber
  }
  /// The IV begins with it.
  @inlinable public static var senderEnd: Int { ESPSenderLayout.senderOffset + 2 }
  /// The IV begins with it.
  @inlinable @inline(__always)
  public static func sender(_ outer: UnsafeRawPointer) -> UInt16 {
    outer.loadBig(ESPSenderLayout.senderOffset)
  }

  public static var hasSalt: Bool { true }
  /// SPI, salt and Sender ID.
  public static func association(_ terms: TunnelTerms) -> ESPSenderAssociation {
    ESPSenderAssociation(spi: terms.spi, salt: terms.salt, sender: terms.sender)
  }

  /// Each sender has one counter.
  public static func sealer(
    _ association: ESPSenderAssociation, window: UInt16, aead: AEAD, sequence: UInt64
  ) -> ESPOfSendersSealer { ESPOfSendersSealer(association, aead: aead, sequence: sequence) }

  /// The bytes of one sender's window; 0 without windows.
  public static func windowBytes(_ ownership: WindowOwnership) -> Int {
    Protection.hasWindows ? ReplayWindow.memoryBytes(size: ownership.size) : 0
  }

  /// An opener for one sender; `GroupOpener` opens packets of many.
  public static func opener(
    _ association: ESPSenderAssociation, aead: AEAD, _ ownership: WindowOwnership, top: UInt64,
    in memory: UnsafeMutableRawPointer
  ) -> ESPOfSendersOpener<Protection> {
    let window = Protection.hasWindows ? ReplayWindow(size: ownership.size, top: top, in: memory) : nil
    return ESPOfSendersOpener(association, aead: aead, window: window)
  }

  /// Lengths and SPI, then nonce and additional data.
  @inlinable @inline(__always)
  static func parse(
    _ outer: UnsafeMutableRawPointer, count: Int, spi: UInt32, salt: UInt32, in work: WorkPointer
  ) -> DropReason {
    let least = ESPLayout.headerBytes &+ ESPLayout.trailerBytes &+ ESPLayout.icvBytes
    guard count >= least else { return .tooShort }
    guard outer.loadBig(ESPSenderLayout.spiOffset, as: UInt32.self) == spi else { return .unknownSPI }

    let iv = outer.loadUnaligned(fromByteOffset: ESPSenderLayout.ivOffset, as: UInt64.self)
    work.pointee.nonce = SIMD2(UInt64(salt) | iv << 32, iv >> 32)
    work.pointee.additional = SIMD2(outer.loadUnaligned(as: UInt64.self), 0)
    work.pointee.number = iv.bigEndian & ESPSenderLayout.lastNumber
    work.pointee.accept(outer + ESPLayout.headerBytes, count &- ESPLayout.headerBytes &- ESPLayout.icvBytes)
    return .none
  }

  /// Authenticates and decrypts.
  @inlinable @inline(__always)
  static func decrypt(_ work: WorkPointer, _ aead: AEAD) -> Bool {
    let (inner, sealed) = (work.pointee.start, work.pointee.count)
    return aead.open(
      inner, count: sealed, nonce: &work.pointee.nonce, additional: &work.pointee.additional,
      additionalCount: ESPSenderLayout.additionalBytes, tag: inner + sealed)
  }
}

// MARK: - Seal

/// Seals with ESP as one of many senders.
public struct ESPOfSendersSealer: PacketSealer {
  public static var headerBytes: Int { ESPSealer.headerBytes }
  public static var tailroomBytes: Int { ESPSealer.tailroomBytes }
  public static var tailBytesMin: Int { ESPSealer.tailBytesMin }

  /// The count of the last packet sealed; the first is 1.
  public var sequence: UInt64 { esp.sequence }
  /// ESP without extended sequence numbers, whose additional data are as long as this format's.
  @usableFromInline var esp: ESPSealer
  /// In the IV's byte order.
  @usableFromInline let sender: UInt64

  /// A sealer that goes on after `sequence`.
  public init(_ association: ESPSenderAssociation, aead: AEAD, sequence: UInt64 = 0) {
    let terms = ESPAssociation(spi: association.spi, salt: association.salt, usesESN: false)
    esp = ESPSealer(terms, aead: aead, sequence: sequence)
    sender = UInt64(association.sender.bigEndian)
  }

  /// 1. number, 2. header, nonce and additional data, 3. trailer.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    guard esp.number < ESPSenderLayout.lastNumber else {
      work.pointee.reason = .sequenceExhausted
      return
    }
    esp.number &+= 1
    // SPI, low half, IV: one store. The counter leaves the IV's first two bytes free for the Sender ID.
    let counted = esp.number.bigEndian
    let iv = sender | counted
    let first = UInt64(esp.spi) | counted & 0xFFFF_FFFF_0000_0000
    (inner - ESPLayout.headerBytes).storeVector(first, iv)
    work.pointee.nonce = SIMD2(UInt64(esp.salt) | iv << 32, iv >> 32)
    work.pointee.additional = SIMD2(first, 0)

    let sealed = ESPTrailer.write(behind: inner, count: count)
    work.pointee.accept(inner, sealed)
  }

  /// 4. encrypt and authenticate: as ESP.
  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed { esp.seal(work) }
}

extension ESPOfSendersSealer: AssociationSealer {
  /// Fetches the key.
  @inlinable @inline(__always)
  public func prefetchState(count: Int, key: AEADKeyLines) { esp.prefetchState(count: count, key: key) }
}

// MARK: - Open

/// Opens packets of one sender, or, without a window, of any sender.
public struct ESPOfSendersOpener<Protection: ESPSenderProtection>: CheckingOpener {
  // The window comes first, so that all fields share a cache line.
  @usableFromInline var window: ReplayWindow?
  @usableFromInline let spi: UInt32
  /// In the nonce's byte order.
  @usableFromInline let salt: UInt32
  @usableFromInline let aead: AEAD
  @usableFromInline let sender: UInt16

  /// An opener that owns `window` from now on; nil where the format has none.
  init(_ association: ESPSenderAssociation, aead: AEAD, window: ReplayWindow?) {
    self.window = window
    self.aead = aead
    spi = association.spi
    salt = association.salt.bigEndian
    sender = association.sender
  }

  /// 1. lengths and SPI, nonce and additional data, 2. sender, number, and whether it may be fresh.
  @inlinable @inline(__always)
  public func check(_ outer: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> DropReason {
    let reason = ESPOfSenders<Protection>.parse(outer, count: count, spi: spi, salt: salt, in: work)
    guard reason == .none else { return reason }
    guard let window else { return .none }
    guard ESPOfSenders<Protection>.sender(outer) == sender else { return .unknownWindow }
    return window.check(work.pointee.number)
  }

  /// 4. authenticate and decrypt, 5. replay, 6. trailer, 7. inner.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: inner) }
    guard ESPOfSenders<Protection>.decrypt(work, aead) else { return Opened(.authentication, at: inner) }

    let freshness = window?.checkAndMark(work.pointee.number) ?? DropReason.none
    guard freshness == .none else { return Opened(freshness, at: inner) }

    return ESPTrailer.inner(inner, count: work.pointee.count)
  }
}

extension ESPOfSendersOpener: AssociationOpener {
  /// The SPI comes first.
  @inlinable public static var spiEnd: Int { ESPSenderLayout.spiOffset + 4 }

  /// The SPI.
  @inlinable @inline(__always)
  public static func spi(_ outer: UnsafeRawPointer) -> UInt32 { outer.loadBig(ESPSenderLayout.spiOffset) }

  /// Fetches the key, and the word of the window.
  @inlinable @inline(__always)
  public func prefetchState(_ outer: UnsafeRawPointer, count: Int, key: AEADKeyLines) {
    aead.prefetchKey(key, count: count &- ESPLayout.headerBytes &- ESPLayout.icvBytes)
    window?.prefetch(low: ESPOfSenders<Protection>.number(outer))
  }
}

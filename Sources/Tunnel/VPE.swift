import Crypto
import Wire

// VPE, Vector Packet Encapsulation: Pfeiffer, Rossberg, Girlich, Schaefer, ARES 2020, section 4.
// Not here: key exchange. ClassSealer.swift assigns traffic classes to Window IDs.
// Compare with ESP.swift, which has the same sections in the same order.

// MARK: - The association

/// The parameters that both ends of an association share beside the key.
public struct VPEAssociation: Equatable, Sendable {
  /// Security Parameters Index; picks the key.
  public var spi: UInt32
  /// Identifies the sending device; part of the nonce (paper, section 4.1.2).
  public var sender: UInt16
  /// How many windows the sender uses, from Window ID 0 on: one for each of its sealing threads.
  public var windows: Int

  /// Whether its packets may lie in UDP: with Sender ID 0 those of window 0 would begin as IKE does (the
  /// non-ESP marker, RFC 3948 section 2.2).
  public var mayLieInUDP: Bool { sender != 0 }

  /// An association with its SPI, the sender's ID and the number of the sender's windows (1 to 65536).
  public init(spi: UInt32, sender: UInt16, windows: Int) {
    self.spi = spi
    self.sender = sender
    self.windows = windows
  }
}

// MARK: - Seal

/// Seals with VPE under one Window ID. Bytes 0 to 11 of the header are the nonce, so it is as unique as
/// the window's counter.
public struct VPESealer: KeyedSealer {
  @usableFromInline typealias Layout = VPELayout
  /// The whole of VPE's overhead.
  public static var headerBytes: Int { Layout.headerBytes }
  /// Nothing follows the inner packet.
  public static var tailroomBytes: Int { 0 }

  /// The number of the last packet sealed; the first is 1.
  @inlinable public var sequence: UInt64 { number }
  @usableFromInline var number: UInt64
  public let aead: AEAD
  // In the header's byte order: Sender ID and Window ID in the low half, SPI in the high half.
  @usableFromInline let identity: UInt64
  @usableFromInline let spi: UInt64

  /// A sealer that goes on after `sequence`.
  public init(_ association: VPEAssociation, window: UInt16, aead: AEAD, sequence: UInt64 = 0) {
    number = sequence
    self.aead = aead
    identity = UInt64(association.sender) | UInt64(window) << 16
    spi = UInt64(association.spi) << 32
  }

  /// The highest number; after it comes a new key, because no number may be used twice with one.
  @inlinable public static var lastNumber: UInt64 { .max }

  /// 1. number, 2. header, which is the nonce; additional data: none, 3. trailer: none.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    guard number < VPESealer.lastNumber else {
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

    work.pointee.accept(inner, count)
  }

  /// Step 2.
  @inlinable @inline(__always)
  func writeHeader(before inner: UnsafeMutableRawPointer, number: UInt64, in work: WorkPointer) {
    // IDs, number, SPI: one store.
    let header = inner - Layout.headerBytes
    header.storeVector(identity | number << 32, number >> 32 | spi)
  }

  /// 4. encrypt and authenticate.
  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Sealed(work.pointee.reason, at: inner) }
    let sealed = work.pointee.count
    let header = inner - Layout.headerBytes
    aead.seal(
      inner, count: sealed, nonce: header, additional: nil, additionalCount: 0,
      tag: header + Layout.icvOffset)
    return Sealed(header, Layout.headerBytes &+ sealed)
  }
}

// MARK: - Open

/// Opens VPE packets of one association, in the windows that its thread owns.
public struct VPEOpener: CheckingOpener {
  @usableFromInline typealias Layout = VPELayout
  @usableFromInline let aead: AEAD
  @usableFromInline let spi: UInt32
  @usableFromInline let sender: UInt16
  @usableFromInline let windows: VPEWindows

  /// An opener over windows that no other thread uses.
  public init(_ association: VPEAssociation, aead: AEAD, windows: VPEWindows) {
    self.aead = aead
    spi = association.spi
    sender = association.sender
    self.windows = windows
  }

  /// 1. lengths and SPI, 2. window, number, and whether it may be fresh, 3. nonce: the header; additional
  /// data: none.
  @inlinable @inline(__always)
  public func check(_ outer: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> DropReason {
    guard count >= Layout.headerBytes else { return .tooShort }
    guard outer.loadLittle(Layout.spiOffset, as: UInt32.self) == spi else { return .unknownSPI }

    let id = outer.loadLittle(Layout.windowOffset, as: UInt16.self)
    guard outer.loadLittle(Layout.senderOffset, as: UInt16.self) == sender, windows.isKnown(id) else {
      return .unknownWindow
    }
    guard let window = windows.window(id) else { return .foreignWindow }
    let sequence = outer.loadLittle(Layout.sequenceOffset, as: UInt64.self)
    let freshness = windows.check(window, sequence)
    guard freshness == .none else { return freshness }

    work.pointee.window = window
    let sealed = count &- Layout.headerBytes
    work.pointee.number = sequence
    work.pointee.accept(outer + Layout.headerBytes, sealed)
    return .none
  }

  /// 4. authenticate and decrypt, 5. replay, 6. trailer: none, 7. inner.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: inner) }
    let sealed = work.pointee.count
    let header = inner - Layout.headerBytes
    guard
      aead.open(
        inner, count: sealed, nonce: header, additional: nil, additionalCount: 0,
        tag: header + Layout.icvOffset)
    else { return Opened(.authentication, at: inner) }

    let window = work.pointee.window.unsafelyUnwrapped
    let freshness = windows.checkAndMark(window, work.pointee.number)
    guard freshness == .none else { return Opened(freshness, at: inner) }

    return Opened.innerOrFill(inner, count: sealed)
  }
}

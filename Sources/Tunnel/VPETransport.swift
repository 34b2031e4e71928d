import Crypto
import Wire

// VPE in transport mode, two proposals (docs/vpe-transport.md): A puts the next header into the nonce, in
// place of the number's highest byte; B puts it before the payload, encrypted. Compare with
// ESPTransport.swift.

/// The position of the next header in a proposal.
public protocol VPETransportProposal: Sendable {
  static var name: StaticString { get }
  /// The highest number; after it comes a new key, because no number may be used twice with one.
  static var lastNumber: UInt64 { get }
  /// Bytes before the payload that are encrypted with it.
  static var nextBytes: Int { get }
}

/// The next header is in the nonce.
public enum VPENextInNonce: VPETransportProposal {
  public static var name: StaticString { "VPE in transport mode, next header in the nonce" }
  /// 2^56 - 1.
  @inlinable public static var lastNumber: UInt64 { VPETransportLayout.lastNumber }
  /// None.
  @inlinable public static var nextBytes: Int { 0 }
}

/// The next header is before the payload.
public enum VPENextBeforePayload: VPETransportProposal {
  public static var name: StaticString { "VPE in transport mode, next header encrypted" }
  /// As in tunnel mode.
  @inlinable public static var lastNumber: UInt64 { VPESealer.lastNumber }
  /// A word: the next header, and zeros.
  @inlinable public static var nextBytes: Int { VPETransportLayout.nextBytes }
}

/// Proposal A.
public typealias VPETransportA = VPETransport<VPENextInNonce>
/// Proposal B.
public typealias VPETransportB = VPETransport<VPENextBeforePayload>

/// VPE in transport mode as a format among others.
public enum VPETransport<Proposal: VPETransportProposal>: TunnelFormat {
  public static var name: StaticString { Proposal.name }
  /// The packet's own IP header is moved to the front; no other one is added.
  public static var isTransport: Bool { true }
  /// VPE's header, and the next header.
  public static func sealedBytes(inner: Int) -> Int {
    VPELayout.sealedBytes(inner: inner) + Proposal.nextBytes
  }
  /// The payload, and the next header where it is encrypted.
  public static func encryptedBytes(inner: Int) -> Int { inner - IPv4.headerBytes + Proposal.nextBytes }
  /// The sequence number, without a next header in the same field.
  public static func number(_ outer: UnsafeRawPointer) -> UInt64 {
    VPE.number(outer + TransportLayout.headerBytes(outer)) & Proposal.lastNumber
  }
  /// SPI, Sender ID, and how many windows.
  public static func association(_ terms: TunnelTerms) -> VPEAssociation { VPE.association(terms) }

  /// Each window has a counter of its own.
  public static func sealer(
    _ association: VPEAssociation, window: UInt16, aead: AEAD, sequence: UInt64
  ) -> VPETransportSealer<Proposal> {
    VPETransportSealer(association, window: window, aead: aead, sequence: sequence)
  }

  /// The bytes of the windows that the thread owns.
  public static func windowBytes(_ ownership: WindowOwnership) -> Int { VPE.windowBytes(ownership) }

  /// Windows that the thread owns.
  public static func opener(
    _ association: VPEAssociation, aead: AEAD, _ ownership: WindowOwnership, top: UInt64,
    in memory: UnsafeMutableRawPointer
  ) -> VPETransportOpener<Proposal> {
    VPETransportOpener(association, aead: aead, windows: VPEWindows(ownership, top: top, in: memory))
  }

  /// The Window ID follows the Sender ID, behind the IP header, whichever that is.
  @inlinable public static var windowEnd: Int { TransportLayout.headerBytesMax + VPE.windowEnd }
  /// The Window ID.
  @inlinable @inline(__always)
  public static func window(_ outer: UnsafeRawPointer) -> UInt16 {
    VPE.window(outer + TransportLayout.headerBytes(outer))
  }
  /// The Sender ID comes first behind the IP header.
  @inlinable public static var senderEnd: Int { TransportLayout.headerBytesMax + VPE.senderEnd }
  /// The Sender ID.
  @inlinable @inline(__always)
  public static func sender(_ outer: UnsafeRawPointer) -> UInt16 {
    VPE.sender(outer + TransportLayout.headerBytes(outer))
  }
}

// MARK: - Seal

/// Seals with VPE in transport mode under one Window ID.
public struct VPETransportSealer<Proposal: VPETransportProposal>: PacketSealer {
  /// VPE's header, and the next header.
  public static var headerBytes: Int { VPELayout.headerBytes + Proposal.nextBytes }
  /// Nothing follows the payload.
  public static var tailroomBytes: Int { 0 }

  @usableFromInline var vpe: VPESealer

  /// A sealer that goes on after `sequence`.
  public init(_ association: VPEAssociation, window: UInt16, aead: AEAD, sequence: UInt64 = 0) {
    vpe = VPESealer(association, window: window, aead: aead, sequence: sequence)
  }

  /// 1. the IP header moves, 2. number and header: as VPE, 3. next header.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    let header = TransportHeader.ofPayload(inner)
    guard header.reason == .none else {
      work.pointee.reason = header.reason
      return
    }
    guard vpe.number < Proposal.lastNumber else {
      work.pointee.reason = .sequenceExhausted
      return
    }
    vpe.number &+= 1
    // VPE's header takes the IP header's old place.
    TransportLayout.move(
      inner, to: inner - Self.headerBytes, count: count &+ Self.headerBytes, protocol: IPv4.protocolESP)
    let payload = inner + header.bytes - Proposal.nextBytes
    let number =
      Proposal.nextBytes == 0
      ? vpe.number | UInt64(header.next) << VPETransportLayout.numberBits : vpe.number
    vpe.prepare(
      payload, count: count &- header.bytes &+ Proposal.nextBytes, number: number, in: work)
    if Proposal.nextBytes > 0 { payload.storeLittle(UInt32(header.next), 0) }
    work.pointee.headerBytes = UInt8(truncatingIfNeeded: header.bytes)
  }

  /// 4. encrypt and authenticate: as VPE.
  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed {
    let sealed = vpe.seal(work)
    guard sealed.reason == .none else { return sealed }
    let bytes = Int(work.pointee.headerBytes)
    return Sealed(sealed.start - bytes, sealed.count &+ bytes)
  }
}

extension VPETransportSealer: AssociationSealer {
  /// Fetches the key.
  @inlinable @inline(__always)
  public func prefetchState(count: Int, key: AEADKeyLines) { vpe.prefetchState(count: count, key: key) }
}

// MARK: - Open

/// Opens VPE packets in transport mode of one association, in the windows that its thread owns.
public struct VPETransportOpener<Proposal: VPETransportProposal>: PacketOpener {
  @usableFromInline typealias Layout = VPELayout
  @usableFromInline let vpe: VPEOpener

  /// An opener over windows that no other thread uses.
  public init(_ association: VPEAssociation, aead: AEAD, windows: VPEWindows) {
    vpe = VPEOpener(association, aead: aead, windows: windows)
  }

  /// 1. the IP header, 2. lengths and SPI, 3. window, number, and whether it may be fresh.
  @inlinable @inline(__always)
  public func prepare(
    _ outer: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    let header = TransportHeader.ofSealed(outer, count: count)
    guard header.reason == .none else {
      work.pointee.reason = header.reason
      return
    }
    work.pointee.headerBytes = UInt8(truncatingIfNeeded: header.bytes)
    work.pointee.reason = check(outer + header.bytes, count: count &- header.bytes, in: work)
  }

  @inlinable @inline(__always)
  func check(_ outer: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> DropReason {
    guard count >= Layout.headerBytes &+ Proposal.nextBytes else { return .tooShort }
    guard outer.loadLittle(Layout.spiOffset, as: UInt32.self) == vpe.spi else { return .unknownSPI }

    let id = outer.loadLittle(Layout.windowOffset, as: UInt16.self)
    guard outer.loadLittle(Layout.senderOffset, as: UInt16.self) == vpe.sender, vpe.windows.isKnown(id) else {
      return .unknownWindow
    }
    guard let window = vpe.windows.window(id) else { return .foreignWindow }
    // The next header in this field will be authentic, for it is part of the nonce.
    let sequence = outer.loadLittle(Layout.sequenceOffset, as: UInt64.self) & Proposal.lastNumber
    let freshness = vpe.windows.check(window, sequence)
    guard freshness == .none else { return freshness }

    work.pointee.window = window
    work.pointee.number = sequence
    work.pointee.accept(outer + Layout.headerBytes, count &- Layout.headerBytes)
    return .none
  }

  /// 4. authenticate and decrypt, 5. replay, 6. next header, 7. the IP header moves back.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened {
    let start = work.pointee.start
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: start) }
    let sealed = work.pointee.count
    let header = start - Layout.headerBytes
    guard
      vpe.aead.open(
        start, count: sealed, nonce: header, additional: nil, additionalCount: 0,
        tag: header + Layout.icvOffset)
    else { return Opened(.authentication, at: start) }

    let window = work.pointee.window.unsafelyUnwrapped
    let freshness = vpe.windows.checkAndMark(window, work.pointee.number)
    guard freshness == .none else { return Opened(freshness, at: start) }

    var next = header.load(fromByteOffset: Layout.spiOffset - 1, as: UInt8.self)
    if Proposal.nextBytes > 0 {
      let word = start.loadLittle(0, as: UInt32.self)
      guard word <= UInt32(UInt8.max) else { return Opened(.formatHeader, at: start) }
      next = UInt8(truncatingIfNeeded: word)
    }
    return TransportHeader.restore(
      before: start + Proposal.nextBytes, bytes: Int(work.pointee.headerBytes),
      count: sealed &- Proposal.nextBytes, growth: Layout.headerBytes &+ Proposal.nextBytes, next: next)
  }
}

extension VPETransportOpener: AssociationOpener {
  /// The SPI follows the nonce, behind the IP header, whichever that is.
  @inlinable public static var spiEnd: Int { TransportLayout.headerBytesMax + VPEOpener.spiEnd }

  /// The SPI.
  @inlinable @inline(__always)
  public static func spi(_ outer: UnsafeRawPointer) -> UInt32 {
    VPEOpener.spi(outer + TransportLayout.headerBytes(outer))
  }

  /// Fetches the key, and top and word of the window.
  @inlinable @inline(__always)
  public func prefetchState(_ outer: UnsafeRawPointer, count: Int, key: AEADKeyLines) {
    let bytes = TransportLayout.headerBytes(outer)
    vpe.prefetchState(outer + bytes, count: count &- bytes, key: key)
  }
}

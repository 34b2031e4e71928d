import Crypto
import Wire

// ESP in transport mode: RFC 4303 section 3.1.1. The inner packet's IP header stays outside; its payload is
// sealed, and the trailer's next header gives the payload's protocol. The IP header is not authenticated, in
// either format, for routers may change it. Not here: options, extension headers, UDP. Compare with
// VPETransport.swift.

/// ESP in transport mode as a format among others.
public enum ESPTransport: TunnelFormat {
  public static var name: StaticString { "ESP in transport mode" }
  /// The packet's own IP header is moved to the front; no other one is added.
  public static var isTransport: Bool { true }
  /// As many as in tunnel mode: headers are whole words, so that the padding is the same.
  public static func sealedBytes(inner: Int) -> Int { ESPLayout.sealedBytes(inner: inner) }
  /// The low half of the sequence number, which is all that is sent.
  public static func number(_ outer: UnsafeRawPointer) -> UInt64 {
    ESP.number(outer + TransportLayout.headerBytes(outer))
  }
  /// The payload and the trailer.
  public static func encryptedBytes(inner: Int) -> Int {
    ESPLayout.encryptedBytes(inner: inner - IPv4.headerBytes)
  }
  public static var hasSalt: Bool { true }
  public static var hasESN: Bool { true }
  /// SPI, salt, and which sequence numbers.
  public static func association(_ terms: TunnelTerms) -> ESPAssociation { ESP.association(terms) }

  /// The association has one counter.
  public static func sealer(
    _ association: ESPAssociation, window: UInt16, aead: AEAD, sequence: UInt64
  ) -> ESPTransportSealer { ESPTransportSealer(association, aead: aead, sequence: sequence) }

  /// The association has one window.
  public static func opener(
    _ association: ESPAssociation, aead: AEAD, _ ownership: WindowOwnership, top: UInt64,
    in memory: UnsafeMutableRawPointer
  ) -> ESPTransportOpener {
    ESPTransportOpener(
      association, aead: aead, window: ReplayWindow(size: ownership.size, top: top, in: memory))
  }
}

// MARK: - The IP header

/// The IP header of a packet in transport mode.
@usableFromInline
struct TransportHeader {
  /// Bytes of the IP header.
  @usableFromInline let bytes: Int
  /// The header's next protocol.
  @usableFromInline let next: UInt8
  /// `.none`, or the reason why the packet cannot be sealed or opened; the other fields are then meaningless.
  @usableFromInline let reason: DropReason

  @inlinable @inline(__always)
  init(_ bytes: Int, _ next: UInt8, _ reason: DropReason = .none) {
    (self.bytes, self.next, self.reason) = (bytes, next, reason)
  }

  /// The header of an IP packet to be sealed. Fragments are refused (RFC 4303 section 3.3.4).
  @inlinable @inline(__always)
  static func ofPayload(_ ip: UnsafeRawPointer) -> TransportHeader {
    let first = ip.load(as: UInt8.self)
    if first >> 4 == 6 {
      let next = ip.load(fromByteOffset: IPv6.nextHeaderOffset, as: UInt8.self)
      guard !TransportLayout.isOnTheWay(next) else { return TransportHeader(0, 0, .nextHeader) }
      return TransportHeader(IPv6.headerBytes, next)
    }
    guard first == 0x45 else { return TransportHeader(0, 0, .outerHeader) }
    guard ip.loadBig(IPv4.fragmentOffset, as: UInt16.self) & 0x3FFF == 0 else {
      return TransportHeader(0, 0, .fragment)
    }
    return TransportHeader(IPv4.headerBytes, ip.load(fromByteOffset: IPv4.protocolOffset, as: UInt8.self))
  }

  /// The header of an arrived IP packet of `count` bytes with a sealed payload.
  @inlinable @inline(__always)
  static func ofSealed(_ ip: UnsafeRawPointer, count: Int) -> TransportHeader {
    guard count >= IPv4.headerBytes else { return TransportHeader(0, 0, .tooShort) }
    let first = ip.load(as: UInt8.self)
    if first >> 4 == 6 {
      guard IPv6.packetLength(ip, count: count) == count else { return TransportHeader(0, 0, .outerHeader) }
      let next = ip.load(fromByteOffset: IPv6.nextHeaderOffset, as: UInt8.self)
      guard next == IPv4.protocolESP else { return TransportHeader(0, 0, .notOurs) }
      return TransportHeader(IPv6.headerBytes, next)
    }
    guard first == 0x45, IPv4.packetLength(ip, count: count) == count, Checksum.isValidHeader20(ip) else {
      return TransportHeader(0, 0, .outerHeader)
    }
    guard ip.loadBig(IPv4.fragmentOffset, as: UInt16.self) & 0x3FFF == 0 else {
      return TransportHeader(0, 0, .fragment)
    }
    let next = ip.load(fromByteOffset: IPv4.protocolOffset, as: UInt8.self)
    guard next == IPv4.protocolESP else { return TransportHeader(0, 0, .notOurs) }
    return TransportHeader(IPv4.headerBytes, next)
  }

  /// Puts the header back before a payload of `count` bytes.
  /// - Parameter growth: by how much sealing had moved it.
  /// - Returns: the packet that was sealed.
  @inlinable @inline(__always)
  static func restore(
    before payload: UnsafeMutableRawPointer, bytes: Int, count: Int, growth: Int, next: UInt8
  ) -> Opened {
    let ip = payload - bytes
    TransportLayout.move(ip - growth, to: ip, count: bytes &+ count, protocol: next)
    return Opened(ip, bytes &+ count, version: bytes == IPv4.headerBytes ? 4 : 6)
  }
}

// MARK: - Seal

/// Seals with ESP in transport mode.
public struct ESPTransportSealer: PacketSealer {
  /// SPI, sequence number and IV.
  public static var headerBytes: Int { ESPSealer.headerBytes }
  /// As in tunnel mode.
  public static var tailroomBytes: Int { ESPSealer.tailroomBytes }
  /// As in tunnel mode.
  public static var tailBytesMin: Int { ESPSealer.tailBytesMin }

  @usableFromInline var esp: ESPSealer

  /// A sealer that goes on after `sequence`.
  public init(_ association: ESPAssociation, aead: AEAD, sequence: UInt64 = 0) {
    esp = ESPSealer(association, aead: aead, sequence: sequence)
  }

  /// 1. the IP header moves, 2. number, header, nonce, additional data and trailer: as ESP, 3. next header.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    let header = TransportHeader.ofPayload(inner)
    guard header.reason == .none else {
      work.pointee.reason = header.reason
      return
    }
    guard esp.number < ESPSealer.lastNumber(usesESN: esp.usesESN) else {
      work.pointee.reason = .sequenceExhausted
      return
    }
    // ESP's header takes the IP header's old place.
    TransportLayout.move(
      inner, to: inner - Self.headerBytes, count: ESPLayout.sealedBytes(inner: count),
      protocol: IPv4.protocolESP)
    let payload = inner + header.bytes
    esp.prepare(payload, count: count &- header.bytes, sa: 0, in: work)
    payload.storeBytes(of: header.next, toByteOffset: work.pointee.count &- 1, as: UInt8.self)
    work.pointee.headerBytes = UInt8(truncatingIfNeeded: header.bytes)
  }

  /// 4. encrypt and authenticate: as ESP.
  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed {
    let sealed = esp.seal(work)
    guard sealed.reason == .none else { return sealed }
    let bytes = Int(work.pointee.headerBytes)
    return Sealed(sealed.start - bytes, sealed.count &+ bytes)
  }
}

extension ESPTransportSealer: AssociationSealer {
  /// Fetches the key.
  @inlinable @inline(__always)
  public func prefetchState(count: Int, key: AEADKeyLines) { esp.prefetchState(count: count, key: key) }
}

// MARK: - Open

/// Opens ESP packets in transport mode of one association.
public struct ESPTransportOpener: PacketOpener {
  @usableFromInline var esp: ESPOpener

  /// An opener that owns `window` from now on.
  public init(_ association: ESPAssociation, aead: AEAD, window: ReplayWindow) {
    esp = ESPOpener(association, aead: aead, window: window)
  }

  /// 1. the IP header, 2. lengths and SPI, number, nonce and additional data: as ESP.
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
    esp.prepare(outer + header.bytes, count: count &- header.bytes, sa: 0, in: work)
  }

  /// 3. authenticate and decrypt, 4. replay, 5. trailer, 6. the IP header moves back.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened {
    let payload = work.pointee.start
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: payload) }
    let sealed = work.pointee.count
    guard
      esp.aead.open(
        payload, count: sealed, nonce: &work.pointee.nonce, additional: &work.pointee.additional,
        additionalCount: esp.usesESN ? 12 : 8, tag: payload + sealed)
    else { return Opened(.authentication, at: payload) }

    let freshness = esp.window.checkAndMark(work.pointee.number)
    guard freshness == .none else { return Opened(freshness, at: payload) }

    let found = ESPTrailer.payload(payload, count: sealed)
    guard found.reason == .none else { return Opened(found.reason, at: payload) }
    guard found.next != IPv4.protocolNone else { return Opened(.dummy, at: payload) }
    return TransportHeader.restore(
      before: payload, bytes: Int(work.pointee.headerBytes), count: found.count,
      growth: ESPLayout.headerBytes, next: found.next)
  }
}

extension ESPTransportOpener: AssociationOpener {
  /// The SPI comes first behind the IP header, whichever that is.
  @inlinable public static var spiEnd: Int { TransportLayout.headerBytesMax + ESPLayout.spiOffset + 4 }

  /// The SPI.
  @inlinable @inline(__always)
  public static func spi(_ outer: UnsafeRawPointer) -> UInt32 {
    ESPOpener.spi(outer + TransportLayout.headerBytes(outer))
  }

  /// Fetches the key, and the word of the window.
  @inlinable @inline(__always)
  public func prefetchState(_ outer: UnsafeRawPointer, count: Int, key: AEADKeyLines) {
    let bytes = TransportLayout.headerBytes(outer)
    esp.prefetchState(outer + bytes, count: count &- bytes, key: key)
  }
}

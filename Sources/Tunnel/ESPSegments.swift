import Cases
import Crypto
import Wire

// ESP over packets in several buffers. Trailer and ICV come behind the packet, and so may begin in one buffer
// and end in the next.
// Compare with VPESegments.swift, which has the same sections in the same order.

// MARK: - Seal

/// Seals with ESP, piece by piece.
public struct ESPSegmentSealer: SegmentSealer {
  public static var tailroomBytes: Int { ESPSealer.tailroomBytes }

  @usableFromInline var esp: ESPSealer
  @usableFromInline let aead: SegmentedAEAD

  init(_ esp: ESPSealer, _ cipher: AEADAlgorithm) {
    self.esp = esp
    aead = SegmentedAEAD(esp.aead, cipher)
  }

  /// 1. number, 2. header, nonce and additional data, 3. trailer.
  @inlinable @inline(__always)
  public mutating func prepare(_ inner: Segments, in work: WorkPointer) {
    guard esp.number < ESPSealer.lastNumber(usesESN: esp.usesESN) else {
      work.pointee.reason = .sequenceExhausted
      return
    }
    let (start, count) = (inner[0].start, inner.bytes)
    let trailer = ESPTrailer.make(start.load(as: UInt8.self), count: count)
    let tail = trailer.bytes &+ ESPLayout.icvBytes
    guard inner.room >= tail else {
      work.pointee.reason = .noRoom
      return
    }
    esp.number &+= 1
    esp.writeHeader(before: start, number: esp.number, in: work)

    inner.extend(by: tail)
    // As in a single buffer, if these eight bytes are in one segment.
    if let address = inner.whole(count, MemoryLayout<UInt64>.size) {
      address.storeLittle(trailer.word, 0)
    } else {
      inner.store(trailer.word.littleEndian, count: trailer.bytes, count)
    }
    work.pointee.accept(start, count &+ trailer.bytes)
  }

  /// 4. encrypt and authenticate.
  @inlinable @inline(__always)
  public mutating func seal(_ packet: Segments, _ work: WorkPointer) -> DropReason {
    guard work.pointee.reason == .none else { return work.pointee.reason }
    let sealed = work.pointee.count
    aead.begin(
      nonce: &work.pointee.nonce, additional: &work.pointee.additional,
      additionalCount: esp.usesESN ? 12 : 8)
    packet.seal(aead, count: sealed)
    packet.endSealing(aead, tag: sealed)
    packet.moveStart(by: ESPLayout.headerBytes)
    return .none
  }
}

// MARK: - Open

/// Opens with ESP, piece by piece.
public struct ESPSegmentOpener: SegmentOpener {
  @usableFromInline var esp: ESPOpener
  @usableFromInline let aead: SegmentedAEAD

  init(_ esp: ESPOpener, _ cipher: AEADAlgorithm) {
    self.esp = esp
    aead = SegmentedAEAD(esp.aead, cipher)
  }

  /// 1. lengths and SPI, 2. number, and whether it may be fresh, 3. nonce and additional data.
  @inlinable @inline(__always)
  public mutating func prepare(_ outer: Segments, in work: WorkPointer) {
    let count = outer.bytes
    guard outer.holds(ESPLayout.headerBytes, of: count) else {
      work.pointee.reason = .tooShort
      return
    }
    work.pointee.reason = esp.check(outer[0].start, count: count, in: work)
  }

  /// 4. authenticate and decrypt, 5. replay, 6. trailer, 7. inner.
  @inlinable @inline(__always)
  public mutating func open(_ packet: Segments, _ work: WorkPointer) -> DropReason {
    guard work.pointee.reason == .none else { return work.pointee.reason }
    let sealed = work.pointee.count
    packet.moveStart(by: 0 &- ESPLayout.headerBytes)
    aead.begin(
      nonce: &work.pointee.nonce, additional: &work.pointee.additional,
      additionalCount: esp.usesESN ? 12 : 8)
    packet.open(aead, count: sealed)
    guard packet.endOpening(aead, tag: sealed) else { return .authentication }

    let freshness = esp.window.checkAndMark(work.pointee.number)
    guard freshness == .none else { return freshness }

    return ESPTrailer.cut(packet, count: sealed)
  }
}

extension ESPTrailer {
  /// Like `inner`, for `count` bytes of plaintext in several segments; reduces the packet to the inner
  /// packet.
  @inlinable @inline(__always)
  static func cut(_ packet: Segments, count: Int) -> DropReason {
    guard count & (ESPLayout.alignmentBytes &- 1) == 0 else { return .padding }
    let tail = UInt32(littleEndian: packet.load(count &- ESPLayout.alignmentBytes, as: UInt32.zero))
    let pad = Int(truncatingIfNeeded: tail >> 16 & 0xFF)
    let length = count &- ESPLayout.trailerBytes &- pad
    guard length >= 0, pad <= 2 ? isPadding(tail, pad) : isLongPadding(packet, length, pad) else {
      return .padding
    }
    let opened = ESPTrailer.packet(
      packet[0].start, count: length, next: UInt8(truncatingIfNeeded: tail >> 24))
    packet.cut(to: opened.count)
    return opened.reason
  }

  /// Checks padding in several segments.
  @inlinable
  static func isLongPadding(_ packet: Segments, _ length: Int, _ pad: Int) -> Bool {
    var index = 0
    while index < pad {
      guard Int(packet.load(length &+ index, as: UInt8.zero)) == index &+ 1 else { return false }
      index &+= 1
    }
    return true
  }
}

extension ESP: SegmentFormat {
  /// A segment sealer with the same association, counter and key.
  public static func segmentSealer(_ sealer: ESPSealer, _ cipher: AEADAlgorithm) -> ESPSegmentSealer {
    ESPSegmentSealer(sealer, cipher)
  }

  /// A segment opener with the same association, window and key.
  public static func segmentOpener(_ opener: ESPOpener, _ cipher: AEADAlgorithm) -> ESPSegmentOpener {
    ESPSegmentOpener(opener, cipher)
  }
}

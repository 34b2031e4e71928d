import Cases
import Crypto
import Wire

// VPE over packets in several buffers. Nothing comes behind the packet, and the ICV is in the header, which
// always lies in one buffer (paper, section 4.3).
// Compare with ESPSegments.swift, which has the same sections in the same order.

// MARK: - Seal

/// Seals with VPE, piece by piece.
public struct VPESegmentSealer: SegmentSealer {
  /// VPE's tailroom: none.
  public static var tailroomBytes: Int { VPESealer.tailroomBytes }

  @usableFromInline var vpe: VPESealer
  @usableFromInline let aead: SegmentedAEAD

  init(_ vpe: VPESealer, _ cipher: AEADAlgorithm) {
    self.vpe = vpe
    aead = SegmentedAEAD(vpe.aead, cipher)
  }

  /// 1. number, 2. header, which is the nonce; additional data: none, 3. trailer: none.
  @inlinable @inline(__always)
  public mutating func prepare(_ inner: Segments, in work: WorkPointer) {
    guard vpe.number < VPESealer.lastNumber else {
      work.pointee.reason = .sequenceExhausted
      return
    }
    let (start, count) = (inner[0].start, inner.bytes)
    vpe.number &+= 1
    vpe.writeHeader(before: start, number: vpe.number, in: work)

    work.pointee.accept(start, count)
  }

  /// 4. encrypt and authenticate.
  @inlinable @inline(__always)
  public mutating func seal(_ packet: Segments, _ work: WorkPointer) -> DropReason {
    guard work.pointee.reason == .none else { return work.pointee.reason }
    let header = work.pointee.start - VPELayout.headerBytes
    aead.begin(nonce: header, additional: nil, additionalCount: 0)
    packet.seal(aead, count: work.pointee.count)
    aead.endSealing(tag: header + VPELayout.icvOffset)
    packet.moveStart(by: VPELayout.headerBytes)
    return .none
  }
}

// MARK: - Open

/// Opens with VPE, piece by piece.
public struct VPESegmentOpener: SegmentOpener {
  @usableFromInline var vpe: VPEOpener
  @usableFromInline let aead: SegmentedAEAD

  init(_ vpe: VPEOpener, _ cipher: AEADAlgorithm) {
    self.vpe = vpe
    aead = SegmentedAEAD(vpe.aead, cipher)
  }

  /// 1. lengths and SPI, 2. window, number, and whether it may be fresh, 3. nonce: the header; additional
  /// data: none.
  @inlinable @inline(__always)
  public mutating func prepare(_ outer: Segments, in work: WorkPointer) {
    let count = outer.bytes
    guard outer.holds(VPELayout.headerBytes, of: count) else {
      work.pointee.reason = .tooShort
      return
    }
    work.pointee.reason = vpe.check(outer[0].start, count: count, in: work)
  }

  /// 4. authenticate and decrypt, 5. replay, 6. trailer: none, 7. inner.
  @inlinable @inline(__always)
  public mutating func open(_ packet: Segments, _ work: WorkPointer) -> DropReason {
    guard work.pointee.reason == .none else { return work.pointee.reason }
    let (inner, sealed) = (work.pointee.start, work.pointee.count)
    let header = inner - VPELayout.headerBytes
    packet.moveStart(by: 0 &- VPELayout.headerBytes)
    aead.begin(nonce: header, additional: nil, additionalCount: 0)
    packet.open(aead, count: sealed)
    let tag = (header + VPELayout.icvOffset).loadUnaligned(as: SIMD2<UInt64>.self)
    guard aead.endOpening(tag: tag) else { return .authentication }

    let window = work.pointee.window.unsafelyUnwrapped
    let freshness = vpe.windows.checkAndMark(window, work.pointee.number)
    guard freshness == .none else { return freshness }

    let opened = Opened.innerOrFill(inner, count: sealed)
    packet.cut(to: opened.count)
    return opened.reason
  }
}

extension VPE: SegmentFormat {
  /// A segment sealer with the same association, window, counter and key.
  public static func segmentSealer(_ sealer: VPESealer, _ cipher: AEADAlgorithm) -> VPESegmentSealer {
    VPESegmentSealer(sealer, cipher)
  }

  /// A segment opener with the same association, windows and key.
  public static func segmentOpener(_ opener: VPEOpener, _ cipher: AEADAlgorithm) -> VPESegmentOpener {
    VPESegmentOpener(opener, cipher)
  }
}

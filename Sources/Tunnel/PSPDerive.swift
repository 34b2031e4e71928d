import Cases
import Crypto
import Wire

// PSP, tunnel mode, with each packet's key derived anew from a master key and the packet's SPI (google/psp),
// as a device without memory for keys does: no state is kept for any association. Wire format and checks are
// PSP's (PSP.swift). In PSP the receiver gives the sender its keys; here both ends have the master key, so
// that sealing needs no memory either. Not here: a second master key, which the SPI's highest bit would
// select.

/// The parameters that both ends of stateless associations share: the first SPI, and the number of SPIs.
public struct PSPMasterAssociation: Equatable, Sendable {
  /// The SPI of the first association.
  public var firstSPI: UInt32
  /// The number of associations.
  public var count: UInt32
  /// AES-256-GCM is version 1, AES-128-GCM version 0.
  public var isVersion1: Bool

  /// A range of associations.
  public init(firstSPI: UInt32, count: UInt32, isVersion1: Bool) {
    (self.firstSPI, self.count, self.isVersion1) = (firstSPI, count, isVersion1)
  }

  /// The association with this SPI.
  func association(_ spi: UInt32) -> PSPAssociation { PSPAssociation(spi: spi, isVersion1: isVersion1) }
}

/// PSP with a key for each packet as a format among others.
public enum PSPDerive: TunnelFormat {
  public static var name: StaticString { "PSP, key derived" }
  /// Versions 0 and 1.
  public static var ciphers: [AEADAlgorithm] { PSP.ciphers }
  public static var udpPort: UInt16? { PSP.udpPort }
  /// There is no window.
  public static var refusesReplays: Bool { false }
  public static var hasParts: Bool { true }
  /// Any number of associations have one sealer and one opener on each thread.
  public static var isStateless: Bool { true }
  /// The same length as in PSP.
  public static func sealedBytes(inner: Int) -> Int { PSP.sealedBytes(inner: inner) }
  /// The IV.
  @inlinable @inline(__always)
  public static func number(_ outer: UnsafeRawPointer) -> UInt64 { PSP.number(outer) }
  /// A master key of AES-256, whatever the cipher.
  public static func secretBytes(_ cipher: AEADAlgorithm) -> Int { AEADAlgorithm.aes256GCM.keyBytes }

  /// The master key, from whose round keys packets' keys are derived.
  public static func material(_ secret: KeyBytes, _ terms: TunnelTerms) -> KeyMaterial {
    var material = KeyMaterial(secret, terms)
    material.algorithm = .aes256GCM
    return material
  }

  /// The SPIs, and the cipher's version.
  public static func association(_ terms: TunnelTerms) -> PSPMasterAssociation {
    PSPMasterAssociation(
      firstSPI: terms.spi, count: UInt32(terms.associations), isVersion1: terms.cipher == .aes256GCM)
  }

  /// All associations share one counter in each part of the IVs, so that an IV is used once under all keys.
  public static func sealer(
    _ association: PSPMasterAssociation, window: UInt16, aead: AEAD, sequence: UInt64
  ) -> PSPDeriveSealer { PSPDeriveSealer(association, part: window, master: aead, sequence: sequence) }

  /// There is no window.
  public static func windowBytes(_ ownership: WindowOwnership) -> Int { 0 }

  /// There is no window.
  public static func opener(
    _ association: PSPMasterAssociation, aead: AEAD, _ ownership: WindowOwnership, top: UInt64,
    in memory: UnsafeMutableRawPointer
  ) -> PSPDeriveOpener { PSPDeriveOpener(association, master: aead) }
}

/// The key derivation of PSP: AES-256-CMAC over a counter, a label, the SPI and the key's length, a block for
/// each 16 bytes of the key.
@usableFromInline
struct PSPKeys {
  @usableFromInline let aead: DerivedAEAD
  /// The block without counter and SPI, as it lies in memory.
  @usableFromInline let label: SIMD2<UInt64>
  @usableFromInline let isVersion1: Bool

  init(master: AEAD, isVersion1: Bool) {
    aead = DerivedAEAD(master, for: isVersion1 ? .aes256GCM : .aes128GCM)
    self.isVersion1 = isVersion1
    // 00 00 00 c, "Pv" and the version in ASCII, 00; SPI, bits of the key.
    let version: UInt64 = isVersion1 ? 0x31 : 0x30
    let bits: UInt32 = isVersion1 ? 256 : 128
    label = SIMD2(0x7650 << 32 | version << 48, UInt64(bits.bigEndian) << 32)
  }

  /// The cipher with the key of an SPI, which is in network byte order.
  @inlinable @inline(__always)
  func cipher(_ spi: UInt32) -> AEAD {
    var block = label
    block.y |= UInt64(spi)
    block.x |= 1 << 24
    let first = aead.mac(block)
    block.x ^= 3 << 24
    return aead.expanded(first, isVersion1 ? aead.mac(block) : .zero)
  }
}

// MARK: - Seal

/// Seals with PSP under a key that it derives for each packet.
public struct PSPDeriveSealer: PacketSealer {
  @usableFromInline typealias Layout = PSPLayout
  /// The header without VC.
  public static var headerBytes: Int { Layout.headerBytes }
  /// The ICV.
  public static var tailroomBytes: Int { Layout.icvBytes }

  /// The number of the last packet sealed, of whichever association, in this sealer's part; the first is 1.
  public var sequence: UInt64 { counter.sequence }
  @usableFromInline var counter: PSPCounter
  @usableFromInline let keys: PSPKeys
  @usableFromInline let association: PSPMasterAssociation
  /// The first 8 bytes of an IPv4 packet's header without the SPI, as they lie in memory.
  @usableFromInline let first: UInt64

  /// A sealer that goes on after `sequence`.
  /// - Parameter part: of the IVs, which no other sealer has under this master key.
  public init(
    _ association: PSPMasterAssociation, part: UInt16 = 0, master: AEAD, sequence: UInt64 = 0
  ) {
    counter = PSPCounter(part: part, after: sequence)
    self.association = association
    keys = PSPKeys(master: master, isVersion1: association.isVersion1)
    first = PSPSealer(association.association(0), aead: master).first
  }

  /// The association that a packet's destination is routed to: computed, for there is no table.
  @inlinable @inline(__always)
  public func find(_ inner: UnsafeRawPointer) -> SAIndex {
    guard association.count > 1 else { return 0 }
    guard let host = TunnelRoute.host(inner), host &- 1 < association.count else {
      return SALookup.none
    }
    return SAIndex(truncatingIfNeeded: host &- 1)
  }

  /// 1. route and number, 2. header, which holds nonce and additional data, 3. trailer: none.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    guard saIndex != SALookup.none else {
      work.pointee.reason = .noRoute
      return
    }
    guard counter.moveOn() else {
      work.pointee.reason = .sequenceExhausted
      return
    }

    // A single store writes the header.
    let isIPv6 = inner.load(as: UInt8.self) >> 4 == 6
    let spi = (association.firstSPI &+ UInt32(saIndex)).bigEndian
    let header = inner - Layout.headerBytes
    header.storeVector(
      first ^ (isIPv6 ? PSPSealer.next6 : 0) | UInt64(spi) << 32, counter.iv.bigEndian)
    work.pointee.additional.x = UInt64(spi)

    work.pointee.accept(inner, count)
  }

  /// 4. derive the key, encrypt and authenticate.
  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed {
    guard work.pointee.reason == .none else { return Sealed(work.pointee.reason, at: work.pointee.start) }
    return PSPSealer.seal(work, keys.cipher(UInt32(truncatingIfNeeded: work.pointee.additional.x)))
  }
}

extension PSPDeriveSealer: AssociationSealer {
  /// Does nothing, for there is no state.
  @inlinable @inline(__always)
  public func prefetchState(count: Int, key: AEADKeyLines) {}
}

// MARK: - Open

/// Opens PSP packets of any association under keys that it derives.
public struct PSPDeriveOpener: CheckingOpener {
  @usableFromInline typealias Layout = PSPLayout
  @usableFromInline let keys: PSPKeys
  @usableFromInline let association: PSPMasterAssociation
  /// Version and the bit that is always set, as they lie in the flags.
  @usableFromInline let flags: UInt8

  /// An opener.
  public init(_ association: PSPMasterAssociation, master: AEAD) {
    self.association = association
    keys = PSPKeys(master: master, isVersion1: association.isVersion1)
    flags = association.association(0).flags
  }

  /// 1. lengths, flags and SPI; 2. number and window: none; 3. what is authenticated only.
  @inlinable @inline(__always)
  public func check(_ outer: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> DropReason {
    guard count >= Layout.headerBytes &+ Layout.icvBytes else { return .tooShort }
    let spi = outer.loadBig(Layout.spiOffset, as: UInt32.self)
    guard spi &- association.firstSPI < association.count else { return .unknownSPI }
    work.pointee.additional.x = UInt64(spi.bigEndian)
    return PSPOpener.check(outer, count: count, flags: flags, in: work)
  }

  /// 4. derive the key, authenticate and decrypt, 5. replay: not refused, 6. next header, 7. inner.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened {
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: work.pointee.start) }
    return PSPOpener.open(work, keys.cipher(UInt32(truncatingIfNeeded: work.pointee.additional.x)))
  }
}

extension PSPDeriveOpener: AssociationOpener {
  /// The same as in PSP.
  @inlinable public static var spiEnd: Int { PSPOpener.spiEnd }

  /// The same as in PSP.
  @inlinable @inline(__always)
  public static func spi(_ outer: UnsafeRawPointer) -> UInt32 { PSPOpener.spi(outer) }

  /// Does nothing, for there is no state.
  @inlinable @inline(__always)
  public func prefetchState(_ outer: UnsafeRawPointer, count: Int, key: AEADKeyLines) {}
}

import Cases
import Crypto
import Wire

// EESP with Sub SAs, tunnel mode, optimised format, implicit IV: draft-ietf-ipsecme-eesp-04. One negotiated
// association has a Sub SA for each sealing thread, with a key, a counter and a replay window of its own.
// Not here: the full format, crypt offset, flow identifiers, keys that are not derived.
// Comments state the choice made where the draft contradicts itself or is silent.

/// The parameters that both ends of an association share beside its root key.
public struct EESPAssociation: Sendable {
  /// Security Parameters Index.
  public var spi: UInt32
  /// The salt of each Sub SA, in the order of the wire: as many as there are.
  public var salts: [UInt32]
  /// The cipher of the keys.
  public var cipher: AEADAlgorithm

  /// An association with a Sub SA for each salt.
  public init(spi: UInt32, salts: [UInt32], cipher: AEADAlgorithm) {
    (self.spi, self.salts, self.cipher) = (spi, salts, cipher)
  }
}

/// EESP with Sub SAs as a format among others.
public enum EESP: TunnelFormat {
  public static var name: StaticString { "EESP" }
  /// Section 2.8.
  public static func sealedBytes(inner: Int) -> Int { EESPLayout.sealedBytes(inner: inner) }
  /// The inner packet and its padding.
  public static func encryptedBytes(inner: Int) -> Int { EESPLayout.encryptedBytes(inner: inner) }
  /// The whole sequence number, in a packet without options.
  public static func number(_ outer: UnsafeRawPointer) -> UInt64 {
    outer.loadBig(EESPLayout.numberOffset)
  }

  /// The root key is HMAC-SHA-256's (section 5), of 32 bytes.
  public static func secretBytes(_ cipher: AEADAlgorithm) -> Int { 32 }

  /// A key and a salt for each Sub SA, by HKDF-Expand. The draft calls the Session ID, in wire format, a
  /// salt, which Expand does not have, so it is the info here.
  public static func material(_ secret: KeyBytes, _ terms: TunnelTerms) throws -> KeyMaterial {
    var material = KeyMaterial(secret, terms)
    (material.keys, material.terms.salts) = ([], [])
    for id in 0..<terms.windows {
      let count = terms.cipher.keyBytes
      let text = try HKDF.expand(secret, info: [UInt8(id >> 8), UInt8(id & 0xFF)], count: count + 4)
      material.keys.append(text.part(0..<count))
      material.terms.salts.append(text.part(count..<(count + 4)).exposed.reduce(0) { $0 << 8 | UInt32($1) })
    }
    return material
  }

  /// A key for each Sub SA.
  public static func keyCount(windows: Int) -> Int { windows }

  /// SPI, and the salts that `material` has found.
  public static func association(_ terms: TunnelTerms) -> EESPAssociation {
    EESPAssociation(spi: terms.spi, salts: terms.salts, cipher: terms.cipher)
  }

  /// Each Sub SA has a key and a counter of its own.
  public static func sealer(
    _ association: EESPAssociation, window: UInt16, aead: AEAD, sequence: UInt64
  ) -> EESPSealer { EESPSealer(association, session: window, keys: aead, sequence: sequence) }

  /// The windows that the thread owns, and the salts of all Sub SAs.
  public static func windowBytes(_ ownership: WindowOwnership) -> Int {
    EESPOpener.saltBytes(lastID: UInt16(ownership.count - 1)) + ownership.memoryBytes
  }

  /// Sub SAs that the thread owns.
  public static func opener(
    _ association: EESPAssociation, aead: AEAD, _ ownership: WindowOwnership, top: UInt64,
    in memory: UnsafeMutableRawPointer
  ) -> EESPOpener {
    precondition(association.salts.count >= ownership.count, "each Sub SA has a salt")
    let salts = memory.bindMemory(to: UInt32.self, capacity: ownership.count)
    for id in 0..<ownership.count { (salts + id).initialize(to: association.salts[id].bigEndian) }
    let start = memory + EESPOpener.saltBytes(lastID: UInt16(ownership.count - 1))
    return EESPOpener(association, keys: aead, windows: VPEWindows(ownership, top: top, in: start))
  }

  /// The Session ID comes before the SPI.
  @inlinable public static var windowEnd: Int { EESPLayout.sessionOffset + 2 }
  /// The Session ID.
  @inlinable @inline(__always)
  public static func window(_ outer: UnsafeRawPointer) -> UInt16 { outer.loadBig(EESPLayout.sessionOffset) }
}

// MARK: - Seal

/// Seals with EESP under one Sub SA.
public struct EESPSealer: KeyedSealer {
  @usableFromInline typealias Layout = EESPLayout
  /// Without options.
  public static var headerBytes: Int { Layout.headerBytes }
  /// Padding and ICV.
  public static var tailroomBytes: Int { Layout.alignmentBytes - 1 + Layout.icvBytes }
  /// Without padding.
  public static var tailBytesMin: Int { Layout.icvBytes }

  /// The number of the last packet sealed; the first is 1.
  public var sequence: UInt64 { number }
  @usableFromInline var number: UInt64
  public let aead: AEAD
  /// The first 8 bytes of the header, as they lie in memory.
  @usableFromInline let first: UInt64
  /// In the nonce's byte order.
  @usableFromInline let salt: UInt32

  /// A sealer that goes on after `sequence`, with the key of its Sub SA among `keys`.
  public init(_ association: EESPAssociation, session: UInt16, keys: AEAD, sequence: UInt64 = 0) {
    number = sequence
    aead = keys.next(Int(session), bytes: AEADKeyArena.keyBytes(association.cipher))
    salt = association.salts[Int(session)].bigEndian
    first =
      UInt64(Layout.start) | UInt64(session.bigEndian) << 16 | UInt64(association.spi.bigEndian) << 32
  }

  /// 1. number, 2. header, which is the additional data, and nonce, 3. trailer: padding.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    guard number < .max else {
      work.pointee.reason = .sequenceExhausted
      return
    }
    number &+= 1

    // One store each; the ICV overwrites surplus padding.
    let whole = number.bigEndian
    (inner - Layout.headerBytes).storeVector(first, whole)
    work.pointee.nonce = SIMD2(UInt64(salt) | whole << 32, whole >> 32)
    inner.storeLittle(UInt32(0), count)
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
      inner, count: sealed, nonce: &work.pointee.nonce, additional: header,
      additionalCount: Layout.headerBytes, tag: inner + sealed)
    return Sealed(header, Layout.headerBytes &+ sealed &+ Layout.icvBytes)
  }
}

// MARK: - Open

/// Opens EESP packets of one association, under the Sub SAs that its thread owns.
public struct EESPOpener: CheckingOpener {
  @usableFromInline typealias Layout = EESPLayout
  /// The key of the first Sub SA; those of the others follow.
  @usableFromInline let keys: AEAD
  @usableFromInline let spi: UInt32
  /// The distance between consecutive Sub SAs' keys in bytes.
  @usableFromInline let keyBytes: UInt32
  /// Windows as in VPE, by Session ID instead of Window ID. The salts lie before them in memory.
  @usableFromInline let windows: VPEWindows

  /// An opener over windows that no other thread uses.
  init(_ association: EESPAssociation, keys: AEAD, windows: VPEWindows) {
    self.keys = keys
    self.windows = windows
    spi = association.spi
    keyBytes = UInt32(AEADKeyArena.keyBytes(association.cipher))
  }

  /// Bytes of the salts before the windows, whole cache lines.
  @inlinable @inline(__always)
  static func saltBytes(lastID: UInt16) -> Int { (Int(lastID) &+ 16) & ~15 &* 4 }

  @inlinable @inline(__always)
  func salt(_ id: UInt16) -> UInt32 {
    (UnsafeRawPointer(windows.tops) - EESPOpener.saltBytes(lastID: windows.lastID) + Int(id) &* 4)
      .load(as: UInt32.self)
  }

  /// 1. lengths, first byte and SPI, 2. Sub SA, number, and whether it may be fresh, 3. nonce; additional
  /// data: the header.
  @inlinable @inline(__always)
  public func check(_ outer: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> DropReason {
    guard count >= Layout.headerBytes &+ Layout.icvBytes else { return .tooShort }
    guard outer.loadBig(Layout.spiOffset, as: UInt32.self) == spi else { return .unknownSPI }
    guard outer.load(as: UInt8.self) == Layout.start else { return .formatHeader }
    let options = Int(outer.load(fromByteOffset: Layout.optionsOffset, as: UInt8.self))
    let clear = Layout.headerBytes &+ options
    guard count >= clear &+ Layout.icvBytes else { return .tooShort }
    guard options == 0 || EESPOpener.arePadding(outer + Layout.numberOffset, options) else {
      return .formatHeader
    }

    let id: UInt16 = outer.loadBig(Layout.sessionOffset)
    guard windows.isKnown(id) else { return .unknownWindow }
    guard let window = windows.window(id) else { return .foreignWindow }
    let sequence: UInt64 = outer.loadBig(Layout.numberOffset &+ options)
    let freshness = windows.check(window, sequence)
    guard freshness == .none else { return freshness }

    let whole = sequence.bigEndian
    work.pointee.nonce = SIMD2(UInt64(salt(id)) | whole << 32, whole >> 32)
    // For the second step: the bytes of header and options, and the Sub SA's ID. The field is free for them,
    // because the additional data are read from the packet.
    work.pointee.additional = SIMD2(UInt64(truncatingIfNeeded: clear), UInt64(id))
    work.pointee.window = window
    work.pointee.number = sequence
    work.pointee.accept(outer + clear, count &- clear &- Layout.icvBytes)
    return .none
  }

  /// Whether options do nothing but pad (Pad1 and PadN, which all must understand). Any other refuses its
  /// packet: the draft says so of a crypt offset that was not announced, and nothing of an unknown type.
  @inlinable @inline(never)
  static func arePadding(_ options: UnsafeMutableRawPointer, _ count: Int) -> Bool {
    var index = 0
    while index < count {
      let type = options.load(fromByteOffset: index, as: UInt8.self)
      index &+= 1
      if type == Layout.padOne { continue }
      guard type == Layout.padMany else { return false }
      // The sequence number follows in any case.
      index &+= 1 &+ Int(options.load(fromByteOffset: index, as: UInt8.self))
    }
    return index == count
  }

  /// 4. authenticate and decrypt, 5. replay, 6. trailer: padding, of any bytes, 7. inner.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened {
    let inner = work.pointee.start
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: inner) }
    let sealed = work.pointee.count
    let clear = Int(truncatingIfNeeded: work.pointee.additional.x)
    let key = keys.next(
      Int(truncatingIfNeeded: work.pointee.additional.y), bytes: Int(truncatingIfNeeded: keyBytes))
    guard
      key.open(
        inner, count: sealed, nonce: &work.pointee.nonce, additional: inner - clear, additionalCount: clear,
        tag: inner + sealed)
    else { return Opened(.authentication, at: inner) }

    let window = work.pointee.window.unsafelyUnwrapped
    let freshness = windows.checkAndMark(window, work.pointee.number)
    guard freshness == .none else { return Opened(freshness, at: inner) }

    let opened = Opened.inner(inner, count: sealed)
    guard opened.reason != .none || sealed &- opened.count <= Layout.padBytesMax else {
      return Opened(.padding, at: inner)
    }
    return opened
  }
}

extension EESPOpener: AssociationOpener {
  /// The SPI is in bytes 4 to 7.
  @inlinable public static var spiEnd: Int { EESPLayout.spiOffset + 4 }

  /// The SPI.
  @inlinable @inline(__always)
  public static func spi(_ outer: UnsafeRawPointer) -> UInt32 { outer.loadBig(EESPLayout.spiOffset) }

  /// Fetches the Sub SA's key, and top and word of its window, of a packet without options.
  @inlinable @inline(__always)
  public func prefetchState(_ outer: UnsafeRawPointer, count: Int, key: AEADKeyLines) {
    let id = EESP.window(outer)
    keys.next(windows.isKnown(id) ? Int(id) : 0, bytes: Int(truncatingIfNeeded: keyBytes))
      .prefetchKey(key, count: count &- EESPLayout.headerBytes &- EESPLayout.icvBytes)
    windows.prefetch(id, EESP.number(outer))
  }
}

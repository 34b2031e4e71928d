import Cases
import Crypto
import Wire

// Many associations in one stage. Each is an entry of a cache line, in one piece of memory; a flat index of
// 16 bits an association leads from what a packet carries to its entry:
//
//   sealing:  destination address ──► index ──► entry (counter, SPI, AEAD) ──► key
//   opening:  SPI                 ──► index ──► entry (SPI, AEAD, window)  ──► key, window
//
// A packet of one of ten thousand associations finds none of these lines in the core's own caches, so each is
// fetched some packets ahead: first the entry, then what it points to (`PacketSealer.find`, `prefetch`).
// The lines of a few associations stay in the caches, and to fetch those of a key in vain costs some 10 ticks
// a packet.
// Not here: longest-prefix routes, policies, SPIs that are not chosen by this receiver.

/// A format's sealer that can be an entry of a table.
public protocol AssociationSealer: PacketSealer {
  /// Fetches what sealing a packet of `count` bytes will need beside the sealer itself.
  func prefetchState(count: Int, key: AEADKeyLines)
}

/// A sealer that needs its key alone, and fetches that.
public protocol KeyedSealer: AssociationSealer {
  /// The cipher with its key.
  var aead: AEAD { get }
}

extension KeyedSealer {
  /// Fetches the key.
  @inlinable @inline(__always)
  public func prefetchState(count: Int, key: AEADKeyLines) { aead.prefetchKey(key, count: count) }
}

/// A format's opener that can be an entry of a table.
public protocol AssociationOpener: PacketOpener {
  /// Bytes from the start of a sealed packet to the end of its SPI.
  static var spiEnd: Int { get }
  /// The SPI of a sealed packet of at least `spiEnd` bytes.
  static func spi(_ outer: UnsafeRawPointer) -> UInt32
  /// Fetches what opening a packet of `count` bytes will need beside the opener itself.
  func prefetchState(_ outer: UnsafeRawPointer, count: Int, key: AEADKeyLines)
}

// MARK: - Entries

/// Structs of a kind, each from the start of a cache line on, in one piece of memory.
///
/// Trivial ones only: nothing is destroyed. Plain memory without an owner but for the arena; call
/// `deallocate()` once.
public struct AssociationEntries<Entry> {
  @usableFromInline let start: UnsafeMutableRawPointer
  @usableFromInline let count: Int
  private let arena: Unmanaged<PageArena>

  /// Bytes of an entry, whole cache lines.
  @inlinable static var entryBytes: Int {
    (MemoryLayout<Entry>.size &+ CacheLine.bytes &- 1) & ~(CacheLine.bytes &- 1)
  }

  /// More associations than these, with their keys and windows, do not stay in a core's first caches.
  @inlinable static var cachedMax: Int { 16 }
  /// Whether `saIndex` is that of an entry, and what a packet needs of it is to be fetched ahead.
  @inlinable @inline(__always)
  func fetches(_ saIndex: SAIndex) -> Bool { count > Self.cachedMax && saIndex < SALookup.foreign }
  /// Fetches an entry.
  @inlinable @inline(__always)
  func prefetch(_ saIndex: SAIndex) {
    if fetches(saIndex) { CacheLine.prefetchToWrite(self[saIndex]) }
  }

  init(_ entries: [Entry], pages: PageArena.Pages) throws {
    precondition(entries.count <= SALookup.most, "a table has up to \(SALookup.most) associations")
    let arena = try PageArena(bytes: max(entries.count, 1) * Self.entryBytes, pages: pages)
    self.arena = Unmanaged.passRetained(arena)
    start = arena.start
    count = entries.count
    for (index, entry) in entries.enumerated() {
      (start + index * Self.entryBytes).initializeMemory(as: Entry.self, to: entry)
    }
  }

  @inlinable @inline(__always)
  subscript(saIndex: SAIndex) -> UnsafeMutablePointer<Entry> {
    (start + Int(saIndex) &* Self.entryBytes).assumingMemoryBound(to: Entry.self)
  }

  func deallocate() { arena.release() }
}

extension AssociationEntries where Entry: AssociationSealer {
  /// Fetches what an entry points to.
  @inlinable @inline(__always)
  func prefetchState(_ saIndex: SAIndex, count: Int, key: AEADKeyLines) {
    if fetches(saIndex) { self[saIndex].pointee.prefetchState(count: count, key: key) }
  }
}

extension AssociationEntries where Entry: AssociationOpener {
  /// Fetches what an entry points to. What threads share stays in the cache, and is not fetched.
  @inlinable @inline(__always)
  func prefetchState(_ saIndex: SAIndex, _ outer: UnsafeRawPointer, count: Int, key: AEADKeyLines) {
    guard !Entry.settlesBursts, fetches(saIndex) else { return }
    self[saIndex].pointee.prefetchState(outer, count: count, key: key)
  }
}

// MARK: - Steps

/// Seals each packet under one of many associations, once it is known which.
public protocol ManySealer: WrappingSealer where Sealer: AssociationSealer {
  /// The associations.
  var entries: AssociationEntries<Sealer> { get }
  /// How much of a key a packet needs.
  var key: AEADKeyLines { get }
  /// The index of the association to which a packet is routed, or `SALookup.none`.
  func saIndex(_ inner: UnsafeRawPointer) -> SAIndex
}

extension ManySealer {
  /// Yes: each packet may belong to another association.
  @inlinable public static var prefetches: Bool { true }

  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed {
    guard work.pointee.reason == .none else { return Sealed(work.pointee.reason, at: work.pointee.start) }
    return entries[work.pointee.saIndex].pointee.seal(work)
  }

  /// Finds the route of a packet, and fetches its entry.
  @inlinable @inline(__always)
  public func find(_ inner: UnsafeRawPointer) -> SAIndex {
    let saIndex = saIndex(inner)
    entries.prefetch(saIndex)
    return saIndex
  }

  /// Fetches what an entry points to.
  @inlinable @inline(__always)
  public func prefetch(_ saIndex: SAIndex, count: Int) {
    entries.prefetchState(saIndex, count: count, key: key)
  }
}

/// Opens each packet under one of many associations, once it is known which.
public protocol ManyOpener: PacketOpener {
  /// The opener of one association.
  associatedtype Opener: AssociationOpener
  /// The associations of the thread.
  var entries: AssociationEntries<Opener> { get }
  /// How much of a key a packet needs.
  var key: AEADKeyLines { get }
  /// The index of a packet's association, or `SALookup.none` or `.foreign`.
  func saIndex(_ outer: UnsafeRawPointer) -> SAIndex
}

extension ManyOpener {
  /// Yes: each packet may belong to another association.
  @inlinable public static var prefetches: Bool { true }

  /// 1. SPI, 2. as the format does.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ outer: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    guard saIndex < SALookup.foreign else {
      let reason: DropReason = saIndex == SALookup.foreign ? .foreignSA : .unknownSPI
      work.pointee.reason = count >= Opener.spiEnd ? reason : .tooShort
      return
    }
    work.pointee.saIndex = saIndex
    entries[saIndex].pointee.prepare(outer, count: count, sa: 0, in: work)
  }

  /// Both steps, for a packet of unchecked length.
  @inlinable @inline(__always)
  public mutating func open(_ outer: UnsafeMutableRawPointer, count: Int) -> Opened {
    guard count >= Opener.spiEnd else { return Opened(.tooShort, at: outer) }
    return open(outer, count: count, sa: saIndex(outer))
  }

  /// Finds the association of a packet, and fetches its entry.
  @inlinable @inline(__always)
  public func find(_ outer: UnsafeRawPointer) -> SAIndex {
    let saIndex = saIndex(outer)
    entries.prefetch(saIndex)
    return saIndex
  }

  /// Fetches what an entry points to.
  @inlinable @inline(__always)
  public func prefetch(_ saIndex: SAIndex, _ outer: UnsafeRawPointer, count: Int) {
    entries.prefetchState(saIndex, outer, count: count, key: key)
  }
}

// MARK: - Look-ups

/// Leads from a route or an SPI to the index of an entry, or says why there is none. Plain memory without an
/// owner: call `deallocate()` once.
@usableFromInline
struct SALookup {
  /// There is no association.
  @usableFromInline static var none: SAIndex { .max }
  /// There is one, but another thread's.
  @usableFromInline static var foreign: SAIndex { .max - 1 }
  /// How many entries can be told from these.
  static var most: Int { Int(SAIndex.max) - 1 }

  @usableFromInline let saIndices: UnsafeMutablePointer<SAIndex>
  @usableFromInline let count: Int

  init(_ saIndices: [SAIndex]) {
    count = saIndices.count
    self.saIndices = .allocate(capacity: max(count, 1))
    self.saIndices.initialize(from: saIndices, count: count)
  }

  /// The element at `index`, which may be out of range.
  @inlinable @inline(__always)
  subscript(index: UInt32) -> SAIndex {
    Int(index) < count ? saIndices[Int(index)] : SALookup.none
  }

  func deallocate() { saIndices.deallocate() }
}

/// Where packets are routed to: tunnel t leads to host t + 1 of either half of the block for benchmarks
/// (198.18.0.0/15, RFC 2544), 198.18.0.1 + t and 198.19.0.1 + t.
@usableFromInline
enum TunnelRoute {
  /// The host that an IPv4 packet goes to; nil elsewhere. Host 0 is the network itself.
  @inlinable @inline(__always)
  static func host(_ inner: UnsafeRawPointer) -> UInt32? {
    let destination = inner.loadBig(IPv4.destinationOffset, as: UInt32.self)
    guard inner.load(as: UInt8.self) >> 4 == 4, destination >> 17 == 0xC612 >> 1 else { return nil }
    return destination & 0xFFFF
  }
}

// MARK: - Seal

/// Seals each packet under the association that its destination is routed to.
///
/// Packets without a route are dropped (`TunnelRoute`). For one thread; plain memory without an owner: call
/// `deallocate()` once.
public struct SealerTable<Sealer: AssociationSealer>: ManySealer {
  @usableFromInline let routes: SALookup
  public let entries: AssociationEntries<Sealer>
  public let key: AEADKeyLines

  /// A table of tunnels 0, 1, …, at least one, all with keys of one `AEADKeyArena`.
  /// - Throws: `CryptoError.memory`.
  public init(_ sealers: [Sealer], algorithm: AEADAlgorithm, pages: PageArena.Pages = .huge) throws {
    precondition(!sealers.isEmpty, "a table has at least one association")
    entries = try AssociationEntries(sealers, pages: pages)
    // Host 0 is the network itself.
    routes = SALookup([SALookup.none] + sealers.indices.map { SAIndex($0) })
    key = AEADKeyLines(algorithm)
  }

  /// Gives the memory back; the table must not be used again.
  public func deallocate() {
    routes.deallocate()
    entries.deallocate()
  }

  /// Bytes that an association occupies in this table, its key not counted.
  public static var associationBytes: Int {
    AssociationEntries<Sealer>.entryBytes + MemoryLayout<SAIndex>.stride
  }

  @inlinable @inline(__always)
  public func saIndex(_ inner: UnsafeRawPointer) -> SAIndex {
    guard let host = TunnelRoute.host(inner) else { return SALookup.none }
    return routes[host]
  }

  /// If another thread gives the numbers, all entries move on in the same array of them.
  @inlinable @inline(__always)
  public mutating func skip() { entries[0].pointee.skip() }

  /// 1. route, 2. as the format does.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    guard saIndex != SALookup.none else {
      work.pointee.reason = .noRoute
      return skip()
    }
    work.pointee.saIndex = saIndex
    entries[saIndex].pointee.prepare(inner, count: count, sa: 0, in: work)
  }
}

// MARK: - Open

/// Opens each packet under the association that its SPI names, if it is this thread's.
///
/// The receiver chooses SPIs (RFC 4301 section 4.1), so they can be consecutive, and the index has an element
/// for each; the entry's own opener still compares the whole SPI. For one thread; plain memory without an
/// owner: call `deallocate()` once.
public struct OpenerTable<Opener: AssociationOpener>: ManyOpener {
  @usableFromInline let firstSPI: UInt32
  @usableFromInline let lookup: SALookup
  public let entries: AssociationEntries<Opener>
  public let key: AEADKeyLines

  /// A table of the associations with the SPIs `firstSPI`, `firstSPI` + 1, …; nil is one that another thread
  /// opens. All have keys of one `AEADKeyArena`.
  /// - Throws: `CryptoError.memory`.
  public init(
    firstSPI: UInt32, openers: [Opener?], algorithm: AEADAlgorithm, pages: PageArena.Pages = .huge
  ) throws {
    precondition(!openers.isEmpty, "a table has at least one association")
    self.firstSPI = firstSPI
    let own = openers.compactMap { $0 }
    entries = try AssociationEntries(own, pages: pages)
    var next: SAIndex = 0
    lookup = SALookup(
      openers.map { opener in
        guard opener != nil else { return SALookup.foreign }
        defer { next += 1 }
        return next
      })
    key = AEADKeyLines(algorithm)
  }

  /// Gives the memory back; the table must not be used again.
  public func deallocate() {
    lookup.deallocate()
    entries.deallocate()
  }

  /// Bytes that an association of this thread occupies in this table, key and windows not counted.
  public static var associationBytes: Int { AssociationEntries<Opener>.entryBytes + foreignBytes }
  /// Bytes that another thread's occupies.
  public static var foreignBytes: Int { MemoryLayout<SAIndex>.stride }

  @inlinable @inline(__always)
  public func saIndex(_ outer: UnsafeRawPointer) -> SAIndex { lookup[Opener.spi(outer) &- firstSPI] }

  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened {
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: work.pointee.start) }
    return entries[work.pointee.saIndex].pointee.open(work)
  }
}

/// Opens under the one association that a thread has of several with consecutive SPIs. Does what a table with
/// one entry would do, without the look-up. For one thread.
public struct ChildOpener<Opener: AssociationOpener>: PacketOpener {
  @usableFromInline var opener: Opener
  @usableFromInline let firstSPI: UInt32
  @usableFromInline let count: UInt32

  /// The opener of one of the associations with the SPIs `firstSPI`, `firstSPI` + 1, …, `count` in all.
  public init(_ opener: Opener, firstSPI: UInt32, count: Int) {
    (self.opener, self.firstSPI, self.count) = (opener, firstSPI, UInt32(count))
  }

  /// The format's first step; an association that another thread opens is refused as `foreignSA`.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ outer: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    opener.prepare(outer, count: count, sa: saIndex, in: work)
    guard work.pointee.reason == .unknownSPI, Opener.spi(outer) &- firstSPI < self.count else { return }
    work.pointee.reason = .foreignSA
  }

  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened { opener.open(work) }
}

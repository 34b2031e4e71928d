import Cases
import Crypto
import Synchronization
import Wire

// Associations that are renewed while packets flow (lifetimes: RFC 4301 section 4.4.2.1; rekeying: RFC 7296
// section 2.8). Each has two entries in its threads' tables, which its generations use in turn. A control
// thread writes the next generation to the entry of the one before the last, and publishes the entry's index
// by one release store:
//
//   sealing:  destination ──► association ──► SA index ──► entry (counter, SPI, AEAD) ──► key
//   opening:  SPI ──► generation, association ──► SA index ──► entry (SPI, AEAD, window) ──► key, window
//
// For opening both entries may be published, because packets of the old generation are still under way. An
// entry is rewritten only when no thread can use it: the control thread withdraws its index, and waits until
// each thread has ended its polls. So a packet costs one load and one count more than with a constant table.
// Not here: associations that threads share (RenewedSharing.swift); the control thread (Renewal.swift).

/// Sealers that report their sequence number, so that they are renewed before the last number is used.
public protocol NumberingSealer: AssociationSealer {
  /// The number of the last packet sealed, or one beyond the last if none was left.
  var sequence: UInt64 { get }
  /// The last number that an association may use.
  static func lastNumber(usesESN: Bool) -> UInt64
}

extension ESPSealer: NumberingSealer {}
extension VPESealer: NumberingSealer {
  public static func lastNumber(usesESN: Bool) -> UInt64 { lastNumber }
}
extension EESPSealer: NumberingSealer {
  public static func lastNumber(usesESN: Bool) -> UInt64 { .max }
}
extension WireGuardSealer: NumberingSealer {
  public static func lastNumber(usesESN: Bool) -> UInt64 { WireGuardLayout.rejectAfter }
}
extension PSPSealer: NumberingSealer {
  /// The last number of each part.
  public static func lastNumber(usesESN: Bool) -> UInt64 { PSPLayout.lastNumber }
}

/// Generic work on a format whose associations can be renewed, and which is chosen at run time.
public protocol RenewedVisitor {
  /// The visitor's result.
  associatedtype Result
  /// The visitor's error.
  associatedtype Failure: Error
  /// Does the work for one format.
  func visit<Format: TunnelFormat>(_ format: Format.Type) throws(Failure) -> Result
  where Format.Sealer: NumberingSealer
}

/// As `SALookup`, but one thread publishes the indices while others look them up. Plain memory without an
/// owner: copies share it; call `deallocate()` once.
@usableFromInline
struct PublishedSALookup: @unchecked Sendable {
  @usableFromInline let saIndices: UnsafeMutablePointer<Atomic<SAIndex>>
  @usableFromInline let count: Int

  init(_ saIndices: [SAIndex]) {
    count = saIndices.count
    self.saIndices = .allocateLines(max(count, 1))
    for index in 0..<count { (self.saIndices + index).initialize(to: Atomic(saIndices[index])) }
  }

  /// The element at `index`, which is less than `count`; all writes before its publication are visible.
  @inlinable @inline(__always)
  subscript(index: Int) -> SAIndex { (saIndices + index).pointee.load(ordering: .acquiring) }

  func publish(_ saIndex: SAIndex, at index: Int) {
    (saIndices + index).pointee.store(saIndex, ordering: .releasing)
  }

  func deallocate() {
    saIndices.deinitialize(count: count)
    saIndices.deallocate()
  }
}

/// Associations that ask for their next generation. Plain memory without an owner: copies share it; call
/// `deallocate()` once.
@usableFromInline
struct RenewalWishes: @unchecked Sendable {
  /// The first element says whether any association asks, the others whether each of them does.
  @usableFromInline let wishes: UnsafeMutablePointer<Atomic<UInt8>>
  private let count: Int

  init(_ count: Int) {
    self.count = count
    wishes = .allocateLines(count + 1)
    for index in 0...count { (wishes + index).initialize(to: Atomic(0)) }
  }

  /// Asks for an association's next generation; the request stays until it is taken.
  @inlinable @inline(__always)
  func ask(_ index: Int) {
    (wishes + 1 + index).pointee.store(1, ordering: .relaxed)
    wishes.pointee.store(1, ordering: .releasing)
  }

  /// The associations that ask for renewal; they ask again if they do not get it.
  func take() -> [Int] {
    guard wishes.pointee.exchange(0, ordering: .acquiring) != 0 else { return [] }
    return (0..<count).filter { (wishes + 1 + $0).pointee.exchange(0, ordering: .relaxed) != 0 }
  }

  func deallocate() {
    wishes.deinitialize(count: count + 1)
    wishes.deallocate()
  }
}

/// What a control thread does to a thread that seals, or gives numbers.
public protocol RenewedSealingThread {
  /// Makes the thread seal under a generation of an association from now on.
  func publish(_ association: Int, generation: Int)
  /// Packets sealed under a generation that no thread uses any more.
  func sealed(_ association: Int, generation: Int) -> UInt64
  /// The associations that ask for the next generation; they ask again if they do not get it.
  func takeWishes() -> [Int]
}

// MARK: - Seal

/// Seals each packet under the present generation of the association that its destination is routed to; of
/// one association, wherever it goes.
///
/// For one thread, while a control thread renews its associations. Plain memory without an owner: copies
/// share it; call `deallocate()` once.
public struct RenewedSealers<Sealer: NumberingSealer>: ManySealer {
  @usableFromInline let current: PublishedSALookup
  public let entries: AssociationEntries<Sealer>
  public let key: AEADKeyLines
  /// The number from which on a sealer asks for the next generation.
  @usableFromInline let softNumber: UInt64
  @usableFromInline let wishes: RenewalWishes
  /// Packets sealed, by SA index.
  @usableFromInline let sealed: UnsafeMutablePointer<UInt64>

  /// A table of tunnels 0, 1, …, at least one, in generation 0, all with keys of one `AEADKeyArena`.
  /// - Parameter softNumber: a number that leaves enough to seal under until the next generation is there.
  /// - Throws: `CryptoError.memory`.
  public init(
    _ sealers: [Sealer], softNumber: UInt64, algorithm: AEADAlgorithm, pages: PageArena.Pages = .huge
  ) throws {
    precondition(!sealers.isEmpty, "a table has at least one association")
    entries = try AssociationEntries(sealers.flatMap { [$0, $0] }, pages: pages)
    current = PublishedSALookup(sealers.indices.map { Self.saIndex($0, generation: 0) })
    key = AEADKeyLines(algorithm)
    self.softNumber = softNumber
    wishes = RenewalWishes(sealers.count)
    sealed = .allocateLines(entries.count)
    sealed.initialize(repeating: 0, count: entries.count)
  }

  /// Gives the memory back; no copy may be used again.
  public func deallocate() {
    wishes.deallocate()
    sealed.deallocate()
    current.deallocate()
    entries.deallocate()
  }

  @inlinable @inline(__always)
  public func saIndex(_ inner: UnsafeRawPointer) -> SAIndex {
    if current.count == 1 { return current[0] }
    // Host 0 is the network itself.
    guard let host = TunnelRoute.host(inner), UInt(host) &- 1 < UInt(current.count) else {
      return SALookup.none
    }
    return current[Int(host) &- 1]
  }

  /// For a single association, which may take a burst's numbers together. A generation that is published
  /// within the burst takes them one by one.
  @inlinable @inline(__always)
  public mutating func begin(burst count: Int) {
    if current.count == 1 { entries[current[0]].pointee.begin(burst: count) }
  }

  /// 1. route, 2. as the format does, 3. whether its numbers run out.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    guard saIndex != SALookup.none else {
      work.pointee.reason = .noRoute
      return
    }
    work.pointee.saIndex = saIndex
    let entry = entries[saIndex]
    entry.pointee.prepare(inner, count: count, sa: 0, in: work)
    if entry.pointee.sequence > softNumber { wishes.ask(Int(saIndex >> 1)) }
  }

  /// The format's second step, which also counts.
  @inlinable @inline(__always)
  public mutating func seal(_ work: WorkPointer) -> Sealed {
    guard work.pointee.reason == .none else { return Sealed(work.pointee.reason, at: work.pointee.start) }
    let saIndex = work.pointee.saIndex
    sealed[Int(saIndex)] &+= 1
    return entries[saIndex].pointee.seal(work)
  }
}

// For the control thread alone.
extension RenewedSealers: RenewedSealingThread {
  private static func saIndex(_ association: Int, generation: Int) -> SAIndex {
    SAIndex(2 * association + generation & 1)
  }

  /// Writes a generation where the one before the last was, which no thread uses any more.
  public func renew(_ association: Int, generation: Int, _ sealer: Sealer) {
    let saIndex = Self.saIndex(association, generation: generation)
    sealed[Int(saIndex)] = 0
    entries[saIndex].pointee = sealer
  }

  public func publish(_ association: Int, generation: Int) {
    current.publish(Self.saIndex(association, generation: generation), at: association)
  }

  public func sealed(_ association: Int, generation: Int) -> UInt64 {
    sealed[Int(Self.saIndex(association, generation: generation))]
  }

  public func takeWishes() -> [Int] { wishes.take() }
}

// MARK: - Open

/// Opens each packet under the generation of the association that its SPI names, if it is this thread's.
///
/// The SPI of generation g of association a is the first one plus g × stride + a, stride a power of two, so
/// that its lowest bits lead to the entry, and the entry compares the rest. For one thread, while a control
/// thread renews its associations. Plain memory without an owner: copies share it; call `deallocate()` once.
public struct RenewedOpeners<Opener: AssociationOpener>: ManyOpener {
  @usableFromInline let firstSPI: UInt32
  @usableFromInline let mask: UInt32
  @usableFromInline let published: PublishedSALookup
  public let entries: AssociationEntries<Opener>
  public let key: AEADKeyLines
  /// Packets opened, and when the first was, by SA index.
  @usableFromInline let opened: UnsafeMutablePointer<UInt64>
  @usableFromInline let firsts: UnsafeMutablePointer<Atomic<UInt64>>
  private let stride: Int
  /// For each association the number of the thread's own associations before it.
  private let ranks: UnsafeMutablePointer<SAIndex>
  /// For formats that settle bursts: the SA index of each kept packet, and of the packet opened last; bit i
  /// of `touched` says whether the burst has had a packet of the SA with index i.
  @usableFromInline let kept: UnsafeMutablePointer<SAIndex>
  @usableFromInline var last: SAIndex = 0
  @usableFromInline var touched: UInt64 = 0

  /// A table of associations in generation 0; nil is one that another thread opens. All have keys of one
  /// `AEADKeyArena`.
  /// - Parameter stride: from an association's SPI to that of its next generation, a power of two.
  /// - Throws: `CryptoError.memory`.
  public init(
    firstSPI: UInt32, stride: Int, openers: [Opener?], algorithm: AEADAlgorithm,
    pages: PageArena.Pages = .huge
  ) throws {
    precondition(stride > 0 && stride & (stride - 1) == 0, "a stride is a power of two, not \(stride)")
    precondition(!openers.isEmpty && openers.count <= stride, "a table has one to \(stride) associations")
    precondition(!Opener.settlesBursts || openers.count <= 32, "bursts are settled of up to 32 associations")
    (self.firstSPI, self.stride) = (firstSPI, stride)
    mask = UInt32(2 * stride - 1)
    entries = try AssociationEntries(openers.compactMap { $0 }.flatMap { [$0, $0] }, pages: pages)
    ranks = .allocate(capacity: openers.count)
    var saIndices = [SAIndex](repeating: SALookup.none, count: 2 * stride)
    var rank: SAIndex = 0
    for (index, opener) in openers.enumerated() {
      (ranks + index).initialize(to: rank)
      if opener == nil {
        saIndices[index] = SALookup.foreign
        saIndices[stride + index] = SALookup.foreign
      } else {
        saIndices[index] = 2 * rank
        rank += 1
      }
    }
    published = PublishedSALookup(saIndices)
    opened = .allocateLines(entries.count)
    opened.initialize(repeating: 0, count: entries.count)
    firsts = .allocateLines(entries.count)
    for saIndex in 0..<entries.count { (firsts + saIndex).initialize(to: Atomic(0)) }
    kept = .allocateLines(BurstWindow.countMax)
    kept.initialize(repeating: 0, count: BurstWindow.countMax)
    key = AEADKeyLines(algorithm)
  }

  /// Gives the memory back; no copy may be used again.
  public func deallocate() {
    published.deallocate()
    opened.deallocate()
    firsts.deinitialize(count: entries.count)
    firsts.deallocate()
    kept.deallocate()
    entries.deallocate()
    ranks.deallocate()
  }

  @inlinable @inline(__always)
  public func saIndex(_ outer: UnsafeRawPointer) -> SAIndex {
    published[Int((Opener.spi(outer) &- firstSPI) & mask)]
  }

  /// The format's second step, which also counts.
  @inlinable @inline(__always)
  public mutating func open(_ work: WorkPointer) -> Opened {
    guard work.pointee.reason == .none else { return Opened(work.pointee.reason, at: work.pointee.start) }
    let saIndex = work.pointee.saIndex
    let result = entries[saIndex].pointee.open(work)
    if Opener.settlesBursts {
      last = saIndex
      touched |= 1 &<< UInt64(saIndex)
    }
    if result.reason == .none {
      let before = opened[Int(saIndex)]
      if before == 0 { (firsts + Int(saIndex)).pointee.store(TimeStamp.now, ordering: .relaxed) }
      opened[Int(saIndex)] = before &+ 1
    }
    return result
  }

  @inlinable public static var settlesBursts: Bool { Opener.settlesBursts }

  @inlinable @inline(__always)
  public mutating func keep(at index: Int) {
    kept[index] = last
    entries[last].pointee.keep(at: index)
  }

  /// Settles only the windows of the burst: others may be rewritten at the same time.
  @inlinable @inline(__always)
  public mutating func settle() {
    while touched != 0 {
      entries[SAIndex(truncatingIfNeeded: touched.trailingZeroBitCount)].pointee.settle()
      touched &= touched &- 1
    }
  }

  @inlinable @inline(__always)
  public func verdict(at index: Int) -> DropReason { entries[kept[index]].pointee.verdict(at: index) }
}

/// What a control thread does to a thread that opens.
public protocol RenewedOpeningThread {
  /// Whether the thread opens an association.
  func owns(_ association: Int) -> Bool
  /// Opens packets of a generation from now on.
  func publish(_ association: Int, generation: Int)
  /// Refuses packets of a generation from now on (`unknown_spi`), except those in progress.
  func withdraw(_ association: Int, generation: Int)
  /// The opened packets of a generation that no thread uses any more.
  func opened(_ association: Int, generation: Int) -> UInt64
  /// When the first packet of a generation was opened, ticks; 0 if none was.
  func firstTicks(_ association: Int, generation: Int) -> UInt64
}

// For the control thread alone.
extension RenewedOpeners: RenewedOpeningThread {
  private func saIndex(_ association: Int, _ generation: Int) -> SAIndex {
    2 * ranks[association] + SAIndex(generation & 1)
  }

  /// The element of `published` for the SPIs of a generation.
  private func element(_ association: Int, _ generation: Int) -> Int {
    (generation & 1) * stride + association
  }

  public func owns(_ association: Int) -> Bool { published[association] != SALookup.foreign }

  /// Writes a generation of an association of the thread's where the one before the last was, which no thread
  /// uses any more.
  public func renew(_ association: Int, generation: Int, _ opener: Opener) {
    let saIndex = Int(saIndex(association, generation))
    opened[saIndex] = 0
    (firsts + saIndex).pointee.store(0, ordering: .relaxed)
    entries[SAIndex(saIndex)].pointee = opener
  }

  public func publish(_ association: Int, generation: Int) {
    published.publish(saIndex(association, generation), at: element(association, generation))
  }

  public func withdraw(_ association: Int, generation: Int) {
    published.publish(SALookup.none, at: element(association, generation))
  }

  public func opened(_ association: Int, generation: Int) -> UInt64 {
    opened[Int(saIndex(association, generation))]
  }

  public func firstTicks(_ association: Int, generation: Int) -> UInt64 {
    (firsts + Int(saIndex(association, generation))).pointee.load(ordering: .relaxed)
  }
}

import Crypto
import Wire

// Associations that many threads share, and that are renewed while packets flow. If threads run to
// completion, a table leads a packet to its generation's counter and window (RenewedAssociations.swift). If
// one thread assigns or marks the numbers, the generation is in each number's highest bit:
//
//   numbering thread ──► SA index, number ──► encrypting thread ──► entry (SPI, AEAD) ──► key
//   decrypting thread ──► SA index, number ──► releasing thread ──► window
//
// So a burst of the old generation may be in any queue between threads when the new one is published.

/// A sequence number in the lower 63 bits, and the SA index of its generation, 0 or 1, in the highest.
@usableFromInline
enum IndexedNumber {
  /// The last sequence number.
  @inlinable static var lastNumber: UInt64 { .max >> 1 }

  @inlinable @inline(__always)
  static func make(_ number: UInt64, sa saIndex: SAIndex) -> UInt64 { UInt64(saIndex) << 63 | number }
  @inlinable @inline(__always)
  static func saIndex(_ indexed: UInt64) -> SAIndex { SAIndex(truncatingIfNeeded: indexed >> 63) }
  @inlinable @inline(__always)
  static func number(_ indexed: UInt64) -> UInt64 { indexed & lastNumber }
}

// MARK: - Numbers that one thread gives

/// Gives the numbers of an association, on one thread.
public protocol PacketNumbers {
  /// Takes the next `count` numbers.
  /// - Returns: the first of them, and how many may be used: fewer at the association's end.
  mutating func take(_ count: Int) -> (first: UInt64, count: Int)
}

/// The numbers of an association that is not renewed.
public struct OwnNumbers: PacketNumbers {
  /// The last number given.
  @usableFromInline var number: UInt64
  @usableFromInline let last: UInt64

  /// - Parameters:
  ///   - last: the last number that the association may use.
  ///   - number: the numbers go on after this one.
  public init(last: UInt64, after number: UInt64 = 0) { (self.last, self.number) = (last, number) }

  @inlinable @inline(__always)
  public mutating func take(_ wanted: Int) -> (first: UInt64, count: Int) {
    let left = last &- number
    let count = left < UInt64(truncatingIfNeeded: wanted) ? Int(truncatingIfNeeded: left) : wanted
    let first = number &+ 1
    number &+= UInt64(truncatingIfNeeded: count)
    return (first, count)
  }
}

/// The numbers of a renewed association, each with its generation's SA index; a burst has one generation.
///
/// For one thread, while a control thread renews the association. Plain memory without an owner: copies
/// share it; call `deallocate()` once.
public struct RenewedNumbers: PacketNumbers {
  @usableFromInline let current: PublishedSALookup
  @usableFromInline let wishes: RenewalWishes
  @usableFromInline let softNumber: UInt64
  @usableFromInline var saIndex: SAIndex = 0
  /// The numbers of the current generation.
  @usableFromInline var own: OwnNumbers

  /// - Parameters:
  ///   - last: the last number that the association may use.
  ///   - softNumber: the number from which on the next generation is requested.
  ///   - number: the number after which the first generation begins.
  public init(last: UInt64, softNumber: UInt64, after number: UInt64 = 0) {
    self.softNumber = softNumber
    own = OwnNumbers(last: min(last, Self.lastOfAll), after: number)
    current = PublishedSALookup([0])
    wishes = RenewalWishes(1)
  }

  /// Gives the memory back; no copy may be used again.
  public func deallocate() {
    current.deallocate()
    wishes.deallocate()
  }

  /// The last number of any association.
  public static var lastOfAll: UInt64 { IndexedNumber.lastNumber }

  @inlinable @inline(__always)
  public mutating func take(_ wanted: Int) -> (first: UInt64, count: Int) {
    let published = current[0]
    if published != saIndex { (saIndex, own.number) = (published, 0) }
    let (first, count) = own.take(wanted)
    if own.number > softNumber { wishes.ask(0) }
    return (IndexedNumber.make(first, sa: saIndex), count)
  }
}

extension RenewedNumbers: RenewedSealingThread {
  public func publish(_ association: Int, generation: Int) {
    current.publish(SAIndex(generation & 1), at: association)
  }
  /// 0, for this thread seals nothing.
  public func sealed(_ association: Int, generation: Int) -> UInt64 { 0 }
  public func takeWishes() -> [Int] { wishes.take() }
}

/// Seals under numbers that `RenewedNumbers` has given to the packets, each under its generation. For one
/// thread; plain memory without an owner: copies share it; call `deallocate()` once.
public struct RenewedCursorSealer<Sealer: NumberedSealer>: WrappingSealer {
  @usableFromInline let entries: AssociationEntries<Sealer>
  @usableFromInline let cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>
  /// Packets sealed, by SA index.
  @usableFromInline let sealed: UnsafeMutablePointer<UInt64>

  /// - Parameters:
  ///   - sealer: of generation 0.
  ///   - cursor: points to the next packet's number, and is moved on by each packet.
  /// - Throws: `CryptoError.memory`.
  public init(
    _ sealer: Sealer, cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>, pages: PageArena.Pages = .huge
  ) throws {
    entries = try AssociationEntries([sealer, sealer], pages: pages)
    self.cursor = cursor
    sealed = .allocateLines(2)
    sealed.initialize(repeating: 0, count: 2)
  }

  /// Gives the memory back; no copy may be used again.
  public func deallocate() {
    entries.deallocate()
    sealed.deallocate()
  }

  /// Skips the number of a packet that is not sealed: no other packet may use it.
  @inlinable @inline(__always)
  public mutating func skip() { cursor.pointee += 1 }

  /// Takes the packet's number, then as the format's own sealer of its generation.
  @inlinable @inline(__always)
  public mutating func prepare(
    _ inner: UnsafeMutableRawPointer, count: Int, sa saIndex: SAIndex, in work: WorkPointer
  ) {
    let indexed = cursor.pointee.pointee
    cursor.pointee += 1
    let saIndex = IndexedNumber.saIndex(indexed)
    work.pointee.saIndex = saIndex
    entries[saIndex].pointee.prepare(inner, count: count, number: IndexedNumber.number(indexed), in: work)
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
extension RenewedCursorSealer: RenewedSealingThread {
  /// Writes a generation where the one before the last was, which no thread uses any more.
  public func renew(generation: Int, _ sealer: Sealer) {
    sealed[generation & 1] = 0
    entries[SAIndex(generation & 1)].pointee = sealer
  }

  /// Does nothing: the thread that gives numbers changes the generation.
  public func publish(_ association: Int, generation: Int) {}
  public func sealed(_ association: Int, generation: Int) -> UInt64 { sealed[generation & 1] }
  /// None: the thread that gives numbers asks.
  public func takeWishes() -> [Int] { [] }
}

// MARK: - Numbers that threads take from one counter

extension ParallelSealer: AssociationSealer {
  /// Does nothing: the lines of one association stay in the cache.
  @inlinable @inline(__always)
  public func prefetchState(count: Int, key: AEADKeyLines) {}
}

extension ParallelSealer: NumberingSealer where Sealer: NumberingSealer {
  /// The last number that this thread has used; beyond all when there was none left.
  @inlinable public var sequence: UInt64 { next &- 1 }
  public static func lastNumber(usesESN: Bool) -> UInt64 {
    min(Sealer.lastNumber(usesESN: usesESN), SharedNumbers.lastOfAll)
  }
}

// MARK: - Numbers that one thread marks

/// The windows in which one thread marks the numbers that other threads have reported.
public protocol MarkedWindows {
  /// Marks the numbers that are fresh, and may change them.
  /// - Parameter verdicts: takes `.none`, `.replayed` or `.tooOld` for each.
  func mark(_ numbers: UnsafeMutablePointer<UInt64>, count: Int, verdicts: UnsafeMutablePointer<DropReason>)
}

extension SharedReplayWindow: MarkedWindows {
  @inlinable @inline(__always)
  public func mark(
    _ numbers: UnsafeMutablePointer<UInt64>, count: Int, verdicts: UnsafeMutablePointer<DropReason>
  ) { checkAndMark(numbers, count: count, verdicts: verdicts) }
}

/// The windows of both generations of an association that is renewed, for numbers with their SA indices.
/// The memory belongs to the caller.
public struct RenewedWindows: MarkedWindows {
  @usableFromInline let even: SharedReplayWindow
  @usableFromInline let odd: SharedReplayWindow

  /// The windows of the even and of the odd generations.
  public init(_ even: SharedReplayWindow, _ odd: SharedReplayWindow) { (self.even, self.odd) = (even, odd) }

  /// The window of a generation.
  public subscript(generation: Int) -> SharedReplayWindow { generation & 1 == 0 ? even : odd }

  /// Numbers that follow each other in a generation are marked together.
  @inlinable @inline(__always)
  public func mark(
    _ numbers: UnsafeMutablePointer<UInt64>, count: Int, verdicts: UnsafeMutablePointer<DropReason>
  ) {
    var first = 0
    while first < count {
      let saIndex = IndexedNumber.saIndex(numbers[first])
      var end = first
      while end < count, IndexedNumber.saIndex(numbers[end]) == saIndex {
        numbers[end] = IndexedNumber.number(numbers[end])
        end &+= 1
      }
      (saIndex == 0 ? even : odd).checkAndMark(
        numbers + first, count: end &- first, verdicts: verdicts + first)
      first = end
    }
  }
}

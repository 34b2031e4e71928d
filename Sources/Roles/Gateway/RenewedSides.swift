import Cases
import Crypto
import Tunnel
import Wire

/// One side of a renewable direction: the gateway that seals it, or the one that opens it. Only one control
/// thread calls it, with generations in order, and ensures that no dataplane thread uses the entry that a new
/// generation overwrites.
protocol RenewedSide: AnyObject {
  /// Prepares a generation: key, SPI, counter or windows.
  /// - Throws: `CryptoError`.
  func renew(_ number: Int, generation: Int, _ keys: TestKeys) throws
  /// Lets each thread use the generation, by one release store.
  func publish(_ number: Int, generation: Int)
  /// The packets of a generation that no thread uses any more.
  func packets(_ number: Int, generation: Int) -> UInt64
  /// Wipes the keys of a generation.
  func retire(_ number: Int, generation: Int)
}

/// The side that seals.
protocol RenewedSealing: RenewedSide {
  /// Returns the associations whose sequence numbers are running out, each once.
  func takeWishes() -> [Int]
}

/// The side that opens.
protocol RenewedOpening: RenewedSide {
  /// Makes the threads refuse packets of a generation from now on.
  func withdraw(_ number: Int, generation: Int)
  /// When the first packet of a generation was opened; nil if none was.
  func firstTicks(_ number: Int, generation: Int) -> UInt64?
}

/// A gateway's sealing threads, and the threads that assign numbers before them.
final class SealingThreads: RenewedSealing {
  /// A thread with its associations, in the order of its table.
  struct Thread {
    let numbers: [Int]
    let table: any RenewedSealingThread
    /// Writes a generation of the association at an index of `numbers` into the table.
    let renew: (_ index: Int, _ generation: Int, TunnelTerms) -> Void
  }

  private let set: AssociationSet
  /// For each association the threads that have it, and its index in their tables.
  private var users: [Int: [(thread: Thread, index: Int)]] = [:]
  private var threads: [Thread] = []
  /// Prepares the state that threads share, before that of each thread.
  private let share: (_ generation: Int) -> Void

  init(_ set: AssociationSet, sharing share: @escaping (_ generation: Int) -> Void = { _ in }) {
    (self.set, self.share) = (set, share)
  }

  func add(_ thread: Thread) {
    threads.append(thread)
    for (index, number) in thread.numbers.enumerated() {
      users[number, default: []].append((thread, index))
    }
  }

  private func forEach(_ number: Int, _ body: (Thread, Int) -> Void) { users[number]?.forEach(body) }

  func renew(_ number: Int, generation: Int, _ keys: TestKeys) throws {
    let terms = try set.renew(number, generation: generation, keys)
    share(generation)
    forEach(number) { thread, index in thread.renew(index, generation, terms) }
  }

  func publish(_ number: Int, generation: Int) {
    forEach(number) { thread, index in thread.table.publish(index, generation: generation) }
  }

  func packets(_ number: Int, generation: Int) -> UInt64 {
    var sum: UInt64 = 0
    forEach(number) { thread, index in sum += thread.table.sealed(index, generation: generation) }
    return sum
  }

  func retire(_ number: Int, generation: Int) { set.wipe(number, generation: generation) }

  func takeWishes() -> [Int] {
    Set(threads.flatMap { thread in thread.table.takeWishes().map { thread.numbers[$0] } }).sorted()
  }
}

/// The threads of a gateway that open.
final class OpeningThreads: RenewedOpening {
  /// A thread with a function that writes a generation of an association into its table.
  struct Thread {
    let table: any RenewedOpeningThread
    let renew: (_ number: Int, _ generation: Int, TunnelTerms) -> Void
  }

  private let set: AssociationSet
  private var threads: [Thread] = []
  /// Prepares the state that threads share, before that of each thread.
  private let share: (_ generation: Int) -> Void

  init(_ set: AssociationSet, sharing share: @escaping (_ generation: Int) -> Void = { _ in }) {
    (self.set, self.share) = (set, share)
  }

  func add(_ thread: Thread) { threads.append(thread) }

  private func forEach(_ number: Int, _ body: (Thread) -> Void) {
    for thread in threads where thread.table.owns(number) { body(thread) }
  }

  func renew(_ number: Int, generation: Int, _ keys: TestKeys) throws {
    let terms = try set.renew(number, generation: generation, keys)
    share(generation)
    forEach(number) { $0.renew(number, generation, terms) }
  }

  func publish(_ number: Int, generation: Int) {
    forEach(number) { $0.table.publish(number, generation: generation) }
  }

  func withdraw(_ number: Int, generation: Int) {
    forEach(number) { $0.table.withdraw(number, generation: generation) }
  }

  func packets(_ number: Int, generation: Int) -> UInt64 {
    var sum: UInt64 = 0
    forEach(number) { sum += $0.table.opened(number, generation: generation) }
    return sum
  }

  func firstTicks(_ number: Int, generation: Int) -> UInt64? {
    var first: UInt64?
    forEach(number) { thread in
      let ticks = thread.table.firstTicks(number, generation: generation)
      if ticks > 0 { first = min(first ?? ticks, ticks) }
    }
    return first
  }

  func retire(_ number: Int, generation: Int) { set.wipe(number, generation: generation) }
}

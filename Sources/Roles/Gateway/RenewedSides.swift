import Cases
import Crypto
import Tunnel
import Wire

/// What a gateway offers to whoever renews the associations of a direction: one of the gateways seals it, the
/// other opens it. For one control thread, with generations in their order; it sees to it that no dataplane
/// thread uses the place that a generation takes.
protocol RenewedSide: AnyObject {
  /// Makes a generation ready: key, SPI, counter or windows.
  /// - Throws: `CryptoError`.
  func renew(_ number: Int, generation: Int, _ keys: TestKeys) throws
  /// Lets each thread use it, by one release store.
  func publish(_ number: Int, generation: Int)
  /// Packets of a generation that no thread uses any more.
  func packets(_ number: Int, generation: Int) -> UInt64
  /// Wipes its keys.
  func retire(_ number: Int, generation: Int)
}

/// The side that seals.
protocol RenewedSealing: RenewedSide {
  /// The associations whose numbers run out.
  func takeWishes() -> [Int]
}

/// The side that opens.
protocol RenewedOpening: RenewedSide {
  /// Has packets of a generation refused from now on.
  func withdraw(_ number: Int, generation: Int)
  /// When the first packet of a generation was opened; nil if none was.
  func firstTicks(_ number: Int, generation: Int) -> UInt64?
}

/// The threads of a gateway that seal.
final class SealingThreads<Format: TunnelFormat>: RenewedSealing where Format.Sealer: NumberingSealer {
  /// A thread: the associations that it has, in the order of its table.
  struct Thread {
    let numbers: [Int]
    let window: Int
    let scratch: AEADScratch
    let table: RenewedSealers<Format.Sealer>
  }

  private let set: AssociationSet
  private let threads: [Thread]
  /// Of each association the threads that have it, and where in their tables.
  private let places: [Int: [(thread: Thread, index: Int)]]
  /// Numbers that were used before the first packet of generation 0.
  private let before: UInt64

  init(_ set: AssociationSet, _ threads: [Thread], after before: UInt64) {
    (self.set, self.threads, self.before) = (set, threads, before)
    var places: [Int: [(Thread, Int)]] = [:]
    for thread in threads {
      for (index, number) in thread.numbers.enumerated() {
        places[number, default: []].append((thread, index))
      }
    }
    self.places = places
  }

  private func forEach(_ number: Int, _ body: (Thread, Int) -> Void) { places[number]?.forEach(body) }

  func renew(_ number: Int, generation: Int, _ keys: TestKeys) throws {
    let terms = try set.renew(number, generation: generation, keys)
    forEach(number) { thread, index in
      let sealer = set.sealer(
        Format.self, number: number, generation: generation, terms: terms, window: thread.window,
        thread.scratch)
      thread.table.renew(index, generation: generation, sealer)
    }
  }

  func publish(_ number: Int, generation: Int) {
    forEach(number) { thread, index in thread.table.publish(index, generation: generation) }
  }

  func packets(_ number: Int, generation: Int) -> UInt64 {
    var sum: UInt64 = 0
    forEach(number) { thread, index in
      sum += thread.table.lastNumber(index, generation: generation) - (generation == 0 ? before : 0)
    }
    return sum
  }

  func retire(_ number: Int, generation: Int) { set.wipe(number, generation: generation) }

  func takeWishes() -> [Int] {
    Set(threads.flatMap { thread in thread.table.takeWishes().map { thread.numbers[$0] } }).sorted()
  }
}

/// The threads of a gateway that open.
final class OpeningThreads<Format: TunnelFormat>: RenewedOpening {
  /// A thread: which windows of each association it owns, and where they lie.
  struct Thread {
    let ownership: WindowOwnership
    let scratch: AEADScratch
    let windows: (_ number: Int, _ generation: Int) -> UnsafeMutableRawPointer
    let table: RenewedOpeners<Format.Opener>
  }

  private let set: AssociationSet
  private let threads: [Thread]

  init(_ set: AssociationSet, _ threads: [Thread]) { (self.set, self.threads) = (set, threads) }

  private func forEach(_ number: Int, _ body: (Thread) -> Void) {
    for thread in threads where thread.table.owns(number) { body(thread) }
  }

  func renew(_ number: Int, generation: Int, _ keys: TestKeys) throws {
    let terms = try set.renew(number, generation: generation, keys)
    forEach(number) { thread in
      let opener = set.opener(
        Format.self, number: number, generation: generation, terms: terms, thread.scratch,
        thread.ownership, in: thread.windows(number, generation))
      thread.table.renew(number, generation: generation, opener)
    }
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

import Cases
import Dataplane
import Foundation
import Synchronization
import Tunnel
import Wire

/// Renews the associations of a case while packets flow, both directions, on a thread of its own: a control
/// thread, which stands for key exchange in both gateways.
///
/// Make before break (RFC 7296 section 2.8): 1. make the new association where it is opened, 2. publish it
/// there, 3. make and publish it where it is sealed; from then on packets are of the new one; 4. when all
/// sealing threads have left the old one, wipe its key there; 5. after the overlap, when the opening threads
/// have emptied their queues once, withdraw the old one; 6. when they have left it, wipe its key there.
///
/// Where packets go from thread to thread, it waits for one station after the other, in their order: what was
/// before a station when the one before it was left, has passed when each of its threads has emptied its
/// queues once.
///
/// An association is renewed once in each interval, or when its numbers run out. Many take turns over the
/// interval, as they would by the jitter that RFC 7296 asks for. Dataplane threads wait for nothing here;
/// what this one waits for are their polls, which are counted anyway.
final class Renewal: @unchecked Sendable {
  /// A direction's sides, and the threads that work for them.
  struct Direction {
    let seals: any RenewedSealing
    let opens: any RenewedOpening
    /// The key of an association's generation.
    let keys: (_ number: Int, _ generation: Int) throws -> TestKeys
    /// From where generations are chosen to the black link.
    let sealing: [Station]
    /// From the black link to the last thread that knows of generations.
    let opening: [Station]
  }

  /// Threads that do the same on a packet's way.
  struct Station {
    let threads: [StageCounters]
    /// Polls in which each takes all that its queues can hold.
    let drainPolls: UInt64
    /// Whether they open packets.
    var opens = false

    /// - Parameters:
    ///   - queues: the most that one of the threads takes from.
    ///   - bursts: that each of them holds.
    init(_ threads: [StageCounters], queues: Int = 1, bursts: Int, opens: Bool = false) {
      (self.threads, self.opens) = (threads, opens)
      // Each poll takes a burst from one of the queues.
      drainPolls = UInt64(queues * (bursts + 1)) + Renewal.gracePolls
    }
  }

  /// Associations that were renewed together, until the old ones are gone.
  private struct Batch {
    /// What is waited for.
    enum Phase { case isLeftBySealers, isDrained, isLeftByOpeners, isGone }

    let direction: Int
    /// Each with its new generation, and when that was published.
    var renewed: [(number: Int, generation: Int, ticks: UInt64)] = []
    var phase = Phase.isLeftBySealers
    /// The stations that are still to be left.
    var stations: ArraySlice<Station> = []
    /// The polls that the first one's threads must have ended.
    var polls: [UInt64] = []

    /// Waits until the threads of the first station have ended a few polls, or so many that their queues are
    /// empty, and then those behind it.
    mutating func wait(for stations: ArraySlice<Station>, draining: Bool) {
      self.stations = stations
      guard let first = stations.first else { return }
      polls = Renewal.polls(first, after: draining ? first.drainPolls : Renewal.gracePolls)
    }

    /// Whether all have been left.
    mutating func hasPassed() -> Bool {
      while let station = stations.first {
        guard zip(station.threads, polls).allSatisfy({ $0.polls >= $1 }) else { return false }
        stations.removeFirst()
        if let next = stations.first { polls = Renewal.polls(next, after: next.drainPolls) }
      }
      return true
    }
  }

  /// How long this thread rests between two looks, milliseconds.
  private static let restMilliseconds: UInt32 = 1
  /// Polls after which a thread has seen what was published before: each stores its count, and a core has
  /// fewer stores under way.
  private static let gracePolls: UInt64 = 128
  /// strongSwan keeps an association that was renewed for so long (`delete_rekeyed_delay`), seconds.
  private static let longestOverlap = 5.0

  private let directions: [Direction]
  private let count: Int
  private let interval: Double
  private let overlap: UInt64

  // The control thread's own.
  private var start: UInt64 = 0
  private var turn = 0
  private var generations: [[Int]]
  private var isHeld: [[Bool]]
  private var batches: [Batch] = []
  private let firsts = LatencyHistogram()

  private let state = Mutex(RekeyReport())
  private let isStopping: UnsafeMutablePointer<UInt64>
  private let ended = DispatchSemaphore(value: 0)
  private var isRunning = false
  private var isSettled = false

  init(_ plan: CasePlan, _ directions: [Direction]) {
    self.directions = directions
    count = plan.associations
    let seconds = Double(plan.axes.rekeyMilliseconds) / 1000
    interval = seconds * Double(EAL.ticksPerSecond)
    overlap = UInt64(min(seconds / 2, Self.longestOverlap) * Double(EAL.ticksPerSecond))
    generations = directions.map { _ in Array(repeating: 0, count: plan.associations) }
    isHeld = directions.map { _ in Array(repeating: false, count: plan.associations) }
    isStopping = .allocateLines(1)
    isStopping.initialize(to: 0)
  }

  deinit {
    isStopping.deallocate()
    firsts.deallocate()
  }

  /// Begins; the dataplane threads run already.
  func begin() {
    start = EAL.ticks
    SharedFlag.set(isStopping, false)
    isRunning = true
    let thread = Thread { [self] in
      while !SharedFlag.isSet(isStopping) {
        step(now: EAL.ticks)
        EAL.sleep(milliseconds: Self.restMilliseconds)
      }
      ended.signal()
    }
    thread.name = "renewal"
    thread.start()
  }

  /// Renews nothing any more; the dataplane threads still run.
  func end() {
    guard isRunning else { return }
    SharedFlag.set(isStopping, true)
    ended.wait()
    isRunning = false
  }

  /// Counts what the last generations had, once no thread runs any more.
  func settle() {
    guard !isSettled else { return }
    isSettled = true
    // Nobody is left to be waited for.
    for index in batches.indices { advance(&batches[index], now: .max, waits: false) }
    batches = []
    for (place, direction) in directions.enumerated() {
      for (number, generation) in generations[place].enumerated() {
        let sealed = direction.seals.packets(number, generation: generation)
        let opened = direction.opens.packets(number, generation: generation)
        state.withLock { $0.note(generation, sealed: sealed, opened: opened) }
      }
    }
  }

  /// What has become of the associations so far.
  var report: RekeyReport {
    var report = state.withLock { $0 }
    report.firstPackets = firsts.snapshot
    return report
  }

  // MARK: - A look

  private func step(now: UInt64) {
    for index in batches.indices { advance(&batches[index], now: now, waits: true) }
    batches.removeAll { $0.phase == .isGone }
    for place in directions.indices { renew(place, directions[place].seals.takeWishes(), byNumbers: true) }
    var due: [Int] = []
    while now >= self.due(turn) {
      due.append(turn % count)
      turn += 1
    }
    for place in directions.indices { renew(place, due, byNumbers: false) }
  }

  /// When a turn comes: all associations share each interval.
  private func due(_ turn: Int) -> UInt64 {
    start + UInt64(interval * (Double(turn / count) + Double(turn % count + 1) / Double(count)))
  }

  /// Steps 1 to 3, of those whose last renewal is over.
  private func renew(_ place: Int, _ numbers: [Int], byNumbers: Bool) {
    guard !numbers.isEmpty else { return }
    let direction = directions[place]
    var batch = Batch(direction: place)
    for number in numbers {
      guard !isHeld[place][number] else {
        if !byNumbers { state.withLock { $0.late += 1 } }
        continue
      }
      let generation = generations[place][number] + 1
      do {
        let keys = try direction.keys(number, generation)
        try direction.opens.renew(number, generation: generation, keys)
        direction.opens.publish(number, generation: generation)
        try direction.seals.renew(number, generation: generation, keys)
      } catch {
        state.withLock { $0.failure = "\(error)" }
        break
      }
      batch.renewed.append((number, generation, EAL.ticks))
      direction.seals.publish(number, generation: generation)
      generations[place][number] = generation
      isHeld[place][number] = true
    }
    let count = UInt64(batch.renewed.count)
    state.withLock {
      $0.rekeys += count
      if byNumbers { $0.byNumbers += count }
    }
    batch.wait(for: direction.sealing[...], draining: false)
    if count > 0 { batches.append(batch) }
  }

  /// Steps 4 to 6, as far as they can be taken.
  private func advance(_ batch: inout Batch, now: UInt64, waits: Bool) {
    while batch.phase != .isGone, !waits || isReady(&batch, now: now) {
      let direction = directions[batch.direction]
      switch batch.phase {
      case .isLeftBySealers:
        for (number, generation, _) in batch.renewed {
          let sealed = direction.seals.packets(number, generation: generation - 1)
          state.withLock { $0.note(generation - 1, sealed: sealed) }
          direction.seals.retire(number, generation: generation - 1)
        }
        batch.phase = .isDrained
        batch.wait(for: direction.opening[...], draining: true)
      case .isDrained:
        for (number, generation, _) in batch.renewed {
          direction.opens.withdraw(number, generation: generation - 1)
        }
        batch.phase = .isLeftByOpeners
        batch.wait(for: direction.opening.drop { !$0.opens }, draining: false)
      case .isLeftByOpeners:
        for renewed in batch.renewed { bury(renewed, batch.direction) }
        batch.phase = .isGone
      case .isGone: break
      }
    }
  }

  /// The polls of threads when each has ended so many more from now on, with all that was published before.
  private static func polls(_ station: Station, after more: UInt64) -> [UInt64] {
    // A store must not wait while the counts are read.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return station.threads.map { $0.polls + more }
  }

  private func isReady(_ batch: inout Batch, now: UInt64) -> Bool {
    guard batch.hasPassed() else { return false }
    return batch.phase != .isDrained || batch.renewed.allSatisfy { now >= $0.ticks + overlap }
  }

  /// The end of the generation before, whose place is free then.
  private func bury(_ renewed: (number: Int, generation: Int, ticks: UInt64), _ place: Int) {
    let (number, generation, ticks) = renewed
    let opens = directions[place].opens
    let opened = opens.packets(number, generation: generation - 1)
    state.withLock {
      $0.note(generation - 1, opened: opened)
      $0.retired += 1
    }
    opens.retire(number, generation: generation - 1)
    if let first = opens.firstTicks(number, generation: generation) { firsts.note(first - min(first, ticks)) }
    isHeld[place][number] = false
  }
}

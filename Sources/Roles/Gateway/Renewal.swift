import Cases
import Dataplane
import Foundation
import Synchronization
import Tunnel
import Wire

/// Renews the associations of a case while packets flow, both directions, on a thread of its own. This
/// control thread stands for the key exchange of both gateways.
///
/// Make before break (RFC 7296 section 2.8): 1. make the new association at the opening gateway, 2. publish
/// it there, 3. make and publish it at the sealing gateway, which uses it from then on; 4. when all sealing
/// threads have left the old one, wipe its key there; 5. after the overlap, and once the opening threads have
/// emptied their queues, withdraw the old one at the opening gateway; 6. when all threads there have left it,
/// wipe its key there.
///
/// If packets pass from thread to thread, the control thread waits for one station after the other, in path
/// order: once a station has been left, the packets before the next one have passed it when each of its
/// threads has emptied its queues once.
///
/// An association is renewed once in each interval, or when its numbers run out. Many associations take turns
/// over the interval, as the jitter that RFC 7296 asks for would have it. Dataplane threads never wait; the
/// control thread waits for their polls, which are counted anyway.
final class Renewal: @unchecked Sendable {
  /// A direction's two sides, and their threads by station.
  struct Direction {
    let seals: any RenewedSealing
    let opens: any RenewedOpening
    /// Makes the key of an association's generation.
    let keys: (_ number: Int, _ generation: Int) throws -> TestKeys
    /// The stations from the choice of the generation to the black link.
    let sealing: [Station]
    /// The stations from the black link to the last one at which packets have a generation.
    let opening: [Station]
  }

  /// Threads with the same task on a packet's path.
  struct Station {
    let threads: [StageCounters]
    /// Polls in which a thread takes everything that its queues can hold.
    let drainPolls: UInt64
    /// Whether these threads open packets.
    var opens = false

    /// - Parameters:
    ///   - queues: the most queues from which one of the threads receives.
    ///   - bursts: how many bursts each queue holds.
    init(_ threads: [StageCounters], queues: Int = 1, bursts: Int, opens: Bool = false) {
      (self.threads, self.opens) = (threads, opens)
      // Each poll takes a burst from one of the queues.
      drainPolls = UInt64(queues * (bursts + 1)) + Renewal.gracePolls
    }
  }

  /// Associations that were renewed together, until the old ones are gone.
  private struct Batch {
    /// The condition that the batch waits for.
    enum Phase { case isLeftBySealers, isDrained, isLeftByOpeners, isGone }

    let direction: Int
    /// The associations with their new generations, and the ticks at which these were published.
    var renewed: [(number: Int, generation: Int, ticks: UInt64)] = []
    var phase = Phase.isLeftBySealers
    /// The stations that the old generation has not left yet.
    var stations: ArraySlice<Station> = []
    /// The poll counts that the first station's threads must reach.
    var polls: [UInt64] = []

    /// Begins to wait for stations: the threads of the first one must end a few polls, or, if draining, as
    /// many as empty their queues; those behind it must drain.
    mutating func wait(for stations: ArraySlice<Station>, draining: Bool) {
      self.stations = stations
      guard let first = stations.first else { return }
      polls = Renewal.polls(first, after: draining ? first.drainPolls : Renewal.gracePolls)
    }

    /// Whether the old generation has left all stations.
    mutating func hasPassed() -> Bool {
      while let station = stations.first {
        guard zip(station.threads, polls).allSatisfy({ $0.polls >= $1 }) else { return false }
        stations.removeFirst()
        if let next = stations.first { polls = Renewal.polls(next, after: next.drainPolls) }
      }
      return true
    }
  }

  /// How long the control thread sleeps between two steps, milliseconds.
  private static let restMilliseconds: UInt32 = 1
  /// Polls after which a thread has surely seen an earlier publication: each poll stores its count, and no
  /// core has as many stores pending.
  private static let gracePolls: UInt64 = 128
  /// The longest overlap, seconds: strongSwan keeps a renewed association that long (`delete_rekeyed_delay`).
  private static let longestOverlap = 5.0

  private let directions: [Direction]
  private let count: Int
  private let interval: Double
  private let overlap: UInt64

  // Used by the control thread only.
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

  /// Starts the control thread; the dataplane threads must run already.
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

  /// Stops the control thread; the dataplane threads may still run.
  func end() {
    guard isRunning else { return }
    SharedFlag.set(isStopping, true)
    ended.wait()
    isRunning = false
  }

  /// Counts the packets of the last generations, once no thread runs any more.
  func settle() {
    guard !isSettled else { return }
    isSettled = true
    // No thread is left to wait for.
    for index in batches.indices { advance(&batches[index], now: .max, waits: false) }
    batches = []
    for (index, direction) in directions.enumerated() {
      for (number, generation) in generations[index].enumerated() {
        let sealed = direction.seals.packets(number, generation: generation)
        let opened = direction.opens.packets(number, generation: generation)
        state.withLock { $0.note(generation, sealed: sealed, opened: opened) }
      }
    }
  }

  /// The counts so far.
  var report: RekeyReport {
    var report = state.withLock { $0 }
    report.firstPackets = firsts.snapshot
    return report
  }

  // MARK: - A look

  private func step(now: UInt64) {
    for index in batches.indices { advance(&batches[index], now: now, waits: true) }
    batches.removeAll { $0.phase == .isGone }
    for index in directions.indices { renew(index, directions[index].seals.takeWishes(), byNumbers: true) }
    var due: [Int] = []
    while now >= self.due(turn) {
      due.append(turn % count)
      turn += 1
    }
    for index in directions.indices { renew(index, due, byNumbers: false) }
  }

  /// When a turn is due: the turns of all associations are spread over each interval.
  private func due(_ turn: Int) -> UInt64 {
    start + UInt64(interval * (Double(turn / count) + Double(turn % count + 1) / Double(count)))
  }

  /// Steps 1 to 3, for associations whose previous renewal is complete.
  private func renew(_ index: Int, _ numbers: [Int], byNumbers: Bool) {
    guard !numbers.isEmpty else { return }
    let direction = directions[index]
    var batch = Batch(direction: index)
    for number in numbers {
      guard !isHeld[index][number] else {
        if !byNumbers { state.withLock { $0.late += 1 } }
        continue
      }
      let generation = generations[index][number] + 1
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
      generations[index][number] = generation
      isHeld[index][number] = true
    }
    let count = UInt64(batch.renewed.count)
    state.withLock {
      $0.rekeys += count
      if byNumbers { $0.byNumbers += count }
    }
    batch.wait(for: direction.sealing[...], draining: false)
    if count > 0 { batches.append(batch) }
  }

  /// Steps 4 to 6, as far as their conditions are met.
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

  /// The poll counts of a station's threads after so many more polls from now on, which see all earlier
  /// publications.
  private static func polls(_ station: Station, after more: UInt64) -> [UInt64] {
    // Earlier stores must be visible before the counts are read.
    atomicMemoryFence(ordering: .sequentiallyConsistent)
    return station.threads.map { $0.polls + more }
  }

  private func isReady(_ batch: inout Batch, now: UInt64) -> Bool {
    guard batch.hasPassed() else { return false }
    return batch.phase != .isDrained || batch.renewed.allSatisfy { now >= $0.ticks + overlap }
  }

  /// Retires the previous generation, whose table entries are free afterwards.
  private func bury(_ renewed: (number: Int, generation: Int, ticks: UInt64), _ index: Int) {
    let (number, generation, ticks) = renewed
    let opens = directions[index].opens
    let opened = opens.packets(number, generation: generation - 1)
    state.withLock {
      $0.note(generation - 1, opened: opened)
      $0.retired += 1
    }
    opens.retire(number, generation: generation - 1)
    if let first = opens.firstTicks(number, generation: generation) { firsts.note(first - min(first, ticks)) }
    isHeld[index][number] = false
  }
}

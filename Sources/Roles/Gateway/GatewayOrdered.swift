import Cases
import Dataplane
import Model
import Tunnel
import Wire

/// `esp-ordered`, `wireguard-ordered`: one association, any thread encrypts or decrypts, and packets leave in
/// the order in which they came (Linux's wireguard; VPP's crypto_sw_scheduler).
///
/// ```
/// red → number → [encrypt] × n → release → black          black → dispatch → [decrypt] × n → release → red
/// ```
/// An `OrderQueue` connects the three. One thread assigns sequence numbers, and one marks them in the window
/// after the cipher, both in the order of arrival: so both are exact without a lock, and workers only read
/// the window. The window lags by the packets in the queue, and so do the high halves of extended numbers.
struct GatewayOrdered: SharedVisitor {
  typealias Failure = any Error
  let site: GatewaySite

  func visit<Format: SharedFormat>(_ format: Format.Type) throws -> [RoleThread] {
    try seal(format) + open(format)
  }

  private func seal<Format: SharedFormat>(_ format: Format.Type) throws -> [RoleThread] {
    if site.plan.isRenewed {
      let (numbers, sealer) = try site.renewedNumbers(format)
      return try seal(numbers, sealer)
    }
    let (association, key) = try site.association(format, site.sealing)
    return try seal(OwnNumbers(last: format.lastNumber(association))) { cursor in
      CursorSealer<Format.Sealer>(association, aead: try site.aead(key), cursor: cursor)
    }
  }

  private func seal(
    _ numbers: some PacketNumbers,
    _ sealer: (UnsafeMutablePointer<UnsafePointer<UInt64>>) throws -> some PacketSealer
  ) throws -> [RoleThread] {
    let threads = site.plan.orderedThreads(site.plan.sealing)
    var stages = threads.noStages
    let queue = site.orderQueue()

    let number = OrderStage.make(from: site.redInput(0), to: queue.entry, numbers)
    stages[threads.first].append((StageKind.receiveNumber.rawValue, number))
    for thread in threads.workers {
      let stage = try site.near(.seal, thread) {
        let work = queue.work(hasNumbers: false)
        return site.sealStage(
          try sealer(work.cursor), protocol: site.protocolNumber, from: work, to: work)
      }
      stages[thread].append((StageKind.encrypt.rawValue, stage))
    }
    let release = ForwardStage.make(Pass(), from: queue.exit(), to: site.blackOutput(0))
    stages[threads.last].append((StageKind.releaseSealed.rawValue, release))
    return stages.enumerated().map { site.thread(.seal, $0.offset, $0.element) }
  }

  private func open<Format: SharedFormat>(_ format: Format.Type) throws -> [RoleThread] {
    if site.plan.isRenewed { return try renewedOpen(format) }
    let (association, key) = try site.association(format, site.opening)
    let window = SharedReplayWindow(size: site.plan.windowSize)
    site.atEnd { window.deallocate() }
    return try open(window) { told in
      Format.SeenOpener(association, aead: try site.aead(key), window: SeenWindow(window, told: told))
    }
  }

  /// Opens renewed associations: each packet's generation goes with its number to the thread that marks.
  private func renewedOpen<Format: SharedFormat>(_ format: Format.Type) throws -> [RoleThread] {
    let set = try site.associations(site.opening, [0], generations: 2)
    let windows = site.renewedWindows()
    let opens = OpeningThreads(set) { windows[$0].restart() }
    site.renewedOpening = opens
    return try open(windows) { told in
      let scratch = try set.scratch()
      let (table, thread) = try set.renewedOpeners(firstSPI: TestKeys.firstSPI(site.opening), [0]) { end in
        Format.SeenOpener(
          format.association(end.terms), aead: end.aead(scratch),
          window: SeenWindow(windows[end.generation], told: told, generation: end.generation))
      }
      opens.add(thread)
      return table
    }
  }

  private func open(
    _ windows: some MarkedWindows, _ opener: (ToldNumbers) throws -> some PacketOpener
  ) throws -> [RoleThread] {
    let threads = site.plan.orderedThreads(site.plan.opening)
    var stages = threads.noStages
    let queue = site.orderQueue()

    let dispatch = OrderStage.make(
      from: site.blackInput(0, of: 1), to: queue.entry, OwnNumbers(last: .max))
    stages[threads.first].append((StageKind.dispatch.rawValue, dispatch))
    for thread in threads.workers {
      try site.near(.open, thread) {
        let work = queue.work(hasNumbers: true)
        guard let told = work.told else { return }
        let stage = site.openStage(try opener(told), protocol: site.protocolNumber, from: work, to: work)
        stages[thread].append((StageKind.decrypt.rawValue, stage))
      }
    }
    let exit = MarkingExit(queue.exit(), windows)
    let release = ForwardStage.make(
      Admit(UnsafePointer(exit.verdicts)), from: exit, to: site.redOutput(0))
    stages[threads.last].append((StageKind.release.rawValue, release))
    return stages.enumerated().map { site.thread(.open, $0.offset, $0.element) }
  }
}

/// The tasks of a direction's threads where order is kept.
struct OrderedThreads: Equatable {
  /// The thread that receives packets and puts them into the queue.
  let first = 0
  /// The threads that encrypt or decrypt.
  let workers: Range<Int>
  /// The thread that takes packets out of the queue and transmits them.
  let last: Int

  /// - Parameter frameBytes: the mean frame length, which determines a worker's time for a packet.
  init(_ count: Int, frameBytes: Int) {
    if count == 1 {
      (workers, last) = (0..<1, 0)
    } else if count <= 3 + frameBytes / 64 {
      // Both ends of the queue together cost some 40 ticks for a packet, the cipher 100 and 40 for each 64
      // bytes. While one thread can serve both ends, a second one is better used as a worker.
      (workers, last) = (1..<count, 0)
    } else {
      (workers, last) = (1..<count - 1, count - 1)
    }
  }

  /// The depth of each thread on a packet's path.
  var depths: [Int] {
    let count = max(workers.upperBound, last + 1)
    return (0..<count).map { workers.contains($0) && count > 1 ? 1 : $0 == first ? 0 : 2 }
  }

  fileprivate var noStages: [[(name: String, stage: AnyStage)]] { depths.map { _ in [] } }
}

extension CasePlan {
  /// The threads of a direction where order is kept.
  func orderedThreads(_ count: Int) -> OrderedThreads {
    OrderedThreads(count, frameBytes: Int(axes.meanFrameBytes))
  }

  /// Bursts that an order queue holds: twice as many full bursts as are under way.
  var orderedBursts: Int {
    var bursts = 128
    while bursts < 2 * inFlightFrames / Burst.capacity { bursts *= 2 }
    return bursts
  }
}

extension GatewaySite {
  /// The order queue of one direction.
  fileprivate func orderQueue() -> OrderQueue {
    let queue = OrderQueue(bursts: plan.orderedBursts)
    atEnd { withExtendedLifetime(queue) {} }
    return queue
  }
}

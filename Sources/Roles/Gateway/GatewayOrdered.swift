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
/// Between the three lies an `OrderQueue`. Numbers are given and, after the cipher, marked in the order of
/// arrival, each by one thread, so that both are exact without a lock; workers only look at the window. It
/// lags by what is in the queue, and so do the high halves of extended numbers.
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

  /// The generation goes to the thread that marks with each number.
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

/// Which threads of a direction do what where order is kept.
struct OrderedThreads: Equatable {
  /// Takes packets in.
  let first = 0
  /// Encrypt or decrypt.
  let workers: Range<Int>
  /// Lets packets out.
  let last: Int

  /// - Parameter frameBytes: of what they carry: it says how long a worker takes for a packet.
  init(_ count: Int, frameBytes: Int) {
    if count == 1 {
      (workers, last) = (0..<1, 0)
    } else if count <= 3 + frameBytes / 64 {
      // In and out cost some 40 ticks together, the cipher 100 and 40 for each 64 bytes: while workers take
      // longer than one thread for both, a second one would be missed among them.
      (workers, last) = (1..<count, 0)
    } else {
      (workers, last) = (1..<count - 1, count - 1)
    }
  }

  /// Of each thread.
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

  /// Bursts that an order queue holds: twice what is under way in full ones.
  var orderedBursts: Int {
    var bursts = 128
    while bursts < 2 * inFlightFrames / Burst.capacity { bursts *= 2 }
    return bursts
  }
}

extension GatewaySite {
  /// What keeps the order of one direction.
  fileprivate func orderQueue() -> OrderQueue {
    let queue = OrderQueue(bursts: plan.orderedBursts)
    atEnd { withExtendedLifetime(queue) {} }
    return queue
  }
}

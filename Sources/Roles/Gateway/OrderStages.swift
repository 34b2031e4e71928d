import Dataplane
import Tunnel
import Wire

/// The stage before an order queue: 1. receive a burst if the queue has room, 2. assign the next numbers to
/// its packets, 3. put it into the queue, 4. count.
///
/// If the queue is full, packets stay in the input; if that overflows, its drops are counted there.
package struct OrderStage<Input: BurstInput, Numbers: PacketNumbers>: Stage {
  var input: Input
  var entry: OrderEntry
  let counters: StageCounters
  let burst = Burst()
  private var numbers: Numbers

  private init(from input: Input, to entry: OrderEntry, _ numbers: Numbers, counters: StageCounters) {
    (self.input, self.entry, self.numbers, self.counters) = (input, entry, numbers, counters)
  }

  /// The stage, ready to be run by a core.
  package static func make(from input: Input, to entry: OrderEntry, _ numbers: Numbers) -> AnyStage {
    let counters = StageCounters()
    return AnyStage.make(
      OrderStage(from: input, to: entry, numbers, counters: counters), counters: counters)
  }

  package mutating func poll() -> Int {
    guard entry.hasRoom() else { return 0 }
    let received = input.receive(burst)
    guard received > 0 else { return 0 }

    let (first, count) = numbers.take(received)
    if count > 0 { entry.put(burst, count: count, first: first) }
    if count < received {
      burst.free(from: count, to: received)
      counters.drop(DropReason.sequenceExhausted.rawValue, received &- count)
    }
    counters.count(received: received, transmitted: count)
    return received
  }

  package func deallocate() {
    input.deallocate()
    burst.deallocate()
  }
}

/// The exit of an order queue for opened packets: 1. take the oldest burst, 2. mark the numbers of its
/// authentic packets in the window, in the order of arrival. One thread does all marking. It also marks
/// packets that workers dropped after the cipher, for these have used up their numbers.
package struct MarkingExit<Windows: MarkedWindows>: BurstInput {
  private var exit: OrderExit
  private let windows: Windows
  /// The verdicts on the packets that `receive` returned last.
  package let verdicts: UnsafeMutablePointer<DropReason>

  package init(_ exit: OrderExit, _ windows: Windows) {
    (self.exit, self.windows) = (exit, windows)
    verdicts = .allocateLines(Burst.capacity)
    verdicts.initialize(repeating: .none, count: Burst.capacity)
  }

  @inline(__always)
  package mutating func receive(_ burst: Burst) -> Int {
    while true {
      let count = exit.receive(burst)
      guard exit.told > 0 else { return count }
      windows.mark(exit.numbers, count: exit.told, verdicts: verdicts)
      if exit.told > count { leaveKept() }
      if count > 0 { return count }
    }
  }

  /// Moves the verdicts on the remaining packets together, without those on dropped ones.
  private func leaveKept() {
    var next = 0
    var index = 0
    while index < exit.told {
      if exit.kept & 1 &<< UInt64(truncatingIfNeeded: index) != 0 {
        verdicts[next] = verdicts[index]
        next &+= 1
      }
      index &+= 1
    }
  }

  package func deallocate() {
    exit.deallocate()
    verdicts.deallocate()
  }
}

/// Passes the packets whose numbers were fresh when they were marked, and drops replays.
package struct Admit: PacketTransform {
  package static var touchesPackets: Bool { false }

  private let verdicts: UnsafePointer<DropReason>
  private var next = 0

  /// - Parameter verdicts: the verdicts on a burst's packets; the owner of the memory is `MarkingExit`.
  package init(_ verdicts: UnsafePointer<DropReason>) { self.verdicts = verdicts }

  @inline(__always)
  package mutating func begin(burst count: Int) { next = 0 }

  @inline(__always)
  package mutating func finish(_ packet: Packet, in work: WorkPointer) -> DropReason {
    next &+= 1
    return verdicts[next &- 1]
  }
}

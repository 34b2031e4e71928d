import Dataplane
import Tunnel
import Wire

/// The only thread that assigns sequence numbers (paper, Fig. 4): 1. receive a burst, 2. assign the next
/// numbers to its packets, 3. hand it to the next encryption stage in turn, 4. count.
///
/// It never touches a packet: the number travels beside it. So a burst costs a few loads and stores, and the
/// packets' memory goes straight to the thread that encrypts them.
package struct SequenceStage<Input: BurstInput, Numbers: PacketNumbers>: Stage {
  var input: Input
  let outputs: Fan<NumberedOutput>
  let table: ShareTable
  let counters: StageCounters
  let burst: Burst
  let numbered: NumberedBurst
  var numbers: Numbers
  private var turn = 0

  private init(
    from input: Input, to outputs: [NumberedOutput], shares: [Int], _ numbers: Numbers,
    counters: StageCounters
  ) {
    self.input = input
    self.outputs = Fan(outputs)
    self.numbers = numbers
    self.counters = counters
    table = ShareTable(shares)
    burst = Burst()
    numbered = NumberedBurst()
  }

  /// The stage, ready to be run by a core.
  /// - Parameter shares: the share of each output; their sum is `DirectionAssignment.units`.
  package static func make(
    from input: Input, to outputs: [NumberedOutput], shares: [Int], _ numbers: Numbers
  ) -> AnyStage {
    let counters = StageCounters()
    return AnyStage.make(
      SequenceStage(from: input, to: outputs, shares: shares, numbers, counters: counters),
      counters: counters)
  }

  package mutating func poll() -> Int {
    let received = input.receive(burst)
    guard received > 0 else { return 0 }

    let (first, count) = numbers.take(received)
    numbered.fill(burst, count: count, from: first)

    let sent = outputs[table[turn]].transmit(numbered, count: count)
    turn &+= 1
    if sent < received {
      burst.free(from: sent, to: received)
      if count > sent { counters.drop(DropReason.queueFull.rawValue, count &- sent) }
      if received > count { counters.drop(DropReason.sequenceExhausted.rawValue, received &- count) }
    }
    counters.count(received: received, transmitted: sent)
    return received
  }

  package func deallocate() {
    input.deallocate()
    outputs.deallocate()
    table.deallocate()
    burst.deallocate()
    numbered.deallocate()
  }
}

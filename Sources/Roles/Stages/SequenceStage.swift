import Dataplane
import Wire

/// The one thread that numbers (paper, Fig. 4): 1. receive a burst, 2. give its packets the next sequence
/// numbers, 3. hand it to the encryption stage whose turn it is, 4. count.
///
/// It never touches a packet: a number travels beside it. So the burst costs a few reads and writes, and
/// the packets' memory goes straight to the thread that encrypts them.
package struct SequenceStage<Input: BurstInput>: Stage {
  var input: Input
  let outputs: Fan<NumberedOutput>
  let table: ShareTable
  let counters: StageCounters
  let burst: Burst
  let numbered: NumberedBurst
  /// The last number given.
  var number: UInt64 = 0
  /// The last number that the association may use.
  let last: UInt64
  private var turn = 0

  private init(
    from input: Input, to outputs: [NumberedOutput], shares: [Int], last: UInt64, counters: StageCounters
  ) {
    self.input = input
    self.outputs = Fan(outputs)
    self.last = last
    self.counters = counters
    table = ShareTable(shares)
    burst = Burst()
    numbered = NumberedBurst()
  }

  /// The stage, ready to be run by a core.
  /// - Parameters:
  ///   - shares: of each output, together `DirectionAssignment.units`.
  ///   - last: the last number that the association may use.
  package static func make(
    from input: Input, to outputs: [NumberedOutput], shares: [Int], last: UInt64, after number: UInt64 = 0
  ) -> AnyStage {
    let counters = StageCounters()
    var stage = SequenceStage(from: input, to: outputs, shares: shares, last: last, counters: counters)
    stage.number = number
    return AnyStage.make(stage, counters: counters)
  }

  package mutating func poll() -> Int {
    let received = input.receive(burst)
    guard received > 0 else { return 0 }

    let left = last &- number
    let count = left < UInt64(truncatingIfNeeded: received) ? Int(truncatingIfNeeded: left) : received
    numbered.fill(burst, count: count, from: number &+ 1)
    number &+= UInt64(truncatingIfNeeded: count)

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

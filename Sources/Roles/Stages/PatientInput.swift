import Dataplane

/// Leaves a queue that was not full alone for a while, as one does who has packets to work on.
///
/// Whoever does nothing with packets asks an empty queue again and again, and takes its cache lines from the
/// writer each time: a sink so held a tester at a third of what it brings to a gateway.
package struct PatientInput<Input: BurstInput>: BurstInput {
  /// Between two looks at a queue that was not full: so long that whole bursts come at some four million
  /// packets a second, for a tester that hands over a few at a time is a slower one.
  package static var pauseMicroseconds: UInt64 { 16 }

  private var input: Input
  private let pause: UInt64
  private var next: UInt64 = 0

  package init(_ input: Input) {
    self.input = input
    pause = EAL.ticksPerSecond / 1_000_000 * Self.pauseMicroseconds
  }

  @inline(__always)
  package mutating func receive(_ burst: Burst) -> Int {
    let now = EAL.ticks
    guard now >= next else { return 0 }
    let count = input.receive(burst)
    if count < Burst.capacity { next = now &+ pause }
    return count
  }

  package func deallocate() { input.deallocate() }
}

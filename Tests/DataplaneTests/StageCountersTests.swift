import Dataplane
import Testing

@Suite struct StageCountersTests {
  /// A snapshot whose fields are `first`, `first + step`, …, and whose drops go on so.
  static func snapshot(_ first: UInt64, step: UInt64 = 1) -> StageSnapshot {
    func value(_ index: Int) -> UInt64 { first + step * UInt64(index) }
    var snapshot = zero
    for (index, field) in fields.enumerated() { snapshot[keyPath: field] = value(index) }
    snapshot.drops = (0..<StageCounters.dropReasons).map { value(fields.count + $0) }
    return snapshot
  }

  static var fields: [WritableKeyPath<StageSnapshot, UInt64>] {
    [
      \.received, \.transmitted, \.busyPolls, \.emptyPolls, \.busyTicks, \.busyPackets, \.stalledPolls,
      \.stalledTicks,
    ]
  }

  static let zero = counted { _ in }

  static func counted(_ body: (StageCounters) -> Void) -> StageSnapshot {
    let counters = StageCounters()
    defer { counters.deallocate() }
    body(counters)
    return counters.snapshot
  }

  @Test func startsAtZero() {
    let zero = Self.counted { _ in }
    for field in Self.fields { #expect(zero[keyPath: field] == 0) }
    #expect(zero.drops == [UInt64](repeating: 0, count: StageCounters.dropReasons))
  }

  @Test func countsBursts() {
    var expected = Self.zero
    expected.received = 64 + 3
    expected.transmitted = 60 + 3
    let snapshot = Self.counted {
      $0.count(received: 64, transmitted: 60)
      $0.count(received: 3, transmitted: 3)
    }
    #expect(snapshot == expected)
  }

  @Test func countsEachReasonApart() {
    let snapshot = Self.counted { counters in
      for reason in 0..<StageCounters.dropReasons { counters.drop(UInt8(reason), reason) }
      counters.drop(7)
    }
    var expected = Self.zero
    expected.drops = (0..<StageCounters.dropReasons).map { UInt64($0) }
    expected.drops[7] += 1
    #expect(snapshot == expected)
    #expect(snapshot.dropped == UInt64(63 * 64 / 2 + 1))
  }

  enum Kind { case empty, busy, stalled }

  /// Packets, ticks, and what such a poll is with a limit of 100 ticks.
  static let polls: [(packets: Int, ticks: UInt64, kind: Kind)] = [
    (0, 1, .empty), (0, 100, .empty), (0, 101, .empty), (0, .max, .empty),
    (1, 0, .busy), (64, 99, .busy), (64, 100, .busy), (1, 101, .stalled), (64, 1 << 40, .stalled),
  ]

  @Test(arguments: polls) func aPollIsBusyEmptyOrStalled(packets: Int, ticks: UInt64, kind: Kind) {
    var expected = Self.zero
    switch kind {
    case .empty: expected.emptyPolls = 1
    case .busy:
      expected.busyPolls = 1
      expected.busyTicks = ticks
      expected.busyPackets = UInt64(packets)
      if packets == Burst.capacity { expected.fullBursts = TickCounts(burstTicks: [ticks]) }
    case .stalled:
      expected.stalledPolls = 1
      expected.stalledTicks = ticks
    }
    #expect(Self.counted { $0.poll(packets: packets, ticks: ticks, limit: 100) } == expected)
  }

  @Test func stalledPollsDoNotRaiseTheCostOfAPacket() {
    let snapshot = Self.counted { counters in
      for _ in 0..<10 { counters.poll(packets: 32, ticks: 64, limit: 100) }
      counters.poll(packets: 32, ticks: 1_000_000, limit: 100)
    }
    #expect(snapshot.busyTicks / snapshot.busyPackets == 2)
    #expect(snapshot.busyPackets == 320)
    #expect(snapshot.stalledTicks == 1_000_000)
  }

  @Test func addsAndSubtractsFieldByField() {
    let early = Self.snapshot(5)
    let late = Self.snapshot(1000, step: 3)
    #expect(early + late == Self.snapshot(1005, step: 4))
    #expect(late - early == Self.snapshot(995, step: 2))
    #expect((early + late) - late == early)
    #expect(early - early == Self.zero)
    #expect(early + Self.zero == early)
  }

  @Test func twoStagesShareNothing() {
    let a = StageCounters()
    let b = StageCounters()
    defer {
      a.deallocate()
      b.deallocate()
    }
    a.count(received: 1, transmitted: 0)
    b.drop(31, 5)
    #expect(a.snapshot.received == 1 && a.snapshot.dropped == 0)
    #expect(b.snapshot.received == 0 && b.snapshot.drops[31] == 5)
  }
}

import Dataplane
import Testing

extension OnDPDK {
  /// The loop of a dataplane thread, with stages that only count.
  @Suite struct CoreTests {
    /// Moves a packet at every fourth poll; notes the turn in which it was polled.
    struct Ticker: Stage {
      let turns: UnsafeMutablePointer<UInt64>
      var polls = 0

      mutating func poll() -> Int {
        polls &+= 1
        turns.pointee &+= 1
        return polls & 3 == 0 ? 5 : 0
      }

      func deallocate() {}
    }

    static func withTickers<Result>(
      _ count: Int, _ body: ([AnyStage], UnsafeMutablePointer<UInt64>) throws -> Result
    ) throws -> Result {
      let turns = UnsafeMutablePointer<UInt64>.allocate(capacity: count)
      turns.initialize(repeating: 0, count: count)
      defer { turns.deallocate() }
      let stages = (0..<count).map {
        AnyStage.make(Ticker(turns: turns + $0), counters: StageCounters())
      }
      return try body(stages, turns)
    }

    @Test(arguments: [1, 3]) func pollsItsStagesInTurnAndChargesEach(count: Int) throws {
      let environment = try TestHost.shared().environment
      try Self.withTickers(count) { stages, turns in
        let core = Core(stages, Core.Options())
        let start = EAL.ticks
        try core.start(on: 0, of: environment)
        let isRunning = waitUntil { SharedFlag.read(turns + (count - 1)) > 1000 }
        core.stop(index: 0)
        let elapsed = EAL.ticks - start
        #expect(isRunning)

        for index in 0..<count {
          let counters = stages[index].counters.snapshot
          #expect(turns[index] == turns[0], "all stages are polled equally often")
          #expect(counters.emptyPolls + counters.busyPolls + counters.stalledPolls == turns[index])
          // Every fourth poll moves 5 packets.
          #expect(counters.busyPolls + counters.stalledPolls == turns[index] / 4)
          #expect(counters.busyPackets == counters.busyPolls * 5)
        }
        // No moment is charged twice.
        let charged = stages.reduce(UInt64(0)) { sum, stage in
          let counters = stage.counters.snapshot
          return sum + counters.busyTicks + counters.stalledTicks
        }
        #expect(charged > 0)
        #expect(charged <= elapsed)
      }
    }

    @Test func stopsAndStartsAgain() throws {
      let environment = try TestHost.shared().environment
      try Self.withTickers(1) { stages, turns in
        let core = Core(stages, Core.Options())
        for _ in 0..<20 {
          let before = turns[0]
          try core.start(on: 0, of: environment)
          let isRunning = waitUntil { SharedFlag.read(turns) > before }
          core.stop(index: 0)
          #expect(isRunning)
        }
      }
    }

    @Test func aBusyThreadIsRefused() throws {
      let environment = try TestHost.shared().environment
      try Self.withTickers(2) { stages, _ in
        let first = Core([stages[0]], Core.Options())
        let second = Core([stages[1]], Core.Options())
        try first.start(on: 0, of: environment)
        #expect(throws: DataplaneError.environment(reason: "thread 0 is busy")) {
          try second.start(on: 0, of: environment)
        }
        first.stop(index: 0)
        try second.start(on: 0, of: environment)
        second.stop(index: 0)
      }
    }

    @Test func aThreadThatIsNotThereIsRefused() throws {
      let environment = try TestHost.shared().environment
      let cpus = environment.cpus.count
      let core = Core([], Core.Options())
      #expect(throws: DataplaneError.threads(wanted: cpus + 1, available: cpus)) {
        try core.start(on: cpus, of: environment)
      }
    }

    @Test func aStageIsFreedWithItsCore() throws {
      let turns = UnsafeMutablePointer<UInt64>.allocate(capacity: 1)
      defer { turns.deallocate() }
      weak var stage: AnyStage?
      do {
        let made = AnyStage.make(Ticker(turns: turns), counters: StageCounters())
        stage = made
        let core = Core([made], Core.Options())
        #expect(core.stages.count == 1)
      }
      #expect(stage == nil)
    }
  }
}

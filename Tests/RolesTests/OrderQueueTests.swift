import Basics
import Dataplane
import Roles
import Testing
import Tunnel
import Wire

extension OnDPDK {
  /// What keeps the order of packets that several threads work on.
  @Suite struct OrderQueueTests {
    /// A worker, and the burst that it is at.
    final class Worker {
      let work: OrderedWork
      let burst = Burst()
      var count = 0

      init(_ queue: OrderQueue) { work = queue.work(hasNumbers: true) }

      deinit {
        burst.deallocate()
        work.deallocate()
      }
    }

    /// A queue with an entry, workers and an exit, all on this thread.
    final class Bench {
      let packets: TestPackets
      let queue: OrderQueue
      var entry: OrderEntry
      let workers: [Worker]
      var exit: OrderExit
      /// Numbers of packets that have come, and of those that were dropped on the way.
      var came = 0
      var dropped: Set<Int> = []
      var left: [Int] = []
      /// Numbers that were told of packets that had been dropped.
      var told: Set<Int> = []

      init(_ packets: TestPackets, workers count: Int, bursts: Int) throws {
        self.packets = packets
        let queue = OrderQueue(bursts: bursts)
        self.queue = queue
        entry = queue.entry
        workers = (0..<count).map { _ in Worker(queue) }
        exit = queue.exit()
      }

      deinit { exit.deallocate() }

      func put(_ count: Int) throws {
        try #require(packets.pool.source.allocate(packets.burst, count: count))
        for (index, frame) in marked(came..<came + count).enumerated() { packets.burst[index].put(frame) }
        entry.put(packets.burst, count: count, first: UInt64(came))
        came += count
      }

      func claim(_ worker: Worker) {
        worker.count = worker.work.receive(worker.burst)
        for index in 0..<worker.count {
          #expect(worker.burst[index].frame == big(worker.work.cursor.pointee[index], 8))
        }
      }

      /// A worker is done with its burst, of which each packet may be dropped.
      func finish(_ worker: Worker, isKept: (Int) -> Bool) {
        var kept = 0
        for index in 0..<worker.count {
          let number = worker.work.cursor.pointee[index]
          // Of some of those that are dropped the exit must know.
          if isKept(Int(number)) || number % 2 == 0 { worker.work.told?.tell(number) }
          if isKept(Int(number)) {
            worker.burst[kept] = worker.burst[index]
            worker.work.told?.keepLast()
            kept += 1
          } else {
            dropped.insert(Int(number))
            worker.burst[index].free()
          }
        }
        #expect(worker.work.transmit(worker.burst, count: kept) == kept)
        worker.count = 0
      }

      /// What comes out goes back to the pool.
      /// - Returns: how many numbers have come.
      func take() -> Int {
        let count = exit.receive(packets.burst)
        var taken = 0
        for index in 0..<exit.told {
          let number = exit.numbers[index]
          guard exit.kept >> UInt64(index) & 1 == 1 else {
            told.insert(Int(number))
            continue
          }
          #expect(packets.burst[taken].frame == big(number, 8))
          left.append(Int(number))
          taken += 1
        }
        let beyond = exit.told == 0 ? 0 : exit.kept >> UInt64(exit.told)
        #expect(taken == count && beyond == 0)
        packets.burst.free(from: 0, to: count)
        return exit.told
      }
    }

    @Test(arguments: 1...8, [1, 2, 8, 64]) func theOrderIsThatOfArrival(workers: Int, bursts: Int) throws {
      let packets = try TestPackets("order")
      defer { withExtendedLifetime(packets) {} }
      let bench = try Bench(packets, workers: workers, bursts: bursts)
      var random = SplitMix64(state: UInt64(workers * 100 + bursts))
      var refused = 0
      for _ in 0..<4_000 {
        switch Int.random(in: 0..<4, using: &random) {
        case 0:
          if bench.entry.hasRoom() {
            try bench.put(Int.random(in: 1...16, using: &random))
          } else {
            refused += 1
          }
        case 1, 2:
          let worker = bench.workers[Int.random(in: 0..<workers, using: &random)]
          if worker.count == 0 {
            bench.claim(worker)
          } else {
            // Of some bursts nothing is left.
            let all = Int.random(in: 0..<5, using: &random)
            bench.finish(worker) { all == 1 || (all > 1 && ($0 % 7 != 3)) }
          }
        default: _ = bench.take()
        }
      }
      // Whatever was claimed is done now, and all comes out.
      var idle = 0
      while idle < 2 {
        for worker in bench.workers {
          if worker.count == 0 { bench.claim(worker) }
          if worker.count > 0 { bench.finish(worker) { _ in true } }
        }
        idle = bench.take() == 0 ? idle + 1 : 0
      }
      #expect(bench.left == (0..<bench.came).filter { !bench.dropped.contains($0) })
      #expect(bench.told == bench.dropped.filter { $0 % 2 == 0 })
      #expect(bench.left.count > 300 && bench.dropped.count > 100)
      #expect(bursts > 8 || refused > 50)
      #expect(bench.packets.pool.inUse == 0)
    }

    @Test func aBurstThatIsNotDoneHoldsUpWhatCameLater() throws {
      let packets = try TestPackets("order")
      defer { withExtendedLifetime(packets) {} }
      let bench = try Bench(packets, workers: 2, bursts: 8)
      try bench.put(3)
      try bench.put(2)
      bench.claim(bench.workers[0])
      bench.claim(bench.workers[1])
      #expect(bench.workers.map(\.count) == [3, 2])
      bench.finish(bench.workers[1]) { _ in true }
      #expect(bench.take() == 0)
      // Nothing of it is left but two numbers, and yet it has its turn.
      bench.finish(bench.workers[0]) { _ in false }
      #expect(bench.take() == 2 && bench.left == [] && bench.told == [0, 2])
      #expect(bench.take() == 2)
      #expect(bench.left == [3, 4] && bench.take() == 0)
    }

    @Test func whatIsUnderWayGoesWithTheQueue() throws {
      let packets = try TestPackets("order")
      for _ in 0..<20 {
        let bench = try Bench(packets, workers: 1, bursts: 4)
        try bench.put(9)
        try bench.put(5)
        bench.claim(bench.workers[0])
        bench.finish(bench.workers[0]) { $0 % 2 == 0 }
        #expect(bench.packets.pool.inUse == 10)
        withExtendedLifetime(bench) {}
      }
      #expect(packets.pool.inUse == 0)
    }

    /// In front of the queue a stage numbers, waits for room, and stops at the last number.
    @Test func theStageInFrontGivesEveryNumberOnce() throws {
      let packets = try TestPackets("order")
      let input = try HandOver(name: "order in", slots: 1024)
      let queue = OrderQueue(bursts: 2)
      let stage = OrderStage.make(from: input.queue, to: queue.entry, OwnNumbers(last: 150))
      let worker = queue.work(hasNumbers: false)
      var exit = queue.exit()
      defer {
        worker.deallocate()
        exit.deallocate()
        withExtendedLifetime((input, queue)) {}
      }
      for _ in 0..<4 { try packets.put(marked(0..<64), input.queue) }
      #expect((0..<3).map { _ in stage.poll() } == [64, 64, 0])
      var numbers: [UInt64] = []
      for _ in 0..<3 {
        let count = worker.receive(packets.burst)
        numbers += (0..<count).map { worker.cursor.pointee[$0] }
        _ = worker.transmit(packets.burst, count: count)
        #expect(exit.receive(packets.burst) == count)
        packets.burst.free(from: 0, to: count)
        _ = stage.poll()
      }
      #expect(numbers == Array(1...150))
      #expect(stage.counters.snapshot.drops[Int(DropReason.sequenceExhausted.rawValue)] == 256 - 150)
      #expect(packets.pool.inUse == 0)
    }
  }
}

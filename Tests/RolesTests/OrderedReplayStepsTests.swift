import Dataplane
import Foundation
import Roles
import Synchronization
import Testing
import Tunnel
import Wire

extension OnDPDK {
  /// The queue and the window of systems that keep the order, on real threads: one that puts packets in, 1
  /// to 8 that look at the window and may pause or drop, before the cipher or behind it, one that lets
  /// packets out and marks. VPEBENCH_REPLAY_STEPS says how many
  /// packets there are in all, as for `ReplayStepsTests`; ThreadSanitizer looks on in
  /// `tools/test-sanitized threads`.
  ///
  /// The judge is a window on one thread that sees all packets, burst by burst, in the order in which they
  /// came: workers look at what came before, so exactly what it lets pass comes out, in that order.
  @Suite struct OrderedReplayStepsTests {
    private static let steps =
      ProcessInfo.processInfo.environment["VPEBENCH_REPLAY_STEPS"].flatMap { Int($0) } ?? 1_000_000
    private static let sizes = [64, 1000]
    private static let bursts = 8

    @Test(arguments: 1...8) func whatPassesIsWhatOneThreadWouldLetPass(workers: Int) throws {
      _ = try TestHost.shared()
      for size in Self.sizes {
        let world = try World(
          "ordered \(workers) \(size)", size: size, packets: Self.steps / (8 * Self.sizes.count))
        defer { world.deallocate() }
        Self.onThreads(workers + 2) { thread in
          switch thread {
          case 0: world.put()
          case 1: world.take()
          default: world.work(seed: UInt64(thread))
          }
        }
        #expect(world.isMixedUp.load(ordering: .relaxed) == 0, "a packet has not come with its number")
        let judge = SharedReplayWindow(size: size)
        defer { judge.deallocate() }
        var (wrong, passed, next) = (0, 0, 0)
        while next < world.count {
          let positions = next..<min(next + World.length(at: next), world.count)
          let numbers = positions.map { World.number($0, size) }
          var verdicts = [DropReason](repeating: .segmented, count: numbers.count)
          judge.checkAndMark(numbers, count: numbers.count, verdicts: &verdicts)
          for (position, verdict) in zip(positions, verdicts) {
            let passes = verdict == .none && !World.isKeepalive(position)
            passed += passes ? 1 : 0
            wrong += passes == world.hasPassed[position] ? 0 : 1
          }
          next = positions.upperBound
        }
        #expect(wrong == 0 && world.window.top == judge.top, "window \(size)")
        #expect(passed > world.count / 3 && passed < world.count, "packets must both pass and be refused")
      }
    }

    /// Runs `body` on as many threads, and waits for all.
    private static func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
      let group = DispatchGroup()
      for index in 0..<count {
        group.enter()
        Thread {
          body(index)
          group.leave()
        }.start()
      }
      group.wait()
    }

    /// The queue, the window, and what has come out.
    private final class World: @unchecked Sendable {
      let count: Int
      let size: Int
      let window: SharedReplayWindow
      let queue = OrderQueue(bursts: OrderedReplayStepsTests.bursts)
      /// Packets whose number was another one's, or that came out in the wrong order.
      let isMixedUp = Atomic<Int>(0)
      private let isOver = Atomic<Bool>(false)
      /// Of each packet, whether it came out as fresh: the last thread's.
      var hasPassed: [Bool]
      private let pool: PacketPool
      private var bursts: [Burst] = []

      /// - Parameter name: of its pool, which a thread that ends may hold a little longer.
      init(_ name: String, size: Int, packets count: Int) throws {
        (self.size, self.count) = (size, count)
        window = SharedReplayWindow(size: size)
        hasPassed = Array(repeating: false, count: count)
        // More than there are slots for: a packet is used again when it has surely come out.
        pool = try PacketPool(name: name, count: 64 * (OrderedReplayStepsTests.bursts + 4))
        for _ in 0..<OrderedReplayStepsTests.bursts + 2 {
          bursts.append(Burst())
          guard pool.source.allocate(bursts[bursts.count - 1], count: Burst.capacity) else {
            throw Exhausted()
          }
        }
      }

      struct Exhausted: Error {}

      func deallocate() {
        for burst in bursts {
          burst.free(from: 0, to: Burst.capacity)
          burst.deallocate()
        }
        window.deallocate()
      }

      /// The sequence number of the packet at a position in the order of arrival: numbers rise, with some
      /// that come again, late ones, and jumps.
      static func number(_ position: Int, _ size: Int) -> UInt64 {
        var hash = UInt64(position) &* 0x9E37_79B9_7F4A_7C15
        hash ^= hash >> 29
        hash = hash &* 0xBF58_476D_1CE4_E5B9
        let lag = hash >> 60 == 0 ? UInt64(2 * size) : 24
        let front = UInt64(position / 4 * 3 + position / 5000 * 700 + 40)
        let back = hash >> 8 % lag
        return front > back ? front - back : 1
      }

      /// Whether a worker drops the packet, though it is authentic.
      static func isKeepalive(_ position: Int) -> Bool { position * 7 % 23 < 3 || position / 500 % 9 == 2 }

      /// Packets of the burst that begins at a position.
      static func length(at position: Int) -> Int { 1 + position % 61 }

      /// One thread: packets in bursts of any length; behind the last one comes one with the number 0.
      func put() {
        var entry = queue.entry
        let burst = Burst()
        defer { burst.deallocate() }
        var next = 0
        while next <= count {
          guard entry.hasRoom() else {
            sched_yield()
            continue
          }
          let length = min(Self.length(at: next), count + 1 - next)
          for index in 0..<length {
            let position = next + index
            let home = position % (bursts.count * Burst.capacity)
            burst[index] = bursts[home / Burst.capacity][home % Burst.capacity]
            burst[index].tag = UInt64(position)
          }
          entry.put(burst, count: length, first: UInt64(next))
          next += length
        }
      }

      /// A worker: takes a burst, looks at the window, pauses, drops what is not fresh.
      func work(seed: UInt64) {
        let work = queue.work(hasNumbers: true)
        let burst = Burst()
        defer {
          work.deallocate()
          burst.deallocate()
        }
        guard let told = work.told else { return }
        var turns = seed
        while !isOver.load(ordering: .relaxed) {
          let received = work.receive(burst)
          if received == 0 {
            sched_yield()
            continue
          }
          var kept = 0
          for index in 0..<received {
            let position = work.cursor.pointee[index]
            if burst[index].tag != position { isMixedUp.wrappingAdd(1, ordering: .relaxed) }
            let isLast = position == UInt64(count)
            let number = isLast ? 0 : Self.number(Int(position), size)
            guard isLast || window.check(number) == .none else { continue }
            told.tell(number)
            if !isLast, Self.isKeepalive(Int(position)) { continue }
            burst[kept] = burst[index]
            told.keepLast()
            kept += 1
          }
          turns &+= 1
          for _ in 0..<(turns % 16 == 0 ? 20 : turns % 4 == 0 ? 1 : 0) { sched_yield() }
          _ = work.transmit(burst, count: kept)
        }
      }

      /// One thread: marks as the releasing stage does.
      func take() {
        var exit = MarkingExit(queue.exit(), window)
        var admit = Admit(UnsafePointer(exit.verdicts))
        let (burst, work) = (Burst(), WorkPointer.allocateLines(1))
        work.initialize(to: PacketWork())
        defer {
          exit.deallocate()
          burst.deallocate()
          work.deallocate()
        }
        var last = -1
        while true {
          let received = exit.receive(burst)
          if received == 0 { sched_yield() }
          if received > 0 { admit.begin(burst: received) }
          for index in 0..<received {
            let position = Int(burst[index].tag)
            if position <= last { isMixedUp.wrappingAdd(1, ordering: .relaxed) }
            last = position
            let verdict = admit.finish(burst[index], in: work)
            guard position < count else {
              isOver.store(true, ordering: .relaxed)
              return
            }
            hasPassed[position] = verdict == .none
          }
        }
      }
    }
  }
}

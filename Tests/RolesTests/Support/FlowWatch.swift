import Dataplane
import Roles

/// A DUT that hands frames on as they are, and counts those of each flow by the port that it reads in them.
struct FlowWatch: Stage {
  /// Frames so far, by flow. Plain memory: call `deallocate()` once the stage has gone.
  struct Count {
    fileprivate let values: UnsafeMutablePointer<UInt64>

    init() {
      values = .allocate(capacity: 1 << 16)
      values.initialize(repeating: 0, count: 1 << 16)
    }

    func deallocate() { values.deallocate() }

    func seen(ofFlow flow: Int) -> UInt64 { values[flow] }
  }

  private let count: Count
  private let input, output: PortQueue
  private let burst = Burst()

  static func make(_ count: Count, from input: PortQueue, to output: PortQueue) -> AnyStage {
    AnyStage.make(FlowWatch(count, input, output), counters: StageCounters())
  }

  private init(_ count: Count, _ input: PortQueue, _ output: PortQueue) {
    (self.count, self.input, self.output) = (count, input, output)
  }

  mutating func poll() -> Int {
    let received = input.receive(burst)
    for index in 0..<received {
      // The UDP source port of a frame of IPv4.
      let port = burst[index].data.loadUnaligned(fromByteOffset: 34, as: UInt16.self).bigEndian
      count.values[Int(TestFrame.flow(ofPort: port))] += 1
    }
    let taken = output.transmit(burst, count: received)
    burst.free(from: taken, to: received)
    return received
  }

  func deallocate() { burst.deallocate() }
}

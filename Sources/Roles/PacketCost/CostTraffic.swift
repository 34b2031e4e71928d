import Basics
import Tunnel
import Wire

/// Which packet of a packet-cost measurement is of which tunnel, and under which number it is sealed where
/// another thread gives the numbers.
///
/// Tunnels come in random order, each once before any comes again: uniformly, all of them, and with nothing
/// left in the core's own caches of what more of them need than fits.
final class CostTraffic {
  /// How many tunnels there are.
  let tunnels: Int
  /// The tunnel of each packet of the pass.
  private(set) var places: [Int]
  /// Points to the number of the packet that is sealed next.
  let cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>
  private let numbers: UnsafeMutablePointer<UInt64>
  private var counters: [UInt64]
  private let workers: UInt64
  private var order: [Int]
  private var next: Int
  private var random: SplitMix64

  /// - Parameters:
  ///   - packets: of a pass.
  ///   - starts: how many packets of each tunnel this thread had before.
  ///   - workers: threads that share a tunnel's numbers.
  init(packets: Int, starts: [UInt64], workers: Int, seed: UInt64) {
    tunnels = starts.count
    places = Array(repeating: 0, count: packets)
    numbers = .allocateLines(packets)
    numbers.initialize(repeating: 0, count: packets)
    cursor = .allocateLines(1)
    cursor.initialize(to: UnsafePointer(numbers))
    counters = starts
    self.workers = UInt64(workers)
    order = Array(0..<starts.count)
    next = order.count
    random = SplitMix64(state: seed)
  }

  deinit {
    numbers.deallocate()
    cursor.deallocate()
  }

  /// The number of a thread's packet where several share the numbers block by block, as a pipeline steers
  /// them (`SequenceChooser`), and this thread has the first block of each round.
  static func number(_ packet: UInt64, workers: UInt64) -> UInt64 {
    let block = packet >> SequenceBlock.bits
    return packet &+ (block &* (workers &- 1)) << SequenceBlock.bits
  }

  /// Draws the tunnels of the next pass.
  func nextPass() {
    for index in places.indices {
      if next == order.count { shuffle() }
      let tunnel = order[next]
      next += 1
      places[index] = tunnel
      counters[tunnel] &+= 1
      numbers[index] = CostTraffic.number(counters[tunnel], workers: workers)
    }
    cursor.pointee = UnsafePointer(numbers)
  }

  /// Fisher and Yates; not the standard library's, which may change between versions of Swift.
  private func shuffle() {
    for last in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(last, Int(random.next().multipliedFullWidth(by: UInt64(last + 1)).high))
    }
    next = 0
  }

  /// Passes in which every tunnel comes at least once.
  var passesToTouchAll: Int { (tunnels + places.count - 1) / places.count }

  /// Addresses the inner packet at `inner` to a host behind the tunnel of packet `index`.
  func address(_ inner: UnsafeMutableRawPointer, _ index: Int) {
    TestAddress.write(inner, tunnel: UInt32(places[index]))
  }
}

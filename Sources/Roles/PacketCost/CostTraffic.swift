import Basics
import Tunnel
import Wire

/// Assigns the packets of a packet-cost measurement to tunnels, and, where another thread assigns them, gives
/// their sequence numbers.
///
/// Tunnels come in random order, each once before any comes again. So all are used equally, and if their
/// state does not fit into the core's own caches, none of it remains there.
final class CostTraffic {
  /// How many tunnels there are.
  let tunnels: Int
  /// The tunnel of each packet of the current pass.
  private(set) var tunnelsOfPackets: [Int]
  /// Points to the sequence number of the packet that is sealed next.
  let cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>
  private let numbers: UnsafeMutablePointer<UInt64>
  private var counters: [UInt64]
  private let workers: UInt64
  private var order: [Int]
  private var next: Int
  private var random: SplitMix64

  /// - Parameters:
  ///   - packets: packets of a pass.
  ///   - starts: for each tunnel the packets that this thread had before.
  ///   - workers: threads that share a tunnel's numbers.
  init(packets: Int, starts: [UInt64], workers: Int, seed: UInt64) {
    tunnels = starts.count
    tunnelsOfPackets = Array(repeating: 0, count: packets)
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

  /// The sequence number of a thread's packet if several threads share the numbers block by block, as a
  /// pipeline steers them (`SequenceChooser`), and this thread has the first block of each round.
  static func number(_ packet: UInt64, workers: UInt64) -> UInt64 {
    let block = packet >> SequenceBlock.bits
    return packet &+ (block &* (workers &- 1)) << SequenceBlock.bits
  }

  /// Draws the tunnels of the next pass.
  func nextPass() {
    for index in tunnelsOfPackets.indices {
      if next == order.count { shuffle() }
      let tunnel = order[next]
      next += 1
      tunnelsOfPackets[index] = tunnel
      counters[tunnel] &+= 1
      numbers[index] = CostTraffic.number(counters[tunnel], workers: workers)
    }
    cursor.pointee = UnsafePointer(numbers)
  }

  /// The Fisher-Yates shuffle; the standard library's may change between versions of Swift.
  private func shuffle() {
    for last in stride(from: order.count - 1, to: 0, by: -1) {
      order.swapAt(last, Int(random.next().multipliedFullWidth(by: UInt64(last + 1)).high))
    }
    next = 0
  }

  /// How many passes it takes until every tunnel has come at least once.
  var passesToTouchAll: Int { (tunnels + tunnelsOfPackets.count - 1) / tunnelsOfPackets.count }

  /// Addresses the inner packet at `inner` to a host behind the tunnel of packet `index`.
  func address(_ inner: UnsafeMutableRawPointer, _ index: Int) {
    TestAddress.write(inner, tunnel: UInt32(tunnelsOfPackets[index]))
  }
}

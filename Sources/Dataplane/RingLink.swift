import CDPDK

/// A link end as roles use it: its queues, on one port or on several.
public final class LinkPort {
  private let ports: [Port]
  /// Queues of each port except the last; nil if the ports have the queues in turn.
  private let stride: Int?
  /// Queues to receive from.
  public let receiveQueues: Int

  /// Ports that have the link's queues in turn, as many each as it was opened with.
  public convenience init(_ ports: [Port], receiveQueues: Int) {
    self.init(ports, stride: nil, receiveQueues: receiveQueues)
  }

  fileprivate init(_ ports: [Port], stride: Int?, receiveQueues: Int) {
    self.ports = ports
    self.stride = stride
    self.receiveQueues = receiveQueues
  }

  /// One queue, as a stage uses it.
  public func queue(_ index: Int) -> PortQueue {
    guard let stride else { return ports[index % ports.count].queue(index / ports.count) }
    return ports[index / stride].queue(index % stride)
  }

  /// The receive queues of thread `index` of `threads`: every `threads`-th queue from `index` on.
  public func queues(_ index: Int, of threads: Int) -> RoundRobin<PortQueue> {
    let mine = Swift.stride(from: index, to: max(receiveQueues, index + 1), by: threads)
    return RoundRobin(mine.map(queue))
  }

  /// Whether every device reports its link as up.
  public var isUp: Bool { ports.allSatisfy(\.isUp) }
}

/// A link inside the process: pairs of ports whose queues are rings (`net_ring`).
public final class RingLink {
  /// The end that the creator uses.
  public let near: LinkPort
  /// The other end.
  public let far: LinkPort
  private let rings: [OpaquePointer]
  /// Kept alive, for the rings may hold its packets until they are freed.
  private let pool: PacketPool

  /// The most queues in each direction of a port of DPDK's ring driver; a link with more has several ports.
  static let queuesOfPort = 16

  /// Makes a link.
  /// - Parameters:
  ///   - near: the name of the near end, unique in the process; so is `far`.
  ///   - outbound: queues from near to far; `inbound`: from far to near. At least one each.
  ///   - slots: packets that a queue holds, a power of two.
  /// - Throws: `DataplaneError`.
  public init(
    near: String, far: String, outbound: Int, inbound: Int, slots: Int, pool: PacketPool
  ) throws {
    let width = (max(outbound, inbound) + Self.queuesOfPort - 1) / Self.queuesOfPort
    let stride = width == 1 ? max(outbound, inbound) : Self.queuesOfPort
    var made: [OpaquePointer] = []
    var ends: (near: [Port], far: [Port]) = ([], [])
    do {
      for index in 0..<width {
        func rings(_ direction: String, _ queues: Int) throws -> [OpaquePointer] {
          // Every port needs a queue in each direction, even an unused one.
          let count = max(min(queues - index * stride, stride), 1)
          return try (0..<count).map { queue in
            let name = "\(near).\(direction).\(index * stride + queue)"
            guard let ring = cdpdk_ring_create(name, UInt32(slots)) else {
              throw DataplaneError.memory(
                what: "a ring of \(slots) packets\(MemoryNode.words)",
                reason: String(cString: cdpdk_error_text(cdpdk_error())))
            }
            made.append(ring)
            return ring
          }
        }
        let suffix = index == 0 ? "" : ".\(index)"
        let there = try rings("o", outbound)
        let back = try rings("i", inbound)
        ends.near.append(try Port(name: near + suffix, over: (receive: back, transmit: there), pool: pool))
        ends.far.append(try Port(name: far + suffix, over: (receive: there, transmit: back), pool: pool))
      }
    } catch {
      // Ports must go before the rings that they use.
      ends = ([], [])
      made.forEach { cdpdk_ring_free($0) }
      throw error
    }
    self.near = LinkPort(ends.near, stride: stride, receiveQueues: inbound)
    self.far = LinkPort(ends.far, stride: stride, receiveQueues: outbound)
    rings = made
    self.pool = pool
  }

  /// Packets that wait in the link, both directions.
  public var waiting: Int { rings.reduce(0) { $0 + Int(cdpdk_ring_count($1)) } }

  /// Frees the packets that wait in the link; nobody may use it meanwhile.
  public func empty() {
    let burst = Burst()
    for ring in rings {
      while case let count = Int(cdpdk_ring_take(ring, burst.mbufs, UInt32(Burst.capacity))), count > 0 {
        burst.free(from: 0, to: count)
      }
    }
    burst.deallocate()
  }

  deinit {
    // The ports close after this, and closing them does not touch rings that they did not make.
    empty()
    rings.forEach { cdpdk_ring_free($0) }
  }
}

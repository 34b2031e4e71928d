import CDPDK

/// Packet descriptors without frames of their own, which carry prepared frames through rings without a copy:
/// each is lent a slot when it is sent, and can be reused once it has come back.
///
/// Plain memory: call `deallocate()` once, when no ring holds any of the packets.
public struct LentPackets {
  private let all: UnsafeMutablePointer<OpaquePointer?>
  private let count: Int
  /// Free packets, the last returned one first: its descriptor is most likely cached.
  private let free: UnsafeMutablePointer<OpaquePointer?>
  private var freeCount: Int
  private let burst = Burst()

  /// - Parameters:
  ///   - count: packets, a multiple of `Burst.capacity`.
  ///   - pool: where the packets come from; it must outlive them.
  /// - Throws: `DataplaneError.memory`.
  public init(count: Int, pool: PacketPool) throws {
    all = .allocate(capacity: count)
    free = .allocate(capacity: count)
    (self.count, freeCount) = (count, 0)
    while freeCount < count {
      guard pool.source.allocate(burst, count: Burst.capacity) else {
        throw DataplaneError.memory(what: "\(count) packet buffers", reason: "the pool is empty")
      }
      for index in 0..<Burst.capacity {
        (all + freeCount).initialize(to: burst.mbufs[index])
        (free + freeCount).initialize(to: burst.mbufs[index])
        freeCount += 1
      }
    }
  }

  /// Returns the packets, with their own buffers, to their pool.
  public func deallocate() {
    for index in 0..<count { if let mbuf = all[index] { cdpdk_mbuf_reclaim(mbuf) } }
    for index in 0..<count { if let mbuf = all[index] { cdpdk_mbuf_free(mbuf) } }
    all.deallocate()
    free.deallocate()
    burst.deallocate()
  }

  /// Marks all packets as free; none may be in a ring or held by a stage.
  public mutating func recall() {
    free.update(from: all, count: count)
    freeCount = count
  }

  /// Sends frames of equal offset from up to `Burst.capacity` slots.
  /// - Parameters:
  ///   - lengths: bytes of the frame in each slot of the store.
  ///   - tag: the tag of the first packet; those of the next ones follow.
  /// - Returns: how many the queue took, and packets were there for.
  @inline(__always)
  public mutating func transmit(
    _ slots: FrameSlots, from first: Int, count wanted: Int, offset: Int, lengths: UnsafePointer<UInt16>,
    tag: UInt64, to queue: PortQueue
  ) -> Int {
    let count = min(wanted, freeCount)
    var index = 0
    while index < count {
      let mbuf = free[freeCount &- 1 &- index].unsafelyUnwrapped
      burst.mbufs[index] = mbuf
      let packet = Packet(mbuf)
      slots.lend(first &+ index, to: packet, offset: offset, bytes: Int(lengths[first &+ index]))
      packet.tag = tag &+ UInt64(truncatingIfNeeded: index)
      index &+= 1
    }
    let taken = count > 0 ? queue.transmit(burst, count: count) : 0
    freeCount &-= taken
    return taken
  }

  /// Sends frames of equal offset and length from up to `Burst.capacity` slots.
  /// - Returns: how many the queue took, and packets were there for.
  @inline(__always)
  public mutating func transmit(
    _ slots: FrameSlots, from first: Int, count wanted: Int, offset: Int, bytes: Int, to queue: PortQueue
  ) -> Int {
    let count = min(wanted, freeCount)
    var index = 0
    while index < count {
      let mbuf = free[freeCount &- 1 &- index].unsafelyUnwrapped
      burst.mbufs[index] = mbuf
      slots.lend(first &+ index, to: Packet(mbuf), offset: offset, bytes: bytes)
      index &+= 1
    }
    let taken = count > 0 ? queue.transmit(burst, count: count) : 0
    // Packets that the queue did not take are right below.
    freeCount &-= taken
    return taken
  }

  /// Takes back the first `count` packets of a burst that has come back.
  @inline(__always)
  public mutating func takeBack(_ burst: Burst, count: Int) {
    var index = 0
    while index < count, freeCount < self.count {
      let mbuf = burst.mbufs[index].unsafelyUnwrapped
      cdpdk_prefetch_write(UnsafeRawPointer(mbuf))
      free[freeCount] = mbuf
      freeCount &+= 1
      index &+= 1
    }
  }
}

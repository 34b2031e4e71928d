import CDPDK
import Foundation

/// Prepared frames in memory, one in each slot of equal size, which are sent from there.
///
/// Frames that take long to make, such as sealed ones with a number each, are made before a measurement and
/// sent during it as fast as a device takes them, by 64 packet descriptors that are lent to slots in turn.
public final class FrameStore {
  /// Bytes of all slots together.
  public let bytes: Int
  private let memory: UnsafeMutableRawPointer
  private let pool: PacketPool
  private let lent = Burst()

  /// Allocates the memory and touches all its pages.
  /// - Parameter pool: where the descriptors come from; it must outlive the store.
  /// - Throws: `DataplaneError.memory`.
  public init(bytes: Int, pool: PacketPool) throws {
    let flags = MAP_PRIVATE | MAP_ANONYMOUS
    let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, flags, -1, 0)
    guard let mapped, mapped != MAP_FAILED else {
      throw DataplaneError.memory(what: "a store of \(bytes >> 20) MB of frames", reason: "\(errno)")
    }
    // Prefer huge pages, which need fewer translations; small ones work, too.
    _ = madvise(mapped, bytes, MADV_HUGEPAGE)
    memset(mapped, 0, bytes)
    (memory, self.bytes, self.pool) = (mapped, bytes, pool)
    guard pool.source.allocate(lent, count: Burst.capacity) else {
      munmap(mapped, bytes)
      throw DataplaneError.memory(what: "\(Burst.capacity) packet buffers", reason: "the pool is empty")
    }
  }

  deinit {
    for index in 0..<Burst.capacity { cdpdk_mbuf_reclaim(lent[index].mbuf) }
    lent.free(from: 0, to: Burst.capacity)
    lent.deallocate()
    munmap(memory, bytes)
  }

  /// Slots of `slotBytes` bytes.
  public func slots(of slotBytes: Int) -> FrameSlots {
    FrameSlots(memory: memory, slotBytes: slotBytes, count: bytes / slotBytes, lent: lent)
  }
}

/// The slots of a store as a loop uses them: a trivial struct, valid while the store lives.
public struct FrameSlots {
  private let memory: UnsafeMutableRawPointer
  private let slotBytes: Int
  /// How many there are.
  public let count: Int
  private let lent: Burst

  init(memory: UnsafeMutableRawPointer, slotBytes: Int, count: Int, lent: Burst) {
    (self.memory, self.slotBytes, self.count, self.lent) = (memory, slotBytes, count, lent)
  }

  /// A packet whose buffer is the slot `index`, with a frame of `bytes` bytes, `offset` bytes from its start.
  ///
  /// The packet must not be freed, and only `transmit` may pass it on; the next call reuses it.
  public func packet(_ index: Int, offset: Int, bytes: Int) -> Packet {
    lend(index, to: lent[0], offset: offset, bytes: bytes)
    return lent[0]
  }

  /// Sends frames of equal offset and length from up to `Burst.capacity` slots.
  /// - Returns: how many the queue took.
  @inline(__always)
  public func transmit(from first: Int, count: Int, offset: Int, bytes: Int, to queue: PortQueue) -> Int {
    var index = 0
    while index < count {
      lend(first &+ index, to: lent[index], offset: offset, bytes: bytes)
      index &+= 1
    }
    return queue.transmit(lent, count: count)
  }

  /// Makes a slot the buffer of a packet; `LentPackets` restores the packet's own buffer.
  @inline(__always)
  func lend(_ index: Int, to packet: Packet, offset: Int, bytes: Int) {
    cdpdk_mbuf_lend(
      packet.mbuf, memory + index &* slotBytes, UInt32(truncatingIfNeeded: slotBytes),
      UInt32(truncatingIfNeeded: offset), UInt32(truncatingIfNeeded: bytes))
  }
}

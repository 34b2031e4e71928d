import CDPDK
import Wire

/// A pool of packet buffers, made before packets flow.
public final class PacketPool {
  let pool: OpaquePointer
  /// Bytes free before a fresh packet.
  public static let headroomBytes = Int(CDPDK_HEADROOM)
  /// Bytes of a buffer, headroom included: a frame of 1518 bytes, every header, 64 bytes of extra headroom.
  public static let bufferBytes = 2304

  /// The size of a core's cache of the pool; with half as many more, the core returns buffers to the pool.
  private static let cache = 256
  /// The most buffers in a core's cache.
  public static let cachedOfCore = cache * 3 / 2

  /// Bytes to add to DPDK's own headroom so that the data behind `before` bytes of headers begins at a cache
  /// line.
  public static func alignment(before bytes: Int) -> Int {
    (0 &- (headroomBytes + bytes)) & (CacheLines.bytes - 1)
  }

  /// A pool of `count` buffers.
  /// - Parameters:
  ///   - name: unique in the process, at most 25 characters.
  ///   - shift: bytes between a cache line and the start of each buffer.
  ///   - bytes: size of a buffer, headroom included; at most 65,535.
  /// - Throws: `DataplaneError.memory`.
  public init(name: String, count: Int, shift: Int = 0, bytes: Int = PacketPool.bufferBytes) throws {
    let room = UInt16(bytes)
    guard
      let pool = cdpdk_pool_create_shifted(
        name, UInt32(count), UInt32(PacketPool.cache), room, UInt16(shift))
    else {
      throw DataplaneError.memory(
        what: "\(count) packet buffers\(MemoryNode.words)",
        reason: String(cString: cdpdk_error_text(cdpdk_error())))
    }
    self.pool = pool
  }

  deinit { cdpdk_pool_free(pool) }

  /// The requested NUMA node; nil for any.
  package var node: Int? {
    let node = cdpdk_pool_node(pool)
    return node < 0 ? nil : Int(node)
  }

  /// Buffers that are in use.
  public var inUse: Int { Int(cdpdk_pool_in_use(pool)) }

  /// The pool as a stage uses it: a plain pointer, valid while this object lives.
  public var source: PacketSource { PacketSource(pool: pool) }
}

/// The source of a stage's fresh packets.
public struct PacketSource {
  let pool: OpaquePointer

  /// Takes `count` (at most `Burst.capacity`) packets, all or none.
  /// - Returns: whether the pool had enough.
  @inline(__always)
  public func allocate(_ burst: Burst, count: Int) -> Bool {
    cdpdk_mbuf_alloc_burst(pool, burst.mbufs, UInt32(truncatingIfNeeded: count)) == 0
  }

  /// Takes `count` packets, a multiple of `Burst.capacity`, into uninitialized memory.
  /// - Throws: `DataplaneError.memory`.
  public func allocate(_ count: Int, into packets: UnsafeMutablePointer<Packet>) throws {
    let burst = Burst()
    defer { burst.deallocate() }
    for first in stride(from: 0, to: count, by: Burst.capacity) {
      guard allocate(burst, count: Burst.capacity) else {
        throw DataplaneError.memory(what: "\(count) packet buffers", reason: "the pool is empty")
      }
      for index in 0..<Burst.capacity { (packets + first + index).initialize(to: burst[index]) }
    }
  }
}

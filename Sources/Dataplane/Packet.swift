import CDPDK
import Wire

/// A packet buffer (`rte_mbuf`) of one segment: a trivial struct over a pointer.
public struct Packet {
  @usableFromInline let mbuf: OpaquePointer

  @inline(__always)
  init(_ mbuf: OpaquePointer) { self.mbuf = mbuf }

  /// The frame's first byte.
  @inline(__always)
  public var data: UnsafeMutableRawPointer { UnsafeMutableRawPointer(cdpdk_mbuf_data(mbuf)) }

  /// Bytes of the frame.
  @inline(__always)
  public var count: Int { Int(truncatingIfNeeded: cdpdk_mbuf_bytes(mbuf)) }

  /// Bytes free before the frame.
  @inline(__always)
  public var headroom: Int { Int(truncatingIfNeeded: cdpdk_mbuf_offset(mbuf)) }

  /// Bytes free behind the frame.
  @inline(__always)
  public var tailroom: Int {
    Int(truncatingIfNeeded: cdpdk_mbuf_room(mbuf)) &- headroom &- count
  }

  /// Eight bytes in the descriptor, by which a sender can identify a packet that comes back. 0 in a fresh
  /// packet.
  @inline(__always)
  public var tag: UInt64 {
    get { cdpdk_mbuf_tag(mbuf) }
    nonmutating set { cdpdk_mbuf_set_tag(mbuf, newValue) }
  }

  /// Whether the frame lies in one buffer.
  @inline(__always)
  public var isWhole: Bool { cdpdk_mbuf_is_whole(mbuf) != 0 }

  /// Moves the frame's bounds to `count` bytes from `start`, which lies in this packet's buffer.
  @inline(__always)
  public func setFrame(start: UnsafeMutableRawPointer, count: Int) {
    let offset = start - UnsafeMutableRawPointer(cdpdk_mbuf_buffer(mbuf))
    cdpdk_mbuf_set(mbuf, UInt32(truncatingIfNeeded: offset), UInt32(truncatingIfNeeded: count))
  }

  /// Sets the frame to `count` bytes that begin `headroom` bytes into the buffer.
  @inline(__always)
  public func setFrame(headroom: Int, count: Int) {
    cdpdk_mbuf_set(mbuf, UInt32(truncatingIfNeeded: headroom), UInt32(truncatingIfNeeded: count))
  }

  /// Takes every cache line of the frame into this core's cache for writing, by storing one of its words
  /// unchanged.
  @inline(__always)
  public func touch() {
    let end = data + count
    // The word with the frame's first byte may begin in the headroom, which belongs to the buffer.
    var address = data - Int(bitPattern: data) % 8
    while address < end {
      let word = address.assumingMemoryBound(to: UInt64.self)
      cdpdk_store(word, cdpdk_load(word))
      address += 64
    }
  }

  /// Gives the buffer back to its pool.
  @inline(__always)
  public func free() { cdpdk_mbuf_free(mbuf) }
}

/// The bytes of a frame, and around it, that a stage touches and therefore prefetches. Prefetching for
/// writing pays only for lines that are written: any other line must be fetched back by the core that needs
/// it.
public struct FrameMargin: Sendable {
  /// Bytes before the frame that are written.
  public let before: Int
  /// Bytes behind the frame that are written.
  public let after: Int
  /// Whether the whole frame is processed, not only its headers.
  public let isWhole: Bool

  /// A stage that stays within the headers.
  public static let none = FrameMargin(before: 0, after: 0, isWhole: false)
  /// A stage that works on the whole frame and stays within it.
  public static let whole = FrameMargin(before: 0, after: 0)

  /// A stage that writes so many bytes before and behind the frame.
  @inlinable
  public init(before: Int, after: Int, isWhole: Bool = true) {
    (self.before, self.after, self.isWhole) = (before, after, isWhole)
  }

  /// Bytes of a long frame that are prefetched; the core's own prefetcher does the rest. A touch of the
  /// frame's end, even by a prefetch, would delay that (docs/hot-path.md).
  @inlinable static var fetchedBytes: Int { 1024 }

  /// Prefetches for writing the lines of a frame of `count` bytes at `data`.
  @inlinable @inline(__always)
  public func prefetch(_ data: UnsafeRawPointer, count: Int) {
    cdpdk_prefetch_write(data)
    if before > 0 { cdpdk_prefetch_write(data - before) }
    guard isWhole else { return cdpdk_prefetch_write(data + (min(count, 64) &- 1)) }
    let end = count &+ after
    var offset = 64
    while offset < min(count, Self.fetchedBytes) {
      cdpdk_prefetch_write(data + offset)
      offset &+= 64
    }
    if end <= Self.fetchedBytes { cdpdk_prefetch_write(data + (end &- 1)) }
  }
}

/// Up to 64 packets that move together. Plain memory without an owner: call `deallocate()` once.
public struct Burst {
  /// The most packets in a burst (paper, section 5.2).
  public static let capacity = 64

  @usableFromInline let mbufs: UnsafeMutablePointer<OpaquePointer?>

  /// An empty burst.
  public init() {
    mbufs = .allocateLines(Burst.capacity)
    mbufs.initialize(repeating: nil, count: Burst.capacity)
  }

  /// Gives the memory back.
  public func deallocate() { mbufs.deallocate() }

  /// The packet at `index`, which is filled.
  @inline(__always)
  public subscript(index: Int) -> Packet {
    get { Packet(mbufs[index].unsafelyUnwrapped) }
    nonmutating set { mbufs[index] = newValue.mbuf }
  }

  /// How many packets ahead a packet's descriptor is prefetched: if the packet comes from another core, it is
  /// not in this core's cache, and the headers cannot be prefetched before it is.
  @inlinable public static var descriptorLookahead: Int { 12 }
  /// How many packets ahead a packet's headers are prefetched: far enough to hide a transfer from another
  /// core's cache.
  @inlinable public static var headerLookahead: Int { 6 }

  /// Prefetches for the first packets of a burst of `count`; prefetching a whole burst at once stalls.
  @inlinable @inline(__always)
  public func prefetchFirst(
    of count: Int, margin: FrameMargin = .none, descriptors: Int = Burst.descriptorLookahead,
    headers: Int = Burst.headerLookahead
  ) {
    var index = 0
    while index < min(descriptors, count) {
      prefetchDescriptor(index)
      index &+= 1
    }
    index = 0
    while index < min(headers, count) {
      prefetchFrame(index, margin)
      index &+= 1
    }
  }

  /// Prefetches for later packets while packet `index` of `count` is processed.
  @inlinable @inline(__always)
  public func prefetchAhead(
    of index: Int, count: Int, margin: FrameMargin = .none, descriptors: Int = Burst.descriptorLookahead,
    headers: Int = Burst.headerLookahead
  ) {
    if index &+ descriptors < count { prefetchDescriptor(index &+ descriptors) }
    if index &+ headers < count { prefetchFrame(index &+ headers, margin) }
  }

  /// Like `prefetchFirst`, for a stage that only reads the cache line with byte `reading` of each frame, so
  /// that the line may stay in the cache of the core that wrote it. nil for a stage that writes.
  @inlinable @inline(__always)
  public func prefetchFirst(of count: Int, reading: Int?) {
    guard let reading else { return prefetchFirst(of: count) }
    var index = 0
    while index < min(Burst.descriptorLookahead, count) {
      cdpdk_prefetch_read(UnsafeRawPointer(mbufs[index].unsafelyUnwrapped))
      index &+= 1
    }
    index = 0
    while index < min(Burst.headerLookahead, count) {
      cdpdk_prefetch_read(cdpdk_mbuf_data(mbufs[index].unsafelyUnwrapped) + reading)
      index &+= 1
    }
  }

  /// Like `prefetchAhead`, for a stage that only reads the cache line with byte `reading` of each frame.
  @inlinable @inline(__always)
  public func prefetchAhead(of index: Int, count: Int, reading: Int?) {
    guard let reading else { return prefetchAhead(of: index, count: count) }
    if index &+ Burst.descriptorLookahead < count {
      cdpdk_prefetch_read(UnsafeRawPointer(mbufs[index &+ Burst.descriptorLookahead].unsafelyUnwrapped))
    }
    if index &+ Burst.headerLookahead < count {
      cdpdk_prefetch_read(
        cdpdk_mbuf_data(mbufs[index &+ Burst.headerLookahead].unsafelyUnwrapped) + reading)
    }
  }

  /// Prefetches the descriptor of packet `index` for writing.
  @inlinable @inline(__always)
  public func prefetchDescriptor(_ index: Int) {
    cdpdk_prefetch_write(UnsafeRawPointer(mbufs[index].unsafelyUnwrapped))
  }

  /// Prefetches the lines of packet `index` that are touched.
  @inlinable @inline(__always)
  func prefetchFrame(_ index: Int, _ margin: FrameMargin) {
    let mbuf = mbufs[index].unsafelyUnwrapped
    margin.prefetch(cdpdk_mbuf_data(mbuf), count: Int(cdpdk_mbuf_bytes(mbuf)))
  }

  /// Frees the packets from `from` up to `to`.
  public func free(from: Int, to: Int) {
    if to > from { cdpdk_mbuf_free_burst(mbufs + from, UInt32(to &- from)) }
  }
}

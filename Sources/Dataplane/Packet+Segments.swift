import CDPDK

// Packets in several buffers, as NICs receive long frames. For these `data` and `count` describe the first
// buffer, and `isWhole` is false.
extension Packet {
  /// The next buffer of the same packet; nil for the last one.
  @inline(__always)
  public var next: Packet? {
    guard let next = cdpdk_mbuf_next(mbuf) else { return nil }
    return Packet(next)
  }

  /// Links another buffer behind this one, or none.
  @inline(__always)
  public func link(to next: Packet?) { cdpdk_mbuf_link(mbuf, next?.mbuf) }

  /// Buffers of the packet whose first one this is.
  @inline(__always)
  public var segments: Int { Int(truncatingIfNeeded: cdpdk_mbuf_segments(mbuf)) }

  /// Bytes in all buffers of the packet whose first one this is.
  @inline(__always)
  public var countOfAll: Int { Int(truncatingIfNeeded: cdpdk_mbuf_all_bytes(mbuf)) }

  /// Sets, in a packet's first buffer, how many buffers it has, and the bytes of all.
  @inline(__always)
  public func setSegments(_ segments: Int, countOfAll: Int) {
    cdpdk_mbuf_set_segments(
      mbuf, UInt32(truncatingIfNeeded: segments), UInt32(truncatingIfNeeded: countOfAll))
  }

  /// Sets the bounds of this buffer's part of a packet: `count` bytes, `headroom` bytes into the buffer.
  @inline(__always)
  public func setSegment(headroom: Int, count: Int) {
    cdpdk_mbuf_set_segment(
      mbuf, UInt32(truncatingIfNeeded: headroom), UInt32(truncatingIfNeeded: count))
  }

  /// Attaches this descriptor to another packet's buffer, which is freed only with the last such descriptor.
  @inline(__always)
  public func attach(to whole: Packet) { cdpdk_mbuf_attach(mbuf, whole.mbuf) }

  /// The bytes of all buffers, as their descriptors say.
  public var contents: [UInt8] {
    var bytes: [UInt8] = []
    var (buffer, left) = (Optional(self), segments)
    while let own = buffer, left > 0 {
      bytes += UnsafeRawBufferPointer(start: own.data, count: own.count)
      (buffer, left) = (own.next, left - 1)
    }
    precondition(bytes.count == countOfAll && buffer == nil, "a packet's descriptors contradict each other")
    return bytes
  }

  /// Sets the bounds of this buffer's part of a packet: `count` bytes from `start`, which lies in this
  /// buffer.
  @inline(__always)
  public func setSegment(start: UnsafeMutableRawPointer, count: Int) {
    setSegment(headroom: start - UnsafeMutableRawPointer(cdpdk_mbuf_buffer(mbuf)), count: count)
  }

  /// Copies the whole packet into this, its first buffer, and frees the others.
  /// - Returns: whether there was room; if not, nothing is changed.
  @inline(__always)
  public func merge() -> Bool {
    guard countOfAll &- count <= tailroom else { return false }
    guard let rest = next else { return true }
    var end = count
    var buffer = Optional(rest)
    while let own = buffer {
      (data + end).copyMemory(from: own.data, byteCount: own.count)
      end &+= own.count
      buffer = own.next
    }
    link(to: nil)
    setSegments(1, countOfAll: end)
    setSegment(headroom: headroom, count: end)
    rest.free()
    return true
  }
}

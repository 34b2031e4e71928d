import Dataplane
import Tunnel
import Wire

/// Prefetches for packets of many associations, some packets ahead of the current one: first a packet's
/// headers, then its association's table entry, then the key and the window to which the entry points.
///
/// Each step needs the previous one, and each may wait for memory, some 400 ticks on the project's machine:
/// hence the distances. From the second step on it remembers the index of each packet's association. Plain
/// memory without an owner: call `deallocate()` once.
struct PrefetchAhead {
  /// How many packets ahead a packet's descriptor is prefetched.
  static var descriptors: Int { 20 }
  /// How many packets ahead a packet's headers are prefetched.
  static var headers: Int { 14 }
  /// How many packets ahead a packet's association is found and its entry prefetched.
  static var entry: Int { 10 }
  /// How many packets ahead the key and the window are prefetched.
  static var state: Int { 6 }

  private let saIndices: UnsafeMutablePointer<SAIndex>

  init() {
    saIndices = .allocateLines(Burst.capacity)
    saIndices.initialize(repeating: 0, count: Burst.capacity)
  }

  func deallocate() { saIndices.deallocate() }

  /// The SA index of packet `index`.
  @inline(__always)
  subscript(index: Int) -> SAIndex {
    get { saIndices[index & (Burst.capacity &- 1)] }
    nonmutating set { saIndices[index & (Burst.capacity &- 1)] = newValue }
  }

  /// Prefetches for the first packets of a burst of `count`.
  @inline(__always)
  func fetchFirst<Transform: PacketTransform>(_ transform: Transform, _ burst: Burst, count: Int) {
    burst.prefetchFirst(
      of: count, margin: transform.margin, descriptors: Self.descriptors, headers: Self.headers)
    var index = 0
    while index < min(Self.entry, count) {
      self[index] = transform.find(burst[index])
      index &+= 1
    }
    index = 0
    while index < min(Self.state, count) {
      transform.prefetch(self[index], burst[index])
      index &+= 1
    }
  }

  /// Prefetches for later packets while packet `index` of `count` is processed.
  @inline(__always)
  func prefetch<Transform: PacketTransform>(
    _ transform: Transform, _ burst: Burst, from index: Int, count: Int
  ) {
    burst.prefetchAhead(
      of: index, count: count, margin: transform.margin, descriptors: Self.descriptors,
      headers: Self.headers)
    var next = index &+ Self.entry
    if next < count { self[next] = transform.find(burst[next]) }
    next = index &+ Self.state
    if next < count { transform.prefetch(self[next], burst[next]) }
  }
}

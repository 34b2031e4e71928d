import Dataplane
import Tunnel
import Wire

/// Fetches what packets of many associations need some packets ahead of the one that is worked on: first the
/// packet's headers, then its association's entry in a table, then the key and the window that this points
/// to.
///
/// Each step needs the one before, and each may wait for memory, some 400 ticks on the project's machine:
/// hence the distances. It remembers the place of each packet's association from the second step on. Plain
/// memory without an owner: call `deallocate()` once.
struct PrefetchAhead {
  /// How many packets ahead its descriptor is fetched.
  static var descriptors: Int { 20 }
  /// How many packets ahead its headers are fetched.
  static var headers: Int { 14 }
  /// How many packets ahead its association is found and the entry fetched.
  static var entry: Int { 10 }
  /// How many packets ahead key and window are fetched.
  static var state: Int { 6 }

  private let places: UnsafeMutablePointer<AssociationPlace>

  init() {
    places = .allocateLines(Burst.capacity)
    places.initialize(repeating: 0, count: Burst.capacity)
  }

  func deallocate() { places.deallocate() }

  /// The place of packet `index`, of which the last 64 are remembered.
  @inline(__always)
  subscript(index: Int) -> AssociationPlace {
    get { places[index & (Burst.capacity &- 1)] }
    nonmutating set { places[index & (Burst.capacity &- 1)] = newValue }
  }

  /// Fetches what the first packets of `count` need.
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

  /// Fetches, while packet `index` of `count` is worked on, what later ones need.
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

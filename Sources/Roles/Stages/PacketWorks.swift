import Tunnel
import Wire

/// The state of the packets between `begin` and `finish`. Plain memory without an owner: call `deallocate()`
/// once.
struct PacketWorks {
  /// More than `PacketWork.lead`.
  private static var count: Int { 8 }

  private let works: WorkPointer

  init() {
    works = .allocateLines(PacketWorks.count)
    works.initialize(repeating: PacketWork(), count: PacketWorks.count)
  }

  func deallocate() { works.deallocate() }

  /// The state of packet `index`.
  @inline(__always)
  subscript(index: Int) -> WorkPointer { works + (index & (PacketWorks.count &- 1)) }
}

import Tunnel
import Wire

/// The work of the packets that are between their first step and their second. Plain memory without an owner:
/// call `deallocate()` once.
struct PacketWorks {
  /// More than `PacketWork.lead`.
  private static var count: Int { 8 }

  private let works: WorkPlace

  init() {
    works = .allocateLines(PacketWorks.count)
    works.initialize(repeating: PacketWork(), count: PacketWorks.count)
  }

  func deallocate() { works.deallocate() }

  /// Of packet `index`.
  @inline(__always)
  subscript(index: Int) -> WorkPlace { works + (index & (PacketWorks.count &- 1)) }
}

import Tunnel

/// A packet in several pieces, each at the end of memory behind which nothing may be touched.
package final class Scattered {
  package let list = Segments()
  private let memories: [GuardedMemory]

  /// - Parameters:
  ///   - cuts: where pieces end but for the last, from the packet's start on, rising.
  ///   - before: bytes that may be written before the packet.
  ///   - room: bytes free behind it in its last piece.
  ///   - spare: bytes of further pieces, which are empty.
  package init(_ bytes: [UInt8], cuts: [Int], before: Int = 0, room: Int = 0, spare: [Int] = []) {
    var memories: [GuardedMemory] = []
    var start = 0
    for end in cuts + [bytes.count] {
      let isLast = end == bytes.count
      let margin = [UInt8](repeating: 0xEE, count: start == 0 ? before : 0)
      let behind = [UInt8](repeating: 0xEE, count: isLast ? room : 0)
      let all = margin + bytes[start..<end] + behind
      let memory = GuardedMemory(count: max(all.count, 1))
      let address = memory.put(all) + margin.count
      let segment = Segment(start: address, count: end - start, room: behind.count)
      if memories.isEmpty { list.begin(segment) } else { list.append(segment) }
      memories.append(memory)
      start = end
    }
    for room in spare {
      let memory = GuardedMemory(count: max(room, 1))
      list.append(Segment(start: memory.put([UInt8](repeating: 0xEE, count: room)), count: 0, room: room))
      memories.append(memory)
    }
    self.memories = memories
  }

  deinit { list.deallocate() }

  /// The packet.
  package var contents: [UInt8] {
    withExtendedLifetime(self) {
      (0..<list.count).flatMap { bytes(at: list[$0].start, list[$0].count) }
    }
  }
}

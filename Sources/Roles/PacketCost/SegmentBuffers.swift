import Cases
import Dataplane
import Wire

/// The working set of packet costs for long packets: for each packet a chain of buffers of 2 KiB, with a
/// spare one for what does not fit into the last, and a buffer of 9 KiB.
final class SegmentBuffers: CostWorkingSet {
  /// Buffers of each chain.
  static let chain = ChainedBuffers.count(of: Axis.packetBytesMax + 128) + 1
  /// Bytes of the buffers of 9 KiB, with headroom and room for headers and trailers.
  private static let wholeBytes = 9216 + 512

  let count: Int
  /// The chains, one behind the other.
  let chains: UnsafeMutablePointer<Packet>
  /// The large buffers.
  let wholes: UnsafeMutablePointer<Packet>
  private let pools: [PacketPool]

  init(packets: Int) throws {
    count = Self.wholeBursts(packets)
    let (small, large) = (count * SegmentBuffers.chain, count)
    let pools = [
      try PacketPool(name: "chain", count: small + PacketPool.cachedOfCore),
      try PacketPool(
        name: "whole", count: large + PacketPool.cachedOfCore, bytes: SegmentBuffers.wholeBytes),
    ]
    let chains = UnsafeMutablePointer<Packet>.allocateLines(small)
    let wholes = UnsafeMutablePointer<Packet>.allocateLines(large)
    try pools[0].source.allocate(small, into: chains)
    try pools[1].source.allocate(large, into: wholes)
    // Only now, for an initializer that throws runs no deinit.
    (self.pools, self.chains, self.wholes) = (pools, chains, wholes)
  }

  deinit {
    for (slots, number) in [(chains, count * SegmentBuffers.chain), (wholes, count)] {
      for index in 0..<number {
        slots[index].link(to: nil)
        slots[index].setSegments(1, countOfAll: 0)
        slots[index].free()
      }
      slots.deallocate()
    }
  }
}

/// The layout of a packet in its frame before a step, and of the step's result.
struct SegmentShape {
  /// The kind of buffers.
  let buffers: PacketBuffers
  /// Headroom in each buffer of a frame: a NIC uses the same for all.
  let headroom: Int
  /// Bytes of the frame before the packet: headers of other layers, already removed.
  let headers: Int
  /// The last of these bytes that belong to the packet: the tag of the bare call.
  let front: Int
  /// Bytes of the packet.
  let bytes: Int
  /// Bytes of the tag behind the packet's data, which the length given to a step for one buffer excludes.
  var tag = 0
  /// The start of the result relative to the packet's first byte, and its length.
  let result: (shift: Int, bytes: Int)

  /// Bytes of the frame.
  var frame: Int { headers + bytes }
  /// Whether a frame is spread over buffers of 2 KiB.
  var isChained: Bool { buffers == .chained || buffers == .merged }
  /// Buffers of a frame.
  var segments: Int { isChained ? ChainedBuffers.count(of: frame) : 1 }
  /// Bytes of a buffer that can be filled, headroom included.
  var limit: Int { headroom + (isChained ? ChainedBuffers.bytes : Axis.packetBytesMax + 256) }
}

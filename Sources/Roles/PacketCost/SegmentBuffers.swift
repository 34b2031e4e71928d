import Cases
import Dataplane
import Wire

/// The working set of packet costs over long packets: for each a chain of buffers of 2 KiB, with one more
/// that takes what does not fit into the last, and a buffer of 9 KiB.
final class SegmentBuffers: CostWorkingSet {
  /// Buffers of each chain.
  static let chain = ChainedBuffers.count(of: Axis.packetBytesMax + 128) + 1
  /// Bytes of the buffers of 9 KiB, with headroom and what is put before and behind a packet.
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
    // Only now, for what is refused has no deinit.
    (self.pools, self.chains, self.wholes) = (pools, chains, wholes)
  }

  deinit {
    for (places, number) in [(chains, count * SegmentBuffers.chain), (wholes, count)] {
      for index in 0..<number {
        places[index].link(to: nil)
        places[index].setSegments(1, countOfAll: 0)
        places[index].free()
      }
      places.deallocate()
    }
  }
}

/// Where a packet lies in its frame when a step gets it, and what becomes of it.
struct SegmentShape {
  /// What packets lie in.
  let buffers: PacketBuffers
  /// Bytes before the frame in its first buffer, and before its parts in the others: a NIC has one number for
  /// all.
  let headroom: Int
  /// Bytes of the frame before the packet: headers of other layers, already gone.
  let headers: Int
  /// Bytes of these, right before the packet, that belong to it: the tag of the bare call.
  let front: Int
  /// Bytes of the packet.
  let bytes: Int
  /// Bytes behind the packet's data that are its tag: what a step for one buffer is not told.
  var tag = 0
  /// Where the result begins, from the packet's first byte on, and its bytes.
  let result: (shift: Int, bytes: Int)

  /// Bytes of the frame.
  var frame: Int { headers + bytes }
  /// Whether a frame is spread over buffers of 2 KiB.
  var isChained: Bool { buffers == .chained || buffers == .merged }
  /// Buffers of a frame.
  var segments: Int { isChained ? ChainedBuffers.count(of: frame) : 1 }
  /// Bytes of a buffer up to which it can be filled.
  var limit: Int { headroom + (isChained ? ChainedBuffers.bytes : Axis.packetBytesMax + 256) }
}

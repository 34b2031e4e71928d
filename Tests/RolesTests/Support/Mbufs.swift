import Dataplane
import TestSupport
import Testing

enum PacketPoolLimits {
  /// The least buffers that DPDK makes a pool of, given how many it keeps for each thread (1.5 × 256).
  static let least = 384
}

/// Runs `body` with a packet of its own from a pool of its own, which must be whole again afterwards.
func withPacket<Result>(
  _ frame: [UInt8], headroom: Int = PacketPool.headroomBytes, _ body: (Packet) throws -> Result
) throws -> Result {
  _ = try TestHost.shared()
  let pool = try PacketPool(name: "one packet", count: PacketPoolLimits.least)
  let burst = Burst()
  defer { burst.deallocate() }
  try #require(pool.source.allocate(burst, count: 1))
  let packet = burst[0]
  packet.put(frame, headroom: headroom)
  let result = try body(packet)
  packet.free()
  #expect(pool.inUse == 0)
  return result
}

extension Packet {
  /// Makes `frame` the packet's, `headroom` bytes into the buffer.
  func put(_ frame: [UInt8], headroom: Int = PacketPool.headroomBytes) {
    setFrame(headroom: headroom, count: frame.count)
    data.copyMemory(from: frame, byteCount: frame.count)
  }

  /// The frame's bytes.
  var frame: [UInt8] { bytes(at: data, count) }

  /// Runs `body` while the descriptor claims that the frame goes on in another buffer.
  func whileSegmented<Result>(_ body: () throws -> Result) throws -> Result {
    // `nb_segs`, in the descriptor of 128 bytes before the buffer.
    let segments = data - headroom - 128 + 20
    #expect(segments.load(as: UInt16.self) == 1)
    segments.storeBytes(of: 2, as: UInt16.self)
    defer { segments.storeBytes(of: 1, as: UInt16.self) }
    try #require(!isWhole)
    return try body()
  }
}

import Cases
import Tunnel
import Wire

/// The packets that the last pass of a packet-cost sample left in memory, for inspection.
package struct SealedSample {
  /// Whole sealed packets, in the order in which they were sealed; empty for systems without a format.
  package var packets: [[UInt8]] = []
  /// The inner packet, which differs only by its tunnel's addresses.
  package var inner: [UInt8]
  /// Key and association of each tunnel in the sample's last operation.
  package var keys: [TestKeys]
  /// The tunnel of each packet.
  package var tunnels: [Int]
  /// Where the inner packets lie.
  package var addresses: [UInt]
}

extension SealedSample {
  /// The packets that passes under one association made of `inner`.
  init(
    _ packets: [[UInt8]], of plan: CostPlan, _ inner: UnsafeRawPointer, addresses: [UInt] = []
  ) throws {
    self.init(
      packets: packets, inner: Array(UnsafeRawBufferPointer(start: inner, count: plan.packetBytes)),
      keys: [try CostSession(plan, plan.operations.last ?? .seal).keys],
      tunnels: Array(repeating: 0, count: packets.count), addresses: addresses)
  }
}

extension CostBench {
  func sealedSample() throws -> SealedSample {
    func bytes(_ start: UnsafeMutableRawPointer, _ count: Int) -> [UInt8] {
      Array(UnsafeRawBufferPointer(start: start, count: count))
    }
    let last = plan.operations.last ?? .seal
    var sample = SealedSample(
      inner: bytes(template + Ethernet.headerBytes, plan.packetBytes),
      keys: try plan.parties == 1
        ? [CostSession(plan, last).keys] : CostTunnels(plan, last, packets: packets.count).keys,
      tunnels: traffic.tunnelsOfPackets,
      addresses: (0..<packets.count).map { UInt(bitPattern: packets.addresses[$0]) })
    if let format = plan.system.format?.facts {
      sample.packets = (0..<packets.count).map {
        bytes(packets.addresses[$0] - format.headerBytes, format.sealedBytes(inner: plan.paddedBytes))
      }
    }
    return sample
  }
}

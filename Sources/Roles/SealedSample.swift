import Tunnel
import Wire

/// The packets that the last pass of a packet-cost sample has left in memory, for others to look at.
package struct SealedSample {
  /// Whole sealed packets, in the order in which they were sealed; empty for systems without a format.
  package var packets: [[UInt8]] = []
  /// The inner packet, the same in all.
  package var inner: [UInt8]
  /// Key and association of the sample's last operation.
  package var keys: TestKeys
  /// Where the inner packets lie.
  package var addresses: [UInt]
}

extension CostBench {
  /// Reads what the last operation left.
  func sealedSample() throws -> SealedSample {
    let keys = try CostSession(plan, plan.operations.last ?? .seal).keys
    let layout: (header: Int, count: Int)? =
      switch plan.system {
      case .espSingle: (ESPLayout.headerBytes, ESPLayout.sealedBytes(inner: plan.packetBytes))
      case .vpe: (VPELayout.headerBytes, VPELayout.sealedBytes(inner: plan.packetBytes))
      case .null, .raw, .rawAAD: nil
      }
    func bytes(_ start: UnsafeMutableRawPointer, _ count: Int) -> [UInt8] {
      Array(UnsafeRawBufferPointer(start: start, count: count))
    }
    var sample = SealedSample(
      inner: bytes(template + Ethernet.headerBytes, plan.packetBytes), keys: keys,
      addresses: (0..<packets.count).map { UInt(bitPattern: packets.addresses[$0]) })
    if let layout {
      sample.packets = (0..<packets.count).map {
        bytes(packets.addresses[$0] - layout.header, layout.count)
      }
    }
    return sample
  }
}

import Cases
import Tunnel
import Wire

/// The packets that the last pass of a packet-cost sample has left in memory, for others to look at.
package struct SealedSample {
  /// Whole sealed packets, in the order in which they were sealed; empty for systems without a format.
  package var packets: [[UInt8]] = []
  /// The inner packet, the same in all but for the destination, which is its tunnel's.
  package var inner: [UInt8]
  /// Key and association of each tunnel in the sample's last operation.
  package var keys: [TestKeys]
  /// The tunnel of each packet.
  package var tunnels: [Int]
  /// Where the inner packets lie.
  package var addresses: [UInt]
}

/// How a format lays a sealed packet out.
enum CostLayout {
  case esp, vpe

  var headerBytes: Int {
    switch self {
    case .esp: ESPLayout.headerBytes
    case .vpe: VPELayout.headerBytes
    }
  }

  func sealedBytes(inner: Int) -> Int {
    switch self {
    case .esp: ESPLayout.sealedBytes(inner: inner)
    case .vpe: VPELayout.sealedBytes(inner: inner)
    }
  }
}

extension System {
  /// nil for systems without a format.
  var layout: CostLayout? {
    switch self {
    case .null, .raw, .rawAAD, .cryptodev, .ipsecSecgw, .tester: nil
    case .espSingle, .espPipeline, .espMultiSA: .esp
    case .vpe: .vpe
    }
  }
}

extension CostBench {
  /// Reads what the last operation left.
  func sealedSample() throws -> SealedSample {
    func bytes(_ start: UnsafeMutableRawPointer, _ count: Int) -> [UInt8] {
      Array(UnsafeRawBufferPointer(start: start, count: count))
    }
    let last = plan.operations.last ?? .seal
    var sample = SealedSample(
      inner: bytes(template + Ethernet.headerBytes, plan.packetBytes),
      keys: try plan.tunnels == 1
        ? [CostSession(plan, last).keys] : CostTunnels(plan, last, packets: packets.count).keys,
      tunnels: traffic.places,
      addresses: (0..<packets.count).map { UInt(bitPattern: packets.addresses[$0]) })
    if let layout = plan.system.layout {
      sample.packets = (0..<packets.count).map {
        bytes(packets.addresses[$0] - layout.headerBytes, layout.sealedBytes(inner: plan.packetBytes))
      }
    }
    return sample
  }
}

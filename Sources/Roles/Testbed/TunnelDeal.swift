import Cases
import Wire

/// Assigns the generator's flows to tunnels: the flows of each queue are dealt to tunnels in turn, so that
/// every tunnel has packets on every queue.
package struct TunnelDeal {
  /// How many tunnels there are.
  package let tunnels: Int
  /// The difference between consecutive flow numbers of a queue.
  private let stride: UInt32

  /// A single tunnel for all flows.
  package static let one = TunnelDeal(tunnels: 1, stride: 1)

  /// - Parameters:
  ///   - tunnels: 1 to 10,000.
  ///   - stride: queues over which flows are dealt in turn; 1 where they are hashed.
  package init(tunnels: Int, stride: Int) {
    (self.tunnels, self.stride) = (tunnels, UInt32(stride))
  }

  /// The flow's tunnel.
  @inline(__always)
  package subscript(flow: UInt16) -> UInt32 { UInt32(flow) / stride % UInt32(tunnels) }
}

extension TestAddress {
  /// Writes the addresses and the header checksum of a tunnel's inner packet: tunnel t has 198.18.0.1 + t and
  /// 198.19.0.1 + t.
  @inline(__always)
  static func write(_ inner: UnsafeMutableRawPointer, tunnel: UInt32, isReturn: Bool = false) {
    let (near, far) = (generator &+ tunnel, reflector &+ tunnel)
    inner.storeBig(isReturn ? far : near, IPv4.sourceOffset)
    inner.storeBig(isReturn ? near : far, IPv4.destinationOffset)
    inner.storeBig(UInt16(0), IPv4.checksumOffset)
    inner.storeBig(Checksum.ofHeader20(UnsafeRawPointer(inner)), IPv4.checksumOffset)
  }
}

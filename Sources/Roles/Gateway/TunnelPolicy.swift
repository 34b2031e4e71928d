import Dataplane
import Tunnel
import Wire

// Treatment of headers beyond the format, wrapped around `Seal` and `Open`, which know nothing of it. It is
// off unless a descriptor switches it on: stages are then of other types, and none of this code runs. For
// what is implemented see docs/protocol-details.md.

/// Red to black, as a hop: 1. decrement the time to live, 2. seal, 3. copy the inner packet's DSCP and ECN to
/// the outer header (RFC 4301 section 5.1.2.1; RFC 6040 section 4.1, normal mode).
package struct HopSeal<Sealer: PacketSealer>: WrappingTransform {
  package var base: Seal<Sealer, OuterHeader>
  private let isOuterIPv6: Bool

  package init(_ base: Seal<Sealer, OuterHeader>, isOuterIPv6: Bool) {
    self.base = base
    self.isOuterIPv6 = isOuterIPv6
  }

  @inline(__always)
  package mutating func begin(_ packet: Packet, sa saIndex: SAIndex, in work: WorkPointer) {
    guard takeHop(packet) else { return base.refuse(.expired, in: work) }
    base.begin(packet, sa: saIndex, in: work)
  }

  /// Step 1. A frame that is no IP packet stays unchanged, for `base` refuses it.
  @inline(__always)
  private func takeHop(_ packet: Packet) -> Bool {
    let inner = packet.data + Ethernet.headerBytes
    let count = packet.count &- Ethernet.headerBytes
    guard packet.isWhole, count >= IPv4.headerBytes else { return true }
    let version = inner.load(as: UInt8.self) >> 4
    switch packet.data.loadBig(Ethernet.typeOffset, as: UInt16.self) {
    case Ethernet.typeIPv4 where version == 4: return IPv4.takeHop(inner)
    case Ethernet.typeIPv6 where version == 6 && count >= IPv6.headerBytes: return IPv6.takeHop(inner)
    default: return true
    }
  }

  @inline(__always)
  package mutating func finish(_ packet: Packet, in work: WorkPointer) -> DropReason {
    // The inner packet is still plaintext here, but its Ethernet header may be overwritten. For a packet that
    // is refused the value is meaningless.
    let inner = packet.data + Ethernet.headerBytes
    let isIPv6 = inner.load(as: UInt8.self) >> 4 == 6
    let service = isIPv6 ? IPv6.service(inner) : IPv4.service(inner)

    let reason = base.finish(packet, in: work)
    guard reason == .none else { return reason }

    let outer = packet.data + Ethernet.headerBytes
    if isOuterIPv6 { IPv6.setService(outer, service) } else { IPv4.setService(outer, service) }
    return .none
  }
}

/// Black to red: 1. read the outer header's ECN, 2. open, 3. apply `Arrival`.
package struct HopOpen<Opener: PacketOpener>: WrappingTransform {
  package var base: Open<Opener, OuterCheck>
  private let arrival: Arrival
  private let isOuterIPv6: Bool

  package init(_ base: Open<Opener, OuterCheck>, _ arrival: Arrival, isOuterIPv6: Bool) {
    self.base = base
    self.arrival = arrival
    self.isOuterIPv6 = isOuterIPv6
  }

  @inline(__always)
  package mutating func finish(_ packet: Packet, in work: WorkPointer) -> DropReason {
    // Reading is safe even if the frame is too short, for a buffer has room for a header; such a frame is
    // refused.
    let outer = packet.data + Ethernet.headerBytes
    let congestion = (isOuterIPv6 ? IPv6.service(outer) : IPv4.service(outer)) & ECN.mask

    let reason = base.finish(packet, in: work)
    guard reason == .none else { return reason }

    let type = packet.data.loadBig(Ethernet.typeOffset, as: UInt16.self)
    return arrival.apply(
      packet.data + Ethernet.headerBytes, isIPv6: type == Ethernet.typeIPv6, congestion: congestion)
  }
}

/// The treatment of an opened inner packet: 1. check its addresses (RFC 4301 section 5.2, step 4), 2. combine
/// ECN (RFC 6040 section 4.2), 3. decrement the time to live (RFC 4301 section 5.1.2.1, note 2).
package struct Arrival {
  private let policy: TunnelPolicy
  private let selectors: Selectors

  package init(_ policy: TunnelPolicy, _ selectors: Selectors) {
    self.policy = policy
    self.selectors = selectors
  }

  /// - Parameter congestion: the ECN field of the outer header.
  @inline(__always)
  package func apply(_ inner: UnsafeMutableRawPointer, isIPv6: Bool, congestion: UInt8) -> DropReason {
    if policy.checksSelectors {
      guard selectors.match(inner, isIPv6: isIPv6) else { return .selector }
    }
    guard policy.copiesFields else { return .none }

    let service = isIPv6 ? IPv6.service(inner) : IPv4.service(inner)
    guard let combined = ECN.leaving(inner: service & ECN.mask, outer: congestion) else { return .notECT }
    if combined != service & ECN.mask {
      let changed = service & ~ECN.mask | combined
      if isIPv6 { IPv6.setService(inner, changed) } else { IPv4.setService(inner, changed) }
    }
    return (isIPv6 ? IPv6.takeHop(inner) : IPv4.takeHop(inner)) ? .none : .expired
  }
}

/// The traffic that an association carries (RFC 4301 section 4.4.1.1): a prefix of IPv4 source and of
/// destination addresses, any protocol and port; no IPv6.
package struct Selectors {
  /// Source and destination address, and a mask of the bits to compare, in network byte order.
  private let addresses: UInt64
  private let mask: UInt64

  /// - Parameters:
  ///   - source: a prefix, its length 0 to 32 bits.
  ///   - destination: likewise.
  package init(source: (address: UInt32, bits: Int), destination: (address: UInt32, bits: Int)) {
    func mask(_ bits: Int) -> UInt32 { bits == 0 ? 0 : .max << UInt32(32 - bits) }
    func pair(_ source: UInt32, _ destination: UInt32) -> UInt64 {
      (UInt64(source) << 32 | UInt64(destination)).bigEndian
    }
    self.mask = pair(mask(source.bits), mask(destination.bits))
    addresses = pair(source.address, destination.address) & self.mask
  }

  /// The selectors of a case: one host at each end.
  /// - Parameter isA: whether packets come out at gateway A.
  static func toHost(isA: Bool) -> Selectors {
    let hosts = (TestAddress.generator, TestAddress.reflector)
    return Selectors(
      source: (isA ? hosts.1 : hosts.0, 32), destination: (isA ? hosts.0 : hosts.1, 32))
  }

  /// Whether the association carries this packet; its whole header must be at `inner`.
  @inline(__always)
  package func match(_ inner: UnsafeRawPointer, isIPv6: Bool) -> Bool {
    // Two loads, for the cipher writes 16 bytes at a time: a load of both addresses would span two of its
    // stores, and no CPU forwards from two stores.
    let source = inner.loadUnaligned(fromByteOffset: IPv4.sourceOffset, as: UInt32.self)
    let destination = inner.loadUnaligned(fromByteOffset: IPv4.destinationOffset, as: UInt32.self)
    let pair = UInt64(source) | UInt64(destination) << 32
    return !isIPv6 && (pair ^ addresses) & mask == 0
  }
}

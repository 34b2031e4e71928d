import CDPDK
import Wire

/// Reassembles fragments of outer packets by DPDK's `rte_ip_frag`, which a receiver of ESP must do first (RFC
/// 4303 section 3.4.1). For one thread. Plain memory without an owner: call `deallocate()` once.
///
/// Its state is bounded in every respect, for anybody may send fragments: the number of incomplete packets,
/// the fragments of each, and the waiting time. Fragments beyond a bound are dropped and counted under its
/// own reason, each once. `rte_ip_frag` does not say why it gives fragments up; the reason follows from which
/// ones these are.
/// Overlapping fragments are dropped with all others of their packet (RFC 5722, RFC 8200 section 4.5).
///
/// Not supported: IPv4 options; extension headers other than the fragment header.
public struct Reassembly {
  /// The most fragments of a packet.
  public static let fragmentsMax = Int(CDPDK_FRAGMENTS_MAX)
  private static let headers = Ethernet.headerBytes + IPv4.headerBytes
  private static let headers6 = Ethernet.headerBytes + IPv6.headerBytes

  private let fragments: UnsafeMutablePointer<cdpdk_fragments>
  private let counters: StageCounters
  private let ownsCounters: Bool

  /// - Parameters:
  ///   - datagrams: the most incomplete packets at a time.
  ///   - ticks: how long a packet waits after its first fragment has come.
  ///   - counters: also counts drops; nil for internal counters.
  /// - Throws: `DataplaneError.memory`.
  public init(datagrams: Int, ticks: UInt64, counters: StageCounters? = nil) throws {
    fragments = .allocateLines(1)
    guard cdpdk_fragments_create(fragments, UInt32(datagrams), ticks) == 0 else {
      fragments.deallocate()
      throw DataplaneError.memory(
        what: "a table of \(datagrams) packets in fragments",
        reason: String(cString: cdpdk_error_text(cdpdk_error())))
    }
    self.counters = counters ?? StageCounters()
    ownsCounters = counters == nil
  }

  /// Frees the memory, and the buffers of all waiting fragments.
  public func deallocate() {
    cdpdk_fragments_destroy(fragments)
    fragments.deallocate()
    if ownsCounters { counters.deallocate() }
  }

  /// Fragments that were dropped for a reason.
  public func dropped(_ reason: DropReason) -> UInt64 { counters.dropped(reason.rawValue) }

  /// Takes a frame in one buffer.
  /// - Parameter now: ticks; never fewer than before.
  /// - Returns: the packet, if it is no fragment or was the last one missing: a chain of as many buffers as
  ///   there were fragments, of which the first begins with the frame's headers, and the others with data.
  @inline(__always)
  public func add(_ frame: Packet, now: UInt64) -> Packet? {
    let reason = check(frame)
    guard reason == .fragment else {
      if reason == .none { return frame }
      counters.drop(reason.rawValue)
      frame.free()
      return nil
    }
    let isBetween = Self.isBetween(frame)
    let whole =
      Self.isIPv6(frame)
      ? cdpdk_fragments_add6(fragments, frame.mbuf, now) : cdpdk_fragments_add(fragments, frame.mbuf, now)
    if cdpdk_fragments_dropped(fragments) > 0 { settle(frame, isBetween: isBetween) }
    guard let whole else { return nil }
    return Packet(whole)
  }

  /// Drops the fragments of packets that have waited too long.
  public func expire(now: UInt64) {
    repeat { cdpdk_fragments_expire(fragments, now) } while drop(.fragmentTimeout) > 0
  }

  /// `.fragment` for a valid fragment, `.none` for a whole packet, or the reason for a drop.
  @inline(__always)
  private func check(_ frame: Packet) -> DropReason {
    guard frame.isWhole else { return .segmented }
    guard frame.count >= Self.headers else { return .tooShort }
    switch frame.data.loadBig(Ethernet.typeOffset, as: UInt16.self) {
    case Ethernet.typeIPv4: return checkIPv4(frame)
    case Ethernet.typeIPv6: return checkIPv6(frame)
    default: return .notIP
    }
  }

  @inline(__always)
  private func checkIPv4(_ frame: Packet) -> DropReason {
    let ip = frame.data + Ethernet.headerBytes
    let total = Int(ip.loadBig(IPv4.totalLengthOffset, as: UInt16.self))
    guard ip.load(as: UInt8.self) == 0x45, total >= IPv4.headerBytes,
      total <= frame.count &- Ethernet.headerBytes, Checksum.isValidHeader20(UnsafeRawPointer(ip))
    else { return .outerHeader }
    let field = ip.loadBig(IPv4.fragmentOffset, as: UInt16.self)
    guard field & (IPv4.moreFragments | IPv4.offsetMask) != 0 else { return .none }
    let offset = Int(field & IPv4.offsetMask) &* Fragmentation.unitBytes
    // A packet's length is at most 65,535 bytes, IPv4 header included.
    return check(
      bytes: total &- IPv4.headerBytes, end: offset &+ total, isLast: field & IPv4.moreFragments == 0)
  }

  @inline(__always)
  private func checkIPv6(_ frame: Packet) -> DropReason {
    guard frame.count >= Self.headers6 else { return .tooShort }
    let ip = frame.data + Ethernet.headerBytes
    let payload = Int(ip.loadBig(IPv6.payloadLengthOffset, as: UInt16.self))
    guard ip.load(as: UInt8.self) >> 4 == 6, payload <= frame.count &- Self.headers6 else {
      return .outerHeader
    }
    guard ip.load(fromByteOffset: IPv6.nextHeaderOffset, as: UInt8.self) == IPv6.protocolFragment else {
      return .none
    }
    guard payload >= Fragmentation.headerBytes else { return .fragmentLength }
    let field = ip.loadBig(IPv6.fragmentOffset, as: UInt16.self)
    guard field & (IPv6.moreFragments | IPv6.offsetMask) != 0 else {
      Self.removeHeader(frame)
      return .none
    }
    let bytes = payload &- Fragmentation.headerBytes
    return check(
      bytes: bytes, end: Int(field & IPv6.offsetMask) &+ bytes, isLast: field & IPv6.moreFragments == 0)
  }

  /// Whether a fragment's data has a valid length and offset. `rte_ip_frag` removes the padding of short
  /// frames.
  /// - Parameters:
  ///   - bytes: length of the fragment's data.
  ///   - end: the least length of the packet that contains this fragment.
  @inline(__always)
  private func check(bytes: Int, end: Int, isLast: Bool) -> DropReason {
    guard bytes > 0, isLast || bytes & (Fragmentation.unitBytes &- 1) == 0, end <= Int(UInt16.max) else {
      return .fragmentLength
    }
    return .fragment
  }

  /// Removes the fragment header from an atomic fragment, which is a whole packet (RFC 6946), independently
  /// of other fragments.
  private static func removeHeader(_ frame: Packet) {
    let (old, start) = (frame.data, frame.data + Fragmentation.headerBytes)
    let ip = start + Ethernet.headerBytes
    let next = old.load(fromByteOffset: headers6, as: UInt8.self)
    let payload = old.loadBig(Ethernet.headerBytes + IPv6.payloadLengthOffset, as: UInt16.self)
    start.copyMemory(from: old, byteCount: headers6)
    ip.storeBig(payload &- UInt16(Fragmentation.headerBytes), IPv6.payloadLengthOffset)
    ip.storeBytes(of: next, toByteOffset: IPv6.nextHeaderOffset, as: UInt8.self)
    frame.setFrame(start: start, count: frame.count &- Fragmentation.headerBytes)
  }

  @inline(__always)
  private static func isIPv6(_ frame: Packet) -> Bool {
    frame.data.loadBig(Ethernet.typeOffset, as: UInt16.self) == Ethernet.typeIPv6
  }

  /// Whether a frame's fragment is neither its packet's first nor its last one.
  @inline(__always)
  private static func isBetween(_ frame: Packet) -> Bool {
    let ip = frame.data + Ethernet.headerBytes
    if isIPv6(frame) {
      let field = ip.loadBig(IPv6.fragmentOffset, as: UInt16.self)
      return field & IPv6.moreFragments != 0 && field & IPv6.offsetMask != 0
    }
    let field = ip.loadBig(IPv4.fragmentOffset, as: UInt16.self)
    return field & IPv4.moreFragments != 0 && field & IPv4.offsetMask != 0
  }

  /// Counts the fragments that `rte_ip_frag` gave up when `frame` came.
  ///
  /// - Without `frame`: expired packets that `frame` replaced.
  /// - Only `frame`: there was no room for another packet.
  /// - `frame` with others: its whole packet. If all slots between first and last fragment are taken, there
  ///   was one fragment too many. Otherwise the fragments overlap or repeat; some may have been joined before
  ///   that was noticed.
  @inline(never)
  private func settle(_ frame: Packet, isBetween: Bool) {
    let count = cdpdk_fragments_dropped(fragments)
    var (isAmong, between, arePut) = (false, 0, false)
    for index in 0..<count {
      let packet = Packet(cdpdk_fragments_drop(fragments, index))
      if packet.segments > 1 {
        arePut = true
        isAmong = isAmong || packet.has(frame)
      } else if packet.mbuf == frame.mbuf {
        isAmong = true
      } else if Self.isBetween(packet) {
        between += 1
      }
    }
    let isTooMany = isBetween && !arePut && between == Self.fragmentsMax - 2
    let reason: DropReason =
      !isAmong
      ? .fragmentTimeout
      : count == 1 && !arePut ? .tooManyDatagrams : isTooMany ? .tooManyFragments : .fragmentOverlap
    drop(reason)
  }

  /// Frees and counts all fragments that were given up.
  /// - Returns: how many fragments they were.
  @discardableResult
  private func drop(_ reason: DropReason) -> Int {
    var fragmentCount = 0
    for index in 0..<cdpdk_fragments_dropped(fragments) {
      let packet = Packet(cdpdk_fragments_drop(fragments, index))
      // Each fragment came in a buffer of its own.
      fragmentCount += packet.segments
      packet.free()
    }
    cdpdk_fragments_clear(fragments)
    if fragmentCount > 0 { counters.drop(reason.rawValue, fragmentCount) }
    return fragmentCount
  }
}

extension Packet {
  /// Whether another packet's buffer is one of this packet's buffers.
  fileprivate func has(_ other: Packet) -> Bool {
    var buffer = Optional(self)
    while let own = buffer {
      if own.mbuf == other.mbuf { return true }
      buffer = own.next
    }
    return false
  }
}

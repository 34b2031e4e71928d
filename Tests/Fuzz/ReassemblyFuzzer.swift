import Dataplane
import Roles
import TestSupport
import Wire

/// Outer fragments, a few bytes of input each: which packet (four of IPv4, four of IPv6) and how much later,
/// flags and offset, how many bytes of data. A byte of data tells where in its packet it lies.
final class ReassemblyFuzzer {
  /// libFuzzer has one thread.
  nonisolated(unsafe) static let shared = ReassemblyFuzzer()

  private let host: RoleHost
  private let pool: PacketPool
  private let burst = Burst()

  private init() {
    guard let host = try? RoleHost(cpus: [0]), let pool = try? PacketPool(name: "fuzz", count: 4096) else {
      fatalError("DPDK does not start")
    }
    (self.host, self.pool) = (host, pool)
  }

  func run(_ input: Input) {
    var input = input
    guard input.rest.count < 8192, let reassembly = try? Reassembly(datagrams: 3, ticks: 20) else { return }
    var (taken, delivered, now) = (0, 0, UInt64(0))
    while !input.rest.isEmpty {
      let choice = input.byte()
      now += UInt64(choice >> 3 & 7)
      if choice & 0x40 != 0 { reassembly.expire(now: now) }
      // Near the packet's start by default, where fragments meet.
      let near = UInt16(input.byte())
      let field = choice & 0x80 != 0 ? near << 8 | UInt16(input.byte()) : near & 7 | (near & 8) << 10
      let length = Int(input.byte() & 63)
      guard pool.source.allocate(burst, count: 1) else { break }
      let frame = frame(choice & 7, field, length)
      burst[0].setFrame(headroom: PacketPool.headroomBytes, count: frame.count)
      burst[0].data.copyMemory(from: frame, byteCount: frame.count)
      taken += 1
      if let packet = reassembly.add(burst[0], now: now) {
        delivered += packet.segments
        check(packet)
        packet.free()
      }
      let dropped = DropReason.allCases.reduce(0) { $0 + Int(reassembly.dropped($1)) }
      must(pool.inUse == taken - delivered - dropped, "a fragment that is nowhere")
    }
    reassembly.deallocate()
    must(pool.inUse == 0, "a buffer that is not given back")
  }

  private static func byte(_ offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: offset &* 7 &+ offset >> 8) }

  /// - Parameter field: flags and offset as IPv4 has them.
  private func frame(_ number: UInt8, _ field: UInt16, _ length: Int) -> [UInt8] {
    let start = Int(field & IPv4.offsetMask) * 8
    let data = (start..<start + length).map(Self.byte)
    return (number < 4 ? frame4(number, field, length) : frame6(number, field, length)) + data
  }

  private func frame4(_ number: UInt8, _ field: UInt16, _ length: Int) -> [UInt8] {
    var frame = [UInt8](repeating: 0, count: 34)
    (frame[12], frame[14], frame[17], frame[19]) = (8, 0x45, UInt8(20 + length), number)
    frame.withUnsafeMutableBytes { bytes in
      let ip = bytes.baseAddress! + Ethernet.headerBytes
      ip.storeBig(field, IPv4.fragmentOffset)
      ip.storeBig(Checksum.ofHeader20(UnsafeRawPointer(ip)), IPv4.checksumOffset)
    }
    return frame
  }

  private func frame6(_ number: UInt8, _ field: UInt16, _ length: Int) -> [UInt8] {
    var frame = [UInt8](repeating: 0, count: 62)
    (frame[12], frame[13], frame[14], frame[20]) = (0x86, 0xDD, 0x60, IPv6.protocolFragment)
    (frame[19], frame[54], frame[61]) = (UInt8(8 + length), 50, number)
    let more: UInt16 = field & IPv4.moreFragments != 0 ? IPv6.moreFragments : 0
    let offsetField = field << 3 | more
    (frame[56], frame[57]) = (UInt8(offsetField >> 8), UInt8(offsetField & 0xFF))
    return frame
  }

  private func check(_ packet: Packet) {
    let bytes = packet.contents
    let isIPv6 = bytes[14] >> 4 == 6
    if isIPv6 {
      must(bytes[20] == 50, "a fragment was delivered")
      must(Int(bytes[18]) << 8 | Int(bytes[19]) == bytes.count - 54, "a packet whose length is another")
    } else {
      let field = UInt16(bytes[20]) << 8 | UInt16(bytes[21])
      must(field & (IPv4.moreFragments | IPv4.offsetMask) == 0, "a fragment was delivered")
      must(Int(bytes[16]) << 8 | Int(bytes[17]) == bytes.count - 14, "a packet whose length is another")
    }
    let data = bytes.dropFirst(isIPv6 ? 54 : 34)
    must(data.enumerated().allSatisfy { $1 == Self.byte($0) }, "another packet was delivered")
  }
}

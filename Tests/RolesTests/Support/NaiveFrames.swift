import Basics
import Cases
import Roles

// Frames built byte by byte, to be compared with: slow, plain, and without the product's code.

/// The Internet checksum as RFC 1071 section 4.1 has it: words of 16 bits, first byte highest.
func naiveChecksum(_ bytes: [UInt8]) -> UInt16 {
  var sum = 0
  for index in stride(from: 0, to: bytes.count, by: 2) {
    sum += Int(bytes[index]) << 8 | (index + 1 < bytes.count ? Int(bytes[index + 1]) : 0)
  }
  while sum > 0xFFFF { sum = sum % 0x10000 + sum / 0x10000 }
  return UInt16(0xFFFF - sum)
}

/// An IPv4 packet without options.
func naiveIPv4(
  _ number: UInt8, from source: UInt32, to destination: UInt32, _ payload: [UInt8], service: UInt8 = 0
) -> [UInt8] {
  var header = [0x45, service] + big(UInt64(20 + payload.count), 2) + [0, 0, 0x40, 0, 64, number, 0, 0]
  header += big(UInt64(source), 4) + big(UInt64(destination), 4)
  header.replaceSubrange(10..<12, with: big(UInt64(naiveChecksum(header)), 2))
  return header + payload
}

/// An IPv6 packet without extension headers.
func naiveIPv6(_ next: UInt8, _ payload: [UInt8]) -> [UInt8] {
  [0x60, 0, 0, 0] + big(UInt64(payload.count), 2) + [next, 64]
    + [UInt8](repeating: 0xFD, count: 16) + [UInt8](repeating: 0xFE, count: 16) + payload
}

/// An IPv6 packet between addresses of 16 bytes.
func naiveIPv6(_ next: UInt8, from source: [UInt8], to destination: [UInt8], _ payload: [UInt8]) -> [UInt8] {
  [0x60, 0, 0, 0] + big(UInt64(payload.count), 2) + [next, 64] + source + destination + payload
}

/// A UDP datagram without checksum.
func naiveUDP(_ source: UInt16, _ destination: UInt16, _ payload: [UInt8]) -> [UInt8] {
  big(UInt64(source), 2) + big(UInt64(destination), 2) + big(UInt64(8 + payload.count), 2) + [0, 0] + payload
}

/// The same with the checksum that IPv6 asks for (RFC 8200 section 8.1); one of 0 is sent as all ones.
func naiveUDP6(
  _ source: UInt16, _ destination: UInt16, from: [UInt8], to: [UInt8], _ payload: [UInt8]
) -> [UInt8] {
  var datagram = naiveUDP(source, destination, payload)
  let sum = naiveChecksum(from + to + big(UInt64(datagram.count), 4) + big(17, 4) + datagram)
  datagram.replaceSubrange(6..<8, with: big(UInt64(sum == 0 ? 0xFFFF : sum), 2))
  return datagram
}

/// Addresses of generator and reflector in IPv6.
let naiveEnds6: (generator: [UInt8], reflector: [UInt8]) = (
  [0x20, 1, 0, 2] + [UInt8](repeating: 0, count: 11) + [1],
  [0x20, 1, 0, 2, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 7) + [1]
)

/// An Ethernet frame from an end to its peer, or back, without padding.
func naiveEthernet(_ from: LinkEnd, type: UInt16 = 0x0800, _ payload: [UInt8]) -> [UInt8] {
  big(from.peer.address.bits, 6) + big(from.address.bits, 6) + big(UInt64(type), 2) + payload
}

/// The generator's frame on its way out, as the drawing in `TestFrame` has it.
func naiveTestFrame(
  bytes: Int, seed: UInt64, stamp: UInt64, time: UInt64, flow: UInt16, class index: Int = 0, tunnel: Int = 0
) -> [UInt8] {
  var random = SplitMix64(state: seed)
  let ids = UInt64(flow) << 24 ^ UInt64(index) << 40
  let mixed = ((stamp ^ random.next() ^ ids) &* 0x9E37_79B9_7F4A_7C15) ^ time
  let check = (mixed &* 0xD1B5_4A32_D192_ED03) >> 48
  let payload = little(stamp, 8) + little(time, 8) + little(check, 2)
  let pattern = (60..<max(bytes, 60)).map { UInt8($0 * 7 % 256) }
  let port = UInt16((1024 + Int(flow) * 40_503) % 65_536)
  let datagram = naiveUDP(port, 7, payload + pattern)
  return naiveEthernet(
    .generator,
    naiveIPv4(
      17, from: 0xC612_0001 &+ UInt32(truncatingIfNeeded: tunnel),
      to: 0xC613_0001 &+ UInt32(truncatingIfNeeded: tunnel), datagram,
      service: UInt8(index << 5)))
}

/// The same with IPv6.
func naiveTestFrame6(
  bytes: Int, seed: UInt64, stamp: UInt64, time: UInt64, flow: UInt16, class index: Int = 0
) -> [UInt8] {
  // Path and all else are the same; the pattern depends on the offset in the frame.
  let short = naiveTestFrame(bytes: 60, seed: seed, stamp: stamp, time: time, flow: flow, class: index)
  let port = UInt16(short[34]) << 8 | UInt16(short[35])
  let pattern = (80..<max(bytes, 80)).map { UInt8($0 * 7 % 256) }
  let datagram = naiveUDP6(
    port, 7, from: naiveEnds6.generator, to: naiveEnds6.reflector, Array(short[42..<60]) + pattern)
  var packet = naiveIPv6(17, from: naiveEnds6.generator, to: naiveEnds6.reflector, datagram)
  packet[0] |= UInt8(index << 5) >> 4
  packet[1] |= UInt8(index << 5 & 0xF) << 4
  return naiveEthernet(.generator, type: 0x86DD, packet)
}

/// What a reflector makes of a frame with IPv6 and UDP; twice is the frame itself.
func naiveReflection6(_ frame: [UInt8]) -> [UInt8] {
  var result = Array(frame[6..<12] + frame[0..<6] + frame[12..<22])
  result += frame[38..<54] + frame[22..<38]
  result += frame[56..<58] + frame[54..<56]
  return result + frame[58...]
}

/// What a reflector makes of a frame with IPv4 and UDP; twice is the frame itself.
func naiveReflection(_ frame: [UInt8]) -> [UInt8] {
  var result = Array(frame[6..<12] + frame[0..<6] + frame[12..<26])
  result += frame[30..<34] + frame[26..<30]
  result += frame[36..<38] + frame[34..<36]
  return result + frame[38...]
}

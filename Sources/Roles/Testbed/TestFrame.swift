import Basics
import Cases
import Wire

/// The generator's frame: Ethernet, IPv4 or IPv6, UDP, a stamp of 18 bytes, and a pattern up to the frame's
/// size.
///
/// ```
///  0          14     34    42         50          58      60
///  | Ethernet | IPv4 | UDP | path and | timestamp | check | pattern …
///                          | ordinal  |
/// ```
/// With IPv6 everything behind the IP header lies 20 bytes further, and UDP has a checksum (RFC 8200 section
/// 8.1).
///
/// *Path* (16 bits, high) is the queue that the frame was sent to, *ordinal* (48 bits) its number on that
/// path, from 1. The timestamp is the generator's TSC. *Check* depends on all three and on the run, so that
/// frames of an earlier measurement are not accepted. The UDP source port identifies the flow, DSCP the
/// traffic class, the addresses the tunnel. If frames have several lengths, consecutive ordinals have them
/// in turn.
package struct TestFrame {
  /// By how many bytes IPv6's header is longer than IPv4's; 0 with IPv4.
  private let shift: Int
  @inline(__always) var stampOffset: Int { 42 &+ shift }
  @inline(__always) var timeOffset: Int { 50 &+ shift }
  @inline(__always) var checkOffset: Int { 58 &+ shift }
  @inline(__always) var patternOffset: Int { 60 &+ shift }
  @inline(__always) private var flowPortOffset: Int { 34 &+ shift }
  @inline(__always) var returnedFlowPortOffset: Int { 36 &+ shift }
  @inline(__always) private var checksumOffset: Int { 40 &+ shift }
  private static let shiftOfIPv6 = IPv6.headerBytes - IPv4.headerBytes

  /// The offset of the flow's port in a reflected frame of either IP version.
  @inline(__always)
  static func returnedFlowPortOffset(in frame: UnsafeMutableRawPointer) -> Int {
    let isIPv6 = frame.loadBig(Ethernet.typeOffset, as: UInt16.self) == Ethernet.typeIPv6
    return isIPv6 ? 36 + shiftOfIPv6 : 36
  }

  /// Flow 0's port; the ports of consecutive flows are a step apart, modulo 2¹⁶. The step is odd, so each
  /// flow has a port of its own, and large, so that RSS hashes scatter: those of consecutive ports are too
  /// even.
  private static let firstPort: UInt16 = 1024
  private static let portStep: UInt16 = 0x9E37
  /// The inverse of `portStep` modulo 2¹⁶.
  private static let portStepInverse: UInt16 = 0x7787
  /// The port of the echo protocol (RFC 862), which the reflector resembles.
  static let echoPort: UInt16 = 7

  /// One entry of the cyclic sequence of frame lengths.
  private struct Length {
    /// Bytes in memory, without frame check sequence.
    let bytes: Int
    /// The length's index among the distinct lengths.
    let number: Int
    /// The constant part of the UDP checksum's sum; with IPv6 only.
    var sum: UInt64 = 0
  }

  /// Bytes of the longest frame in memory, without frame check sequence.
  package let bytes: Int
  /// The cyclic sequence of frame lengths, and the number of its entries.
  private let lengths: UnsafeMutablePointer<Length>
  private let lengthCount: UInt64
  /// A value derived from the run's seed; part of every check.
  let secret: UInt64
  /// How many traffic classes there are.
  private let classes: Int
  /// The tunnel of each flow; several tunnels need IPv4.
  private let deal: TunnelDeal
  /// Whether gateways may cut packets: each packet then has an identification, the low bits of its ordinal.
  private let mayBeCut: Bool
  /// For each length and class two whole frames: as sent, and as expected back.
  private let templates: UnsafeMutableRawPointer
  private static let templateBytes = 2048
  /// Scratch for the headers that a returned frame must have.
  private let headers: UnsafeMutableRawPointer
  private static let headersBytes = 64

  /// - Parameters:
  ///   - frameMemoryLengths: the lengths of consecutive frames, repeated cyclically.
  ///   - hops: by how much the time to live must have decreased in a returned frame.
  ///   - classes: 1 to `TrafficClass.most`.
  ///   - deal: assigns flows to tunnels; a tunnel's inner addresses are those of its hosts.
  ///   - mayBeCut: whether gateways may cut packets; it has an effect with IPv4 only.
  ///   - replica: which of the generators sends the frames.
  package init(
    frameMemoryLengths: [Int], seed: UInt64, hops: UInt8 = 0, classes: Int = 1, deal: TunnelDeal = .one,
    version: IPVersion = .ipv4, mayBeCut: Bool = false, replica: Int = 0
  ) throws {
    shift = version == .ipv6 ? Self.shiftOfIPv6 : 0
    let possible = (60 + shift)...1514
    if let wrong = frameMemoryLengths.first(where: { !possible.contains($0) }) {
      throw RoleError.frameBytes(wrong + Ethernet.frameCheckBytes, version)
    }
    let different = Array(Set(frameMemoryLengths)).sorted()
    bytes = different.last ?? 0
    lengthCount = UInt64(frameMemoryLengths.count)
    lengths = .allocate(capacity: frameMemoryLengths.count)
    var random = SplitMix64(state: seed)
    secret = random.next()
    (self.classes, self.deal, self.mayBeCut) = (classes, deal, mayBeCut && version == .ipv4)
    headers = .allocateLines(Self.headersBytes)
    templates = .allocate(byteCount: 2 * different.count * classes * Self.templateBytes, alignment: 64)
    for (number, bytes) in different.enumerated() {
      for index in 0..<classes {
        for isReturn in [false, true] {
          let slot = 2 * (number * classes + index) + (isReturn ? 1 : 0)
          Self.writeTemplate(
            to: templates + slot * Self.templateBytes, from: Replica(.generator, replica), bytes: bytes,
            version: version, class: index, hops: isReturn ? hops : 0, isReturn: isReturn)
        }
      }
    }
    for (slot, bytes) in frameMemoryLengths.enumerated() {
      var length = Length(bytes: bytes, number: different.firstIndex(of: bytes) ?? 0)
      if version == .ipv6 {
        // The sum is the same for each class and both ways: only addresses and ports are swapped.
        length.sum = UDP.sum(
          inIPv6: templates + 2 * length.number * classes * Self.templateBytes + Ethernet.headerBytes,
          length: bytes - Ethernet.headerBytes - IPv6.headerBytes)
      }
      (lengths + slot).initialize(to: length)
    }
  }

  /// Frames of one length.
  package init(
    frameMemoryBytes: Int, seed: UInt64, hops: UInt8 = 0, classes: Int = 1, deal: TunnelDeal = .one,
    version: IPVersion = .ipv4, mayBeCut: Bool = false, replica: Int = 0
  ) throws {
    try self.init(
      frameMemoryLengths: [frameMemoryBytes], seed: seed, hops: hops, classes: classes, deal: deal,
      version: version, mayBeCut: mayBeCut, replica: replica)
  }

  /// Writes a frame without what differs from frame to frame: port, stamp, time, check and checksum stay 0.
  private static func writeTemplate(
    to frame: UnsafeMutableRawPointer, from here: Replica<LinkEnd>, bytes: Int, version: IPVersion,
    class index: Int, hops: UInt8, isReturn: Bool
  ) {
    let isIPv6 = version == .ipv6
    let there = here.peer
    Ethernet.write(
      to: frame, destination: isReturn ? here.address : there.address,
      source: isReturn ? there.address : here.address, type: isIPv6 ? Ethernet.typeIPv6 : Ethernet.typeIPv4)
    let ip = frame + Ethernet.headerBytes
    let header = isIPv6 ? IPv6.headerBytes : IPv4.headerBytes
    let length = UInt16(bytes - Ethernet.headerBytes - header)
    if isIPv6 {
      let ends = (TestAddress.generator6, TestAddress.reflector6)
      IPv6.write(
        to: ip, payloadLength: length, next: IPv4.protocolUDP, source: isReturn ? ends.1 : ends.0,
        destination: isReturn ? ends.0 : ends.1)
      ip.storeBytes(of: IPv4.timeToLive - hops, toByteOffset: IPv6.hopLimitOffset, as: UInt8.self)
      IPv6.setService(ip, TrafficClass.service(index))
    } else {
      let ends = (TestAddress.generator, TestAddress.reflector)
      IPv4.write(
        to: ip, totalLength: length + UInt16(header), protocol: IPv4.protocolUDP,
        source: isReturn ? ends.1 : ends.0, destination: isReturn ? ends.0 : ends.1,
        timeToLive: IPv4.timeToLive - hops)
      IPv4.setService(ip, TrafficClass.service(index))
    }
    UDP.write(
      to: ip + header, source: isReturn ? echoPort : 0, destination: isReturn ? 0 : echoPort, length: length)
    let stamp = Ethernet.headerBytes + header + UDP.headerBytes
    (frame + stamp).initializeMemory(as: UInt8.self, repeating: 0, count: stampBytes)
    for offset in (stamp + stampBytes)..<bytes {
      frame.storeBytes(of: UInt8(truncatingIfNeeded: offset &* 7), toByteOffset: offset, as: UInt8.self)
    }
  }

  private static let stampBytes = 18

  @inline(__always)
  private func outbound(_ length: Length, _ index: Int) -> UnsafeMutableRawPointer {
    templates + 2 &* (length.number &* classes &+ index) &* Self.templateBytes
  }

  @inline(__always)
  private func inbound(_ length: Length, _ index: Int) -> UnsafeMutableRawPointer {
    outbound(length, index) + Self.templateBytes
  }

  /// The length of the frame with this stamp; ordinals count from 1.
  @inline(__always)
  private func length(of stamp: UInt64) -> Length {
    if lengthCount == 1 { return lengths[0] }
    let turn = (stamp & Self.ordinalMask) &- 1
    return lengths[Int(truncatingIfNeeded: turn % lengthCount)]
  }

  /// Bytes in memory of the frame with this stamp.
  @inline(__always)
  package func bytes(of stamp: UInt64) -> Int { length(of: stamp).bytes }

  /// The stamp of a tester's probe without its ordinal: probes have the highest path number, and no other
  /// frame has it.
  static let probeStamp: UInt64 = 0xFFFF << 48
  /// The bits of a stamp that hold the ordinal.
  static let ordinalMask: UInt64 = 0xFFFF_FFFF_FFFF

  /// The UDP port at the generator's end of a flow.
  @inline(__always)
  package static func port(ofFlow flow: UInt16) -> UInt16 { firstPort &+ flow &* portStep }

  /// The flow that has this port.
  @inline(__always)
  package static func flow(ofPort port: UInt16) -> UInt16 { (port &- firstPort) &* portStepInverse }

  package func deallocate() {
    lengths.deallocate()
    templates.deallocate()
    headers.deallocate()
  }

  /// 16 bits derived from stamp, time, flow, class and the run.
  @inline(__always)
  func check(stamp: UInt64, time: UInt64, flow: UInt16, class index: Int) -> UInt16 {
    let ids = UInt64(flow) << 24 | UInt64(truncatingIfNeeded: index) << 40
    let mixed = (stamp ^ secret ^ ids) &* 0x9E37_79B9_7F4A_7C15 ^ time
    return UInt16(truncatingIfNeeded: (mixed &* 0xD1B5_4A32_D192_ED03) >> 48)
  }

  /// Writes a whole frame.
  /// - Parameter index: the flow's traffic class.
  @inline(__always)
  package func write(
    to frame: UnsafeMutableRawPointer, stamp: UInt64, time: UInt64, flow: UInt16, class index: Int = 0
  ) {
    let length = length(of: stamp)
    frame.copyMemory(from: outbound(length, index), byteCount: length.bytes)
    mark(frame, stamp: stamp, time: time, flow: flow, class: index)
  }

  /// Writes a frame up to its pattern; the bytes of the pattern stay as they are.
  @inline(__always)
  func writeHeaders(to frame: UnsafeMutableRawPointer, stamp: UInt64, flow: UInt16) {
    frame.copyMemory(from: outbound(length(of: stamp), 0), byteCount: patternOffset)
    mark(frame, stamp: stamp, time: 0, flow: flow, class: 0)
  }

  @inline(__always)
  private func mark(
    _ frame: UnsafeMutableRawPointer, stamp: UInt64, time: UInt64, flow: UInt16, class index: Int
  ) {
    let check = check(stamp: stamp, time: time, flow: flow, class: index)
    if deal.tunnels > 1 { TestAddress.write(frame + Ethernet.headerBytes, tunnel: deal[flow]) }
    if mayBeCut { Self.letCut(frame, stamp: stamp) }
    frame.storeBig(Self.port(ofFlow: flow), flowPortOffset)
    frame.storeLittle(stamp, stampOffset)
    frame.storeLittle(time, timeOffset)
    frame.storeLittle(check, checkOffset)
    if shift > 0 {
      frame.storeBytes(
        of: checksum(stamp: stamp, time: time, flow: flow, check: check), toByteOffset: checksumOffset,
        as: UInt16.self)
    }
  }

  /// The UDP checksum of an IPv6 frame, in network byte order; the returned frame has the same one.
  @inline(__always)
  private func checksum(stamp: UInt64, time: UInt64, flow: UInt16, check: UInt16) -> UInt16 {
    var sum = length(of: stamp).sum &+ UInt64(Self.port(ofFlow: flow).bigEndian) &+ UInt64(check)
    sum = sum &+ (stamp & 0xFFFF_FFFF) &+ (stamp >> 32) &+ (time & 0xFFFF_FFFF) &+ (time >> 32)
    return UDP.checksum(sum)
  }

  /// The result for a frame that came back.
  package enum Judgement { case intact, damaged, foreign }

  /// Compares a frame of `count` bytes that came back with what was sent.
  @inline(__always)
  package func judge(_ frame: UnsafeMutableRawPointer, count: Int) -> Judgement {
    let isIPv6 = shift > 0
    guard count >= patternOffset,
      frame.loadBig(Ethernet.typeOffset, as: UInt16.self)
        == (isIPv6 ? Ethernet.typeIPv6 : Ethernet.typeIPv4)
    else { return .foreign }
    let flow = Self.flow(ofPort: frame.loadBig(returnedFlowPortOffset, as: UInt16.self))
    let stamp = frame.loadLittle(stampOffset, as: UInt64.self)
    let time = frame.loadLittle(timeOffset, as: UInt64.self)
    let ip = frame + Ethernet.headerBytes
    let service = isIPv6 ? IPv6.service(ip) : IPv4.service(ip)
    let index = classes > 1 ? TrafficClass.index(service, of: classes) : 0
    let check = check(stamp: stamp, time: time, flow: flow, class: index)
    let isOurs = frame.loadLittle(checkOffset, as: UInt16.self) == check
    let length = length(of: stamp)
    let sent = inbound(length, index)
    var isSame = count == length.bytes && patternIsSame(frame, sent, count)
    if isIPv6 {
      let checksum = checksum(stamp: stamp, time: time, flow: flow, check: check)
      isSame =
        isSame && headersAreSame6(frame, sent)
        && frame.loadUnaligned(fromByteOffset: checksumOffset, as: UInt16.self) == checksum
    } else {
      isSame = isSame && headersAreSame(frame, headers(sent, flow, stamp))
    }
    return isOurs && isSame ? .intact : isOurs || isSame ? .damaged : .foreign
  }

  /// The headers of `inbound` with the addresses of the flow's tunnel, and its identification if it has one.
  /// Uses shared scratch, so only one thread may judge.
  @inline(__always)
  private func headers(
    _ inbound: UnsafeMutableRawPointer, _ flow: UInt16, _ stamp: UInt64
  ) -> UnsafeMutableRawPointer {
    guard deal.tunnels > 1 || mayBeCut else { return inbound }
    headers.copyMemory(from: inbound, byteCount: Self.headersBytes)
    if deal.tunnels > 1 {
      TestAddress.write(headers + Ethernet.headerBytes, tunnel: deal[flow], isReturn: true)
    }
    if mayBeCut { Self.letCut(headers, stamp: stamp) }
    return headers
  }

  @inline(__always)
  private static func letCut(_ frame: UnsafeMutableRawPointer, stamp: UInt64) {
    IPv4.letCut(frame + Ethernet.headerBytes, identification: UInt16(truncatingIfNeeded: stamp))
  }

  /// Compares Ethernet, IPv6 and UDP headers, except the flow's port and the checksum.
  @inline(__always)
  private func headersAreSame6(_ frame: UnsafeMutableRawPointer, _ inbound: UnsafeMutableRawPointer) -> Bool {
    func differs(_ offset: Int) -> SIMD2<UInt64> {
      frame.loadUnaligned(fromByteOffset: offset, as: SIMD2<UInt64>.self)
        ^ inbound.loadUnaligned(fromByteOffset: offset, as: SIMD2<UInt64>.self)
    }
    let words = differs(0) | differs(16) | differs(32) | differs(40)
    let length =
      frame.loadUnaligned(fromByteOffset: 58, as: UInt16.self)
      ^ inbound.loadUnaligned(fromByteOffset: 58, as: UInt16.self)
    return words.x | words.y | UInt64(length) == 0
  }

  /// Compares Ethernet, IPv4 and UDP headers, except the flow's port.
  @inline(__always)
  private func headersAreSame(_ frame: UnsafeMutableRawPointer, _ inbound: UnsafeMutableRawPointer) -> Bool {
    let a = frame.loadUnaligned(as: SIMD2<UInt64>.self) ^ inbound.loadUnaligned(as: SIMD2<UInt64>.self)
    let b =
      frame.loadUnaligned(fromByteOffset: 16, as: SIMD2<UInt64>.self)
      ^ inbound.loadUnaligned(fromByteOffset: 16, as: SIMD2<UInt64>.self)
    let c =
      frame.loadUnaligned(fromByteOffset: 32, as: UInt32.self)
      ^ inbound.loadUnaligned(fromByteOffset: 32, as: UInt32.self)
    let d =
      frame.loadUnaligned(fromByteOffset: 38, as: UInt32.self)
      ^ inbound.loadUnaligned(fromByteOffset: 38, as: UInt32.self)
    let differs = a | b
    return differs.x | differs.y | UInt64(c | d) == 0
  }

  @inline(__always)
  private func patternIsSame(
    _ frame: UnsafeMutableRawPointer, _ inbound: UnsafeMutableRawPointer, _ bytes: Int
  ) -> Bool {
    var differs = SIMD8<UInt64>.zero
    var offset = patternOffset
    while offset &+ 64 <= bytes {
      differs |=
        frame.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt64>.self)
        ^ inbound.loadUnaligned(fromByteOffset: offset, as: SIMD8<UInt64>.self)
      offset &+= 64
    }
    var rest: UInt8 = 0
    while offset < bytes {
      rest |=
        frame.load(fromByteOffset: offset, as: UInt8.self)
        ^ inbound.load(fromByteOffset: offset, as: UInt8.self)
      offset &+= 1
    }
    return differs == .zero && rest == 0
  }
}

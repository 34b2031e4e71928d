import Basics
import Cases
import Wire

/// Receive-side scaling as NICs have it: a Toeplitz hash over addresses and ports, whose low seven bits pick
/// an entry of a table that names the queues in turn.
package enum ReceiveSideScaling {
  /// The key of the verification suite in Microsoft's RSS specification, which many drivers use.
  package static let standardKey: [UInt8] = [
    0x6D, 0x5A, 0x56, 0xDA, 0x25, 0x5B, 0x0E, 0xC2, 0x41, 0x67, 0x25, 0x3D, 0x43, 0xA3, 0x8F, 0xB0,
    0xD0, 0xCA, 0x2B, 0xCB, 0xAE, 0x7B, 0x30, 0xB4, 0x77, 0xCB, 0x2D, 0xA3, 0x80, 0x30, 0xF2, 0x0C,
    0x6A, 0x42, 0xB7, 0x3B, 0xBE, 0xAC, 0x01, 0xFA,
  ]
  package static let tableSize = 128
  /// How many keys a changing hash uses in turn.
  package static let keys = 16

  /// Key 0 is the usual one; the others are random.
  private static func key(_ number: Int) -> [UInt8] {
    guard number > 0 else { return standardKey }
    var random = SplitMix64(state: UInt64(number))
    return standardKey.map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  /// The hash of a flow over IPv4.
  package static func hash(
    source: UInt32, destination: UInt32, sourcePort: UInt16, destinationPort: UInt16, key number: Int = 0
  ) -> UInt32 {
    hash([source, destination, UInt32(sourcePort) << 16 | UInt32(destinationPort)], key(number))
  }

  /// The hash of a flow over IPv6.
  package static func hash(
    source: IPv6Address, destination: IPv6Address, sourcePort: UInt16, destinationPort: UInt16,
    key number: Int = 0
  ) -> UInt32 {
    let halves = [source.high, source.low, destination.high, destination.low]
    let words = halves.flatMap { [UInt32(truncatingIfNeeded: $0 >> 32), UInt32(truncatingIfNeeded: $0)] }
    return hash(words + [UInt32(sourcePort) << 16 | UInt32(destinationPort)], key(number))
  }

  private static func hash(_ input: [UInt32], _ key: [UInt8]) -> UInt32 {
    var hash: UInt32 = 0
    for bit in 0..<(32 * input.count) where input[bit / 32] & (0x8000_0000 >> UInt32(bit % 32)) != 0 {
      // The 32 bits of the key from this bit on.
      let window = (0..<5).reduce(UInt64(0)) { $0 << 8 | UInt64(key[bit / 8 + $1]) }
      hash ^= UInt32(truncatingIfNeeded: window >> UInt64(8 - bit % 8))
    }
    return hash
  }

  /// The hash of an SPI.
  static func hash(spi: UInt32) -> UInt32 { hash([spi], standardKey) }

  /// The queue that a table with a power of two entries assigns to a hash.
  package static func queue(_ hash: UInt32, of queues: Int, tableEntries: Int = tableSize) -> Int {
    (Int(hash) & (tableEntries - 1)) % queues
  }
}

/// Which queue of a link each of the generator's flows takes: evenly in turn, or as a NIC hashes it. Plain
/// memory without an owner: call `deallocate()` once.
package struct FlowQueues {
  /// How many flows there are.
  package let count: Int
  private let queues: UnsafeMutablePointer<UInt16>

  /// - Parameters:
  ///   - isHashed: whether flows are hashed as by a NIC; otherwise flow f takes queue f modulo queues.
  ///   - tunnels: how many tunnels hashed flows are assigned to in turn.
  ///   - isReturn: whether these are frames that the reflector sends back.
  ///   - key: the hash key, 0 to `ReceiveSideScaling.keys` - 1.
  ///   - replicas: generators to which flows are dealt in turn first; `queues` are those of one of them.
  package init(
    flows: Int, queues count: Int, isHashed: Bool, tunnels: Int = 1, isReturn: Bool = false,
    version: IPVersion = .ipv4, key: Int = 0, replicas: Int = 1
  ) {
    self.count = flows
    queues = .allocateLines(flows)
    let deal = TunnelDeal(tunnels: tunnels, stride: 1)
    for flow in 0..<flows {
      let number = UInt16(truncatingIfNeeded: flow)
      let queue =
        isHashed
        ? ReceiveSideScaling.queue(
          Self.hash(number, tunnel: deal[number], isReturn: isReturn, version, key), of: count)
        : flow / replicas % count
      (queues + flow).initialize(to: UInt16(queue))
    }
  }

  private static func hash(
    _ flow: UInt16, tunnel: UInt32, isReturn: Bool, _ version: IPVersion, _ key: Int
  ) -> UInt32 {
    let port = TestFrame.port(ofFlow: flow)
    let ports = isReturn ? (TestFrame.echoPort, port) : (port, TestFrame.echoPort)
    if version == .ipv6 {
      let ends = (TestAddress.generator6, TestAddress.reflector6)
      return ReceiveSideScaling.hash(
        source: isReturn ? ends.1 : ends.0, destination: isReturn ? ends.0 : ends.1, sourcePort: ports.0,
        destinationPort: ports.1, key: key)
    }
    let ends = (TestAddress.generator &+ tunnel, TestAddress.reflector &+ tunnel)
    return ReceiveSideScaling.hash(
      source: isReturn ? ends.1 : ends.0, destination: isReturn ? ends.0 : ends.1, sourcePort: ports.0,
      destinationPort: ports.1, key: key)
  }

  /// A flow's queue; 0 for a flow that does not exist.
  @inline(__always)
  package subscript(flow: Int) -> Int { flow < count ? Int(queues[flow]) : 0 }

  /// Gives the memory back.
  package func deallocate() { queues.deallocate() }
}

/// Which hash key is in use: each for the same time, in turn. A thread polls it.
package struct HashKeyClock {
  private let interval: UInt64
  private var end: UInt64 = .max

  /// The key's number.
  package private(set) var key = 0

  /// - Parameter ticks: how long a key is used, counted from the first poll; 0 for ever.
  package init(ticks: UInt64) {
    interval = ticks
    end = ticks == 0 ? .max : 0
  }

  /// Advances the clock to `now`.
  /// - Returns: whether the key has changed.
  @inline(__always)
  package mutating func hasChanged(now: UInt64) -> Bool {
    guard now >= end else { return false }
    let isFirst = end == 0
    end = now &+ interval
    if isFirst { return false }
    key = (key &+ 1) % ReceiveSideScaling.keys
    return true
  }
}

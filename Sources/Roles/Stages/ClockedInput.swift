import Cases
import Dataplane
import Tunnel
import Wire

/// Passes packets at a fixed clock, one at each tick, and makes a fill packet at a tick without one.
///
/// A thread that was off its core catches up on the ticks that it missed. The next stage recognizes fill
/// packets by the type in their Ethernet header.
package struct ClockedInput<Input: BurstInput>: BurstInput {
  /// The Ethernet type of fill packets: the one for local experiments (IEEE 802).
  static var fillType: UInt16 { 0x88B5 }

  private var input: BufferedInput<Input>
  private let source: PacketSource
  /// Set while no fill packets are to be made.
  private let isHalted: UnsafePointer<UInt64>
  private let ticksPerPacket: Double
  private let headroom: Int
  private let frameBytes: Int
  private let made: StageCounters
  private let fresh = Burst()
  private var start: UInt64 = 0
  private var ticked: UInt64 = 0

  /// - Parameters:
  ///   - rate: ticks of the packet clock per second.
  ///   - frameBytes: bytes in memory of a fill packet's frame.
  ///   - isHalted: a `SharedFlag`; while it is set, no fill packets are made.
  ///   - made: counts the fill packets.
  package init(
    _ input: Input, rate: Double, source: PacketSource, frameBytes: Int, isHalted: UnsafePointer<UInt64>,
    made: StageCounters
  ) {
    (self.input, self.source, self.frameBytes) = (BufferedInput(input), source, frameBytes)
    (self.isHalted, self.made) = (isHalted, made)
    ticksPerPacket = Double(EAL.ticksPerSecond) / rate
    headroom = PacketPool.headroomBytes + PacketPool.alignment(before: Ethernet.headerBytes)
  }

  /// Returns as many packets as the clock has ticked for, up to a burst.
  @inline(__always)
  package mutating func receive(_ burst: Burst) -> Int {
    let now = EAL.ticks
    if start == 0 { start = now }
    let due = UInt64(Double(now &- start) / ticksPerPacket)
    guard due > ticked else { return 0 }
    let wanted = Int(truncatingIfNeeded: min(due &- ticked, UInt64(Burst.capacity)))
    ticked &+= UInt64(truncatingIfNeeded: wanted)
    var count = 0
    while count < wanted, input.fill(prefetching: false) {
      burst[count] = input.next
      input.advance()
      count &+= 1
    }
    return count < wanted ? fill(burst, from: count, to: wanted) : count
  }

  @inline(__always)
  private func fill(_ burst: Burst, from count: Int, to wanted: Int) -> Int {
    let more = wanted &- count
    guard !SharedFlag.isSet(isHalted), source.allocate(fresh, count: more) else { return count }
    var index = 0
    while index < more {
      let packet = fresh[index]
      packet.setFrame(headroom: headroom, count: frameBytes)
      // Zeros, for the buffer may hold another packet's content.
      packet.data.initializeMemory(as: UInt8.self, repeating: 0, count: frameBytes)
      packet.data.storeBig(Self.fillType, Ethernet.typeOffset)
      burst[count &+ index] = packet
      index &+= 1
    }
    made.count(received: more, transmitted: more)
    return wanted
  }

  package func deallocate() {
    fresh.deallocate()
    input.deallocate()
  }
}

/// Red to black, for fill packets as well as for others.
package struct FillSeal<Sealer: FillingSealer>: WrappingTransform {
  package var base: Seal<Sealer, OuterHeader>

  package init(_ base: Seal<Sealer, OuterHeader>) { self.base = base }

  @inline(__always)
  package mutating func begin(_ packet: Packet, sa saIndex: SAIndex, in work: WorkPointer) {
    let type = packet.data.loadBig(Ethernet.typeOffset, as: UInt16.self)
    guard type == ClockedInput<PortQueue>.fillType else { return base.begin(packet, sa: saIndex, in: work) }
    base.sealer.prepareFill(
      packet.data + Ethernet.headerBytes, count: packet.count &- Ethernet.headerBytes, in: work)
  }
}

import Dataplane
import Wire

/// Which packets of a queue of the black link come late, and the line in which they wait: each until a stated
/// number of packets that came after it has come. It goes right behind the last of these.
///
/// ```
/// in:   a  B  c  d  E  f  g       B and E are late by 3
/// out:  a     c  d     f  B g
/// ```
/// A delay in packets, and not in time, says on any machine how far a receiver's window must reach. Plain
/// memory, made at the start: call `deallocate()` once.
package struct DelayLine {
  /// How many packets overtake a late one.
  private let delay: UInt64
  private let classes: Int
  /// A ring of packets, with the number of the one behind which each goes.
  private let packets: UnsafeMutablePointer<Packet>
  private let dues: UnsafeMutablePointer<UInt64>
  private let slots: Int
  private var first = 0
  /// Packets that wait.
  package private(set) var count = 0
  /// Packets that have come, late ones included.
  private var came: UInt64 = 0

  /// - Parameters:
  ///   - delay: packets, 0 for none that is late.
  ///   - classes: of several all but the highest are late; of one every second packet is.
  package init(delay: Int, classes: Int) {
    self.delay = UInt64(delay)
    self.classes = classes
    // One comes before one goes.
    slots = delay + 1
    packets = .allocateLines(slots)
    dues = .allocateLines(slots)
  }

  /// Whether any packet may be late.
  @inline(__always)
  package var isOn: Bool { delay > 0 }

  /// Takes a packet that has come if it is late.
  /// - Parameter offset: bytes before its outer IP header.
  /// - Returns: whether it waits now.
  @inline(__always)
  package mutating func take(_ packet: Packet, ip offset: Int) -> Bool {
    came &+= 1
    guard isLate(packet, offset) else { return false }
    let last = first &+ count
    let slot = last < slots ? last : last &- slots
    packets[slot] = packet
    dues[slot] = came &+ delay
    count &+= 1
    return true
  }

  @inline(__always)
  private func isLate(_ packet: Packet, _ offset: Int) -> Bool {
    guard classes > 1 else { return came & 1 == 0 }
    // What is too short for a header is no packet of ours.
    guard packet.count >= offset &+ IPv6.headerBytes else { return false }
    return TrafficClass.index(ofPacket: packet.data + offset, of: classes) < classes &- 1
  }

  /// The packet whose turn it is now that another one has come.
  @inline(__always)
  package mutating func next() -> Packet? { count > 0 && dues[first] <= came ? any() : nil }

  /// The packet that waits longest, whether it is its turn or not; nil if none waits.
  @inline(__always)
  package mutating func any() -> Packet? {
    guard count > 0 else { return nil }
    let packet = packets[first]
    first = first &+ 1 < slots ? first &+ 1 : 0
    count &-= 1
    return packet
  }

  /// Gives the memory back, and the packets that wait.
  package func deallocate() {
    var line = self
    while let packet = line.any() { packet.free() }
    packets.deallocate()
    dues.deallocate()
  }
}

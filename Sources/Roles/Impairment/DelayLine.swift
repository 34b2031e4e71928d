import Cases
import Dataplane
import Wire

/// Delays packets of a queue of the black link. A late packet waits until a given number of later packets has
/// come, and goes right behind the last of these.
///
/// ```
/// in:   a  B  c  d  E    f  g  h       B and E are late by 3
/// out:  a     c  d    B  f  g  h  E
/// ```
/// With several classes all but the highest are late. With one class packets are dealt over `Paths`, of which
/// each but the first is a lane. The delay is counted in packets, not time, so it determines on any machine
/// how far a receiver's window must reach. Plain memory, made at the start: call `deallocate()` once.
package struct DelayLine {
  private let classes: Int
  private let lanes: UnsafeMutablePointer<DelayLane>
  private let laneCount: Int
  /// The lane of the next packet; -1 for a packet that is not late.
  private var turn = -1
  /// Packets that wait.
  package private(set) var count = 0
  /// Packets that have come, late ones included.
  private var came: UInt64 = 0
  /// Whether any packet may be late.
  package let isOn: Bool

  /// - Parameters:
  ///   - delay: in packets, 0 for no delay; with several paths that of the slowest one.
  ///   - classes: with several all but the highest are late; with one the packets that do not take the
  /// fastest path.
  package init(delay: Int, classes: Int, paths count: Int = 2) {
    self.classes = classes
    let paths = Paths(count: count, skew: delay)
    laneCount = classes > 1 ? 1 : count - 1
    lanes = .allocateLines(laneCount)
    for index in 0..<laneCount {
      // The packets of a class may be consecutive; those of a path are not.
      let lane =
        classes > 1
        ? DelayLane(delay: delay, step: 1) : DelayLane(delay: paths.delay(of: index + 1), step: count)
      (lanes + index).initialize(to: lane)
    }
    isOn = delay > 0
  }

  /// Takes an arrived packet if it is to be late. Before the next call the caller must have taken all due
  /// packets by `next()`.
  /// - Parameter offset: bytes before the packet's outer IP header.
  /// - Returns: whether it waits now.
  @inline(__always)
  package mutating func take(_ packet: Packet, ip offset: Int) -> Bool {
    came &+= 1
    guard let lane = lane(of: packet, offset), lane.pointee.delay > 0 else { return false }
    lane.pointee.append(packet, due: came &+ lane.pointee.delay)
    count &+= 1
    return true
  }

  @inline(__always)
  private mutating func lane(of packet: Packet, _ offset: Int) -> UnsafeMutablePointer<DelayLane>? {
    guard classes > 1 else {
      let own = turn
      turn = own &+ 1 < laneCount ? own &+ 1 : -1
      return own < 0 ? nil : lanes + own
    }
    // A packet too short for a header is not one of ours, and is never late.
    guard packet.count >= offset &+ IPv6.headerBytes else { return nil }
    return TrafficClass.index(ofPacket: packet.data + offset, of: classes) < classes &- 1 ? lanes : nil
  }

  /// The next packet that is due behind the last arrival; nil if none is.
  @inline(__always)
  package mutating func next() -> Packet? { first(due: came) }

  /// The next packet, due or not; nil if none waits.
  package mutating func any() -> Packet? { first(due: .max &- 1) }

  /// The first packet that is due by then.
  @inline(__always)
  private mutating func first(due latest: UInt64) -> Packet? {
    var soonest = latest &+ 1
    var found = -1
    // The slowest path first: of packets due at the same time, its packet came first.
    var lane = laneCount &- 1
    while lane >= 0 {
      if lanes[lane].due < soonest { (soonest, found) = (lanes[lane].due, lane) }
      lane &-= 1
    }
    guard found >= 0 else { return nil }
    count &-= 1
    return lanes[found].removeFirst()
  }

  /// Gives the memory back, and the packets that wait.
  package func deallocate() {
    for index in 0..<laneCount { lanes[index].deallocate() }
    lanes.deallocate()
  }
}

/// Packets with the same delay, in the order of arrival.
private struct DelayLane {
  let delay: UInt64
  /// A ring of packets, each with the number of the arrival behind which it goes.
  private let packets: UnsafeMutablePointer<Packet>
  private let dues: UnsafeMutablePointer<UInt64>
  private let slots: Int
  private var first = 0
  private var count = 0

  /// - Parameter step: the least number of arrivals from one of the lane's packets to its next one.
  init(delay: Int, step: Int) {
    self.delay = UInt64(delay)
    // A packet is appended before another one is removed.
    slots = delay / step + 1
    packets = .allocateLines(slots)
    dues = .allocateLines(slots)
  }

  /// The number of the arrival behind which the lane's first packet goes.
  @inline(__always)
  var due: UInt64 { count > 0 ? dues[first] : .max }

  @inline(__always)
  mutating func append(_ packet: Packet, due: UInt64) {
    let last = first &+ count
    let slot = last < slots ? last : last &- slots
    packets[slot] = packet
    dues[slot] = due
    count &+= 1
  }

  @inline(__always)
  mutating func removeFirst() -> Packet {
    let packet = packets[first]
    first = first &+ 1 < slots ? first &+ 1 : 0
    count &-= 1
    return packet
  }

  func deallocate() {
    var lane = self
    while lane.count > 0 { lane.removeFirst().free() }
    packets.deallocate()
    dues.deallocate()
  }
}

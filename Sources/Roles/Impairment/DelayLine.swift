import Cases
import Dataplane
import Wire

/// Which packets of a queue of the black link come late, and where they wait: each until a stated number of
/// packets that came after it has come. It goes right behind the last of these.
///
/// ```
/// in:   a  B  c  d  E    f  g  h       B and E are late by 3
/// out:  a     c  d    B  f  g  h  E
/// ```
/// Of several classes all but the highest are late. Packets of one class are dealt over `Paths`, of which
/// each but the first is a lane. A delay in packets, and not in time, says on any machine how far a
/// receiver's window must reach. Plain memory, made at the start: call `deallocate()` once.
package struct DelayLine {
  private let classes: Int
  private let lanes: UnsafeMutablePointer<DelayLane>
  private let laneCount: Int
  /// The lane of the next packet, -1 for none.
  private var turn = -1
  /// Packets that wait.
  package private(set) var count = 0
  /// Packets that have come, late ones included.
  private var came: UInt64 = 0
  /// Whether any packet may be late.
  package let isOn: Bool

  /// - Parameters:
  ///   - delay: packets, 0 for none that is late; of paths the slowest one's.
  ///   - classes: of several all but the highest are late; of one those that do not take the fastest path.
  package init(delay: Int, classes: Int, paths count: Int = 2) {
    self.classes = classes
    let paths = Paths(count: count, skew: delay)
    laneCount = classes > 1 ? 1 : count - 1
    lanes = .allocateLines(laneCount)
    for index in 0..<laneCount {
      // Packets of a class may all follow each other, those of a path do not.
      let lane =
        classes > 1
        ? DelayLane(delay: delay, step: 1) : DelayLane(delay: paths.delay(of: index + 1), step: count)
      (lanes + index).initialize(to: lane)
    }
    isOn = delay > 0
  }

  /// Takes a packet that has come if it is late. Before the next one `next()` must have taken all whose turn
  /// it is.
  /// - Parameter offset: bytes before its outer IP header.
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
    // What is too short for a header is no packet of ours.
    guard packet.count >= offset &+ IPv6.headerBytes else { return nil }
    return TrafficClass.index(ofPacket: packet.data + offset, of: classes) < classes &- 1 ? lanes : nil
  }

  /// A packet whose turn it is now that another one has come.
  @inline(__always)
  package mutating func next() -> Packet? { first(due: came) }

  /// The packet that goes next, whether it is its turn or not; nil if none waits.
  package mutating func any() -> Packet? { first(due: .max &- 1) }

  /// The first packet of those that are due by then.
  @inline(__always)
  private mutating func first(due latest: UInt64) -> Packet? {
    var soonest = latest &+ 1
    var found = -1
    // The slowest path first, for of what is due at once its packet came first.
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

/// Packets that wait equally long each, in the order in which they came.
private struct DelayLane {
  let delay: UInt64
  /// A ring of packets, with the number of the one behind which each goes.
  private let packets: UnsafeMutablePointer<Packet>
  private let dues: UnsafeMutablePointer<UInt64>
  private let slots: Int
  private var first = 0
  private var count = 0

  /// - Parameter step: from one of the lane's packets to its next one, at least, in packets that come.
  init(delay: Int, step: Int) {
    self.delay = UInt64(delay)
    // One comes before one goes.
    slots = delay / step + 1
    packets = .allocateLines(slots)
    dues = .allocateLines(slots)
  }

  /// The number of the packet behind which the first one goes.
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

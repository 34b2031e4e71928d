import Dataplane

/// How a tester sends prepared frames to a DUT's port, and what it does with the packets that come out.
protocol FrameCarrier {
  /// Sends up to `count` frames, at most a burst, from slot `first` on.
  /// - Returns: how many the port took.
  mutating func send(from first: Int, count: Int) -> Int
  /// Gives back the first `count` packets of a received burst.
  mutating func takeBack(_ burst: Burst, count: Int)
}

/// Prepared frames: their slots, their offset in each, and their length in bytes.
struct PreparedFrames {
  let slots: FrameSlots
  let offset: Int
  let bytes: Int
}

/// For ports whose driver copies each frame: a few packet buffers serve all slots.
struct CopyingCarrier: FrameCarrier {
  let prepared: PreparedFrames
  let output: PortQueue

  @inline(__always)
  func send(from first: Int, count: Int) -> Int {
    prepared.slots.transmit(
      from: first, count: count, offset: prepared.offset, bytes: prepared.bytes, to: output)
  }

  @inline(__always)
  func takeBack(_ burst: Burst, count: Int) { burst.free(from: 0, to: count) }
}

/// For rings, which hand over packet buffers: nothing is copied, and the DUT works in the slot.
struct LendingCarrier: FrameCarrier {
  let prepared: PreparedFrames
  let output: PortQueue
  var packets: LentPackets

  @inline(__always)
  mutating func send(from first: Int, count: Int) -> Int {
    packets.transmit(
      prepared.slots, from: first, count: count, offset: prepared.offset, bytes: prepared.bytes, to: output)
  }

  @inline(__always)
  mutating func takeBack(_ burst: Burst, count: Int) { packets.takeBack(burst, count: count) }
}

import Dataplane
import Wire

/// Frames that a tester has sealed before a trial, for a gateway to open; each is sent once, in order.
///
/// A trivial struct over the memory of a `ReadyStore`.
struct ReadyFrames {
  let slots: FrameSlots
  /// Where a sealed frame begins in its slot.
  let offset: Int
  /// The length of each sealed frame.
  let lengths: UnsafeMutablePointer<UInt16>
  var packets: LentPackets

  /// Sends up to a burst of frames.
  /// - Parameters:
  ///   - first: the index of the first frame, from 0.
  ///   - tag: the number of the first frame; those of the next ones follow.
  /// - Returns: how many the port took.
  @inline(__always)
  mutating func transmit(from first: UInt64, count: Int, tag: UInt64, to queue: PortQueue) -> Int {
    packets.transmit(
      slots, from: Int(truncatingIfNeeded: first), count: count, offset: offset, lengths: lengths, tag: tag,
      to: queue)
  }
}

/// Memory for prepared frames, and the packets that carry them through rings without a copy.
final class ReadyStore {
  private let store: FrameStore
  private let slotBytes: Int
  private let most: Int
  private let lengths: UnsafeMutablePointer<UInt16>
  private var packets: LentPackets

  /// Bytes before an inner frame in its slot: a multiple of a cache line, with room for every outer header.
  private static let start = 128
  /// Bytes behind an inner frame, with room for every trailer.
  private static let behind = 64
  /// The most memory that a store takes, bytes.
  private static let bytesMax = 1 << 30

  /// Bytes of a slot for the longest frame of a plan.
  private static func slotBytes(_ plan: CasePlan) -> Int {
    (start + plan.blackFrameBytes + behind + 63) / 64 * 64
  }

  /// The most frames of a plan that a store can hold.
  static func framesMax(_ plan: CasePlan) -> Int { bytesMax / slotBytes(plan) }

  /// - Parameters:
  ///   - plan: gives the number of frames and their length.
  ///   - packets: how many frames may be under way at a time.
  ///   - pool: where the packets come from; it must outlive the store.
  /// - Throws: `DataplaneError.memory`.
  init(_ plan: CasePlan, packets count: Int, pool: PacketPool) throws {
    (most, slotBytes) = (plan.readyFrames, Self.slotBytes(plan))
    store = try FrameStore(bytes: max(most, 1) * slotBytes, pool: pool)
    lengths = .allocate(capacity: max(most, 1))
    lengths.initialize(repeating: 0, count: max(most, 1))
    do {
      packets = try LentPackets(count: count, pool: pool)
    } catch {
      lengths.deallocate()
      throw error
    }
  }

  /// Rings must hold none of the packets any more.
  deinit {
    packets.deallocate()
    lengths.deallocate()
  }

  /// Seals frames and probes in the order in which they are due.
  /// - Parameters:
  ///   - bases: the numbers before those of the first frame and the first probe.
  ///   - flow: maps a frame's stamp to its flow.
  /// - Throws: `RoleError.readyFrames`, and `RoleError.frameBytes` for a frame that cannot be sealed.
  func make(
    _ schedule: TrialSchedule, of frame: TestFrame, bases: (frames: UInt64, probes: UInt64),
    sealer: inout any TesterSealer, flow: (UInt64) -> UInt16
  ) throws -> ReadyFrames {
    let count = schedule.total + schedule.probes
    guard count <= UInt64(most) else { throw RoleError.readyFrames(wanted: count, most: most) }
    packets.recall()
    let slots = store.slots(of: slotBytes)
    var index = 0
    try schedule.forEach { number, isProbe in
      let stamp = isProbe ? TestFrame.probeStamp + bases.probes + number : bases.frames + number
      let packet = slots.packet(index, offset: Self.start, bytes: frame.bytes(of: stamp))
      frame.write(to: packet.data, stamp: stamp, time: 0, flow: flow(stamp))
      guard sealer.seal(packet) else {
        throw RoleError.frameBytes(frame.bytes(of: stamp) + Ethernet.frameCheckBytes)
      }
      lengths[index] = UInt16(packet.count)
      index += 1
    }
    return ReadyFrames(
      slots: slots, offset: Self.start - sealer.growth, lengths: lengths, packets: packets)
  }

  /// Whether one of the first `count` frames has this length: all that can be checked of a sealed frame that
  /// a sink returns.
  func hasFrame(of bytes: Int, among count: UInt64) -> Bool {
    (0..<Int(min(count, UInt64(most)))).contains { Int(lengths[$0]) == bytes }
  }
}

extension CasePlan {
  /// The most frames that can be prepared for a trial of a gateway that opens.
  public var readyFramesMax: Int { ReadyStore.framesMax(self) }
}

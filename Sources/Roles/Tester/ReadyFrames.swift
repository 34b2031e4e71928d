import Dataplane
import Wire

/// Frames that a tester has sealed before a trial, for a gateway to open: each is sent once, in their order.
///
/// A trivial struct over the memory of a `ReadyStore`.
struct ReadyFrames {
  let slots: FrameSlots
  /// Where a sealed frame begins in its slot.
  let offset: Int
  /// How long each of them is.
  let lengths: UnsafeMutablePointer<UInt16>
  var packets: LentPackets

  /// Sends up to a burst of frames.
  /// - Parameters:
  ///   - first: the first one's place, from 0.
  ///   - tag: its number; each next one has one more.
  /// - Returns: how many the port took.
  @inline(__always)
  mutating func transmit(from first: UInt64, count: Int, tag: UInt64, to queue: PortQueue) -> Int {
    packets.transmit(
      slots, from: Int(truncatingIfNeeded: first), count: count, offset: offset, lengths: lengths, tag: tag,
      to: queue)
  }
}

/// Memory for frames that lie ready, and the packets that carry them through rings without a copy.
final class ReadyStore {
  private let store: FrameStore
  private let slotBytes: Int
  private let most: Int
  private let lengths: UnsafeMutablePointer<UInt16>
  private var packets: LentPackets

  /// Bytes before an inner frame in its slot: room for every outer header, and a cache line begins there.
  private static let start = 128
  /// Bytes behind it, for every trailer.
  private static let behind = 64
  /// Most bytes of memory.
  private static let bytesMax = 1 << 30

  /// Bytes of a slot for the longest frame of a plan.
  private static func slotBytes(_ plan: CasePlan) -> Int {
    (start + plan.blackFrameBytes + behind + 63) / 64 * 64
  }

  /// Most frames of a plan that can lie ready.
  static func framesMax(_ plan: CasePlan) -> Int { bytesMax / slotBytes(plan) }

  /// - Parameters:
  ///   - plan: says how many frames lie ready, and how long they are.
  ///   - packets: how many may be under way.
  ///   - pool: where they are from; it outlives the store.
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

  /// No ring holds any of the packets.
  deinit {
    packets.deallocate()
    lengths.deallocate()
  }

  /// Seals frames and probes in the order in which they are due.
  /// - Parameters:
  ///   - bases: the numbers of the frame, and of the probe, before the first one.
  ///   - flow: a frame's flow, by its stamp.
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

  /// Whether a sealed frame that came back as it was can be one of the last ones made.
  func hasFrame(of bytes: Int, among count: UInt64) -> Bool {
    (0..<Int(min(count, UInt64(most)))).contains { Int(lengths[$0]) == bytes }
  }
}

extension CasePlan {
  /// Most frames that can lie ready for a trial of a gateway that opens.
  public var readyFramesMax: Int { ReadyStore.framesMax(self) }
}

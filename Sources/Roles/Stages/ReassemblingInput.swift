import Cases
import Dataplane
import Wire

/// An input that reassembles fragments into whole packets: outer ones before they are opened (RFC 4303
/// section 3.4.1), inner ones at the receiving host. A packet stays in the buffer of its first fragment, with
/// the data of the others copied behind.
///
/// A packet times out after a number of other frames. A limit in frames is the same on any machine, and
/// always ends before an IPv4 identification is used again, which at such rates happens within a fraction of
/// a second (RFC 4963). If no more frames come, packets time out after a time.
package struct ReassemblingInput<Input: BurstInput>: BurstInput {
  /// Incomplete packets at a time: as many as can begin while one waits.
  private static var datagramsMax: Int { 1024 }
  /// How many frames a packet's last fragment may come after its first one; usually they come together.
  package static var framesMax: UInt64 { UInt64(datagramsMax) - 1 }
  /// Incomplete packets are given up after so many seconds without a frame: longer than a busy machine keeps
  /// a sender off its core, shorter than a run waits for frames under way.
  private static var idleSeconds: Double { 0.2 }

  private var input: BufferedInput<Input>
  private let reassembly: Reassembly
  private let frames: StageCounters
  private let joined: StageCounters
  /// Frames received so far; the clock of timeouts.
  private var clock: UInt64 = 0
  private var isIdle = true
  private var lastTicks: UInt64 = 0
  private let idleTicks: UInt64

  /// The input, and stages that own its counters.
  /// - Throws: `DataplaneError.memory`.
  package static func make(
    _ input: Input
  ) throws -> (input: ReassemblingInput, counts: [(name: String, stage: AnyStage)]) {
    let (frames, joined) = (StageCounters(), StageCounters())
    // The stages own the counters, even if the rest fails.
    let counts: [(name: String, stage: AnyStage)] = [
      (FragmentStages.reassemble, AnyStage.make(NoStage(), counters: frames)),
      (FragmentStages.joined, AnyStage.make(NoStage(), counters: joined)),
    ]
    let reassembly = try Reassembly(datagrams: datagramsMax, ticks: framesMax, counters: frames)
    return (ReassemblingInput(input, reassembly, frames: frames, joined: joined), counts)
  }

  private init(_ input: Input, _ reassembly: Reassembly, frames: StageCounters, joined: StageCounters) {
    (self.input, self.reassembly) = (BufferedInput(input), reassembly)
    (self.frames, self.joined) = (frames, joined)
    idleTicks = UInt64(Self.idleSeconds * Double(EAL.ticksPerSecond))
  }

  /// Returns a full burst of packets if enough fragments wait. It reads a limited number of bursts, for some
  /// packets may never become whole.
  @inline(__always)
  package mutating func receive(_ burst: Burst) -> Int {
    var (count, came, gone, bursts) = (0, 0, 0, 0)
    while count < Burst.capacity {
      if input.isEmpty {
        if bursts == Fragmentation.most { break }
        bursts &+= 1
      }
      guard input.fill(prefetching: true) else { break }
      let frame = input.next
      input.advance()
      came &+= 1
      clock &+= 1
      guard let packet = reassembly.add(frame, now: clock) else { continue }
      let fragments = packet.segments
      guard fragments == 1 || Self.finish(packet) else {
        packet.free()
        frames.drop(DropReason.noRoom.rawValue, fragments)
        continue
      }
      burst[count] = packet
      count &+= 1
      gone &+= fragments
    }
    guard came > 0 else {
      if !isIdle { endWaiting() }
      return 0
    }
    reassembly.expire(now: clock)
    frames.count(received: came, transmitted: gone)
    if gone > count { joined.count(received: gone &- count, transmitted: gone &- count) }
    (isIdle, lastTicks) = (false, EAL.ticks)
    return count
  }

  /// Merges a reassembled packet into one buffer.
  /// - Returns: whether it fits.
  @inline(__always)
  private static func finish(_ packet: Packet) -> Bool {
    guard packet.merge() else { return false }
    let ip = packet.data + Ethernet.headerBytes
    // `rte_ip_frag` does not update the header checksum.
    if packet.data.loadBig(Ethernet.typeOffset, as: UInt16.self) == Ethernet.typeIPv4 {
      ip.storeBig(UInt16(0), IPv4.checksumOffset)
      ip.storeBig(Checksum.ofHeader20(UnsafeRawPointer(ip)), IPv4.checksumOffset)
    }
    return true
  }

  /// Gives up incomplete packets once no frame has come for a while.
  @inline(never)
  private mutating func endWaiting() {
    guard EAL.ticks &- lastTicks > idleTicks else { return }
    clock &+= Self.framesMax &+ 1
    reassembly.expire(now: clock)
    isIdle = true
  }

  package func deallocate() {
    reassembly.deallocate()
    input.deallocate()
  }
}

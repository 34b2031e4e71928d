import Dataplane
import Tunnel
import Wire

/// The work of a stage on a packet, in place and in two steps, `begin` and `finish`; see `PacketSealer`.
package protocol PacketTransform: BurstSettler {
  /// Whether the transform reads or writes packets, so that prefetching them pays.
  static var touchesPackets: Bool { get }
  /// The bytes around a packet's frame that the transform writes.
  var margin: FrameMargin { get }
  static var lead: Int { get }
  /// Whether there are so many associations that prefetching their state pays, too, by the next two functions
  /// (`PrefetchAhead`).
  static var prefetches: Bool { get }
  func find(_ packet: Packet) -> SAIndex
  func prefetch(_ saIndex: SAIndex, _ packet: Packet)
  mutating func begin(burst count: Int)
  /// The first step, for a packet of which `find` has returned `saIndex`.
  mutating func begin(_ packet: Packet, sa saIndex: SAIndex, in work: WorkPointer)
  /// The second step.
  /// - Returns: `.none` if the packet goes on, otherwise the reason for its drop.
  mutating func finish(_ packet: Packet, in work: WorkPointer) -> DropReason
  /// Gives back the memory that the transform made for itself.
  func deallocate()
}

extension PacketTransform {
  package static var touchesPackets: Bool { true }
  @inline(__always)
  package var margin: FrameMargin { .none }
  package static var lead: Int { 0 }
  package static var prefetches: Bool { false }
  @inline(__always)
  package mutating func begin(burst count: Int) {}
  @inline(__always)
  package func find(_ packet: Packet) -> SAIndex { 0 }
  @inline(__always)
  package func prefetch(_ saIndex: SAIndex, _ packet: Packet) {}
  @inline(__always)
  package mutating func begin(_ packet: Packet, sa saIndex: SAIndex, in work: WorkPointer) {}
  package func deallocate() {}

  /// Both steps.
  @inline(__always)
  package mutating func apply(_ packet: Packet) -> DropReason {
    var work = PacketWork()
    return withUnsafeMutablePointer(to: &work) {
      begin(packet, sa: find(packet), in: $0)
      return finish(packet, in: $0)
    }
  }
}

/// A transform that wraps another one and forwards to it whatever it does not define itself.
package protocol WrappingTransform: PacketTransform {
  associatedtype Base: PacketTransform
  var base: Base { get set }
}

extension WrappingTransform {
  package static var touchesPackets: Bool { Base.touchesPackets }
  @inline(__always)
  package var margin: FrameMargin { base.margin }
  package static var lead: Int { Base.lead }
  package static var prefetches: Bool { Base.prefetches }
  package static var settlesBursts: Bool { Base.settlesBursts }
  @inline(__always)
  package func find(_ packet: Packet) -> SAIndex { base.find(packet) }
  @inline(__always)
  package func prefetch(_ saIndex: SAIndex, _ packet: Packet) { base.prefetch(saIndex, packet) }
  @inline(__always)
  package mutating func begin(burst count: Int) { base.begin(burst: count) }
  @inline(__always)
  package mutating func keep(at index: Int) { base.keep(at: index) }
  @inline(__always)
  package mutating func settle() { base.settle() }
  @inline(__always)
  package func verdict(at index: Int) -> DropReason { base.verdict(at: index) }
  @inline(__always)
  package mutating func begin(_ packet: Packet, sa saIndex: SAIndex, in work: WorkPointer) {
    base.begin(packet, sa: saIndex, in: work)
  }
  @inline(__always)
  package mutating func finish(_ packet: Packet, in work: WorkPointer) -> DropReason {
    base.finish(packet, in: work)
  }
  package func deallocate() { base.deallocate() }
}

/// Passes every packet without touching it.
package struct Pass: PacketTransform {
  package static var touchesPackets: Bool { false }

  package init() {}

  @inline(__always)
  package mutating func finish(_ packet: Packet, in work: WorkPointer) -> DropReason { .none }
}

/// A stage with one input and one output: 1. receive a burst, 2. prefetch its packets, 3. transform each
/// packet, 4. transmit the remaining ones, 5. count.
///
/// In step 3 `begin` runs `Transform.lead` packets ahead of `finish`.
package struct ForwardStage<Input: BurstInput, Output: BurstOutput, Transform: PacketTransform>: Stage {
  var input: Input
  let output: Output
  let counters: StageCounters
  let burst: Burst
  var transform: Transform
  private let ahead = PrefetchAhead()
  private let works = PacketWorks()

  package mutating func poll() -> Int {
    let received = input.receive(burst)
    guard received > 0 else { return 0 }

    if Transform.prefetches {
      ahead.fetchFirst(transform, burst, count: received)
    } else if Transform.touchesPackets {
      burst.prefetchFirst(of: received, margin: transform.margin)
    }
    transform.begin(burst: received)
    var next = 0
    while next < min(Transform.lead, received) {
      begin(next, of: received)
      next &+= 1
    }
    var kept = 0
    var index = 0
    while index < received {
      if index &+ Transform.lead < received { begin(index &+ Transform.lead, of: received) }
      let packet = burst[index]
      let reason = transform.finish(packet, in: works[index])
      if reason == .none {
        burst[kept] = packet
        if Transform.settlesBursts { transform.keep(at: kept) }
        kept &+= 1
      } else {
        packet.free()
        counters.drop(reason.rawValue)
      }
      index &+= 1
    }

    if Transform.settlesBursts { kept = settle(kept) }
    let sent = output.transmit(burst, count: kept)
    if sent < kept {
      burst.free(from: sent, to: kept)
      counters.drop(DropReason.queueFull.rawValue, kept &- sent)
    }
    counters.count(received: received, transmitted: sent)
    return received
  }

  /// Drops packets by the transform's verdicts on the whole burst, such as second copies within it.
  /// - Returns: how many packets are left.
  @inline(__always)
  private mutating func settle(_ count: Int) -> Int {
    transform.settle()
    var kept = 0
    var index = 0
    while index < count {
      let packet = burst[index]
      let reason = transform.verdict(at: index)
      if reason == .none {
        burst[kept] = packet
        kept &+= 1
      } else {
        packet.free()
        counters.drop(reason.rawValue)
      }
      index &+= 1
    }
    return kept
  }

  @inline(__always)
  private mutating func begin(_ index: Int, of received: Int) {
    if Transform.prefetches {
      ahead.prefetch(transform, burst, from: index, count: received)
    } else if Transform.touchesPackets {
      burst.prefetchAhead(of: index, count: received, margin: transform.margin)
    }
    transform.begin(
      burst[index], sa: Transform.prefetches ? ahead[index] : transform.find(burst[index]),
      in: works[index])
  }

  package func deallocate() {
    input.deallocate()
    burst.deallocate()
    ahead.deallocate()
    works.deallocate()
    transform.deallocate()
  }
}

extension ForwardStage {
  /// The stage, ready to be run by a core.
  package static func make(_ transform: Transform, from input: Input, to output: Output) -> AnyStage {
    let counters = StageCounters()
    return AnyStage.make(
      ForwardStage(input: input, output: output, counters: counters, burst: Burst(), transform: transform),
      counters: counters)
  }
}

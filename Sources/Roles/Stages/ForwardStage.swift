import Dataplane
import Tunnel
import Wire

/// What a stage does to a packet, in place, in two steps: `begin`, then `finish`, as `PacketSealer`.
package protocol PacketTransform: BurstSettler {
  /// Whether it reads or writes packets, so that it pays to fetch them beforehand.
  static var touchesPackets: Bool { get }
  /// What it writes beyond a packet's frame.
  var margin: FrameMargin { get }
  static var lead: Int { get }
  /// Whether packets are of so many associations that it pays to fetch what belongs to them ahead, too, with
  /// the next two functions (`PrefetchAhead`).
  static var prefetches: Bool { get }
  func find(_ packet: Packet) -> AssociationPlace
  func prefetch(_ place: AssociationPlace, _ packet: Packet)
  mutating func begin(burst count: Int)
  /// The first step, for a packet of which `find` has returned `place`.
  mutating func begin(_ packet: Packet, at place: AssociationPlace, in work: WorkPlace)
  /// The second step.
  /// - Returns: `.none` if the packet goes on, otherwise why it does not.
  mutating func finish(_ packet: Packet, in work: WorkPlace) -> DropReason
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
  package func find(_ packet: Packet) -> AssociationPlace { 0 }
  @inline(__always)
  package func prefetch(_ place: AssociationPlace, _ packet: Packet) {}
  @inline(__always)
  package mutating func begin(_ packet: Packet, at place: AssociationPlace, in work: WorkPlace) {}
  package func deallocate() {}

  /// Both steps.
  @inline(__always)
  package mutating func apply(_ packet: Packet) -> DropReason {
    var work = PacketWork()
    return withUnsafeMutablePointer(to: &work) {
      begin(packet, at: find(packet), in: $0)
      return finish(packet, in: $0)
    }
  }
}

/// A transform around another one, which does whatever this one does not do itself.
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
  package func find(_ packet: Packet) -> AssociationPlace { base.find(packet) }
  @inline(__always)
  package func prefetch(_ place: AssociationPlace, _ packet: Packet) { base.prefetch(place, packet) }
  @inline(__always)
  package mutating func begin(burst count: Int) { base.begin(burst: count) }
  @inline(__always)
  package mutating func keep(at index: Int) { base.keep(at: index) }
  @inline(__always)
  package mutating func settle() { base.settle() }
  @inline(__always)
  package func verdict(at index: Int) -> DropReason { base.verdict(at: index) }
  @inline(__always)
  package mutating func begin(_ packet: Packet, at place: AssociationPlace, in work: WorkPlace) {
    base.begin(packet, at: place, in: work)
  }
  @inline(__always)
  package mutating func finish(_ packet: Packet, in work: WorkPlace) -> DropReason {
    base.finish(packet, in: work)
  }
  package func deallocate() { base.deallocate() }
}

/// Lets every packet pass untouched.
package struct Pass: PacketTransform {
  package static var touchesPackets: Bool { false }

  package init() {}

  @inline(__always)
  package mutating func finish(_ packet: Packet, in work: WorkPlace) -> DropReason { .none }
}

/// A stage from one place to another: 1. receive a burst, 2. fetch what will be touched, 3. transform each
/// packet, 4. transmit what is left, 5. count.
///
/// Of step 3 a packet's first half is done `Transform.lead` packets before its second.
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

  /// Drops what a burst as a whole has brought twice.
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
      burst[index], at: Transform.prefetches ? ahead[index] : transform.find(burst[index]),
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

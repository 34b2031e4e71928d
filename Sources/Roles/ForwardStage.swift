import Dataplane
import Tunnel
import Wire

/// What a stage does to one packet, in place.
package protocol PacketTransform {
  /// Whether it reads or writes packets, so that it pays to fetch them beforehand.
  static var touchesPackets: Bool { get }
  /// Whether packets are of so many associations that it pays to fetch what belongs to them ahead, too, with
  /// the next two functions; then the third is called instead of the last (`FetchAhead`).
  static var fetchesAhead: Bool { get }
  /// As of `PacketSealer`.
  func find(_ packet: Packet) -> AssociationPlace
  /// As of `PacketSealer`.
  func fetch(_ place: AssociationPlace, _ packet: Packet)
  /// As `apply`, for a packet of which `find` has returned `place`.
  mutating func apply(_ packet: Packet, at place: AssociationPlace) -> DropReason
  /// - Returns: `.none` if the packet goes on, otherwise why it does not.
  mutating func apply(_ packet: Packet) -> DropReason
  /// Gives back the memory that the transform made for itself.
  func deallocate()
}

extension PacketTransform {
  package static var touchesPackets: Bool { true }
  package static var fetchesAhead: Bool { false }
  @inline(__always)
  package func find(_ packet: Packet) -> AssociationPlace { 0 }
  @inline(__always)
  package func fetch(_ place: AssociationPlace, _ packet: Packet) {}
  @inline(__always)
  package mutating func apply(_ packet: Packet, at place: AssociationPlace) -> DropReason { apply(packet) }
  package func deallocate() {}
}

/// Lets every packet pass untouched.
package struct Pass: PacketTransform {
  package static var touchesPackets: Bool { false }

  package init() {}

  @inline(__always)
  package mutating func apply(_ packet: Packet) -> DropReason { .none }
}

/// A stage from one place to another: 1. receive a burst, 2. fetch what will be touched, 3. transform each
/// packet, 4. transmit what is left, 5. count.
package struct ForwardStage<Input: BurstInput, Output: BurstOutput, Transform: PacketTransform>: Stage {
  var input: Input
  let output: Output
  let counters: StageCounters
  let burst: Burst
  var transform: Transform
  private let ahead = FetchAhead()

  package mutating func poll() -> Int {
    let received = input.receive(burst)
    guard received > 0 else { return 0 }

    if Transform.fetchesAhead {
      ahead.fetchFirst(transform, burst, count: received)
    } else if Transform.touchesPackets {
      burst.prefetchFirst(of: received)
    }
    var kept = 0
    var index = 0
    while index < received {
      if Transform.fetchesAhead {
        ahead.fetch(transform, burst, from: index, count: received)
      } else if Transform.touchesPackets {
        burst.prefetchAhead(of: index, count: received)
      }
      let packet = burst[index]
      let reason =
        Transform.fetchesAhead ? transform.apply(packet, at: ahead[index]) : transform.apply(packet)
      if reason == .none {
        burst[kept] = packet
        kept &+= 1
      } else {
        packet.free()
        counters.drop(reason.rawValue)
      }
      index &+= 1
    }

    let sent = output.transmit(burst, count: kept)
    if sent < kept {
      burst.free(from: sent, to: kept)
      counters.drop(DropReason.queueFull.rawValue, kept &- sent)
    }
    counters.count(received: received, transmitted: sent)
    return received
  }

  package func deallocate() {
    input.deallocate()
    burst.deallocate()
    ahead.deallocate()
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

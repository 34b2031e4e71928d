import Dataplane
import Wire

/// What a stage does to one packet, in place.
package protocol PacketTransform {
  /// - Returns: `.none` if the packet goes on, otherwise why it does not.
  mutating func apply(_ packet: Packet) -> DropReason
}

/// A stage between two ports: 1. receive a burst, 2. fetch what will be touched, 3. transform each packet,
/// 4. transmit what is left, 5. count.
struct ForwardStage<Transform: PacketTransform>: Stage {
  let input: PortQueue
  let output: PortQueue
  let counters: StageCounters
  let burst: Burst
  var transform: Transform

  mutating func poll() -> Int {
    let received = input.receive(burst)
    guard received > 0 else { return 0 }

    burst.prefetchFirst(of: received)
    var kept = 0
    var index = 0
    while index < received {
      burst.prefetchAhead(of: index, count: received)
      let packet = burst[index]
      let reason = transform.apply(packet)
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
}

extension ForwardStage {
  /// The stage, ready to be run by a core.
  static func make(_ transform: Transform, from input: PortQueue, to output: PortQueue) -> AnyStage {
    let counters = StageCounters()
    return AnyStage.make(
      ForwardStage(input: input, output: output, counters: counters, burst: Burst(), transform: transform),
      counters: counters)
  }
}

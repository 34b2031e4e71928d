import Dataplane
import Tunnel
import Wire

/// Takes a gateway's place to measure how fast the tester alone is: it forwards frames unchanged.
///
/// It reads every cache line of a frame into this core's cache and writes it, as a DUT would. Otherwise the
/// tester would find its own frames still in its cache, and seem faster than it is with a DUT.
func gatewaySink(_ site: GatewaySite) -> [RoleThread] {
  let seal = ForwardStage.make(Touch(), from: site.redInput(0), to: site.blackOutput(0))
  let open = ForwardStage.make(Touch(), from: site.blackInput(0, of: 1), to: site.redOutput(0))
  return [site.thread(0, .seal, seal), site.thread(0, .open, open)]
}

/// Forwards every packet after rewriting its cache lines unchanged.
struct Touch: PacketTransform {
  @inline(__always)
  var margin: FrameMargin { .whole }

  @inline(__always)
  mutating func finish(_ packet: Packet, in work: WorkPointer) -> DropReason {
    packet.touch()
    return .none
  }
}

import Dataplane
import Tunnel
import Wire

/// In a gateway's place, to find out how fast a tester is without a DUT: frames pass as they are.
///
/// Every line of a frame is taken into this core's cache and written, as by a DUT: without that a tester
/// would find in its own cache what it has sent, and seem faster than it is behind a DUT.
func gatewaySink(_ site: GatewaySite) -> [RoleThread] {
  let seal = ForwardStage.make(Touch(), from: site.redInput(0), to: site.blackOutput(0))
  let open = ForwardStage.make(Touch(), from: site.blackInput(0, of: 1), to: site.redOutput(0))
  return [site.thread(0, .seal, seal), site.thread(0, .open, open)]
}

/// Lets every packet pass, its lines written as they are.
struct Touch: PacketTransform {
  @inline(__always)
  var margin: FrameMargin { .whole }

  @inline(__always)
  mutating func finish(_ packet: Packet, in work: WorkPlace) -> DropReason {
    packet.touch()
    return .none
  }
}

import Cases
import Dataplane
import Model
import Tunnel
import Wire

extension GatewaySite {
  /// Sealing thread `index`, which cuts inner or outer packets that are too long for the path.
  func cutThread<S: PacketSealer>(
    _ index: Int, _ sealer: S, protocol number: UInt8, _ source: PacketSource
  ) -> RoleThread {
    let (pieces, made) = (StageCounters(), StageCounters())
    let isOuter = plan.fragments == .outer
    // The systems that cut have one of these sealers.
    let stage: AnyStage =
      switch sealer {
      case let esp as ESPSealer:
        cutStage(index, seal(esp, protocol: number, thread: index), ESP.self, source, pieces, made)
      case let vpe as VPESealer:
        cutStage(index, seal(vpe, protocol: number, thread: index), VPE.self, source, pieces, made)
      default: preconditionFailure("\(plan.system.rawValue) cuts no packets")
      }
    return thread(
      .seal, index,
      [
        (StageKind.seal.rawValue, stage),
        (isOuter ? FragmentStages.cutOuter : FragmentStages.cut, AnyStage.make(NoStage(), counters: pieces)),
        (FragmentStages.pieces, AnyStage.make(NoStage(), counters: made)),
      ])
  }

  private func cutStage<Format: TunnelFormat>(
    _ index: Int, _ seal: Seal<Format.Sealer, OuterHeader>, _ format: Format.Type, _ source: PacketSource,
    _ pieces: StageCounters, _ made: StageCounters
  ) -> AnyStage {
    let (red, black) = (redInput(index), blackOutput(index))
    let path = Fragmentation.pathBytes
    guard plan.fragments == .outer else {
      let room = format.innerBytes(within: path - outerBytes + Ethernet.headerBytes)
      let input = CuttingInput(red, FrameCutter(source, room: room), pieces: pieces, made: made)
      return ForwardStage.make(seal, from: input, to: black)
    }
    let output = CuttingOutput(
      black, FrameCutter(source, room: path), thread: index, of: plan.sealing, pieces: pieces, made: made)
    atEnd { output.deallocate() }
    return ForwardStage.make(seal, from: red, to: output)
  }

  /// The only opening thread, which reassembles outer packets first.
  func reassemblingThread<O: PacketOpener>(_ opener: O, protocol number: UInt8) throws -> RoleThread {
    let (input, counts) = try ReassemblingInput.make(blackInput(0, of: 1))
    let red = redOutput(0)
    let stage: AnyStage =
      switch opener {
      case let esp as ESPOpener: ForwardStage.make(open(esp, protocol: number), from: input, to: red)
      case let vpe as VPEOpener: ForwardStage.make(open(vpe, protocol: number), from: input, to: red)
      case let child as ChildOpener<ESPOpener>:
        ForwardStage.make(open(child, protocol: number), from: input, to: red)
      default: preconditionFailure("\(plan.system.rawValue) cuts no packets")
      }
    var stages: [(name: String, stage: AnyStage)] = [(StageKind.open.rawValue, stage)]
    stages += counts
    return thread(.open, 0, stages)
  }

  /// The steering stage, with reassembly before it if outer packets are cut: only first fragments have the
  /// field that it reads.
  func steeringStages<C: PacketChooser>(
    _ chooser: C, to rings: [HandOverQueue]
  ) throws -> [(name: String, stage: AnyStage)] {
    let (name, input) = (StageKind.steer.rawValue, blackInput(0, of: 1))
    guard plan.fragments == .outer else {
      return [(name: name, stage: SteerStage.make(chooser, from: input, to: rings))]
    }
    let (whole, counts) = try ReassemblingInput.make(input)
    return [(name: name, stage: SteerStage.make(chooser, from: whole, to: rings))] + counts
  }
}

extension CasePlan {
  /// The most packets on a link for each frame: one of up to 1518 bytes is cut in two.
  var piecesOfFrame: Double { axes.fragments == .none ? 1 : 2 }

  /// Whether everything else in the plan supports fragments, and one thread gets all fragments of a packet.
  /// Only the first fragment of an outer packet has the field that steers it to one of several threads;
  /// fragments of inner packets stay in one queue up to the host, unless flows are hashed.
  var canCut: Bool {
    FragmentWay.ofGateways.contains(axes.fragments) && isRing
      && sealing == opening && sealing <= FragmentWay.threadsMax && steering != .hash
      && (axes.fragments == .outer ? opening == 1 || hasSteeringThread : axes.innerVersion == .ipv4)
      && impairment.map { $0 == Impairment(lossRatio: $0.lossRatio) } != false
      && axes.tunnels == 1 && axes.classes == 1 && axes.padBytes == 0 && axes.fillRate == 0 && !isRenewed
      && axes.policy == TunnelPolicy()
  }
}

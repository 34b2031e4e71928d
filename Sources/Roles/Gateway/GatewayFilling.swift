import Cases
import Dataplane
import Model
import Tunnel
import Wire

extension GatewaySite {
  /// Sealing thread `index`, which sends packets at a fixed clock.
  func fillThread<S: PacketSealer>(
    _ index: Int, _ sealer: S, protocol number: UInt8,
    _ filling: (source: PacketSource, isHalted: UnsafePointer<UInt64>)
  ) -> RoleThread {
    let made = StageCounters()
    let input = ClockedInput(
      redInput(index), rate: Double(plan.axes.fillRate) * 1000, source: filling.source,
      frameBytes: Ethernet.headerBytes + plan.fillBytes, isHalted: filling.isHalted, made: made)
    let output = blackOutput(index)
    // The systems that fill have one of these sealers.
    let stage: AnyStage =
      switch (sealer, plan.axes.paddedSizes) {
      case (let esp as ESPSealer, let sizes?):
        fillStage(PaddingSealer(esp, to: sizes), protocol: number, from: input, to: output)
      case (let vpe as VPESealer, let sizes?):
        fillStage(PaddingSealer(vpe, to: sizes), protocol: number, from: input, to: output)
      case (let esp as ESPSealer, nil): fillStage(esp, protocol: number, from: input, to: output)
      case (let vpe as VPESealer, nil): fillStage(vpe, protocol: number, from: input, to: output)
      default: preconditionFailure("\(plan.system.rawValue) makes no fill packets")
      }
    return thread(
      .seal, index,
      [(StageKind.seal.rawValue, stage), (FillPackets.stage, AnyStage.make(NoStage(), counters: made))])
  }

  private func fillStage<S: FillingSealer, I: BurstInput, O: BurstOutput>(
    _ sealer: S, protocol number: UInt8, from input: I, to output: O
  ) -> AnyStage {
    ForwardStage.make(FillSeal(seal(sealer, protocol: number)), from: input, to: output)
  }
}

extension CasePlan {
  /// Bytes of a fill packet: the length of the generator's packets with their padding.
  var fillBytes: Int { axes.paddedSizes?.padded(axes.packetBytes) ?? axes.packetBytes }

  /// Fill packets for which rings have room each way, should a thread lag.
  var fillsUnderWay: Int { axes.fillRate > 0 ? 8192 : 0 }

  /// Whether everything else in the plan supports fill packets.
  var canFill: Bool {
    isRing && impairment == nil && axes.classes == 1 && axes.tunnels == 1 && !isRenewed
      && axes.headerFields == .none
  }
}

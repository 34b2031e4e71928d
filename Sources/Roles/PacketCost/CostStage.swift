import Cases
import Dataplane
import Tunnel
import Wire

extension CostBench {
  /// Times a gateway's stage from ring to ring, as a thread of a topology runs it.
  func stage<S: PacketSealer, O: PacketOpener>(
    _ operation: MeasuredOperation, _ sealer: S, _ opener: O, protocol number: UInt8
  ) throws -> CostReport.Tally {
    let isOuterIPv6 = plan.outerVersion == .ipv6
    let outer = OuterHeader(fromA: true, isIPv6: isOuterIPv6, protocol: number, udpPort: plan.udpPort)
    let check = OuterCheck(toA: false, isIPv6: isOuterIPv6, protocol: number, udpPort: plan.udpPort)
    let seal = Seal(sealer: sealer, outer: outer)
    let open = Open(opener: opener, outer: check, ethernet: EthernetTemplate(from: .gatewayBRed))
    let policy = plan.policy
    switch operation {
    case .sealStage where policy.copiesFields:
      return try timed(operation, HopSeal(seal, isOuterIPv6: isOuterIPv6), after: Pass())
    case .sealStage: return try timed(operation, seal, after: Pass())
    case _ where policy != TunnelPolicy():
      let arrival = Arrival(policy, .toHost(isA: false))
      return try timed(operation, HopOpen(open, arrival, isOuterIPv6: isOuterIPv6), after: seal)
    default: return try timed(operation, open, after: seal)
    }
  }

  /// Times a host's stage in transport mode.
  func transportStage<S: PacketSealer, O: PacketOpener>(
    _ operation: MeasuredOperation, _ sealer: S, _ opener: O
  ) throws -> CostReport.Tally {
    let seal = Seal(sealer: sealer, outer: EthernetTemplate(from: .gatewayABlack))
    if operation == .sealStage { return try timed(operation, seal, after: Pass()) }
    let open = Open(
      opener: opener, outer: TransportCheck(), ethernet: EthernetTemplate(from: .gatewayBRed))
    return try timed(operation, open, after: seal)
  }

  /// Makes all passes of one stage. Each 1. writes fresh frames, 2. prepares them, 3. puts them into the
  /// input ring, 4. times each poll of the stage until the ring is empty, 5. empties the output ring.
  private func timed<Transform: PacketTransform, Preparation: PacketTransform>(
    _ operation: MeasuredOperation, _ transform: Transform, after preparation: Preparation
  ) throws -> CostReport.Tally {
    var slots = 1024
    while slots < packets.count + 1 { slots *= 2 }
    let input = try RingLink(
      near: "cost.feed", far: "cost.in", outbound: 1, inbound: 1, slots: slots, pool: buffers.pool)
    let output = try RingLink(
      near: "cost.out", far: "cost.sink", outbound: 1, inbound: 1, slots: slots, pool: buffers.pool)
    let counters = StageCounters()
    defer { counters.deallocate() }
    let burst = Burst()
    var stage = ForwardStage(
      input: input.far.queue(0), output: output.near.queue(0), counters: counters, burst: burst,
      transform: transform)
    // This deallocates the burst, too.
    defer { stage.deallocate() }
    var preparation = preparation
    var tally = CostReport.Tally(operation: operation)
    let feed = input.near.queue(0)
    let headroom = plan.headroomBytes(operation)
    let sink = output.far.queue(0)
    try environment.run {
      tally = self.passes.tally(
        operation, of: self.plan, over: self.packets.count, warmUp: self.warmUpPasses
      ) { tally in
        self.feed(feed, headroom, &preparation, into: &tally)
        self.drive(&stage, into: &tally)
        self.take(sink, into: &tally)
      }
    }
    return tally
  }

  private func feed<Preparation: PacketTransform>(
    _ queue: PortQueue, _ headroom: Int, _ preparation: inout Preparation,
    into tally: inout CostReport.Tally
  ) {
    traffic.nextPass()
    for (number, burst) in buffers.bursts.enumerated() {
      for index in 0..<Burst.capacity {
        let packet = burst[index]
        packet.setFrame(headroom: headroom, count: plan.packetBytes + Ethernet.headerBytes)
        packet.data.copyMemory(from: template, byteCount: plan.packetBytes + Ethernet.headerBytes)
        if plan.parties > 1 {
          traffic.address(packet.data + Ethernet.headerBytes, number * Burst.capacity + index)
        }
        if preparation.apply(packet) != .none { tally.failures += 1 }
      }
    }
    for burst in buffers.bursts where queue.transmit(burst, count: Burst.capacity) != Burst.capacity {
      tally.failures += UInt64(Burst.capacity)
    }
  }

  @inline(never)
  private func drive<Transform: PacketTransform>(
    _ stage: inout ForwardStage<PortQueue, PortQueue, Transform>, into tally: inout CostReport.Tally
  ) {
    let (limit, timed) = (passes.limit, passes.batches)
    while true {
      let start = EAL.ticks
      let moved = stage.poll()
      let ticks = EAL.ticks &- start
      if moved == 0 { return }
      let counts = tally.count(moved, ticks: ticks, limit: limit)
      if counts && moved == Burst.capacity { timed.count(burstTicks: ticks) }
    }
  }

  private func take(_ queue: PortQueue, into tally: inout CostReport.Tally) {
    for burst in buffers.bursts {
      let taken = queue.receive(burst)
      if taken < Burst.capacity {
        // A packet was refused and so freed: the working set must be whole again for the next pass.
        tally.failures += UInt64(Burst.capacity - taken)
        preconditionFailure("a stage refused \(Burst.capacity - taken) packets of a packet-cost measurement")
      }
    }
  }
}

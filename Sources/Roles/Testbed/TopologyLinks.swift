import Basics
import Cases
import Dataplane

extension Topology {
  func makeRings() throws {
    for near in [LinkEnd.generator, .gatewayABlack, .gatewayBRed] {
      let queues = layout.queues(at: near)
      // The black link may have more queues than threads that send.
      let used = near == .gatewayABlack ? layout.seal.outputs : min(queues.transmit, queues.receive)
      let link = try RingLink(
        near: near.rawValue, far: near.peer.rawValue, outbound: queues.transmit, inbound: queues.receive,
        slots: plan.slots(share: 1 / Double(used), isBlack: near == .gatewayABlack), pool: pool)
      links.append(link)
      ports[near] = link.near
      ports[near.peer] = link.far
    }
    try putTaps()
  }

  func openDevices() throws {
    let ends = LinkEnd.allCases.filter { roles.contains($0.role) }
    // Make all pools before the first port starts: a memif client's driver closes the file of DPDK's memory
    // once it is connected, and the next client must still send that file to its peer. So ports must start
    // without anything between them.
    let pools = try ends.map { try pool(of: $0) }
    for (end, pool) in zip(ends, pools) {
      // Devices have queue pairs, and spread arrivals over all of them.
      let queues = layout.queues(at: end)
      var options = Port.Options()
      options.receiveQueues = max(queues.receive, queues.transmit)
      options.transmitQueues = options.receiveQueues
      options.mtuBytes = plan.mtuBytes(at: end)
      steer(&options, at: end)
      let opened = try plan.ports(of: roles).filter { $0.kind == end }.map { replica in
        guard let devargs = plan.devices?[replica] else { throw RoleError.noDevice(end) }
        return try MemoryNode.on(plan.memory?.node(of: [end])) {
          try Port(name: replica.name, devargs: devargs, pool: pool, options)
        }
      }
      let port = LinkPort(opened, receiveQueues: opened.count * options.receiveQueues)
      devices.append(port)
      ports[end] = port
    }
    try putTaps()
  }

  /// Sets how a port spreads arrivals by a hash of addresses and ports, and, as far as the plan asks for it,
  /// how it steers black packets to queues.
  private func steer(_ options: inout Port.Options, at end: LinkEnd) {
    options.hashKey = ReceiveSideScaling.standardKey
    options.spreadQueues = layout.spreadQueues(at: end, of: options.receiveQueues)
    guard [.gatewayABlack, .gatewayBBlack].contains(end) else { return }
    if case .spiHash = plan.blackWay { options.hashesSPI = true }
    options.rules = plan.blackRules(end == .gatewayABlack ? .bToA : .aToB)
  }

  /// The pool of a port's received packets. In a gateway's pool inner packets begin at a cache line, and so
  /// the formats' headers at a multiple of 16 bytes.
  private func pool(of end: LinkEnd) throws -> PacketPool {
    let isGateway = end.role == .gatewayA || end.role == .gatewayB
    guard isGateway, plan.isAligned else { return pool }
    return try MemoryNode.on(plan.memory?.node(of: [end])) {
      try PacketPool(
        name: "packets.\(end.rawValue)", count: poolCount,
        shift: PacketPool.alignment(before: plan.bytesBeforeInner(at: end)))
    }
  }

  /// Puts a fault, a capture or an impairment between an end and its link.
  private func putTaps() throws {
    if let fault = plan.fault, ports[fault.end] != nil {
      let source = pool.source
      for (from, to) in try interpose(fault.end, "fault", inbound: { _ in Pass() }) {
        let stage =
          fault.kind.isOfOneFrame
          ? ForwardStage.make(FaultTransform(fault, source: source, output: to), from: from, to: to)
          : BlockStage.make(fault, from: from, to: to, most: poolCount)
        taps.append((fault.end.role, stage))
      }
    }
    if plan.keepsCapture || plan.captureFolder != nil, ports[.gatewayABlack] != nil {
      let sides = ["black-a-to-b", "black-b-to-a"]
      // All taps of a role run on one thread, as a capture requires.
      let capture =
        try plan.captureFolder.map { try Capture(path: "\($0)/\(CasePlan.captureName)", interfaces: sides) }
        ?? Capture(keeping: sides)
      captures.append(capture)
      func transform(_ interface: Int) -> CaptureTransform {
        CaptureTransform(capture: .passUnretained(capture), interface: interface)
      }
      for (from, to) in try interpose(.gatewayABlack, "capture", inbound: { _ in transform(1) }) {
        taps.append((.gatewayA, ForwardStage.make(transform(0), from: from, to: to)))
      }
    }
    // The impairment comes last, so that a capture shows the attacker's packets.
    if let impairment = plan.impairment {
      for end in [LinkEnd.gatewayABlack, .gatewayBBlack] where ports[end] != nil {
        try impair(end, impairment)
      }
    }
  }

  /// Impairs what an end sends, on a thread of its own.
  private func impair(_ end: LinkEnd, _ impairment: Impairment) throws {
    var stages: [(name: String, stage: AnyStage)] = []
    let name = "impair.\(end == .gatewayABlack ? "a" : "b")"
    for (queue, (from, to)) in try interpose(end, name, inbound: { _ in Pass() }).enumerated() {
      let carried = StageCounters()
      let made = StageCounters()
      let late = impairment.latePackets > 0 ? StageCounters() : nil
      var random = SplitMix64(state: plan.seed &+ UInt64(queue) << 1 &+ (end == .gatewayABlack ? 0 : 1))
      let stage = ImpairStage(
        impairment, seed: random.next(), frameBytes: plan.blackFrameBytes, from: from, to: to,
        source: pool.source, counters: carried, attack: made, late: late)
      stages.append((Impairment.stage, AnyStage.make(stage, counters: carried)))
      stages.append((Impairment.attackStage, AnyStage.make(NoStage(), counters: made)))
      if let late { stages.append((Impairment.lateStage, AnyStage.make(NoStage(), counters: late))) }
    }
    let index = layout.seal.depths.count + layout.open.depths.count
    impairers.append(RoleThread(role: end.role, index: index, stages: stages))
  }

  /// Inserts a ring link between a role and its port: the role gets the ring's near end, and stages forward
  /// the old port's packets to it.
  /// - Returns: for each transmit queue the ring's far end, and the old port's queue that packets must go to.
  private func interpose<In: PacketTransform>(
    _ end: LinkEnd, _ name: String, inbound: (Int) -> In
  ) throws -> [(from: PortQueue, to: PortQueue)] {
    guard let old = ports[end] else { throw RoleError.noDevice(end) }
    let queues = layout.queues(at: end)
    let link = try RingLink(
      near: "\(name).near", far: "\(name).far", outbound: queues.transmit, inbound: old.receiveQueues,
      slots: plan.slots(share: 1, isBlack: true), pool: pool)
    links.append(link)
    ports[end] = link.near
    for queue in 0..<old.receiveQueues {
      let stage = ForwardStage.make(inbound(queue), from: old.queue(queue), to: link.far.queue(queue))
      taps.append((end.role, stage))
    }
    return (0..<queues.transmit).map { (link.far.queue($0), old.queue($0)) }
  }
}

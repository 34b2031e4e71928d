import Dataplane

extension Topology {
  func makeRings() throws {
    for near in [LinkEnd.generator, .gatewayABlack, .gatewayBRed] {
      let queues = layout.queues(at: near)
      // On the black link there may be more queues than threads that send.
      let used = near == .gatewayABlack ? layout.seal.outputs : min(queues.transmit, queues.receive)
      let link = try RingLink(
        near: near.rawValue, far: near.peer.rawValue, outbound: queues.transmit, inbound: queues.receive,
        slots: plan.slots(share: 1 / Double(used)), pool: pool)
      links.append(link)
      ports[near] = link.near
      ports[near.peer] = link.far
    }
    try putBumps()
  }

  func openDevices() throws {
    for end in LinkEnd.allCases where roles.contains(end.role) {
      guard let devargs = plan.devices?[end] else { throw RoleError.noDevice(end) }
      // Devices have queues in pairs, and spread what arrives over all of them.
      let queues = layout.queues(at: end)
      var options = Port.Options()
      options.receiveQueues = max(queues.receive, queues.transmit)
      options.transmitQueues = options.receiveQueues
      let port = LinkPort(
        try Port(name: end.rawValue, devargs: devargs, pool: pool, options),
        receiveQueues: options.receiveQueues)
      devices.append(port)
      ports[end] = port
    }
    try putBumps()
  }

  /// Puts a fault or a capture between an end and its link: the role gets the near port of a new ring link,
  /// whose far port is joined to the old one.
  private func putBumps() throws {
    if let fault = plan.fault, let old = ports[fault.end] {
      let source = pool.source
      try putBump(at: fault.end, "fault", old: old) { _, output in
        FaultTransform(fault, source: source, output: output)
      } inbound: { _ in
        Pass()
      }
    }
    if let folder = plan.captureFolder, let old = ports[.gatewayABlack] {
      // All bumps of a role are on one thread, which is what a capture needs.
      let capture = try Capture(
        path: folder + "/black.pcapng", interfaces: ["black-a-to-b", "black-b-to-a"])
      captures.append(capture)
      try putBump(at: .gatewayABlack, "capture", old: old) { _, _ in
        CaptureTransform(capture: .passUnretained(capture), interface: 0)
      } inbound: { _ in
        CaptureTransform(capture: .passUnretained(capture), interface: 1)
      }
    }
  }

  private func putBump<Out: PacketTransform, In: PacketTransform>(
    at end: LinkEnd, _ name: String, old: LinkPort, outbound: (Int, PortQueue) -> Out, inbound: (Int) -> In
  ) throws {
    let queues = layout.queues(at: end)
    let link = try RingLink(
      near: "\(name).near", far: "\(name).far", outbound: queues.transmit, inbound: old.receiveQueues,
      slots: plan.slots(share: 1), pool: pool)
    links.append(link)
    ports[end] = link.near
    for queue in 0..<queues.transmit {
      let there = old.queue(queue)
      let transform = outbound(queue, there)
      bumps.append((end.role, ForwardStage.make(transform, from: link.far.queue(queue), to: there)))
    }
    for queue in 0..<old.receiveQueues {
      let stage = ForwardStage.make(inbound(queue), from: old.queue(queue), to: link.far.queue(queue))
      bumps.append((end.role, stage))
    }
  }
}

import Dataplane
import Model
import Tunnel
import Wire

/// `esp-pipeline`: one association on many threads (paper, Fig. 4, where one thread steers).
///
/// ```
/// red → [receive] → number → encrypt → black          black → steer → decrypt → [transmit] → red
///                     1        n                                 k       n
/// ```
/// The plan's assignment says which thread runs which stages, and which share of the packets each of the n
/// threads encrypts or decrypts. Every arrow within the gateway is a ring with one producer and one consumer.
/// Steering threads receive bursts from their queues in turn, as from a NIC that spreads an association's
/// packets evenly.
func gatewayESPPipeline(_ site: GatewaySite) throws -> [RoleThread] {
  let assignment = try site.plan.pipeline()
  return try sealPipeline(site, assignment.seal) + openPipeline(site, assignment.open)
}

private func sealPipeline(_ site: GatewaySite, _ direction: DirectionAssignment) throws -> [RoleThread] {
  if site.plan.isRenewed {
    let (numbers, sealer) = try site.renewedNumbers(ESP.self)
    return try sealPipeline(site, direction, numbers, sealer)
  }
  let keys = try site.keys(site.sealing)
  let key = try site.key(keys)
  let numbers = OwnNumbers(last: ESPSealer.lastNumber(usesESN: site.plan.esn))
  return try sealPipeline(site, direction, numbers) { cursor in
    ESPNumberedSealer(keys.esp, aead: try site.aead(key), cursor: cursor)
  }
}

private func openPipeline(_ site: GatewaySite, _ direction: DirectionAssignment) throws -> [RoleThread] {
  // Consecutive packets of a thread are several sequence numbers apart, so its window must span those of the
  // other threads, too.
  let size = min(site.plan.windowSize * direction.workers.count, ReplayWindow.largest)
  if site.plan.isRenewed {
    let set = try site.associations(site.opening, [0], generations: 2)
    let ownership = WindowOwnership(count: 1, size: size) { _ in true }
    site.atEnd { ownership.deallocate() }
    let opens = OpeningThreads(set)
    site.renewedOpening = opens
    return try openPipeline(site, direction) {
      let (table, thread) = try site.renewedOpeners(ESP.self, set, [0], ownership)
      opens.add(thread)
      return table
    }
  }
  let keys = try site.keys(site.opening)
  let key = try site.key(keys)
  return try openPipeline(site, direction) {
    let window = ReplayWindow(size: size)
    site.atEnd { window.deallocate() }
    return ESPOpener(keys.esp, aead: try site.aead(key), window: window)
  }
}

/// A thread's stages, collected while rings are made.
private typealias Stages = [(name: String, stage: AnyStage)]

// MARK: - Seal

private func sealPipeline(
  _ site: GatewaySite, _ direction: DirectionAssignment, _ numbers: some PacketNumbers,
  _ sealer: (UnsafeMutablePointer<UnsafePointer<UInt64>>) throws -> some PacketSealer
) throws -> [RoleThread] {
  var stages = Array(repeating: Stages(), count: direction.threads)
  let rings = try direction.workers.map { thread in
    try site.near(.seal, thread) {
      try site.numberedHandOver("encrypt.\(thread)", share: direction.share(of: thread))
    }
  }
  let outputs = rings.map(\.output)

  if direction.ioThreads == 0 {
    let stage = SequenceStage.make(
      from: site.redInput(0), to: outputs, shares: direction.workerShares, numbers)
    stages[0].append((StageKind.receiveNumber.rawValue, stage))
  } else {
    var received: [HandOverQueue] = []
    for (index, thread) in direction.ioThreadNumbers.enumerated() {
      let ring = try site.handOver("number.\(index)")
      received.append(ring)
      let stage = ForwardStage.make(Pass(), from: site.redInput(index), to: ring)
      stages[thread].append((StageKind.receive.rawValue, stage))
    }
    let stage = SequenceStage.make(
      from: RoundRobin(received), to: outputs, shares: direction.workerShares, numbers)
    stages[0].append((StageKind.number.rawValue, stage))
  }

  let each = site.plan.blackQueuesEach(try site.plan.pipeline())
  for (index, thread) in direction.workers.enumerated() {
    let stage = try site.near(.seal, thread) {
      let input = rings[index].input()
      let sealer = try sealer(input.cursor)
      func seal(to output: some BurstOutput) -> AnyStage {
        site.sealStage(sealer, protocol: IPv4.protocolESP, from: input, to: output)
      }
      return each == 1 ? seal(to: site.blackOutput(index)) : seal(to: site.blackOutput(index, each: each))
    }
    stages[thread].append((StageKind.encrypt.rawValue, stage))
  }
  return stages.enumerated().map { site.thread(.seal, $0.offset, $0.element) }
}

// MARK: - Open

private func openPipeline(
  _ site: GatewaySite, _ direction: DirectionAssignment, _ opener: () throws -> some PacketOpener
) throws -> [RoleThread] {
  var stages = Array(repeating: Stages(), count: direction.threads)
  let steering = direction.dealThreads
  // Each steering thread has a ring to every decrypting thread. Whichever thread steers it, a sequence number
  // always goes to the same window.
  let rings = try direction.dealThreadNumbers.map { dealer in
    try direction.workers.map { thread in
      try site.near(.open, thread) {
        try site.handOver(
          "decrypt.\(thread).\(dealer)", share: direction.share(of: thread) / Double(steering))
      }
    }
  }
  for dealer in direction.dealThreadNumbers {
    let chooser = SequenceChooser<ESP>(
      outerBytes: site.outerBytes, table: ShareTable(direction.workerShares))
    let steer = SteerStage.make(chooser, from: site.blackInput(dealer, of: steering), to: rings[dealer])
    stages[dealer].append((StageKind.steer.rawValue, steer))
  }

  // Every decrypting thread has a ring to its transmit thread, for a ring has one producer.
  var opened = Array(repeating: [HandOverQueue](), count: direction.ioThreads)
  for (index, thread) in direction.workers.enumerated() {
    let opener = try site.near(.open, thread) { try opener() }
    func open(to output: some BurstOutput) -> AnyStage {
      steering == 1
        ? site.openStage(opener, protocol: IPv4.protocolESP, from: rings[0][index], to: output)
        : site.openStage(
          opener, protocol: IPv4.protocolESP, from: RoundRobin(rings.map { $0[index] }), to: output)
    }
    if direction.ioThreads == 0 {
      stages[thread].append((StageKind.decryptTransmit.rawValue, open(to: site.redOutput(index))))
    } else {
      let ring = try site.handOver("transmit.\(thread)", share: direction.share(of: thread))
      opened[index % direction.ioThreads].append(ring)
      stages[thread].append((StageKind.decrypt.rawValue, open(to: ring)))
    }
  }
  for (index, thread) in direction.ioThreadNumbers.enumerated() where !opened[index].isEmpty {
    let stage = ForwardStage.make(Pass(), from: RoundRobin(opened[index]), to: site.redOutput(index))
    stages[thread].append((StageKind.transmit.rawValue, stage))
  }
  return stages.enumerated().map { site.thread(.open, $0.offset, $0.element) }
}

extension DirectionAssignment {
  /// A thread's share of the packets, 0 to 1.
  fileprivate func share(of thread: Int) -> Double { Double(shares[thread]) / Double(Self.units) }
}

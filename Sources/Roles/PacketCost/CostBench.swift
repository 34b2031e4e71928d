import Cases
import Crypto
import Dataplane
import Tunnel
import Wire

/// The working set of packet-cost measurements: buffers of a pool, always used in the same order.
final class CostBuffers: CostWorkingSet {
  let count: Int
  let pool: PacketPool
  let bursts: [Burst]
  private let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer>
  private let ahead = PrefetchAhead()
  private let works = PacketWorks()

  convenience init(packets: Int) throws { try self.init(packets: packets, name: "cost") }

  /// Takes at least `packets` buffers of a pool with a name.
  /// - Throws: `DataplaneError.memory`.
  init(packets: Int, name: String) throws {
    count = Self.wholeBursts(packets)
    pool = try PacketPool(name: name, count: count + 1024)
    // Room for the addresses that the last batch prefetches.
    addresses = .allocate(capacity: count + CostPackets.more)
    var taken: [Burst] = []
    for _ in 0..<(count / Burst.capacity) {
      let burst = Burst()
      taken.append(burst)
      guard pool.source.allocate(burst, count: Burst.capacity) else {
        throw DataplaneError.memory(what: "\(count) packet buffers", reason: "the pool is empty")
      }
    }
    bursts = taken
  }

  deinit {
    for burst in bursts {
      burst.free(from: 0, to: Burst.capacity)
      burst.deallocate()
    }
    addresses.deallocate()
    ahead.deallocate()
    works.deallocate()
  }

  /// The address of each packet: `before` bytes behind the start of a frame with this headroom.
  func layOut(headroom: Int, before: Int) -> CostPackets {
    for (number, burst) in bursts.enumerated() {
      for index in 0..<Burst.capacity {
        burst[index].setFrame(headroom: headroom, count: before)
        addresses[number * Burst.capacity + index] = burst[index].data + before
      }
    }
    for index in 0..<CostPackets.more { addresses[count + index] = addresses[index] }
    return CostPackets(addresses: addresses, count: count, ahead: ahead, works: works)
  }
}

/// Measures the cost of a packet: on one thread, with no ports except rings.
///
/// Each pass 1. writes fresh inner packets, untimed, 2. seals them for opening, untimed, 3. times the
/// operation on all packets in batches. All systems work on the same buffers in the same order at the same
/// alignment. Sequence numbers continue from pass to pass, and the replay check is always on.
final class CostBench: PacketBench {
  let environment: EAL
  let plan: CostPlan
  let buffers: CostBuffers
  private(set) var packets: CostPackets
  /// A frame like the generator's, Ethernet header first.
  let template: UnsafeMutableRawPointer
  /// The traffic of the current or last operation.
  var traffic: CostTraffic
  let passes: CostPasses
  /// Batches of preparation, which are not reported.
  private let untimed: TickHistogram

  /// Puts the plan's packets into `buffers`.
  /// - Throws: `RoleError`.
  init(_ plan: CostPlan, _ buffers: CostBuffers, environment: EAL) throws {
    guard (plan.innerVersion.packetBytesMin...1500).contains(plan.packetBytes) else {
      throw RoleError.frameBytes(plan.packetBytes + Ethernet.framingBytes, plan.innerVersion)
    }
    self.plan = plan
    self.buffers = buffers
    self.environment = environment
    // Allocate after the guard, for an initializer that throws runs no deinit.
    (passes, untimed) = (CostPasses(), TickHistogram())
    template = CostBench.makeTemplate(packetBytes: plan.packetBytes, plan.innerVersion)
    traffic = CostTraffic(packets: 1, starts: [0], workers: 1, seed: 0)
    packets = buffers.layOut(headroom: plan.headroomBytes(.seal), before: Ethernet.headerBytes)
  }

  deinit {
    template.deallocate()
    passes.deallocate()
    untimed.deallocate()
  }

  /// A frame like the generator's; the caller deallocates it.
  static func makeTemplate(
    packetBytes: Int, _ version: IPVersion = .ipv4
  ) -> UnsafeMutableRawPointer {
    let template = UnsafeMutableRawPointer.allocateLines(Ethernet.headerBytes + packetBytes)
    Ethernet.write(
      to: template, destination: LinkEnd.gatewayARed.address, source: LinkEnd.generator.address,
      type: version == .ipv6 ? Ethernet.typeIPv6 : Ethernet.typeIPv4)
    let inner = template + Ethernet.headerBytes
    let header = version == .ipv6 ? IPv6.headerBytes : IPv4.headerBytes
    if version == .ipv6 {
      IPv6.write(
        to: inner, payloadLength: UInt16(packetBytes - header), next: IPv4.protocolUDP,
        source: TestAddress.generator6, destination: TestAddress.reflector6)
    } else {
      IPv4.write(
        to: inner, totalLength: UInt16(packetBytes), protocol: IPv4.protocolUDP,
        source: TestAddress.generator, destination: TestAddress.reflector)
    }
    for index in header..<packetBytes {
      inner.storeBytes(of: UInt8(truncatingIfNeeded: index &* 7), toByteOffset: index, as: UInt8.self)
    }
    return template
  }

  func run() throws -> CostReport {
    var tallies: [CostReport.Tally] = []
    for operation in plan.operations {
      // The bare call has no stage around it.
      if (plan.system == .raw || plan.system == .rawAAD) && operation.isStage { continue }
      packets = buffers.layOut(headroom: plan.headroomBytes(operation), before: Ethernet.headerBytes)
      tallies.append(try tally(of: operation))
    }
    let algorithm = try CostSession.algorithm(plan)
    let shape = CostShape(plan)
    return CostReport(
      tallies: tallies, tunnelBytes: shape.tunnelBytes(algorithm), groupBytes: shape.groupBytes(algorithm),
      ticksPerSecond: EAL.ticksPerSecond)
  }

  private func tally(of operation: MeasuredOperation) throws -> CostReport.Tally {
    traffic = CostTraffic(packets: packets.count, starts: [0], workers: 1, seed: plan.seed)
    let isOne = plan.parties == 1
    switch plan.system {
    case .null where operation.isStage:
      return try stage(operation, NullSealer(), NullOpener(), protocol: IPv4.protocolIPv4)
    case .null: return try timed(operation, NoStep())
    case .raw: return try raw(operation, isPlain: true)
    case .rawAAD: return try raw(operation, isPlain: false)
    case .espPipeline where isOne:
      return try with(CostSession(plan, operation)) {
        try tally(operation, $0.espNumberedSealer(traffic), $0.opener(ESP.self), ESP.self)
      }
    case .espPipeline:
      return try with(CostTunnels(plan, operation, packets: packets.count)) {
        try tally(operation, $0.espNumberedSealers(), $0.openers(ESP.self), ESP.self)
      }
    case .espSingle where plan.padBytes > 0 && isOne: return try padded(operation, ESP.self)
    case .vpe where plan.padBytes > 0 && isOne: return try padded(operation, VPE.self)
    default: return try inFormat(operation)
    }
  }

  private func padded<Format: TunnelFormat>(
    _ operation: MeasuredOperation, _ format: Format.Type
  ) throws -> CostReport.Tally {
    try with(CostSession(plan, operation)) {
      let sizes = PaddedSizes(multiplesOf: plan.padBytes)
      return try tally(operation, PaddingSealer($0.sealer(format), to: sizes), $0.opener(format), format)
    }
  }

  private func inFormat(_ operation: MeasuredOperation) throws -> CostReport.Tally {
    guard let format = plan.system.format else { throw RoleError.system(plan.system) }
    if plan.isGroup, let tally = try format.visitGroup(CostInGroup(bench: self, operation: operation)) {
      return tally
    }
    return try format.visit(CostInFormat(bench: self, operation: operation))
  }

  private func with<Result>(_ session: CostSession, _ body: (CostSession) throws -> Result) throws -> Result {
    traffic = CostTraffic(
      packets: packets.count, starts: [0], workers: CostShape(plan).sharing, seed: plan.seed)
    return try withExtendedLifetime(session) { try body(session) }
  }

  private func with<Result>(_ session: CostTunnels, _ body: (CostTunnels) throws -> Result) throws -> Result {
    traffic = session.traffic
    return try withExtendedLifetime(session) { try body(session) }
  }

  /// The cost of an operation in a format over the plan's tunnels, whatever the plan's system is.
  func cost<Format: TunnelFormat>(
    of operation: MeasuredOperation, in format: Format.Type
  ) throws -> CostReport.Tally {
    if plan.parties == 1 {
      return try with(CostSession(plan, operation)) {
        try tally(operation, $0.sealer(format), $0.opener(format), format)
      }
    }
    return try with(CostTunnels(plan, operation, packets: packets.count)) {
      format.isStateless
        ? try tally(operation, $0.sealer(format), $0.opener(format), format)
        : try tally(operation, $0.sealers(format), $0.openers(format), format)
    }
  }

  /// The cost of an operation on packets of all senders of a group.
  func costOfGroup<Format: GroupFormat>(
    of operation: MeasuredOperation, in format: Format.Type
  ) throws -> CostReport.Tally {
    try with(CostTunnels(plan, operation, packets: packets.count)) {
      try tally(operation, $0.sealers(format), $0.groupOpener(format), format)
    }
  }

  private func raw(_ operation: MeasuredOperation, isPlain: Bool) throws -> CostReport.Tally {
    try with(CostSession(plan, operation)) { session in
      let additional = isPlain ? 0 : session.additionalBytes
      let seal = session.rawSeal(additional: additional)
      // As many bytes as the format encrypts, which for ESP includes its trailer.
      let bytes = isPlain ? plan.packetBytes : ESPLayout.encryptedBytes(inner: plan.packetBytes)
      return operation == .seal
        ? try timed(.seal, seal, bytes: bytes)
        : try timed(
          .open, session.rawOpen(additional: additional), bytes: bytes, after: seal, before: bytes)
    }
  }

  /// - Parameter sealer: it also seals, untimed, the packets for `opener`.
  private func tally<S: PacketSealer, O: PacketOpener, Format: TunnelFormat>(
    _ operation: MeasuredOperation, _ sealer: S, _ opener: O, _ format: Format.Type
  ) throws -> CostReport.Tally {
    switch operation {
    case .seal: try timed(.seal, SealStep(sealer: sealer))
    case .open:
      try timed(
        .open, OpenStep(opener: opener), shift: -S.headerBytes,
        bytes: format.sealedBytes(inner: plan.paddedBytes), after: SealStep(sealer: sealer))
    case .sealStage, .openStage:
      try format.isTransport
        ? transportStage(operation, sealer, opener)
        : stage(operation, sealer, opener, protocol: IPv4.protocolESP)
    }
  }

  private func timed<Step: CostStep>(
    _ operation: MeasuredOperation, _ step: Step, bytes: Int? = nil
  ) throws -> CostReport.Tally {
    try timed(operation, step, bytes: bytes, after: NoStep())
  }

  /// All passes of one operation: each writes fresh packets, prepares them, and times the step.
  /// - Parameters:
  ///   - bytes: length of the packets that the step works on; nil for the inner packets' length.
  ///   - before: length of the packets that the preparation works on; nil for the inner packets' length.
  private func timed<Step: CostStep, Preparation: CostStep>(
    _ operation: MeasuredOperation, _ step: Step, shift: Int = 0, bytes: Int? = nil,
    after preparation: Preparation, before: Int? = nil
  ) throws -> CostReport.Tally {
    var tally = CostReport.Tally(operation: operation)
    var prepared = tally
    var (step, preparation) = (step, preparation)
    let (bytes, before) = (bytes ?? plan.packetBytes, before ?? plan.packetBytes)
    let (limit, timed) = (passes.limit, passes.batches)
    try environment.run {
      tally = self.passes.tally(
        operation, of: self.plan, over: self.packets.count, warmUp: self.warmUpPasses
      ) { tally in
        self.refill()
        self.packets.pass(
          &preparation, shift: 0, bytes: before, limit: .max, into: &prepared, self.untimed)
        self.packets.pass(&step, shift: shift, bytes: bytes, limit: limit, into: &tally, timed)
      }
    }
    if plan.triesReplays, operation == .open {
      try replay(&step, shift: shift, bytes: bytes, after: &preparation, before: before, into: &tally)
    }
    tally.failures += prepared.failures
    return tally
  }

  /// Another pass, whose packets are opened twice, to count accepted replays.
  private func replay<Step: CostStep, Preparation: CostStep>(
    _ step: inout Step, shift: Int, bytes: Int, after preparation: inout Preparation, before: Int,
    into tally: inout CostReport.Tally
  ) throws {
    let copies = UnsafeMutableRawPointer.allocate(byteCount: packets.count * bytes, alignment: 64)
    defer { copies.deallocate() }
    var first = CostReport.Tally(operation: .open)
    var again = CostReport.Tally(operation: .open)
    try environment.run {
      self.refill()
      self.packets.pass(&preparation, shift: 0, bytes: before, limit: .max, into: &first, self.untimed)
      for index in 0..<self.packets.count {
        (copies + index * bytes).copyMemory(from: self.packets.addresses[index] + shift, byteCount: bytes)
      }
      self.packets.pass(&step, shift: shift, bytes: bytes, limit: .max, into: &first, self.untimed)
      for index in 0..<self.packets.count {
        (self.packets.addresses[index] + shift).copyMemory(from: copies + index * bytes, byteCount: bytes)
      }
      self.packets.pass(&step, shift: shift, bytes: bytes, limit: .max, into: &again, self.untimed)
    }
    tally.failures += first.failures
    tally.replaysSent = UInt64(packets.count)
    tally.replaysAccepted = tally.replaysSent - again.failures
  }

  /// Passes that warm caches and branch predictors; only their failures count.
  var warmUpPasses: Int { max(1, traffic.passesToTouchAll) }

  /// Writes fresh inner packets.
  func refill() {
    traffic.nextPass()
    let (bytes, isMany) = (plan.packetBytes, plan.parties > 1)
    for index in 0..<packets.count {
      packets.addresses[index].copyMemory(from: template + Ethernet.headerBytes, byteCount: bytes)
      if isMany { traffic.address(packets.addresses[index], index) }
    }
  }
}

private struct CostInFormat: FormatVisitor {
  typealias Failure = any Error
  let bench: CostBench
  let operation: MeasuredOperation

  func visit<Format: TunnelFormat>(_ format: Format.Type) throws -> CostReport.Tally {
    try bench.cost(of: operation, in: format)
  }
}

private struct CostInGroup: GroupVisitor {
  typealias Failure = any Error
  let bench: CostBench
  let operation: MeasuredOperation

  func visit<Format: GroupFormat>(_ format: Format.Type) throws -> CostReport.Tally {
    try bench.costOfGroup(of: operation, in: format)
  }
}

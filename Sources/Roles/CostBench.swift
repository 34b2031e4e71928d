import Crypto
import Dataplane
import Tunnel
import Wire

/// Measures what a packet costs: one thread, no ports but rings, and nothing else in the way.
///
/// Each pass 1. writes fresh inner packets, untimed, 2. for opening, seals them, untimed, 3. times the step
/// over all packets in batches. All systems work on the same buffers in the same order at the same alignment.
/// Sequence numbers run on from pass to pass, and the replay check is never off.
final class CostBench {
  let environment: EAL
  let plan: CostPlan
  let pool: PacketPool
  let bursts: [Burst]
  let packets: CostPackets
  /// A frame of the generator's kind, Ethernet header first.
  let template: UnsafeMutableRawPointer

  /// A batch of 64 takes some microseconds; one of a tenth of a millisecond was interrupted.
  private static let stallMicroseconds: UInt64 = 100

  /// Makes the working set.
  /// - Throws: `DataplaneError`, `RoleError`.
  init(_ plan: CostPlan, environment: EAL) throws {
    guard (28...1500).contains(plan.packetBytes) else { throw RoleError.frameBytes(plan.packetBytes + 18) }
    self.plan = plan
    self.environment = environment
    let whole = (plan.packetsInFlight + Burst.capacity - 1) / Burst.capacity * Burst.capacity
    pool = try PacketPool(name: "cost", count: whole + 1024)
    template = CostBench.makeTemplate(packetBytes: plan.packetBytes)
    // Room for the addresses that the last batch fetches ahead.
    let addresses = UnsafeMutablePointer<UnsafeMutableRawPointer>.allocate(capacity: whole + 8)
    packets = CostPackets(addresses: addresses, count: whole)
    var taken: [Burst] = []
    for first in stride(from: 0, to: whole, by: Burst.capacity) {
      let burst = Burst()
      guard pool.source.allocate(burst, count: Burst.capacity) else {
        throw DataplaneError.memory(what: "\(whole) packet buffers", reason: "the pool is empty")
      }
      taken.append(burst)
      for index in 0..<Burst.capacity {
        burst[index].setFrame(
          headroom: PacketPool.headroomBytes + plan.extraHeadroomBytes,
          count: plan.packetBytes + Ethernet.headerBytes)
        // Where a gateway finds an inner packet: behind headroom and Ethernet header.
        addresses[first + index] = burst[index].data + Ethernet.headerBytes
      }
    }
    for index in 0..<8 { addresses[whole + index] = addresses[index] }
    bursts = taken
  }

  deinit {
    for burst in bursts {
      burst.free(from: 0, to: Burst.capacity)
      burst.deallocate()
    }
    packets.addresses.deallocate()
    template.deallocate()
  }

  private static func makeTemplate(packetBytes: Int) -> UnsafeMutableRawPointer {
    let template = UnsafeMutableRawPointer.allocate(byteCount: 2048, alignment: 64)
    Ethernet.write(
      to: template, destination: LinkEnd.gatewayARed.address, source: LinkEnd.generator.address,
      type: Ethernet.typeIPv4)
    let inner = template + Ethernet.headerBytes
    IPv4.write(
      to: inner, totalLength: UInt16(packetBytes), protocol: IPv4.protocolUDP, source: TestAddress.generator,
      destination: TestAddress.reflector)
    for index in IPv4.headerBytes..<packetBytes {
      inner.storeBytes(of: UInt8(truncatingIfNeeded: index &* 7), toByteOffset: index, as: UInt8.self)
    }
    return template
  }

  /// Ticks above which a batch was interrupted.
  var limit: UInt64 { EAL.ticksPerSecond / 1_000_000 * Self.stallMicroseconds }
  /// Passes over the working set.
  var passes: Int { max(1, (plan.packets + packets.count - 1) / packets.count) }

  /// Takes all costs of the plan on the environment's first dataplane thread.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  func run() throws -> CostReport {
    var tallies: [CostReport.Tally] = []
    for operation in plan.operations {
      let session = try CostSession(plan, operation)
      switch operation {
      case .seal: tallies.append(try seal(session))
      case .open: tallies.append(try open(session))
      case .sealStage, .openStage:
        // The bare call has no stage around it.
        if plan.system != .raw && plan.system != .rawAAD { tallies.append(try stage(operation, session)) }
      }
    }
    return CostReport(tallies: tallies, ticksPerSecond: EAL.ticksPerSecond)
  }

  private func seal(_ session: CostSession) throws -> CostReport.Tally {
    switch plan.system {
    case .null: try timed(.seal, NoStep())
    case .raw: try timed(.seal, session.rawSeal(additional: 0))
    case .rawAAD: try timed(.seal, session.rawSeal(additional: session.additionalBytes))
    case .espSingle: try timed(.seal, SealStep(sealer: session.espSealer))
    case .vpe: try timed(.seal, SealStep(sealer: session.vpeSealer))
    }
  }

  private func open(_ session: CostSession) throws -> CostReport.Tally {
    let inner = plan.packetBytes
    switch plan.system {
    case .null: return try timed(.open, NoStep())
    case .raw: return try timed(.open, session.rawOpen(additional: 0), after: session.rawSeal(additional: 0))
    case .rawAAD:
      let additional = session.additionalBytes
      return try timed(
        .open, session.rawOpen(additional: additional), after: session.rawSeal(additional: additional))
    case .espSingle:
      return try timed(
        .open, OpenStep(opener: session.espOpener), shift: -ESPLayout.headerBytes,
        bytes: ESPLayout.sealedBytes(inner: inner), after: SealStep(sealer: session.espSealer))
    case .vpe:
      return try timed(
        .open, OpenStep(opener: session.vpeOpener), shift: -VPELayout.headerBytes,
        bytes: VPELayout.sealedBytes(inner: inner), after: SealStep(sealer: session.vpeSealer))
    }
  }

  private func timed<Step: CostStep>(_ operation: CostOperation, _ step: Step) throws -> CostReport.Tally {
    try timed(operation, step, after: NoStep())
  }

  /// All passes of one operation: each writes fresh packets, prepares them, and times the step.
  private func timed<Step: CostStep, Preparation: CostStep>(
    _ operation: CostOperation, _ step: Step, shift: Int = 0, bytes: Int? = nil, after preparation: Preparation
  ) throws -> CostReport.Tally {
    var tally = CostReport.Tally(operation: operation)
    var untimed = CostReport.Tally(operation: operation)
    var step = step
    var preparation = preparation
    try environment.run {
      // The first pass warms caches and branch predictors, and is thrown away.
      for pass in 0...self.passes {
        self.refill()
        self.packets.pass(&preparation, shift: 0, bytes: self.plan.packetBytes, limit: .max, into: &untimed)
        if pass == 1 { tally = CostReport.Tally(operation: operation) }
        self.packets.pass(
          &step, shift: shift, bytes: bytes ?? self.plan.packetBytes, limit: self.limit, into: &tally)
      }
    }
    tally.failures += untimed.failures
    return tally
  }

  /// Writes fresh inner packets.
  private func refill() {
    for index in 0..<packets.count {
      packets.addresses[index].copyMemory(
        from: template + Ethernet.headerBytes, byteCount: plan.packetBytes)
    }
  }
}

import Dataplane
import Wire

/// The roles that a process plays in one case, wired and ready to run.
///
/// ```
/// generator ─red─ gateway-a ═black═ gateway-b ─red─ reflector
/// ```
/// With ring links all four are in one process and a link is a pair of rings. With devices a process opens
/// those of the ends that belong to its roles.
public final class Topology {
  /// The plan that it was made from.
  public let plan: CasePlan
  /// The roles played here.
  public let roles: Set<RoleName>
  /// Whether every thread of the case, in this process or another, has a CPU of its own.
  public let isUnshared: Bool

  private let environment: EAL
  package let pool: PacketPool
  private var links: [RingLink] = []
  private var ports: [LinkEnd: Port] = [:]
  private var devices: [Port] = []
  private var captures: [Capture] = []
  private var sites: [GatewaySite] = []
  private var threads: [RoleThread] = []
  private var bumps: [(cpuOf: RoleName, stage: AnyStage)] = []
  private var cores: [(position: Int, core: Core)] = []
  private var cpuPositions: [Int] = []
  private var generator: UnsafeMutablePointer<GeneratorState>?

  /// Opens ports and makes stages; nothing runs yet.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  public init(_ plan: CasePlan, roles: Set<RoleName>, environment: EAL) throws {
    self.plan = plan
    self.roles = roles
    self.environment = environment
    let hops = Topology.hops(plan)
    isUnshared = hops.count <= plan.cpus.count
    pool = try PacketPool(name: "packets", count: plan.inFlightFrames + 8192)
    if plan.isRing { try makeRings() } else { try openDevices() }
    try makeThreads()
    place(hops)
  }

  deinit {
    // Threads go before the ports that they use.
    cores = []
    threads = []
    bumps = []
    sites = []
    ports = [:]
    devices = []
    links = []
    generator?.pointee.deallocate()
    generator?.deallocate()
  }

  /// The hop of each thread of the whole case, in the order in which threads are made.
  package static func hops(_ plan: CasePlan) -> [Int] {
    let each = { (hop: Int) in Array(repeating: hop, count: plan.threadsPerDirection) }
    return [0] + each(1) + each(5) + each(4) + each(2) + [3]
  }

  // MARK: - Links

  private func makeRings() throws {
    let queues = plan.threadsPerDirection
    var slots = 1024
    while slots < plan.inFlightFrames + 2 * Burst.capacity { slots *= 2 }
    for near in [LinkEnd.generator, .gatewayABlack, .gatewayBRed] {
      let link = try RingLink(
        near: near.rawValue, far: near.peer.rawValue, outbound: queues, inbound: queues, slots: slots,
        pool: pool)
      links.append(link)
      ports[near] = link.near
      ports[near.peer] = link.far
    }
    try putBumps(queues: queues, slots: slots)
  }

  private func openDevices() throws {
    for end in LinkEnd.allCases where roles.contains(end.role) {
      guard let devargs = plan.devices?[end] else { throw RoleError.noDevice(end) }
      var options = Port.Options()
      options.receiveQueues = plan.threadsPerDirection
      options.transmitQueues = plan.threadsPerDirection
      let port = try Port(name: end.rawValue, devargs: devargs, pool: pool, options)
      devices.append(port)
      ports[end] = port
    }
    try putBumps(queues: plan.threadsPerDirection, slots: 4096)
  }

  /// Puts a fault or a capture between an end and its link: the role gets the near port of a new ring link,
  /// whose far port is joined to the old one.
  private func putBumps(queues: Int, slots: Int) throws {
    if let fault = plan.fault, let old = ports[fault.end] {
      let source = pool.source
      try putBump(at: fault.end, "fault", queues: queues, slots: slots, old: old) { _, output in
        FaultTransform(fault, source: source, output: output)
      } inbound: { _ in
        Pass()
      }
    }
    if let folder = plan.captureFolder, let old = ports[.gatewayABlack] {
      let out = try Capture(path: folder + "/black-a-to-b.pcap")
      let back = try Capture(path: folder + "/black-b-to-a.pcap")
      captures += [out, back]
      try putBump(at: .gatewayABlack, "capture", queues: queues, slots: slots, old: old) { _, _ in
        CaptureTransform(capture: .passUnretained(out))
      } inbound: { _ in
        CaptureTransform(capture: .passUnretained(back))
      }
    }
  }

  private func putBump<Out: PacketTransform, In: PacketTransform>(
    at end: LinkEnd, _ name: String, queues: Int, slots: Int, old: Port,
    outbound: (Int, PortQueue) -> Out, inbound: (Int) -> In
  ) throws {
    let link = try RingLink(
      near: "\(name).near", far: "\(name).far", outbound: queues, inbound: queues,
      slots: slots, pool: pool)
    links.append(link)
    ports[end] = link.near
    for queue in 0..<queues {
      let far = link.far.queue(queue)
      let there = old.queue(queue)
      bumps.append((end.role, ForwardStage.make(outbound(queue, there), from: far, to: there)))
      bumps.append((end.role, ForwardStage.make(inbound(queue), from: there, to: far)))
    }
  }

  private func port(_ end: LinkEnd) throws -> Port {
    guard let port = ports[end] else { throw RoleError.noDevice(end) }
    return port
  }

  // MARK: - Threads

  private func makeThreads() throws {
    for role in RoleName.allCases where roles.contains(role) {
      switch role {
      case .generator: threads.append(try makeGenerator())
      case .gatewayA: threads += try makeGateway(role, red: .gatewayARed, black: .gatewayABlack)
      case .gatewayB: threads += try makeGateway(role, red: .gatewayBRed, black: .gatewayBBlack)
      case .reflector: threads.append(try makeReflector())
      }
    }
  }

  private func makeGenerator() throws -> RoleThread {
    let port = try port(.generator)
    let count = plan.threadsPerDirection
    let state = UnsafeMutablePointer<GeneratorState>.allocate(capacity: 1)
    state.initialize(to: try GeneratorState(plan, paths: min(count, plan.flows)))
    generator = state
    let generate = StageCounters()
    let collect = StageCounters()
    return RoleThread(
      role: .generator, name: "generate", index: 0, hop: 0,
      stages: [
        (
          "generate",
          AnyStage.make(
            GenerateStage(plan, state: state, port: port, source: pool.source, counters: generate),
            counters: generate)
        ),
        (
          "collect",
          AnyStage.make(
            CollectStage(state: state, port: port, queues: count, counters: collect), counters: collect)
        ),
      ])
  }

  private func makeGateway(_ role: RoleName, red: LinkEnd, black: LinkEnd) throws -> [RoleThread] {
    let site = GatewaySite(plan, role, red: try port(red), black: try port(black))
    sites.append(site)
    return try site.threads()
  }

  private func makeReflector() throws -> RoleThread {
    let port = try port(.reflector)
    let stages = (0..<plan.threadsPerDirection).map { queue in
      (name: "reflect", stage: ForwardStage.make(Reflect(), from: port.queue(queue), to: port.queue(queue)))
    }
    return RoleThread(role: .reflector, name: "reflect", index: 0, hop: 3, stages: stages)
  }

  // MARK: - Placement

  private func place(_ hops: [Int]) {
    // Every process computes the placement of the whole case and takes its own part of it.
    let order: [(RoleName, Int)] = hops.map { hop in
      (hop == 0 ? .generator : hop == 3 ? .reflector : hop == 1 || hop == 5 ? .gatewayA : .gatewayB, hop)
    }
    let positions = Placement.positions(hops: hops, cpus: plan.cpus.count)
    var byThread: [String: [Int]] = [:]
    for (position, (role, hop)) in zip(positions, order) {
      byThread["\(role.rawValue)/\(hop)", default: []].append(position)
    }
    cpuPositions = threads.map { byThread["\($0.role.rawValue)/\($0.hop)"]?[$0.index] ?? 0 }

    var options = Core.Options()
    options.stallMicroseconds = plan.isRing ? 100 : 1000
    options.restsWhenIdle = !plan.isRing && !isUnshared
    for position in plan.cpus.indices {
      var stages: [AnyStage] = []
      for (thread, place) in zip(threads, cpuPositions) where place == position {
        stages += thread.stages.map(\.stage)
      }
      for bump in bumps where position == firstPosition(of: bump.cpuOf) { stages.append(bump.stage) }
      if !stages.isEmpty { cores.append((position, Core(stages, options))) }
    }
  }

  private func firstPosition(of role: RoleName) -> Int? {
    zip(threads, cpuPositions).first { $0.0.role == role }?.1
  }

  // MARK: - Running

  /// Starts the dataplane threads. The generator sends nothing before `send`.
  /// - Throws: `DataplaneError.threads` or `.environment`; what was started is stopped again.
  public func start() throws {
    for (count, entry) in cores.enumerated() {
      do {
        try entry.core.start(on: entry.position, of: environment)
      } catch {
        cores[..<count].forEach { $0.core.stop(index: $0.position) }
        throw error
      }
    }
  }

  /// Lets the generator send, or halts it. Does nothing where the generator is elsewhere.
  public func send(_ isSending: Bool) {
    guard let generator else { return }
    withUnsafeMutablePointer(to: &generator.pointee.isHalted) { SharedFlag.set($0, !isSending) }
  }

  /// Stops the dataplane threads, each after its turn.
  public func stop() {
    cores.forEach { $0.core.stop(index: $0.position) }
    captures.forEach { $0.flush() }
  }

  /// What every stage has counted so far.
  public func report() -> TopologyReport {
    var stages: [StageReport] = []
    for (thread, position) in zip(threads, cpuPositions) {
      for (name, stage) in merged(thread) {
        stages.append(
          StageReport(
            role: thread.role, stage: name, thread: thread.index, cpu: plan.cpus[position], counters: stage))
      }
    }
    return TopologyReport(
      ticks: EAL.ticks, ticksPerSecond: EAL.ticksPerSecond, isUnshared: isUnshared,
      areLinksUp: devices.allSatisfy(\.isUp), stages: stages)
  }

  /// A thread's stages of the same name (the reflector's queues) count as one.
  private func merged(_ thread: RoleThread) -> [(String, StageSnapshot)] {
    var result: [(String, StageSnapshot)] = []
    for (name, stage) in thread.stages {
      let snapshot = stage.counters.snapshot
      if let index = result.firstIndex(where: { $0.0 == name }) {
        result[index].1 = result[index].1 + snapshot
      } else {
        result.append((name, snapshot))
      }
    }
    return result
  }

  /// What only the generator knows, once the threads have stopped; nil where the generator is elsewhere.
  public func judgement() -> GeneratorReport? {
    guard let state = generator?.pointee else { return nil }
    return GeneratorReport(state)
  }
}

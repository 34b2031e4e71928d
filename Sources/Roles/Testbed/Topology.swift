import Cases
import Dataplane
import Model
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
  /// Whether every thread that shares the plan's CPUs, in this process or another, has one of its own.
  public let isUnshared: Bool

  package let layout: GatewayLayout
  private let environment: EAL
  package let pool: PacketPool
  /// Packets in the pool.
  let poolCount: Int
  var links: [RingLink] = []
  package internal(set) var ports: [LinkEnd: LinkPort] = [:]
  var devices: [LinkPort] = []
  var captures: [Capture] = []
  private var sites: [GatewaySite] = []
  private var renewal: Renewal?
  /// Set while gateways make no fill packets.
  private let isFillHalted: UnsafeMutablePointer<UInt64>
  package private(set) var threads: [RoleThread] = []
  /// Threads that are no role's, but run beside it.
  var impairers: [RoleThread] = []
  var taps: [(cpuOf: RoleName, stage: AnyStage)] = []
  private var cores: [(position: Int, core: Core)] = []
  /// Where each thread of the roles that share the plan's CPUs is among these.
  private let positions: [(place: ThreadPlace, position: Int)]
  private var cpuPositions: [Int] = []
  private var generator: UnsafeMutablePointer<GeneratorState>?

  /// Opens ports and makes stages; nothing runs yet.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  public init(_ plan: CasePlan, roles: Set<RoleName>, environment: EAL) throws {
    self.plan = plan
    self.roles = roles
    self.environment = environment
    layout = try GatewayLayout(plan)
    let places = layout.places(of: plan.hasHostEach ? roles : Set(RoleName.allCases))
    isUnshared = places.count <= plan.cpus.count && !plan.sharesCPUs
    isFillHalted = .allocateLines(1)
    isFillHalted.initialize(to: 1)
    // On one machine every process computes the placement of the whole case and takes its own part of it.
    let placed = Placement.positions(hops: places.map(\.hop), cpus: plan.cpus.count)
    positions = zip(places, placed).map { ($0, $1) }
    let count = plan.poolPackets(layout, roles: roles, threads: places.count)
    poolCount = count
    let ends = LinkEnd.allCases.filter { roles.contains($0.role) }
    pool = try MemoryNode.on(plan.memory?.node(of: ends)) { try PacketPool(name: "packets", count: count) }
    try MemoryNode.on(plan.memory?.node(ofThreadsAt: placed)) {
      if plan.isRing { try makeRings() } else { try openDevices() }
      try makeThreads()
    }
    renewal = renewing()
    place()
  }

  deinit {
    renewal?.end()
    renewal = nil
    // Threads go before the ports that they use.
    cores = []
    threads = []
    impairers = []
    taps = []
    sites = []
    ports = [:]
    devices = []
    links = []
    generator?.pointee.deallocate()
    generator?.deallocate()
    isFillHalted.deallocate()
  }

  private func port(_ end: LinkEnd) throws -> LinkPort {
    guard let port = ports[end] else { throw RoleError.noDevice(end) }
    return port
  }

  // MARK: - Threads

  /// The positions of a role's threads, in the order of their numbers.
  private func positions(of role: RoleName) -> [Int] {
    positions.filter { $0.place.role == role }.map(\.position)
  }

  private func makeThreads() throws {
    for role in RoleName.allCases where roles.contains(role) {
      let node = plan.memory?.node(ofThreadsAt: positions(of: role))
      threads += try MemoryNode.on(node) { () -> [RoleThread] in
        switch role {
        case .generator: [try makeGenerator()]
        case .gatewayA: try makeGateway(role, red: .gatewayARed, black: .gatewayABlack)
        case .gatewayB: try makeGateway(role, red: .gatewayBRed, black: .gatewayBBlack)
        case .reflector: [try makeReflector()]
        }
      }
      threads += impairers.filter { $0.role == role }
    }
  }

  /// Who renews associations, where that is asked for and both gateways are here.
  private func renewing() -> Renewal? {
    let places = sites.compactMap { site in
      site.renewedSealing.flatMap { seals in site.renewedOpening.map { (site, seals, $0) } }
    }
    guard places.count == 2 else { return nil }
    let directions = zip(places, places.reversed()).map { near, far -> Renewal.Direction in
      let site = near.0
      return Renewal.Direction(
        seals: near.1, opens: far.2,
        keys: { try site.keys(site.sealing, number: $0, generation: $1) },
        sealing: stations(site.role, .seal), opening: stations(far.0.role, .open))
    }
    return Renewal(plan, directions)
  }

  /// The stages of a gateway's direction that an association's generation passes, in their order.
  private func stations(_ role: RoleName, _ direction: StageKind.Direction) -> [Renewal.Station] {
    let stages = threads.filter { $0.role == role }.flatMap(\.stages)
    return StageKind.wayThrough(direction).compactMap { kind in
      let counters = stages.filter { $0.name == kind.rawValue }.map(\.stage.counters)
      // Before they are numbered packets have no generation, and after they are opened none any more.
      guard !counters.isEmpty, kind != .receive, kind != .transmit else { return nil }
      let (queues, bursts) = waiting(before: kind)
      return Renewal.Station(
        counters, queues: queues, bursts: bursts,
        opens: [.open, .decrypt, .decryptTransmit].contains(kind))
    }
  }

  /// The most queues that a thread of a stage takes from, and the bursts that each holds.
  private func waiting(before kind: StageKind) -> (queues: Int, bursts: Int) {
    if plan.system.keepsOrder, kind != .dispatch { return (1, plan.orderedBursts) }
    func bursts(of count: Int) -> Int {
      plan.slots(share: 1 / Double(count), isBlack: true) / Burst.capacity
    }
    switch kind {
    case .encrypt: return (1, bursts(of: 1))
    case .decrypt, .decryptTransmit:
      let dealers = plan.assignment?.open.dealThreads ?? 1
      return (dealers, bursts(of: dealers))
    default: return (max(layout.seal.outputs, layout.open.inputs), bursts(of: layout.seal.outputs))
    }
  }

  private func makeGenerator() throws -> RoleThread {
    let port = try port(.generator)
    // A hash may leave a queue without a flow; dealing in turn leaves none while there are flows enough.
    let paths = plan.steering == .hash ? layout.seal.inputs : min(layout.seal.inputs, plan.flows)
    let initial = try GeneratorState(plan, paths: paths)
    let state = UnsafeMutablePointer<GeneratorState>.allocateLines(1)
    state.initialize(to: initial)
    generator = state
    let generate = StageCounters()
    let generating = GenerateStage(
      plan, state: state, port: port, source: pool.source, counters: generate)
    var stages: [(name: String, stage: AnyStage)] = [
      ("generate", AnyStage.make(generating, counters: generate))
    ]
    func collect(from input: some BurstInput) {
      let counters = StageCounters()
      let collecting = CollectStage(state: state, input: input, counters: counters)
      stages.append(("collect", AnyStage.make(collecting, counters: counters)))
    }
    if plan.fragments == .copied {
      // A frame's pieces come by one queue; others of the same identification may come by another.
      for queue in 0..<layout.queues(at: .generator).receive {
        let (whole, counts) = try ReassemblingInput.make(port.queue(queue))
        collect(from: whole)
        stages += counts
      }
    } else {
      collect(from: port.queues(0, of: 1))
    }
    return RoleThread(role: .generator, index: 0, stages: stages)
  }

  private func makeGateway(_ role: RoleName, red: LinkEnd, black: LinkEnd) throws -> [RoleThread] {
    let nodes = positions(of: role).map { position in plan.memory?.node(ofThreadsAt: [position]) }
    let site = try GatewaySite(plan, role, red: try port(red), black: try port(black), nodes: nodes)
    if plan.axes.fillRate > 0 { site.filling = (pool.source, UnsafePointer(isFillHalted)) }
    if plan.fragments != .none { site.pieces = pool.source }
    sites.append(site)
    return try site.threads()
  }

  /// With as many queues back as forth, each queue is reflected into its like; otherwise frames are spread
  /// over the queues by their flow.
  private func makeReflector() throws -> RoleThread {
    let port = try port(.reflector)
    let queues = layout.queues(at: .reflector)
    var stages: [(name: String, stage: AnyStage)] = []
    if plan.fragments == .copied {
      for queue in 0..<queues.transmit {
        let place = port.queue(queue)
        let (input, counts) = try ReassemblingInput.make(place)
        stages.append(("reflect", ForwardStage.make(Reflect(), from: input, to: place)))
        stages += counts
      }
    } else if plan.isRing, queues.receive == queues.transmit, plan.steering != .hash {
      for queue in 0..<queues.transmit {
        let place = port.queue(queue)
        stages.append(("reflect", ForwardStage.make(Reflect(), from: place, to: place)))
      }
    } else {
      let outputs = (0..<queues.transmit).map(port.queue)
      func table(key: Int) -> FlowQueues {
        FlowQueues(
          flows: plan.flows, queues: outputs.count, isHashed: plan.steering == .hash, tunnels: plan.tunnels,
          isReturn: true, version: plan.innerVersion, key: key, replicas: plan.replicas)
      }
      let input = port.queues(0, of: 1)
      let stage =
        plan.changesHashKey
        ? SteerStage.make(
          ChangingReflectChooser((0..<ReceiveSideScaling.keys).map(table), plan.hashKeyClock), from: input,
          to: outputs)
        : SteerStage.make(ReflectChooser(table(key: 0)), from: input, to: outputs)
      stages.append(("reflect", stage))
    }
    return RoleThread(role: .reflector, index: 0, stages: stages)
  }

  // MARK: - Placement

  private func place() {
    cpuPositions = threads.map { thread in
      positions.first { $0.place.role == thread.role && $0.place.index == thread.index }?.position ?? 0
    }

    var options = Core.Options()
    if !plan.isRing { options.stallMicroseconds = 1000 }
    options.restsWhenIdle = !plan.isRing && !isUnshared
    for position in plan.cpus.indices {
      var stages: [AnyStage] = []
      for (thread, place) in zip(threads, cpuPositions) where place == position {
        stages += thread.stages.map(\.stage)
      }
      for tap in taps where position == firstPosition(of: tap.cpuOf) { stages.append(tap.stage) }
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
    renewal?.begin()
  }

  /// Lets the generator send, or halts it. Does nothing where the generator is elsewhere.
  public func send(_ isSending: Bool) {
    SharedFlag.set(isFillHalted, !isSending)
    guard let generator else { return }
    SharedFlag.set(generator.pointee.isHalted, !isSending)
  }

  /// Stops the dataplane threads, each after its turn.
  public func stop() {
    renewal?.end()
    cores.forEach { $0.core.stop(index: $0.position) }
    renewal?.settle()
    captures.forEach { $0.flush() }
  }

  /// What every stage has counted so far.
  public func report() -> TopologyReport {
    var stages: [StageReport] = []
    for (thread, position) in zip(threads, cpuPositions) {
      for (name, stage) in merged(thread) {
        stages.append(
          StageReport(
            role: thread.role, stage: name, thread: thread.index + plan.replica, cpu: plan.cpus[position],
            counters: stage))
      }
    }
    return TopologyReport(
      ticks: EAL.ticks, ticksPerSecond: EAL.ticksPerSecond, isUnshared: isUnshared,
      areLinksUp: devices.allSatisfy(\.isUp), stages: stages,
      latency: plan.hasTimestamps ? generator?.pointee.histogram.snapshot : nil, rekeys: renewal?.report)
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

  /// A piece of the capture that is kept here, once the threads have stopped; nil if there is none.
  /// - Throws: `DataplaneError.capture`.
  public func captured(from offset: Int) throws -> CapturePiece? {
    plan.keepsCapture ? try captures.first?.piece(from: offset) : nil
  }

  /// What only the generator knows, once the threads have stopped; nil where the generator is elsewhere.
  public func generatorReport() -> GeneratorReport? {
    guard let state = generator?.pointee else { return nil }
    return GeneratorReport(state)
  }
}

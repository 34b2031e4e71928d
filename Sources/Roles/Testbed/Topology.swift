import Cases
import Dataplane
import Model
import Wire

/// The roles that a process plays in one case, wired and ready to run.
///
/// ```
/// generator ─red─ gateway-a ═black═ gateway-b ─red─ reflector
/// ```
/// With ring links all four roles are in one process, and a link is a pair of rings. With devices a process
/// opens those of its own roles' link ends.
public final class Topology {
  /// The plan of the case.
  public let plan: CasePlan
  /// The roles played here.
  public let roles: Set<RoleName>
  /// Whether each thread on the plan's CPUs, of this process or another, has a CPU of its own.
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
  /// Threads that impair links: they belong to no role, but run beside one.
  var impairers: [RoleThread] = []
  var taps: [(cpuOf: RoleName, stage: AnyStage)] = []
  private var cores: [(position: Int, core: Core)] = []
  /// For each thread on the plan's CPUs its position in the list of CPUs.
  private let positions: [(thread: ThreadPosition, cpu: Int)]
  private var cpuPositions: [Int] = []
  private var generator: UnsafeMutablePointer<GeneratorState>?

  /// Opens ports and makes stages; nothing runs yet.
  /// - Throws: `DataplaneError`, `RoleError`, `CryptoError`.
  public init(_ plan: CasePlan, roles: Set<RoleName>, environment: EAL) throws {
    self.plan = plan
    self.roles = roles
    self.environment = environment
    layout = try GatewayLayout(plan)
    let all = layout.threads(of: plan.hasHostEach ? roles : Set(RoleName.allCases))
    isUnshared = all.count <= plan.cpus.count && !plan.sharesCPUs
    isFillHalted = .allocateLines(1)
    isFillHalted.initialize(to: 1)
    // On one machine every process computes the placement of the whole case and takes its own part of it.
    let cpus = Placement.positions(hops: all.map(\.hop), cpus: plan.cpus.count)
    positions = zip(all, cpus).map { ($0, $1) }
    let count = plan.poolPackets(layout, roles: roles, threads: all.count)
    poolCount = count
    let ends = LinkEnd.allCases.filter { roles.contains($0.role) }
    pool = try MemoryNode.on(plan.memory?.node(of: ends)) { try PacketPool(name: "packets", count: count) }
    try MemoryNode.on(plan.memory?.node(ofThreadsAt: cpus)) {
      if plan.isRing { try makeRings() } else { try openDevices() }
      try makeThreads()
    }
    renewal = renewing()
    assignCPUs()
  }

  deinit {
    renewal?.end()
    renewal = nil
    // Threads must go before the ports that they use.
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

  /// The CPU positions of a role's threads, in the order of their numbers.
  private func positions(of role: RoleName) -> [Int] {
    positions.filter { $0.thread.role == role }.map(\.cpu)
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

  /// The renewal of associations; nil if the plan asks for none or a gateway is in another process.
  private func renewing() -> Renewal? {
    let ends = sites.compactMap { site in
      site.renewedSealing.flatMap { seals in site.renewedOpening.map { (site, seals, $0) } }
    }
    guard ends.count == 2 else { return nil }
    let directions = zip(ends, ends.reversed()).map { near, far -> Renewal.Direction in
      let site = near.0
      return Renewal.Direction(
        seals: near.1, opens: far.2,
        keys: { try site.keys(site.sealing, number: $0, generation: $1) },
        sealing: stations(site.role, .seal), opening: stations(far.0.role, .open))
    }
    return Renewal(plan, directions)
  }

  /// The stations of a direction at which packets belong to a generation, in the order of a packet's path.
  private func stations(_ role: RoleName, _ direction: StageKind.Direction) -> [Renewal.Station] {
    let stages = threads.filter { $0.role == role }.flatMap(\.stages)
    return StageKind.wayThrough(direction).compactMap { kind in
      let counters = stages.filter { $0.name == kind.rawValue }.map(\.stage.counters)
      // Packets belong to no generation before they get a number and after they are opened.
      guard !counters.isEmpty, kind != .receive, kind != .transmit else { return nil }
      let (queues, bursts) = waiting(before: kind)
      return Renewal.Station(
        counters, queues: queues, bursts: bursts,
        opens: [.open, .decrypt, .decryptTransmit].contains(kind))
    }
  }

  /// How many queues a thread of a stage receives from at most, and how many bursts each queue holds.
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
    // With a hash a path may have no flow; dealing in turn leaves none without while flows suffice.
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
      // All fragments of a packet come in one queue, and another queue may have the same identification.
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

  /// If both directions have equally many queues, each receive queue is reflected to the transmit queue of
  /// the same number; otherwise frames are spread over the queues by their flow.
  private func makeReflector() throws -> RoleThread {
    let port = try port(.reflector)
    let queues = layout.queues(at: .reflector)
    var stages: [(name: String, stage: AnyStage)] = []
    if plan.fragments == .copied {
      for index in 0..<queues.transmit {
        let queue = port.queue(index)
        let (input, counts) = try ReassemblingInput.make(queue)
        stages.append(("reflect", ForwardStage.make(Reflect(), from: input, to: queue)))
        stages += counts
      }
    } else if plan.isRing, queues.receive == queues.transmit, plan.steering != .hash {
      for index in 0..<queues.transmit {
        let queue = port.queue(index)
        stages.append(("reflect", ForwardStage.make(Reflect(), from: queue, to: queue)))
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

  private func assignCPUs() {
    cpuPositions = threads.map { thread in
      positions.first { $0.thread.role == thread.role && $0.thread.index == thread.index }?.cpu ?? 0
    }

    var options = Core.Options()
    if !plan.isRing { options.stallMicroseconds = 1000 }
    options.restsWhenIdle = !plan.isRing && !isUnshared
    for position in plan.cpus.indices {
      var stages: [AnyStage] = []
      for (thread, own) in zip(threads, cpuPositions) where own == position {
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
  /// - Throws: `DataplaneError.threads` or `.environment`, after stopping the threads already started.
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

  /// Starts or halts the generator, and the fill packets of gateways in this process.
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

  /// The counters of every stage so far.
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

  /// A thread's counters by stage name: stages of the same name (the reflector's queues) are added.
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

  /// A piece of the capture kept in this process, once the threads have stopped; nil if there is none.
  /// - Throws: `DataplaneError.capture`.
  public func captured(from offset: Int) throws -> CapturePiece? {
    plan.keepsCapture ? try captures.first?.piece(from: offset) : nil
  }

  /// The generator's report, once the threads have stopped; nil if the generator is in another process.
  public func generatorReport() -> GeneratorReport? {
    guard let state = generator?.pointee else { return nil }
    return GeneratorReport(state)
  }
}

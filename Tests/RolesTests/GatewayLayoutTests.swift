import Cases
import Model
import Roles
import Testing

/// Threads and queues of the gateways, as they follow from a plan.
@Suite struct GatewayLayoutTests {
  static func plan(_ model: System, _ sealing: Int, _ opening: Int, _ steering: Steering = .queue)
    -> CasePlan
  {
    var plan = CasePlan(
      system: model, aead: nil, threads: sealing + opening, frameBytes: 64, seed: 1, cpus: [])
    plan.sealThreads = sealing
    plan.steering = steering
    return plan
  }

  static func plan(_ assignment: PipelineAssignment) -> CasePlan {
    var plan = CasePlan(
      system: .espPipeline, aead: nil, threads: assignment.threads, frameBytes: 64, seed: 1, cpus: [])
    plan.assignment = assignment
    return plan
  }

  static let runToCompletion: [CasePlan] =
    [System.espMultiSA, .espParallel, .wireguardParallel, .psp, .vpe].flatMap { model in
      [(1, 1), (1, 7), (7, 1), (3, 2), (2, 3), (4, 4), (19, 19), (64, 64)].flatMap { sealing, opening in
        Steering.allCases.map { plan(model, sealing, opening, $0) }
      }
    } + [plan(.null, 1, 1), plan(.espSingle, 1, 1), plan(.null, 3, 3), plan(.espSingle, 1, 1, .software)]

  /// The search's assignments and hand-made ones.
  static let pipelines: [PipelineAssignment] =
    (2...40).compactMap { Assignments.best(threads: $0) } + ((try? Assignments.handMade()) ?? [])

  /// A packet's way from thread to thread, by their numbers in the role.
  struct Edge: Hashable {
    var from: ThreadKey
    var to: ThreadKey
  }
  struct ThreadKey: Hashable {
    var role: RoleName
    var index: Int
  }
  /// A direction of a gateway: where packets come in and go out, and the hand-overs between.
  struct Passage {
    var entries: [Int]
    var exits: [Int]
    var within: [(Int, Int)] = []
  }

  static func passages(_ plan: CasePlan) -> (seal: Passage, open: Passage) {
    guard let assignment = plan.assignment else {
      let isSingle = plan.system == .null || plan.system == .espSingle
      let (sealing, opening) = isSingle ? (1, 1) : (plan.sealing, plan.opening)
      let openers = (0..<opening).map { sealing + $0 }
      let seal = Passage(entries: Array(0..<sealing), exits: Array(0..<sealing))
      guard plan.steering == .software, opening > 1 else {
        return (seal, Passage(entries: openers, exits: openers))
      }
      let steer = sealing + opening
      return (seal, Passage(entries: [steer], exits: openers, within: openers.map { (steer, $0) }))
    }
    func workers(_ direction: DirectionAssignment) -> [Int] {
      (0..<direction.threads).filter { direction.shares[$0] > 0 }
    }
    let receivers = Array(assignment.seal.ioThreadNumbers)
    let encrypters = workers(assignment.seal)
    let seal = Passage(
      entries: receivers.isEmpty ? [0] : receivers, exits: encrypters,
      within: receivers.map { ($0, 0) } + encrypters.map { (0, $0) })
    let first = assignment.seal.threads
    let decrypters = workers(assignment.open)
    let transmitters = Array(assignment.open.ioThreadNumbers)
    let toTransmit =
      transmitters.isEmpty
      ? []
      : decrypters.enumerated().map {
        ($0.element, transmitters[$0.offset % transmitters.count])
      }
    let steerers = Array(assignment.open.dealThreadNumbers)
    let open = Passage(
      entries: steerers, exits: transmitters.isEmpty ? decrypters : Array(Set(toTransmit.map(\.1))),
      within: steerers.flatMap { steerer in decrypters.map { (steerer, $0) } } + toTransmit)
    return (
      seal,
      Passage(
        entries: open.entries.map { first + $0 }, exits: open.exits.map { first + $0 },
        within: open.within.map { (first + $0.0, first + $0.1) })
    )
  }

  /// Every hand-over from one thread to another on a frame's way around.
  static func edges(_ plan: CasePlan) -> Set<Edge> {
    let (seal, open) = passages(plan)
    let end = Passage(entries: [0], exits: [0])
    let way: [(role: RoleName, passage: Passage)] = [
      (.generator, end), (.gatewayA, seal), (.gatewayB, open), (.reflector, end), (.gatewayB, seal),
      (.gatewayA, open), (.generator, end),
    ]
    var edges: Set<Edge> = []
    for step in way {
      for (from, to) in step.passage.within where from != to {
        edges.insert(
          Edge(from: ThreadKey(role: step.role, index: from), to: ThreadKey(role: step.role, index: to)))
      }
    }
    for (here, there) in zip(way, way.dropFirst()) {
      for from in here.passage.exits {
        for to in there.passage.entries {
          edges.insert(
            Edge(from: ThreadKey(role: here.role, index: from), to: ThreadKey(role: there.role, index: to)))
        }
      }
    }
    return edges
  }

  @Test(arguments: runToCompletion) func everyThreadHasOneIndex(plan: CasePlan) throws {
    let threads = try GatewayLayout(plan).threads
    let isSingle = plan.system == .null || plan.system == .espSingle
    let steering = plan.steering == .software && plan.opening > 1 && !isSingle ? 1 : 0
    let each = (isSingle ? 2 : plan.threads) + steering
    for (role, count) in [(RoleName.generator, 1), (.gatewayA, each), (.gatewayB, each), (.reflector, 1)] {
      #expect(threads.filter { $0.role == role }.map(\.index) == Array(0..<count), "\(role)")
    }
  }

  @Test(arguments: pipelines) func everyThreadOfAPipelineHasOneIndex(assignment: PipelineAssignment) throws {
    let threads = try GatewayLayout(Self.plan(assignment)).threads
    for role in [RoleName.gatewayA, .gatewayB] {
      #expect(threads.filter { $0.role == role }.map(\.index) == Array(0..<assignment.threads))
    }
    #expect(threads.count == 2 * assignment.threads + 2)
  }

  /// The hand-overs whose two threads share a CPU once threads are folded onto few.
  static func shared(_ plan: CasePlan, cpus: Int) throws -> [Edge] {
    let threads = try GatewayLayout(plan).threads
    let positions = Placement.positions(hops: threads.map(\.hop), cpus: cpus)
    var cpuOf: [ThreadKey: Int] = [:]
    for (thread, position) in zip(threads, positions) {
      cpuOf[ThreadKey(role: thread.role, index: thread.index)] = position
    }
    return try edges(plan).filter { try #require(cpuOf[$0.from]) == #require(cpuOf[$0.to]) }
  }

  @Test(arguments: runToCompletion, 2...5) func neighboursNeverShareACPU(plan: CasePlan, cpus: Int) throws {
    #expect(try Self.shared(plan, cpus: cpus) == [])
  }

  /// In a pipeline only a thread that runs two stages may share a CPU with a neighbour: packets come to it
  /// and leave it at two positions of their way, which may be an even number of steps apart.
  @Test(arguments: pipelines, 2...5) func onlyAThreadWithTwoStagesSharesACPU(
    assignment: PipelineAssignment, cpus: Int
  ) throws {
    func stages(_ key: ThreadKey) -> Int {
      guard key.role == .gatewayA || key.role == .gatewayB else { return 1 }
      let first = assignment.seal.threads
      return key.index < first
        ? assignment.seal.stages(ofThread: key.index).count
        : assignment.open.stages(ofThread: key.index - first).count
    }
    for edge in try Self.shared(Self.plan(assignment), cpus: cpus) {
      #expect(stages(edge.from) > 1 || stages(edge.to) > 1, "\(edge) of \(assignment)")
    }
  }

  /// Queues at each end: sealing threads, opening threads, by steering.
  static let queues: [(plan: CasePlan, red: Int, black: Int, back: Int)] = [
    (plan(.vpe, 3, 3), 3, 3, 3), (plan(.vpe, 7, 1), 7, 7, 1), (plan(.vpe, 7, 1, .software), 7, 7, 1),
    (plan(.vpe, 7, 2, .software), 7, 7, 2), (plan(.vpe, 1, 7, .software), 1, 1, 7),
    // Each thread that opens has a queue, be it one in which nothing comes.
    (plan(.psp, 7, 2, .software), 7, 7, 2), (plan(.vpe, 1, 7), 1, 7, 7), (plan(.espMultiSA, 2, 3), 2, 3, 3),
    (plan(.null, 5, 5), 1, 1, 1),
  ]

  @Test(arguments: queues.indices) func queuesFollowFromTheThreads(row: Int) throws {
    let (plan, red, black, back) = Self.queues[row]
    let layout = try GatewayLayout(plan)
    for end in [LinkEnd.generator, .reflector] {
      #expect(layout.queues(at: end) == (receive: back, transmit: red))
      #expect(layout.queues(at: end.peer) == (receive: red, transmit: back))
    }
    for end in [LinkEnd.gatewayABlack, .gatewayBBlack] {
      #expect(layout.queues(at: end) == (receive: black, transmit: black))
    }
    let pairs = try plan.queuePairs()
    for end in LinkEnd.allCases {
      let isBlack = end == .gatewayABlack || end == .gatewayBBlack
      #expect(pairs[end] == (isBlack ? black : max(red, back)))
    }
  }

  /// A thread of its own lets packets out once workers are so many that taking in and letting out hold them
  /// up.
  @Test(arguments: [System.espOrdered, .wireguardOrdered])
  func threadsOfAnOrderedGatewayFollowFromTheirWork(system: System) throws {
    func depths(_ count: Int, _ frameBytes: Int) throws -> [Int] {
      var plan = Self.plan(system, count, count)
      plan.frameBytes = frameBytes
      let layout = try GatewayLayout(plan)
      #expect(layout.seal == layout.open && layout.seal.inputs == 1 && layout.seal.outputs == 1)
      return layout.seal.depths
    }
    #expect(try depths(1, 64) == [0])
    #expect(try depths(2, 64) == [0, 1])
    #expect(try depths(4, 64) == [0, 1, 1, 1])
    #expect(try depths(5, 64) == [0, 1, 1, 1, 2])
    #expect(try depths(19, 64) == [0] + Array(repeating: 1, count: 17) + [2])
    #expect(try depths(19, 1420) == [0] + Array(repeating: 1, count: 18))
  }

  @Test(arguments: pipelines) func queuesOfAPipelineFollowFromItsAssignment(assignment: PipelineAssignment)
    throws
  {
    let layout = try GatewayLayout(Self.plan(assignment))
    let receivers = max(assignment.seal.ioThreads, 1)
    let decrypters = assignment.open.shares.count { $0 > 0 }
    let senders = assignment.open.ioThreads > 0 ? assignment.open.ioThreads : decrypters
    #expect(layout.queues(at: .gatewayARed) == (receive: receivers, transmit: senders))
    #expect(layout.queues(at: .generator) == (receive: senders, transmit: receivers))
    // Each thread that encrypts has a queue to each that steers.
    let queues = assignment.seal.shares.count { $0 > 0 } * assignment.open.dealThreads
    #expect(layout.queues(at: .gatewayABlack) == (receive: queues, transmit: queues))
  }
}

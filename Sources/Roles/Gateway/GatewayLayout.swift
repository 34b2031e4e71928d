import Cases
import Model
import Tunnel
import Wire

/// The threads of a gateway in one direction, and the queues that they use.
package struct DirectionLayout: Equatable {
  /// The position of each thread on a packet's path through the direction, from 0.
  package var depths: [Int]
  /// The least number of queues on the link that packets come from.
  package var inputs: Int
  /// The least number of queues on the link that packets go to.
  package var outputs: Int

  /// How many threads a packet passes.
  package var length: Int { (depths.max() ?? 0) + 1 }
}

/// Threads and queues of a gateway. The layout follows from the plan and is the same for both gateways, so
/// every process of a case computes it alone.
package struct GatewayLayout: Equatable {
  /// Red to black.
  package let seal: DirectionLayout
  /// Black to red.
  package let open: DirectionLayout
  /// Whether a thread of each gateway's process impairs what the gateway sends to the black link.
  private let isImpaired: Bool
  /// How many generators, or reflectors, there are; a gateway has a red port to each.
  let replicas: Int

  /// The layout of a plan's gateways.
  /// - Throws: `RoleError.assignment` for a pipeline without one, or one for another number of threads.
  package init(_ plan: CasePlan) throws {
    isImpaired = plan.impairment != nil
    replicas = plan.replicas
    if plan.system.isPipeline {
      let assignment = try plan.pipeline()
      seal = GatewayLayout.seal(assignment.seal, outputs: plan.blackQueues(assignment))
      open = GatewayLayout.open(assignment.open, inputs: seal.outputs)
    } else if plan.system.keepsOrder {
      seal = DirectionLayout(depths: plan.orderedThreads(plan.sealing).depths, inputs: 1, outputs: 1)
      open = DirectionLayout(depths: plan.orderedThreads(plan.opening).depths, inputs: 1, outputs: 1)
    } else {
      let count = plan.isParallel ? plan.sealing : 1
      let opening = plan.isParallel ? plan.opening : 1
      seal = DirectionLayout(depths: Array(repeating: 0, count: count), inputs: count, outputs: count)
      // The steering thread has the highest number, but comes first on a packet's path.
      let steered = plan.hasSteeringThread
      open = DirectionLayout(
        depths: Array(repeating: steered ? 1 : 0, count: opening) + (steered ? [0] : []),
        // Each opening thread has a queue of its own, even if nobody sends to it.
        inputs: steered ? count : max(count, opening), outputs: opening)
    }
  }

  private static func seal(_ direction: DirectionAssignment, outputs: Int) -> DirectionLayout {
    let receivers = direction.ioThreads
    let numbering = receivers > 0 ? 1 : 0
    let depths = (0..<direction.threads).map { thread in
      thread == 0 ? numbering : thread <= receivers ? 0 : numbering + 1
    }
    return DirectionLayout(depths: depths, inputs: max(receivers, 1), outputs: outputs)
  }

  private static func open(_ direction: DirectionAssignment, inputs: Int) -> DirectionLayout {
    let transmitters = direction.ioThreads
    let depths = (0..<direction.threads).map { thread in
      thread < direction.dealThreads ? 0 : thread < direction.threads - transmitters ? 1 : 2
    }
    return DirectionLayout(
      depths: depths, inputs: max(inputs, direction.dealThreads),
      outputs: transmitters > 0 ? transmitters : direction.workers.count)
  }

  /// The queues from which a link end, or each of its ports, receives, and to which it transmits.
  package func queues(at end: LinkEnd) -> (receive: Int, transmit: Int) {
    switch end {
    case .generator, .reflector: (open.outputs / replicas, seal.inputs / replicas)
    case .gatewayARed, .gatewayBRed: (seal.inputs / replicas, open.outputs / replicas)
    case .gatewayABlack, .gatewayBBlack:
      (max(seal.outputs, open.inputs), max(seal.outputs, open.inputs))
    }
  }
}

extension CasePlan {
  /// Whether a direction can have any number of threads.
  var isParallel: Bool { system.runsInParallel }

  /// Whether a separate thread steers packets to the threads that open them.
  var hasSteeringThread: Bool {
    (steering == .software || blackWay == .software) && system.runsInParallel && opening > 1
  }

  /// The black queues of each encrypting thread of a pipeline, to which it sends bursts in turn: on rings one
  /// for each steering thread, so that all of these get the same load, whatever the shares. A device spreads
  /// received packets itself.
  func blackQueuesEach(_ assignment: PipelineAssignment) -> Int {
    let steering = assignment.open.dealThreads
    return isRing && assignment.seal.workers.count * steering <= Self.blackQueuesMax ? steering : 1
  }

  /// Black queues that a pipeline's encrypting threads send to.
  fileprivate func blackQueues(_ assignment: PipelineAssignment) -> Int {
    assignment.seal.workers.count * blackQueuesEach(assignment)
  }

  /// DPDK has 32 ports, and a ring link needs two of them for 16 queues.
  private static var blackQueuesMax: Int { 64 }

  /// The pipeline's assignment.
  /// - Throws: `RoleError.assignment`.
  func pipeline() throws -> PipelineAssignment {
    guard let assignment, assignment.threads == axes.threads else {
      throw RoleError.assignment(threads: axes.threads, assigned: assignment?.threads)
    }
    return assignment
  }
}

extension CasePlan {
  /// The ports of a process that plays some roles.
  package func ports(of roles: Set<RoleName>) -> [Replica<LinkEnd>] {
    LinkEnd.all(replicas).filter { $0.isOf(roles, replica) }
  }

  /// The queue pairs that a device needs at each end, where queues come in pairs.
  /// - Throws: `RoleError.assignment`.
  public func queuePairs() throws -> [LinkEnd: Int] {
    let layout = try GatewayLayout(self)
    return Dictionary(
      uniqueKeysWithValues: LinkEnd.allCases.map { end in
        let queues = layout.queues(at: end)
        return (end, max(queues.receive, queues.transmit))
      })
  }

  /// The largest IP packet that passes an end.
  package func mtuBytes(at end: LinkEnd) -> Int {
    (end.isBlack ? blackFrameBytes : axes.frameBytes) - Ethernet.headerBytes - Ethernet.frameCheckBytes
  }

  /// Bytes of the frame on the black link that carries the plan's frame, frame check sequence included.
  public var blackFrameBytes: Int {
    let packet = axes.frameBytes - Ethernet.headerBytes - Ethernet.frameCheckBytes
    let inner = axes.paddedSizes?.padded(packet) ?? packet
    let sealed = system.format?.facts.sealedBytes(inner: inner) ?? inner
    return blackHeaderBytes + sealed + Ethernet.frameCheckBytes
  }

  /// The UDP port that sealed packets lie in: the plan's, or else their format's; nil if directly in IP.
  var udpPort: UInt16? { encapsulation.udpPort ?? system.format?.facts.udpPort }

  /// Bytes before a sealed packet on the black link.
  private var blackHeaderBytes: Int {
    let udp = udpPort == nil ? 0 : UDP.headerBytes
    return Ethernet.headerBytes + (encapsulation.isIPv6 ? IPv6.headerBytes : IPv4.headerBytes) + udp
  }

  /// Bytes before the inner packet in the frames that arrive at an end.
  package func bytesBeforeInner(at end: LinkEnd) -> Int {
    guard end.isBlack else { return Ethernet.headerBytes }
    return blackHeaderBytes + (system.format?.facts.headerBytes ?? 0)
  }
}

extension DirectionAssignment {
  /// The threads that encrypt or decrypt, alone or beside other stages.
  var workers: [Int] { shares.indices.filter { shares[$0] > 0 } }
  /// The shares of `workers`.
  var workerShares: [Int] { workers.map { shares[$0] } }
}

extension StageKind {
  /// All stages that a direction may have, in the order in which a packet meets them.
  package static func wayThrough(_ direction: Direction) -> [StageKind] {
    switch direction {
    case .seal: [.receive, .number, .receiveNumber, .encrypt, .releaseSealed, .seal]
    case .open: [.dispatch, .steer, .decrypt, .decryptTransmit, .transmit, .release, .open]
    }
  }
}

/// A thread of a case: its role and number, and where it is on a frame's way.
package struct ThreadPosition: Equatable {
  /// The thread's role.
  package let role: RoleName
  /// Its number in the role, from 0.
  package let index: Int
  /// Its position on a frame's round trip; the generator is 0.
  package let hop: Int
}

extension GatewayLayout {
  /// The threads of some roles, in the order in which they are made.
  package func threads(of roles: Set<RoleName>) -> [ThreadPosition] {
    threads.filter { roles.contains($0.role) }
  }

  /// Every thread of a case, in the order in which they are made.
  package var threads: [ThreadPosition] {
    let around = seal.length + open.length
    func gateway(_ role: RoleName, seals: Int, opens: Int) -> [ThreadPosition] {
      var hops = seal.depths.map { seals + $0 } + open.depths.map { opens + $0 }
      // The impairer shares the hop of the last sealing thread, so that packets still cross caches behind it.
      if isImpaired { hops.append(seals + seal.length - 1) }
      return hops.enumerated().map { ThreadPosition(role: role, index: $0.offset, hop: $0.element) }
    }
    return [ThreadPosition(role: .generator, index: 0, hop: 0)]
      + gateway(.gatewayA, seals: 1, opens: 2 + around + seal.length)
      + gateway(.gatewayB, seals: 2 + around, opens: 1 + seal.length)
      + [ThreadPosition(role: .reflector, index: 0, hop: 1 + around)]
  }
}

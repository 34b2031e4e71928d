import Cases
import Crypto
import Dataplane
import Model
import Tunnel
import Wire

/// Everything that a gateway's threads are made from. The models in the other files only say which thread
/// does what.
package final class GatewaySite {
  let plan: CasePlan
  let role: RoleName
  let layout: GatewayLayout
  private let red: LinkPort
  private let black: LinkPort
  /// The NUMA node of each thread, by number; empty on a host with a single node.
  private let nodes: [Int?]
  private var keys: [AEADKeys] = []
  private var scratches: [AEADScratch] = []
  private var handOvers: [AnyObject] = []
  private var onDeinit: [() -> Void] = []
  /// The buffers for fill packets, and the flag that halts them.
  var filling: (source: PacketSource, isHalted: UnsafePointer<UInt64>)?
  /// The buffers for fragments, where packets are cut.
  var pieces: PacketSource?
  /// The sides that a control thread renews, where associations are renewed.
  var renewedSealing: (any RenewedSealing)?
  var renewedOpening: (any RenewedOpening)?

  package init(
    _ plan: CasePlan, _ role: RoleName, red: LinkPort, black: LinkPort, nodes: [Int?] = []
  ) throws {
    guard plan.padBytes == 0 || (plan.system.pads && !plan.classesApart),
      !plan.isRenewed || (plan.system.renews && plan.canRenew),
      plan.axes.fillRate == 0 || (plan.system.pads && plan.canFill),
      plan.fragments == .none || (plan.system.cutsInGateways && plan.canCut)
    else { throw RoleError.system(plan.system) }
    self.plan = plan
    self.role = role
    layout = try GatewayLayout(plan)
    self.red = red
    self.black = black
    self.nodes = nodes
  }

  deinit { onDeinit.forEach { $0() } }

  private var isA: Bool { role == .gatewayA }

  /// The direction in which this gateway seals; it opens the other.
  var sealing: TestKeys.Direction { isA ? .aToB : .bToA }
  /// The direction in which this gateway opens.
  var opening: TestKeys.Direction { isA ? .bToA : .aToB }

  private func algorithm() throws -> AEADAlgorithm {
    guard let algorithm = plan.aead.flatMap(AEADAlgorithm.init(rawValue:)) else {
      throw RoleError.aead(plan.aead)
    }
    return algorithm
  }

  /// The keys of a direction, or of its child association `number`, and, where associations are renewed, of a
  /// generation.
  func keys(_ direction: TestKeys.Direction, number: Int = 0, generation: Int = 0) throws -> TestKeys {
    let keys = plan.keys(try algorithm(), direction, number: number, generation: generation)
    guard plan.system != .vpe || plan.encapsulation.udpPort == nil || keys.vpe.mayLieInUDP else {
      throw RoleError.senderInUDP(keys.vpe.sender)
    }
    return keys
  }

  /// Many associations of a direction, for tables.
  func associations(
    _ direction: TestKeys.Direction, _ numbers: [Int], generations: Int = 1
  ) throws -> AssociationSet {
    let set = try AssociationSet(
      numbers.map { try keys(direction, number: $0) }, format: plan.system.format, generations: generations)
    atEnd { withExtendedLifetime(set) {} }
    return set
  }

  /// The association's key, which any number of threads may use.
  func key(_ keys: TestKeys) throws -> AEADKeys {
    let key = try keys.material().expanded()
    self.keys.append(key)
    return key
  }

  /// A key, ready for one thread.
  func aead(_ key: AEADKeys) throws -> AEAD {
    let scratch = try AEADScratch()
    scratches.append(scratch)
    return key.aead(scratch)
  }

  /// The windows of a sender that a thread owns.
  func ownership(of windows: Int, owned: (UInt16) -> Bool) -> WindowOwnership {
    let ownership = WindowOwnership(count: windows, size: plan.windowSize, owned: owned)
    atEnd { ownership.deallocate() }
    return ownership
  }

  /// An opener with empty windows.
  func opener<Format: TunnelFormat>(
    _ format: Format.Type, _ keys: TestKeys, _ key: AEADKeys, _ ownership: WindowOwnership
  ) throws -> Format.Opener {
    let memory = UnsafeMutableRawPointer.allocateLines(format.windowBytes(ownership))
    atEnd { memory.deallocate() }
    let association = format.association(try keys.material().terms)
    return format.opener(association, aead: try aead(key), ownership, top: 0, in: memory)
  }

  /// Runs `action` when the gateway goes.
  func atEnd(_ action: @escaping () -> Void) { onDeinit.append(action) }

  // MARK: - Where packets come from and go to

  /// The red queues from which a thread receives.
  func redInput(_ index: Int) -> RoundRobin<PortQueue> { red.queues(index, of: layout.seal.inputs) }
  /// The red queue to which a thread transmits.
  func redOutput(_ index: Int) -> PortQueue { red.queue(index) }
  /// The black queues from which one of `threads` threads receives.
  func blackInput(_ index: Int, of threads: Int) -> RoundRobin<PortQueue> {
    black.queues(index, of: threads)
  }
  /// The black queue to which a thread transmits.
  func blackOutput(_ index: Int) -> PortQueue { black.queue(index) }
  /// The `count` black queues to which a thread transmits its bursts in turn.
  func blackOutput(_ index: Int, each count: Int) -> Turns<PortQueue> {
    let turns = Turns((0..<count).map { black.queue(index * count + $0) })
    atEnd { turns.deallocate() }
    return turns
  }

  /// A ring to another thread of the gateway, with room for a share (0 to 1) of the packets under way.
  func handOver(_ name: String, share: Double = 1) throws -> HandOverQueue {
    let ring = try HandOver(name: "\(role.rawValue).\(name)", slots: plan.slots(share: share, isBlack: true))
    handOvers.append(ring)
    return ring.queue
  }

  /// The same kind of ring for packets with sequence numbers.
  func numberedHandOver(_ name: String, share: Double) throws -> NumberedHandOver {
    let ring = try NumberedHandOver(
      name: "\(role.rawValue).\(name)", slots: plan.slots(share: share, isBlack: true))
    handOvers.append(ring)
    return ring
  }

  // MARK: - Steps

  /// The IP protocol of sealed packets that lie directly in IP.
  var protocolNumber: UInt8 { plan.protocolNumber }

  /// Bytes before a sealed packet on the black link.
  var outerBytes: Int { outerHeader(protocol: 0, thread: 0).bytes }

  private func outerHeader(protocol number: UInt8, thread: Int) -> OuterHeader {
    OuterHeader(
      fromA: isA, isIPv6: plan.encapsulation.isIPv6, protocol: number, udpPort: plan.udpPort,
      sourcePort: plan.sourcePort(ofThread: thread, sealing))
  }

  private var policy: TunnelPolicy { plan.policy }

  /// A sealing stage; it counts as a hop if the plan says so.
  func sealStage<S: PacketSealer, I: BurstInput, O: BurstOutput>(
    _ sealer: S, protocol number: UInt8, thread: Int = 0, from input: I, to output: O
  ) -> AnyStage {
    let seal = seal(sealer, protocol: number, thread: thread)
    guard policy.copiesFields else { return ForwardStage.make(seal, from: input, to: output) }
    return ForwardStage.make(
      HopSeal(seal, isOuterIPv6: plan.encapsulation.isIPv6), from: input, to: output)
  }

  /// An opening stage, followed by the checks and the hop that the plan asks for.
  func openStage<P: PacketOpener, I: BurstInput, O: BurstOutput>(
    _ opener: P, protocol number: UInt8, thread: Int = 0, from input: I, to output: O
  ) -> AnyStage {
    let open = open(opener, protocol: number, thread: thread)
    guard policy.copiesFields || policy.checksSelectors else {
      return ForwardStage.make(open, from: input, to: output)
    }
    let arrival = Arrival(policy, .toHost(isA: isA))
    return ForwardStage.make(
      HopOpen(open, arrival, isOuterIPv6: plan.encapsulation.isIPv6), from: input, to: output)
  }

  /// The transform of an inner packet's frame into the sealed packet's.
  func seal<S: PacketSealer>(_ sealer: S, protocol number: UInt8, thread: Int = 0) -> Seal<S, OuterHeader> {
    Seal(sealer: sealer, outer: outerHeader(protocol: number, thread: thread))
  }

  /// The transform of a sealed packet's frame into the inner packet's.
  func open<O: PacketOpener>(
    _ opener: O, protocol number: UInt8, thread: Int = 0
  ) -> Open<O, OuterCheck> {
    let red = Replica<LinkEnd>(isA ? .gatewayARed : .gatewayBRed, thread % plan.replicas)
    return Open(
      opener: opener, outer: outerCheck(protocol: number), ethernet: EthernetTemplate(from: red))
  }

  /// The check of the outer headers of packets to this gateway.
  func outerCheck(protocol number: UInt8) -> OuterCheck {
    OuterCheck(toA: isA, isIPv6: plan.encapsulation.isIPv6, protocol: number, udpPort: plan.udpPort)
  }

  // MARK: - Threads

  /// The number of a direction's thread in the role; sealing threads come before opening ones.
  private func number(_ direction: StageKind.Direction, _ index: Int) -> Int {
    direction == .seal ? index : layout.seal.depths.count + index
  }

  /// A thread of a direction.
  func thread(
    _ direction: StageKind.Direction, _ index: Int, _ stages: [(name: String, stage: AnyStage)]
  ) -> RoleThread {
    RoleThread(role: role, index: number(direction, index), stages: stages)
  }

  /// Runs `make` with memory on the NUMA node of a direction's thread.
  package func near<Made>(
    _ direction: StageKind.Direction, _ index: Int, _ make: () throws -> Made
  ) rethrows -> Made {
    let number = number(direction, index)
    return try MemoryNode.on(number < nodes.count ? nodes[number] : nil, make)
  }

  /// Runs `make` for each of a direction's first `count` threads, with memory on the thread's node.
  package func each<Made>(
    _ direction: StageKind.Direction, _ count: Int, _ make: (Int) throws -> Made
  ) rethrows -> [Made] {
    try (0..<count).map { index in try near(direction, index) { try make(index) } }
  }

  /// A thread with a single stage.
  func thread(_ index: Int, _ kind: StageKind, _ stage: AnyStage) -> RoleThread {
    thread(kind.direction, index, [(kind.rawValue, stage)])
  }

  /// Sealing thread `index`, which runs from red to black to completion.
  func sealThread<S: PacketSealer>(_ index: Int, _ sealer: S, protocol number: UInt8) -> RoleThread {
    if let filling { return fillThread(index, sealer, protocol: number, filling) }
    if let pieces { return cutThread(index, sealer, protocol: number, pieces) }
    let (red, black) = (redInput(index), blackOutput(index))
    // The systems that pad have one of these sealers.
    let stage =
      switch (plan.axes.paddedSizes, sealer) {
      case (let sizes?, let esp as ESPSealer):
        sealStage(PaddingSealer(esp, to: sizes), protocol: number, thread: index, from: red, to: black)
      case (let sizes?, let vpe as VPESealer):
        sealStage(PaddingSealer(vpe, to: sizes), protocol: number, thread: index, from: red, to: black)
      default: sealStage(sealer, protocol: number, thread: index, from: red, to: black)
      }
    return thread(index, .seal, stage)
  }

  /// A sealing thread with a sealer for each of its windows: a single one, or one for each traffic class.
  func sealThread<S: PacketSealer>(
    _ index: Int, protocol number: UInt8, _ sealer: (_ window: Int) throws -> S
  ) throws -> RoleThread {
    let windows = plan.windows(of: index)
    guard windows.count > 1 else { return sealThread(index, try sealer(windows[0]), protocol: number) }
    let classes = ClassSealer(try windows.map(sealer))
    atEnd { classes.deallocate() }
    // The black link sees a packet's class in the outer header, which only a hop writes.
    let hop = HopSeal(
      seal(classes, protocol: number, thread: index), isOuterIPv6: plan.encapsulation.isIPv6)
    return thread(index, .seal, ForwardStage.make(hop, from: redInput(index), to: blackOutput(index)))
  }

  /// The opening threads, which run from black to red to completion.
  func openThreads<O: PacketOpener>(_ openers: [O], protocol number: UInt8) -> [RoleThread] {
    each(.open, openers.count) { index in
      let stage = openStage(
        openers[index], protocol: number, thread: index, from: blackInput(index, of: openers.count),
        to: redOutput(index))
      return thread(index, .open, stage)
    }
  }

  /// The opening threads, and, if packets do not arrive in the right queues, a steering thread before them.
  func openThreads<O: PacketOpener, C: PacketChooser>(
    _ openers: [O], protocol number: UInt8, steeredBy chooser: C
  ) throws -> [RoleThread] {
    guard plan.hasSteeringThread else {
      guard plan.fragments == .outer else { return openThreads(openers, protocol: number) }
      return [try reassemblingThread(openers[0], protocol: number)]
    }
    var rings: [HandOverQueue] = []
    let threads = try each(.open, openers.count) { index in
      let ring = try handOver("open.\(index)")
      rings.append(ring)
      let stage = openStage(
        openers[index], protocol: number, thread: index, from: ring, to: redOutput(index))
      return thread(index, .open, stage)
    }
    let steering = try near(.open, openers.count) { try steeringStages(chooser, to: rings) }
    return threads + [thread(.open, openers.count, steering)]
  }

  /// The threads of the plan's system.
  func threads() throws -> [RoleThread] {
    if plan.isSink { return gatewaySink(self) }
    return switch plan.system {
    case .null: gatewayNull(self)
    case .espPipeline, .espPipelinePaper: try gatewayESPPipeline(self)
    case let system where system.sharesNumbers: try gatewayShared(GatewayParallel(site: self), plan)
    case let system where system.keepsOrder: try gatewayShared(GatewayOrdered(site: self), plan)
    case _ where plan.isRenewed: try gatewayRenewed(self)
    case .espMultiSA: try gatewayESPMultiSA(self)
    default: try gatewayWindows(self)
    }
  }
}

extension CasePlan {
  /// Packets in a process's pool: all that may be in flight, and those held elsewhere.
  ///
  /// A device holds buffers in each of its queues: posted receive buffers, and sent ones until their slots
  /// are used again. Every thread may hold a burst, and every core has a cache of packets that no other core
  /// can take.
  package func poolPackets(_ layout: GatewayLayout, roles: Set<RoleName>, threads: Int) -> Int {
    let underWay = Double(inFlightFrames) * (impairment?.growth ?? 1) * piecesOfFrame
    let ports = isRing ? [] : ports(of: roles)
    let queues = ports.reduce(0) {
      $0 + 2 * max(layout.queues(at: $1.kind).receive, layout.queues(at: $1.kind).transmit)
    }
    let held = queues * Port.descriptors + threads * Burst.capacity + cpus.count * PacketPool.cachedOfCore
    return Int(underWay) + 8192 + held + 2 * fillsUnderWay
  }

  /// Slots of a ring for a share of the packets under way: enough that a thread that lags for a while loses
  /// none, and no more, for the slots occupy cache.
  /// - Parameter isBlack: whether an attacker's packets and fill packets pass the ring, too.
  package func slots(share: Double, isBlack: Bool = false) -> Int {
    let underWay = Double(inFlightFrames) * (isBlack ? impairment?.growth ?? 1 : 1) * piecesOfFrame
    // A share may come in whole bursts; all packets together are bounded by the generator's limit.
    let wanted = Int(share < 1 ? 4 * share * underWay : underWay) + (isBlack ? fillsUnderWay : 0)
    var slots = 1024
    while slots < wanted + 2 * Burst.capacity { slots *= 2 }
    return slots
  }
}

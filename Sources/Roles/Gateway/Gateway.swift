import Cases
import Crypto
import Dataplane
import Model
import Tunnel
import Wire

/// Where a gateway stands and what it needs: the models below only say which thread does what.
package final class GatewaySite {
  let plan: CasePlan
  let role: RoleName
  let layout: GatewayLayout
  private let red: LinkPort
  private let black: LinkPort
  /// The NUMA node of each thread, by its number; none where there is one node.
  private let nodes: [Int?]
  private var keys: [AEADKeys] = []
  private var scratches: [AEADScratch] = []
  private var handOvers: [AnyObject] = []
  private var onDeinit: [() -> Void] = []
  /// Where fill packets come from, and the flag that is set while none are to be made.
  var filling: (source: PacketSource, isHalted: UnsafePointer<UInt64>)?
  /// Where pieces of packets come from, where these are cut.
  var pieces: PacketSource?
  /// What a control thread renews here, where associations are renewed.
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

  /// Key and association of a direction; of its child association `number` where there are several, in a
  /// generation where they are renewed.
  func keys(_ direction: TestKeys.Direction, number: Int = 0, generation: Int = 0) throws -> TestKeys {
    let keys = plan.keys(try algorithm(), direction, number: number, generation: generation)
    guard plan.system != .vpe || plan.encapsulation.udpPort == nil || keys.vpe.mayLieInUDP else {
      throw RoleError.senderInUDP(keys.vpe.sender)
    }
    return keys
  }

  /// The same of many associations, for tables of them.
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

  /// Which of a sender's windows a thread owns.
  func ownership(of windows: Int, owned: (UInt16) -> Bool) -> WindowOwnership {
    let ownership = WindowOwnership(count: windows, size: plan.windowSize, owned: owned)
    atEnd { ownership.deallocate() }
    return ownership
  }

  /// An opener with nothing seen.
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

  /// The red queues of one of the threads that receive from there.
  func redInput(_ index: Int) -> RoundRobin<PortQueue> { red.queues(index, of: layout.seal.inputs) }
  /// The red queue of one of the threads that transmit to there.
  func redOutput(_ index: Int) -> PortQueue { red.queue(index) }
  /// The black queues of one of `threads` threads that receive from there.
  func blackInput(_ index: Int, of threads: Int) -> RoundRobin<PortQueue> {
    black.queues(index, of: threads)
  }
  /// The black queue of one of the threads that transmit to there.
  func blackOutput(_ index: Int) -> PortQueue { black.queue(index) }
  /// The `count` black queues of one of the threads that transmit to there, for its bursts in turn.
  func blackOutput(_ index: Int, each count: Int) -> Turns<PortQueue> {
    let turns = Turns((0..<count).map { black.queue(index * count + $0) })
    atEnd { turns.deallocate() }
    return turns
  }

  /// A ring to another thread of the gateway, for a share (0 to 1) of what is under way.
  func handOver(_ name: String, share: Double = 1) throws -> HandOverQueue {
    let ring = try HandOver(name: "\(role.rawValue).\(name)", slots: plan.slots(share: share, isBlack: true))
    handOvers.append(ring)
    return ring.queue
  }

  /// The same for packets with numbers.
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

  /// A stage that seals, as a hop where the plan asks for it.
  func sealStage<S: PacketSealer, I: BurstInput, O: BurstOutput>(
    _ sealer: S, protocol number: UInt8, thread: Int = 0, from input: I, to output: O
  ) -> AnyStage {
    let seal = seal(sealer, protocol: number, thread: thread)
    guard policy.copiesFields else { return ForwardStage.make(seal, from: input, to: output) }
    return ForwardStage.make(
      HopSeal(seal, isOuterIPv6: plan.encapsulation.isIPv6), from: input, to: output)
  }

  /// A stage that opens, with what the plan asks for behind that.
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

  /// From an inner packet's frame to the sealed packet's.
  func seal<S: PacketSealer>(_ sealer: S, protocol number: UInt8, thread: Int = 0) -> Seal<S, OuterHeader> {
    Seal(sealer: sealer, outer: outerHeader(protocol: number, thread: thread))
  }

  /// From a sealed packet's frame to the inner packet's.
  func open<O: PacketOpener>(
    _ opener: O, protocol number: UInt8, thread: Int = 0
  ) -> Open<O, OuterCheck> {
    let red = Replica<LinkEnd>(isA ? .gatewayARed : .gatewayBRed, thread % plan.replicas)
    return Open(
      opener: opener, outer: outerCheck(protocol: number), ethernet: EthernetTemplate(from: red))
  }

  /// What the outer headers of packets to this gateway must be.
  func outerCheck(protocol number: UInt8) -> OuterCheck {
    OuterCheck(toA: isA, isIPv6: plan.encapsulation.isIPv6, protocol: number, udpPort: plan.udpPort)
  }

  // MARK: - Threads

  /// The number of a direction's thread; those that seal are numbered before those that open.
  private func number(_ direction: StageKind.Direction, _ index: Int) -> Int {
    direction == .seal ? index : layout.seal.depths.count + index
  }

  /// A thread of a direction.
  func thread(
    _ direction: StageKind.Direction, _ index: Int, _ stages: [(name: String, stage: AnyStage)]
  ) -> RoleThread {
    RoleThread(role: role, index: number(direction, index), stages: stages)
  }

  /// Has what a direction's thread needs be made on its node.
  package func near<Made>(
    _ direction: StageKind.Direction, _ index: Int, _ make: () throws -> Made
  ) rethrows -> Made {
    let number = number(direction, index)
    return try MemoryNode.on(number < nodes.count ? nodes[number] : nil, make)
  }

  /// The same for each of the first `count` threads of a direction.
  package func each<Made>(
    _ direction: StageKind.Direction, _ count: Int, _ make: (Int) throws -> Made
  ) rethrows -> [Made] {
    try (0..<count).map { index in try near(direction, index) { try make(index) } }
  }

  /// The same with one stage.
  func thread(_ index: Int, _ kind: StageKind, _ stage: AnyStage) -> RoleThread {
    thread(kind.direction, index, [(kind.rawValue, stage)])
  }

  /// Thread `index` of those that seal from red to black, to completion.
  func sealThread<S: PacketSealer>(_ index: Int, _ sealer: S, protocol number: UInt8) -> RoleThread {
    if let filling { return fillThread(index, sealer, protocol: number, filling) }
    if let pieces { return cutThread(index, sealer, protocol: number, pieces) }
    let (red, black) = (redInput(index), blackOutput(index))
    // Of the systems that pad, which have one of these.
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

  /// The same with a sealer for each of the thread's windows, which are one or one for each traffic class.
  func sealThread<S: PacketSealer>(
    _ index: Int, protocol number: UInt8, _ sealer: (_ window: Int) throws -> S
  ) throws -> RoleThread {
    let windows = plan.windows(of: index)
    guard windows.count > 1 else { return sealThread(index, try sealer(windows[0]), protocol: number) }
    let classes = ClassSealer(try windows.map(sealer))
    atEnd { classes.deallocate() }
    // The black link tells classes by the outer header, which a hop alone writes.
    let hop = HopSeal(
      seal(classes, protocol: number, thread: index), isOuterIPv6: plan.encapsulation.isIPv6)
    return thread(index, .seal, ForwardStage.make(hop, from: redInput(index), to: blackOutput(index)))
  }

  /// The threads that open from black to red, to completion.
  func openThreads<O: PacketOpener>(_ openers: [O], protocol number: UInt8) -> [RoleThread] {
    each(.open, openers.count) { index in
      let stage = openStage(
        openers[index], protocol: number, thread: index, from: blackInput(index, of: openers.count),
        to: redOutput(index))
      return thread(index, .open, stage)
    }
  }

  /// The same, and, where packets do not come in the right queue, one before them that steers.
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

  /// The threads of the plan's model.
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
  /// Packets of a process's pool: all that may be in flight, and what lies about elsewhere.
  ///
  /// A device keeps buffers in each of its queues, the received ones posted and the sent ones until their
  /// slots are used again; every thread may hold a burst, and every core has a cache of packets that no
  /// other can take.
  package func poolPackets(_ layout: GatewayLayout, roles: Set<RoleName>, threads: Int) -> Int {
    let underWay = Double(inFlightFrames) * (impairment?.growth ?? 1) * piecesOfFrame
    let ports = isRing ? [] : ports(of: roles)
    let queues = ports.reduce(0) {
      $0 + 2 * max(layout.queues(at: $1.kind).receive, layout.queues(at: $1.kind).transmit)
    }
    let held = queues * Port.descriptors + threads * Burst.capacity + cpus.count * PacketPool.cachedOfCore
    return Int(underWay) + 8192 + held + 2 * fillsUnderWay
  }

  /// Slots of a ring that takes a share of what is under way: so many that a thread that lags for a while
  /// loses nothing, and no more, for a ring's slots are memory that a cache must hold.
  /// - Parameter isBlack: whether an attacker's packets pass, too.
  package func slots(share: Double, isBlack: Bool = false) -> Int {
    let underWay = Double(inFlightFrames) * (isBlack ? impairment?.growth ?? 1 : 1) * piecesOfFrame
    // A share may come in lumps of a burst; a whole is bounded by what the generator keeps under way.
    let wanted = Int(share < 1 ? 4 * share * underWay : underWay) + (isBlack ? fillsUnderWay : 0)
    var slots = 1024
    while slots < wanted + 2 * Burst.capacity { slots *= 2 }
    return slots
  }
}

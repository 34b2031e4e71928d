import Crypto
import Dataplane
import Tunnel
import Wire

/// What stands before and behind one gateway that is measured alone: generator, gateway B and reflector at
/// once, on one core (see `FeedPlan`).
public final class Feed {
  private let plan: FeedPlan
  private let environment: EAL
  private let ports: FeedPorts
  private let site: GatewaySite
  private let frame: TestFrame
  private let samples = ArrivalSamples()
  private var sealer: any FeedSealer
  private var checker: any FeedChecker
  /// Frames that have been made so far: each number once in the feed's life.
  private var made: UInt64 = 0

  /// - Throws: `RoleError`, `CryptoError`.
  init(_ plan: FeedPlan, _ ports: FeedPorts, environment: EAL) throws {
    (self.plan, self.ports, self.environment) = (plan, ports, environment)
    site = try GatewaySite(plan.gateway, .gatewayB, red: ports.red, black: ports.black)
    frame = try TestFrame(frameMemoryBytes: plan.gateway.frameMemoryBytes, seed: plan.gateway.seed)
    (sealer, checker) = try site.feedFormat()
  }

  deinit { frame.deallocate() }

  /// Whether both of the gateway's ports are connected.
  public var areLinksUp: Bool { ports.areUp }

  /// Makes the frames of a turn, runs it, and looks into what has arrived.
  /// - Throws: `DataplaneError`, `RoleError`.
  public func run(_ turn: FeedTurn) throws -> FeedReport {
    let isSeal = turn.side == .seal
    let growth = isSeal ? 0 : sealer.growth
    // The frame that is sent begins with a line of the cache, as it does behind a NIC.
    let offset = 64
    let room = offset + growth + frame.bytes + (isSeal ? 0 : sealer.tailroomBytes)
    let slots = ports.store.slots(of: (room + 63) / 64 * 64)
    let wanted = min(turn.frames ?? plan.framesMax, plan.framesMax)
    // Frames to be sealed may come again, and so from the cache; one to be opened comes once.
    let frames = min(slots.count, isSeal ? min(wanted, Feed.framesToSeal) : wanted)
    var bytes = frame.bytes
    for index in 0..<frames {
      let packet = slots.packet(index, offset: offset + growth, bytes: frame.bytes)
      write(packet, ordinal: made + UInt64(index) + 1)
      if !isSeal, !sealer.seal(packet) { throw RoleError.frameBytes(plan.gateway.frameBytes) }
      bytes = packet.count
    }
    made += UInt64(frames)

    samples.clear()
    var loop = FeedLoop(
      slots: slots, frames: frames, offset: offset, bytes: bytes, copies: turn.copies,
      total: (isSeal ? min(wanted, slots.count) : frames) * turn.copies,
      output: (isSeal ? ports.red : ports.black).queue(0), input: (isSeal ? ports.black : ports.red).queue(0),
      samples: samples)
    defer { loop.deallocate() }
    try environment.run { loop.run() }

    var report = loop.report
    for index in 0..<samples.count {
      report.checked += 1
      if !(isSeal ? isSealed(samples[index]) : isOpened(samples[index])) { report.wrong += 1 }
    }
    return report
  }

  private static let framesToSeal = 1024

  private func write(_ packet: Packet, ordinal: UInt64) {
    let flow = UInt16(truncatingIfNeeded: ordinal % UInt64(plan.gateway.flows))
    frame.write(to: packet.data, stamp: ordinal, time: 0, flow: flow)
  }

  /// Whether a frame opens, and is then what was sent to be sealed.
  private func isSealed(_ arrived: UnsafeMutableRawBufferPointer) -> Bool {
    guard let inner = checker.open(arrived), inner.count >= frame.bytes - Ethernet.headerBytes,
      let start = UnsafeMutableRawPointer(mutating: inner.baseAddress)
    else { return false }
    Feed.undoHop(start)
    let stamp = start.loadLittle(TestFrame.stampOffset - Ethernet.headerBytes, as: UInt64.self)
    let expected = UnsafeMutableRawPointer.allocate(byteCount: frame.bytes, alignment: 64)
    defer { expected.deallocate() }
    let flow = UInt16(truncatingIfNeeded: stamp % UInt64(plan.gateway.flows))
    frame.write(to: expected, stamp: stamp, time: 0, flow: flow)
    let packet = UnsafeRawBufferPointer(start: expected, count: frame.bytes)[Ethernet.headerBytes...]
    return stamp > 0 && packet.elementsEqual(inner.prefix(packet.count))
  }

  /// A gateway of somebody else may count as a hop, as a router does: one less to live, and the header's
  /// checksum right again.
  private static func undoHop(_ ip: UnsafeMutableRawPointer) {
    let hops = ip.load(fromByteOffset: IPv4.timeToLiveOffset, as: UInt8.self)
    guard hops == IPv4.timeToLive - 1, Checksum.isValidHeader20(UnsafeRawPointer(ip)) else { return }
    ip.storeBytes(of: IPv4.timeToLive, toByteOffset: IPv4.timeToLiveOffset, as: UInt8.self)
    ip.storeBig(UInt16(0), IPv4.checksumOffset)
    ip.storeBig(Checksum.ofHeader20(UnsafeRawPointer(ip)), IPv4.checksumOffset)
  }

  /// Whether a frame is what the generator would accept.
  private func isOpened(_ arrived: UnsafeMutableRawBufferPointer) -> Bool {
    guard let start = arrived.baseAddress, arrived.count >= frame.bytes else { return false }
    Feed.undoHop(start + Ethernet.headerBytes)
    return frame.judge(start, count: arrived.count) == .intact
  }
}

/// The feed's ends of the links, and its memory: made once in a process, for memif's devices cannot be taken
/// away, while gateways come and go at their other ends.
final class FeedPorts {
  let red: LinkPort
  let black: LinkPort
  let store: FrameStore
  private let pool: PacketPool

  init(_ plan: FeedPlan) throws {
    pool = try PacketPool(name: "feed", count: 8192)
    store = try FrameStore(bytes: plan.storeBytes, pool: pool)
    let pool = pool
    func open(_ end: LinkEnd) throws -> LinkPort {
      guard let devargs = plan.gateway.devices?[end] else { throw RoleError.noDevice(end) }
      return LinkPort(
        try Port(name: end.rawValue, devargs: devargs, pool: pool, Port.Options()), receiveQueues: 1)
    }
    red = try open(.generator)
    black = try open(.gatewayBBlack)
  }

  var areUp: Bool { red.isUp && black.isUp }
}

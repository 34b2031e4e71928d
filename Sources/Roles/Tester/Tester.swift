import Crypto
import Dataplane
import Wire

/// The tester of a DUT that is a single gateway: it plays generator, gateway B and reflector on one core (see
/// `TesterPlan`).
public final class Tester {
  private let plan: TesterPlan
  private let environment: EAL
  private let ports: TesterPorts
  private let site: GatewaySite
  private let frame: TestFrame
  private let samples = ArrivalSamples()
  private var sealer: any TesterSealer
  private var judge: ArrivalJudge
  /// Frames made so far: no number is used twice in the tester's life.
  private var made: UInt64 = 0

  /// - Throws: `RoleError`, `CryptoError`.
  init(_ plan: TesterPlan, _ ports: TesterPorts, environment: EAL) throws {
    (self.plan, self.ports, self.environment) = (plan, ports, environment)
    site = try GatewaySite(plan.gateway, .gatewayB, red: ports.red, black: ports.black)
    frame = try TestFrame(
      frameMemoryLengths: plan.gateway.frameMemoryLengths, seed: plan.gateway.seed,
      version: plan.gateway.innerVersion)
    let checker: any TesterChecker
    (sealer, checker) = try site.testerFormat()
    judge = ArrivalJudge(plan.gateway, frame, checker)
  }

  deinit {
    frame.deallocate()
    samples.deallocate()
  }

  /// Whether both of the DUT's ports are connected.
  public var areLinksUp: Bool { ports.areUp }

  /// Runs a turn: one direction of the DUT.
  /// - Parameter watched: the DUT's stages, where they are in this process.
  /// - Throws: `DataplaneError`, `RoleError`.
  public func run(
    _ turn: TesterTurn, watched: [(name: String, stage: AnyStage)] = []
  ) throws -> TesterReport {
    let wanted = min(turn.frames ?? plan.framesMax, plan.framesMax)
    var report = TesterReport()
    var left = wanted
    while left > 0 {
      let one = try round(turn, frames: left, watched)
      report.add(one)
      // A lost frame fails the turn anyway, and a DUT that takes nothing would never take all.
      if one.sent == 0 || one.arrived < one.sent { break }
      left -= Int(one.sent) / turn.copies
    }
    return report
  }

  /// Runs a round: makes frames, sends them, and checks those that arrived.
  /// - Parameter wanted: frames of the turn that are still to be sent.
  private func round(
    _ turn: TesterTurn, frames wanted: Int, _ watched: [(name: String, stage: AnyStage)]
  ) throws -> TesterReport {
    let isSeal = turn.direction == .seal
    let growth = isSeal ? 0 : sealer.growth
    // Before a copying port the frame that is sent begins at a cache line, as behind a NIC. In a ring the
    // inner frame does, as in the generator's buffers.
    let start = ports.copies ? 64 + growth : 128
    let room = start + frame.bytes + sealer.tailroomBytes
    let slots = ports.store.slots(of: (room + 63) / 64 * 64)
    let (frames, total) = count(of: wanted, slots, isSeal: isSeal)
    let bytes = try make(frames, in: slots, at: start, isSeal: isSeal)

    samples.clear()
    let prepared = PreparedFrames(slots: slots, offset: start - growth, bytes: bytes)
    let output = (isSeal ? ports.red : ports.black).queue(0)
    let input = (isSeal ? ports.black : ports.red).queue(0)
    let watch = StageWatch(watched)
    defer { watch.deallocate() }
    var report: TesterReport
    if let packets = ports.packets {
      var loop = TesterLoop(
        LendingCarrier(prepared: prepared, output: output, packets: packets), frames: frames, copies: 1,
        total: total, underWay: plan.gateway.inFlightFrames, input: input, samples: samples, watch: watch)
      defer { loop.deallocate() }
      try environment.run { loop.run() }
      // The loop's copy knows which packets are under way.
      ports.packets = loop.carrier.packets
      report = loop.report
    } else {
      var loop = TesterLoop(
        CopyingCarrier(prepared: prepared, output: output), frames: frames, copies: turn.copies,
        total: total * turn.copies, underWay: Tester.framesInMemif, input: input, samples: samples,
        watch: watch)
      defer { loop.deallocate() }
      try environment.run { loop.run() }
      report = loop.report
    }

    for index in 0..<samples.count {
      report.checked += 1
      if !judge.isRight(samples[index], isSeal: isSeal, bytes: bytes) { report.wrong += 1 }
    }
    return report
  }

  /// How many frames a round makes, and how many it sends.
  ///
  /// A copying port must read frames from this core's caches, or the tester is slower than the DUT. Such a
  /// port leaves the slots unchanged, so a few frames to be sealed are sent again and again. A frame to be
  /// opened is sent once, so these come in rounds that fit into a cache. With rings the tester reads nothing.
  private func count(of wanted: Int, _ slots: FrameSlots, isSeal: Bool) -> (frames: Int, total: Int) {
    guard ports.copies else { return (min(wanted, slots.count), min(wanted, slots.count)) }
    let frames = min(wanted, slots.count, isSeal ? Tester.framesToSeal : Tester.framesToOpen)
    return (frames, isSeal ? wanted : frames)
  }

  private static let framesToSeal = 64
  private static let framesToOpen = 4096
  /// Fewer than the 1,024 that a ring of memif holds.
  private static let framesInMemif = 960

  /// Writes frames into slots, and seals them if the DUT is to open them.
  /// - Returns: the length of the last one.
  private func make(_ frames: Int, in slots: FrameSlots, at start: Int, isSeal: Bool) throws -> Int {
    var bytes = frame.bytes
    for index in 0..<frames {
      let packet = slots.packet(index, offset: start, bytes: frame.bytes)
      write(packet, ordinal: made + UInt64(index) + 1)
      if !isSeal, !sealer.seal(packet) { throw RoleError.frameBytes(plan.gateway.frameBytes) }
      bytes = packet.count
    }
    made += UInt64(frames)
    return bytes
  }

  private func write(_ packet: Packet, ordinal: UInt64) {
    frame.write(to: packet.data, stamp: ordinal, time: 0, flow: plan.gateway.flow(of: ordinal))
  }
}

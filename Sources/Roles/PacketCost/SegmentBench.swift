import Cases
import Crypto
import Dataplane
import Tunnel
import Wire

/// Measures the cost of a long packet in several buffers or in one: on one thread, without ports.
///
/// Each pass 1. writes fresh packets, sealed ones for opening, untimed, 2. times the operation on all packets
/// in bursts, each from the moment at which its descriptors are as a driver leaves them. Additional buffers
/// are at hand: no cost includes the pool.
final class SegmentBench: PacketBench {
  private let environment: EAL
  private let plan: CostPlan
  private let buffers: SegmentBuffers
  /// Staging memory for a packet before it is copied into its buffers, with room before and behind it.
  private let staging: UnsafeMutableRawPointer
  private let inner: UnsafeMutableRawPointer
  private let work: WorkPointer
  private let passes: CostPasses
  /// The packets that the last operation left.
  private var left: [[UInt8]] = []
  private var addresses: [UInt] = []
  /// Whether the packets of each pass are kept.
  private let keeps: Bool

  /// Puts the plan's packets into `buffers`.
  /// - Throws: `RoleError.frameBytes`.
  init(_ plan: CostPlan, _ buffers: SegmentBuffers, environment: EAL, keeps: Bool = false) throws {
    guard (28...Axis.packetBytesMax).contains(plan.packetBytes) else {
      throw RoleError.frameBytes(plan.packetBytes + Ethernet.framingBytes)
    }
    (self.plan, self.buffers, self.environment, self.keeps) = (plan, buffers, environment, keeps)
    passes = CostPasses()
    staging = .allocateLines(Axis.packetBytesMax + 256)
    staging.initializeMemory(as: UInt8.self, repeating: 0, count: Axis.packetBytesMax + 256)
    inner = CostBench.makeTemplate(packetBytes: plan.packetBytes)
    work = .allocateLines(1)
    work.initialize(to: PacketWork())
  }

  deinit {
    staging.deallocate()
    inner.deallocate()
    work.deallocate()
    passes.deallocate()
  }

  /// Measures sealing and opening, as far as the plan asks for them.
  func run() throws -> CostReport {
    let tallies = try plan.operations.filter { !$0.isStage }.map { operation in
      let session = try CostSession(plan, operation)
      return try withExtendedLifetime(session) {
        switch plan.system {
        case .raw: try raw(operation, session, additional: 0)
        case .rawAAD: try raw(operation, session, additional: session.additionalBytes)
        default: try inFormat(operation, session)
        }
      }
    }
    return CostReport(tallies: tallies, ticksPerSecond: EAL.ticksPerSecond)
  }

  private func inFormat(_ operation: MeasuredOperation, _ session: CostSession) throws -> CostReport.Tally {
    let work = SegmentCost(bench: self, operation: operation, session: session)
    guard let tally = try plan.system.format?.visitSegments(work) else { throw RoleError.system(plan.system) }
    return tally
  }

  /// - Parameter ownHeader: bytes of the packet before its inner packet, which begins at a cache line.
  private func shape(
    before headers: Int, ownHeader: Int = 0, bytes: Int, front: Int = 0, tag: Int = 0,
    result: (shift: Int, bytes: Int)
  ) -> SegmentShape {
    SegmentShape(
      buffers: plan.buffers, headroom: plan.headroomBytes(before: headers + ownHeader), headers: headers,
      front: front, bytes: bytes, tag: tag, result: result)
  }

  /// The bare calls, with the tag before the packet without additional data, else behind it.
  private func raw(
    _ operation: MeasuredOperation, _ session: CostSession, additional: Int
  ) throws -> CostReport.Tally {
    let isPlain = additional == 0
    let bytes = isPlain ? plan.packetBytes : ESPLayout.encryptedBytes(inner: plan.packetBytes)
    let tag = isPlain ? 0 : 16
    let (seal, open) = (session.rawSeal(additional: additional), session.rawOpen(additional: additional))
    if operation == .seal {
      let shape = shape(
        before: Ethernet.headerBytes, bytes: bytes, result: (0, bytes + tag))
      let pieces = session.rawSegments(additional: additional, isSealing: true)
      return try timed(operation, shape, seal, pieces, after: NoStep(), bytes: bytes, from: 0)
    }
    let front = isPlain ? 16 : 0
    let shape = shape(
      before: SegmentBench.blackBytes + front, bytes: bytes + tag, front: front, tag: tag,
      result: (0, bytes + tag))
    let pieces = session.rawSegments(additional: additional, isSealing: false)
    return try timed(operation, shape, open, pieces, after: seal, bytes: bytes, from: front)
  }

  /// Bytes before a sealed packet on the black link.
  private static let blackBytes = Ethernet.headerBytes + IPv4.headerBytes

  fileprivate func cost<Format: SegmentFormat>(
    of operation: MeasuredOperation, _ session: CostSession, in format: Format.Type
  ) throws -> CostReport.Tally {
    let (inner, sealed) = (plan.packetBytes, format.sealedBytes(inner: plan.packetBytes))
    let header = Format.Sealer.headerBytes
    let (sealer, cipher) = (session.sealer(format), session.keys.terms.cipher)
    if operation == .seal {
      let shape = shape(
        before: Ethernet.headerBytes, bytes: inner, result: (-header, sealed))
      let pieces = SegmentSealStep(sealer: format.segmentSealer(sealer, cipher))
      return try timed(
        operation, shape, SealStep(sealer: sealer), pieces, after: NoStep(), bytes: inner, from: 0)
    }
    let shape = shape(
      before: SegmentBench.blackBytes, ownHeader: header, bytes: sealed, result: (header, inner))
    let opener = session.opener(format)
    let pieces = SegmentOpenStep(opener: format.segmentOpener(opener, cipher))
    return try timed(
      operation, shape, OpenStep(opener: opener), pieces, after: SealStep(sealer: sealer), bytes: inner,
      from: header)
  }

  /// Measures an operation with the plan's kind of buffers.
  /// - Parameters:
  ///   - whole: the step for a packet in one buffer.
  ///   - pieces: the step for a packet in several buffers.
  ///   - bytes: length of the packet that `preparation` works on.
  ///   - before: by how many bytes the prepared packet begins before that packet.
  private func timed<Whole: CostStep, Pieces: SegmentStep, Preparation: CostStep>(
    _ operation: MeasuredOperation, _ shape: SegmentShape, _ whole: Whole, _ pieces: Pieces,
    after preparation: Preparation, bytes: Int, from before: Int
  ) throws -> CostReport.Tally {
    let told = shape.bytes - shape.tag
    switch plan.buffers {
    case .chained, .stepwise:
      return try timed(operation, shape, pieces, after: preparation, bytes: bytes, from: before)
    case .merged:
      let step = MergingStep(step: whole, count: told, front: shape.front)
      return try timed(operation, shape, step, after: preparation, bytes: bytes, from: before)
    case .contiguous, .single:
      let step = WholeStep(step: whole, count: told)
      return try timed(operation, shape, step, after: preparation, bytes: bytes, from: before)
    }
  }

  private func timed<Step: SegmentStep, Preparation: CostStep>(
    _ operation: MeasuredOperation, _ shape: SegmentShape, _ step: Step, after preparation: Preparation,
    bytes: Int, from before: Int
  ) throws -> CostReport.Tally {
    let packets = SegmentPackets(buffers, shape)
    defer { packets.deallocate() }
    var (step, preparation) = (step, preparation)
    var tally = CostReport.Tally(operation: operation)
    let (limit, timed) = (passes.limit, passes.batches)
    var failures: UInt64 = 0
    try environment.run {
      tally = self.passes.tally(operation, of: self.plan, over: self.buffers.count) { tally in
        for index in 0..<self.buffers.count {
          let start = self.prepare(&preparation, bytes: bytes, into: &failures)
          packets.fill(index, from: start - before)
        }
        packets.pass(&step, limit: limit, into: &tally, timed)
      }
    }
    tally.failures += failures
    if keeps {
      left = (0..<buffers.count).map { packets.result($0, merged: Step.merges) }
      addresses = (0..<buffers.count).map { packets.address($0) }
    }
    return tally
  }

  /// Writes a fresh packet, and seals it if it is to be opened.
  /// - Returns: the packet's first byte before preparation.
  private func prepare<Preparation: CostStep>(
    _ preparation: inout Preparation, bytes: Int, into failures: inout UInt64
  ) -> UnsafeMutableRawPointer {
    let packet = staging + 64
    packet.copyMemory(from: inner + Ethernet.headerBytes, byteCount: plan.packetBytes)
    preparation.begin(packet, count: bytes, sa: 0, in: work)
    if !preparation.finish(packet, count: bytes, in: work) { failures += 1 }
    return packet
  }

  func sealedSample() throws -> SealedSample {
    try SealedSample(left, of: plan, inner + Ethernet.headerBytes, addresses: addresses)
  }
}

private struct SegmentCost: SegmentVisitor {
  typealias Failure = any Error
  let bench: SegmentBench
  let operation: MeasuredOperation
  let session: CostSession

  func visit<Format: SegmentFormat>(_ format: Format.Type) throws -> CostReport.Tally {
    try bench.cost(of: operation, session, in: format)
  }
}

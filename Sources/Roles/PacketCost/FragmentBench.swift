import Cases
import Crypto
import Dataplane
import Tunnel
import Wire

/// Measures the cost of a packet that is cut into fragments which fit the path, each sealed on its own, or
/// sealed whole and cut afterwards: on one thread, without ports.
///
/// Each pass 1. writes fresh packets, or, for opening, their sealed fragments, untimed, 2. times the
/// operation on all packets in bursts. Sealing takes the buffers that it needs from a pool; freeing them is
/// the work of a driver that has sent them, and is not timed. Costs are per packet, however many fragments it
/// has.
final class FragmentBench: PacketBench {
  private let environment: EAL
  private let plan: CostPlan
  private let buffers: FragmentBuffers
  /// A packet that may be cut.
  private let template: UnsafeMutableRawPointer
  /// Staging memory for a fragment before it arrives, with room before and behind it.
  private let staging: UnsafeMutableRawPointer
  private let passes: CostPasses
  /// The packets that the last operation left.
  private var left: [[UInt8]] = []
  /// Whether the packets of each pass are kept.
  private let keeps: Bool

  /// Puts the plan's packets into `buffers`.
  /// - Throws: `RoleError.frameBytes`.
  init(_ plan: CostPlan, _ buffers: FragmentBuffers, environment: EAL, keeps: Bool = false) throws {
    guard (Fragmentation.pathBytes...Axis.packetBytesMax).contains(plan.packetBytes) else {
      throw RoleError.cutBytes(plan.packetBytes)
    }
    (self.plan, self.buffers, self.environment, self.keeps) = (plan, buffers, environment, keeps)
    passes = CostPasses()
    staging = .allocateLines(2 * Fragmentation.pathBytes)
    staging.initializeMemory(as: UInt8.self, repeating: 0, count: 2 * Fragmentation.pathBytes)
    template = CostBench.makeTemplate(packetBytes: plan.packetBytes, plan.innerVersion)
    if plan.innerVersion == .ipv4 { IPv4.letCut(packet, identification: 0x5650) }
  }

  deinit {
    template.deallocate()
    staging.deallocate()
    passes.deallocate()
  }

  private var packet: UnsafeMutableRawPointer { template + Ethernet.headerBytes }

  /// Measures sealing and opening, as far as the plan asks for them.
  func run() throws -> CostReport {
    let tallies = try plan.operations.filter { !$0.isStage }.map { operation in
      let session = try CostSession(plan, operation)
      return try withExtendedLifetime(session) {
        let work = FragmentCost(bench: self, operation: operation, session: session)
        guard let tally = try plan.system.format?.visitSegments(work) else {
          throw RoleError.system(plan.system)
        }
        return tally
      }
    }
    return CostReport(tallies: tallies, ticksPerSecond: EAL.ticksPerSecond)
  }

  fileprivate func cost<Format: SegmentFormat>(
    of operation: MeasuredOperation, _ session: CostSession, in format: Format.Type
  ) throws -> CostReport.Tally {
    let room = format.innerBytes(within: Fragmentation.pathBytes - plan.outerVersion.headerBytes)
    let sealer = session.sealer(format)
    let cipher = session.keys.terms.cipher
    // The inner packet's position in the frames of other benches.
    let headroom = plan.headroomBytes(before: Ethernet.headerBytes) + Ethernet.headerBytes
    let outer = OuterCut(sealer: sealer, headroom: headroom, isIPv6: plan.outerVersion == .ipv6)
    if operation == .open {
      let opener = session.opener(format)
      guard plan.fragments == .outer else { return try opening(opener, sealer, format, room) }
      return try openingWhole(format.segmentOpener(opener, cipher), outer, headroom, format)
    }
    func sealing<Way: CutWay>(_ way: Way) throws -> CostReport.Tally {
      try self.sealing(InnerCut(way: way, room: room), headroom)
    }
    switch plan.fragments {
    case .none: throw RoleError.system(plan.system)
    case .copied: return try sealing(CopyingCut(sealer: sealer, headroom: headroom))
    case .chained:
      return try sealing(ChainingCut(sealer: format.segmentSealer(sealer, cipher), headroom: headroom))
    case .inPlace: return try sealing(InPlaceCut(sealer: sealer))
    case .outer: return try self.sealing(outer, headroom)
    }
  }

  // MARK: Seal

  private func sealing<Step: CutStep>(_ step: Step, _ headroom: Int) throws -> CostReport.Tally {
    let pieces = CutPieces(buffers.fresh.source, keeps: keeps)
    defer { pieces.deallocate() }
    let packets = FragmentPackets(
      wholes: buffers.wholes, headroom: headroom, bytes: plan.packetBytes, pieces: pieces)
    var step = step
    var tally = CostReport.Tally(operation: .seal)
    let (limit, timed) = (passes.limit, passes.batches)
    try environment.run {
      tally = self.passes.tally(.seal, of: self.plan, over: self.buffers.count) { tally in
        self.left = []
        for index in 0..<self.buffers.count { packets.fill(index, from: self.packet) }
        for first in stride(from: 0, to: self.buffers.count, by: Burst.capacity) {
          packets.pass(&step, from: first, limit: limit, into: &tally, timed)
          if self.keeps { self.left += pieces.contents }
          pieces.clear()
        }
      }
    }
    return tally
  }

  // MARK: Open

  private func opening<Opener: PacketOpener, Format: SegmentFormat>(
    _ opener: Opener, _ sealer: Format.Sealer, _ format: Format.Type, _ room: Int
  ) throws -> CostReport.Tally {
    let headroom = headroom(format) + blackBytes
    let cut = CutPacket(packet, count: plan.packetBytes, room: room, identification: 1)
    guard cut.reason == .none else { throw RoleError.cutBytes(plan.packetBytes) }
    let pieces = ArrivedPieces(
      buffers.arriving.source, packets: buffers.count, pieces: cut.pieces, headroom: headroom,
      before: blackBytes)
    defer { pieces.deallocate() }
    var (opener, sealer) = (opener, sealer)
    var tally = CostReport.Tally(operation: .open)
    let (limit, timed) = (passes.limit, passes.batches)
    var failures: UInt64 = 0
    try environment.run {
      tally = self.passes.tally(.open, of: self.plan, over: self.buffers.count) { tally in
        for packet in 0..<self.buffers.count {
          for index in 0..<cut.pieces {
            let sealed = self.seal(index, of: cut, &sealer)
            if sealed.reason != .none { failures += 1 }
            pieces.fill(packet, index, from: sealed.start, count: sealed.count)
          }
        }
        pieces.pass(&opener, limit: limit, into: &tally, timed)
        if self.keeps { self.left = pieces.contents(of: cut, behind: Format.Sealer.headerBytes) }
        pieces.clear()
      }
    }
    tally.failures += failures
    return tally
  }

  /// Bytes before a sealed packet on the black link.
  private var blackBytes: Int { Ethernet.headerBytes + plan.outerVersion.headerBytes }

  /// Bytes before a frame of the black link in its buffer.
  /// - Parameter between: bytes that a fragment has between its outer header and its data.
  private func headroom<Format: TunnelFormat>(_ format: Format.Type, between: Int = 0) -> Int {
    plan.headroomBytes(before: blackBytes + between + Format.Sealer.headerBytes)
  }

  /// Measures opening of packets that were sealed whole and arrive in fragments.
  private func openingWhole<Opener: SegmentOpener, Format: SegmentFormat>(
    _ opener: Opener, _ step: OuterCut<Format.Sealer>, _ redHeadroom: Int, _ format: Format.Type
  ) throws -> CostReport.Tally {
    let sent = CutPieces(buffers.fresh.source, keeps: false)
    defer { sent.deallocate() }
    let packets = FragmentPackets(
      wholes: buffers.wholes, headroom: redHeadroom, bytes: plan.packetBytes, pieces: sent)
    let cut = step.cut(staging, format.sealedBytes(inner: plan.packetBytes), 0)
    guard cut.reason == .none else { throw RoleError.cutBytes(plan.packetBytes) }
    let between = cut.headerBytes - plan.outerVersion.headerBytes
    let pieces = ArrivedPieces(
      buffers.arriving.source, packets: buffers.count, pieces: cut.pieces,
      headroom: headroom(format, between: between), before: blackBytes)
    defer { pieces.deallocate() }
    let reassembly = try Reassembly(
      datagrams: FragmentBench.datagramsMax, ticks: EAL.ticksPerSecond * FragmentBench.waitSeconds)
    defer { reassembly.deallocate() }
    var (opener, step) = (opener, step)
    var tally = CostReport.Tally(operation: .open)
    let (limit, timed) = (passes.limit, passes.batches)
    var failures: UInt64 = 0
    try environment.run {
      tally = self.passes.tally(.open, of: self.plan, over: self.buffers.count) { tally in
        for index in 0..<self.buffers.count {
          packets.fill(index, from: self.packet)
          let reason = step.seal(self.buffers.wholes[index], UInt32(index), into: sent)
          if reason != .none { failures += 1 }
          for (number, piece) in sent.contents.enumerated() { self.arrive(piece, pieces, index, number) }
          sent.clear()
        }
        pieces.pass(&opener, by: reassembly, limit: limit, into: &tally, timed)
        if self.keeps { self.left = pieces.wholeContents }
        pieces.clearWholes()
      }
    }
    tally.failures += failures
    return tally
  }

  /// Limits of reassembly, incomplete packets and seconds: more than are ever needed here.
  private static let datagramsMax = 1024
  private static let waitSeconds: UInt64 = 1

  /// Puts a fragment of an outer packet into a frame, and the frame into an arrival buffer.
  private func arrive(_ piece: [UInt8], _ pieces: ArrivedPieces, _ packet: Int, _ index: Int) {
    Ethernet.write(
      to: staging, destination: LinkEnd.gatewayBBlack.address, source: LinkEnd.gatewayABlack.address,
      type: plan.outerVersion == .ipv6 ? Ethernet.typeIPv6 : Ethernet.typeIPv4)
    (staging + Ethernet.headerBytes).copyMemory(from: piece, byteCount: piece.count)
    pieces.fill(packet, index, from: staging, count: Ethernet.headerBytes + piece.count)
  }

  /// Writes and seals a fragment, as it arrives.
  private func seal<Sealer: PacketSealer>(_ index: Int, of cut: CutPacket, _ sealer: inout Sealer) -> Sealed {
    let (start, count) = (staging + 128, cut.count(index))
    cut.writeHeader(of: index, to: start)
    (start + cut.headerBytes).copyMemory(from: packet + cut.offset(index), byteCount: count)
    return sealer.seal(start, count: cut.headerBytes + count)
  }

  /// The sealed fragments of the last pass, in order.
  func sealedSample() throws -> SealedSample { try SealedSample(left, of: plan, packet) }
}

private struct FragmentCost: SegmentVisitor {
  typealias Failure = any Error
  let bench: FragmentBench
  let operation: MeasuredOperation
  let session: CostSession

  func visit<Format: SegmentFormat>(_ format: Format.Type) throws -> CostReport.Tally {
    try bench.cost(of: operation, session, in: format)
  }
}

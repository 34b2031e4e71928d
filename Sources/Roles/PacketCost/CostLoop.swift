import Crypto
import Dataplane
import Tunnel
import Wire

/// The timed work on one packet, in place, in the two steps of a format.
protocol CostStep {
  static var lead: Int { get }
  static var prefetches: Bool { get }
  /// Whether it works on packets.
  static var touchesPackets: Bool { get }
  /// Bytes behind the packet that the step writes.
  static var tailBytes: Int { get }
  func find(_ packet: UnsafeRawPointer) -> SAIndex
  func prefetch(_ sa: SAIndex, _ packet: UnsafeRawPointer, count: Int)
  /// The first step.
  /// - Parameters:
  ///   - packet: the first byte of the packet: the inner one to seal, the format's header to open.
  ///   - count: the packet's length in bytes.
  ///   - sa: what `find` has returned.
  mutating func begin(
    _ packet: UnsafeMutableRawPointer, count: Int, sa: SAIndex, in work: WorkPointer)
  /// The second step.
  /// - Returns: whether it worked.
  mutating func finish(_ packet: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> Bool
}

extension CostStep {
  static var lead: Int { 0 }
  static var prefetches: Bool { false }
  static var touchesPackets: Bool { true }
  static var tailBytes: Int { 0 }
  @inline(__always)
  func find(_ packet: UnsafeRawPointer) -> SAIndex { 0 }
  @inline(__always)
  func prefetch(_ sa: SAIndex, _ packet: UnsafeRawPointer, count: Int) {}
  @inline(__always)
  mutating func begin(
    _ packet: UnsafeMutableRawPointer, count: Int, sa: SAIndex, in work: WorkPointer
  ) {}
}

/// Does nothing: it measures the cost of the loop.
struct NoStep: CostStep {
  static var touchesPackets: Bool { false }

  @inline(__always)
  mutating func finish(_ packet: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> Bool { true }
}

/// The library's bare seal call. Its tag lies where the corresponding format has it: before the packet
/// without additional data (VPE), behind it with (ESP).
struct RawSealStep: CostStep {
  static var tailBytes: Int { 16 }

  let aead: AEAD
  /// Nonce in the first 12 bytes, additional data from byte 16 on.
  let fixed: UnsafeMutableRawPointer
  let additionalCount: Int

  @inline(__always)
  mutating func finish(_ packet: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> Bool {
    let tag = additionalCount == 0 ? packet - 16 : packet + count
    aead.seal(
      packet, count: count, nonce: fixed,
      additional: additionalCount == 0 ? nil : UnsafeRawPointer(fixed + 16),
      additionalCount: additionalCount, tag: tag)
    return true
  }
}

/// The library's bare open call, tag check included.
struct RawOpenStep: CostStep {
  static var tailBytes: Int { 16 }

  let aead: AEAD
  let fixed: UnsafeMutableRawPointer
  let additionalCount: Int

  @inline(__always)
  mutating func finish(_ packet: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> Bool {
    let tag = additionalCount == 0 ? packet - 16 : packet + count
    return aead.open(
      packet, count: count, nonce: fixed,
      additional: additionalCount == 0 ? nil : UnsafeRawPointer(fixed + 16),
      additionalCount: additionalCount, tag: tag)
  }
}

/// A format's sealer.
struct SealStep<Sealer: PacketSealer>: CostStep {
  static var lead: Int { Sealer.lead }
  static var prefetches: Bool { Sealer.prefetches }
  static var tailBytes: Int { Sealer.tailBytesMin }

  var sealer: Sealer

  @inline(__always)
  func find(_ packet: UnsafeRawPointer) -> SAIndex { sealer.find(packet) }

  @inline(__always)
  func prefetch(_ sa: SAIndex, _ packet: UnsafeRawPointer, count: Int) {
    sealer.prefetch(sa, count: count)
  }

  @inline(__always)
  mutating func begin(
    _ packet: UnsafeMutableRawPointer, count: Int, sa: SAIndex, in work: WorkPointer
  ) { sealer.prepare(packet, count: count, sa: sa, in: work) }

  @inline(__always)
  mutating func finish(_ packet: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> Bool {
    sealer.seal(work).reason == .none
  }
}

/// A format's opener.
struct OpenStep<Opener: PacketOpener>: CostStep {
  static var lead: Int { Opener.lead }
  static var prefetches: Bool { Opener.prefetches }

  var opener: Opener

  @inline(__always)
  func find(_ packet: UnsafeRawPointer) -> SAIndex { opener.find(packet) }

  @inline(__always)
  func prefetch(_ sa: SAIndex, _ packet: UnsafeRawPointer, count: Int) {
    opener.prefetch(sa, packet, count: count)
  }

  @inline(__always)
  mutating func begin(
    _ packet: UnsafeMutableRawPointer, count: Int, sa: SAIndex, in work: WorkPointer
  ) { opener.prepare(packet, count: count, sa: sa, in: work) }

  @inline(__always)
  mutating func finish(_ packet: UnsafeMutableRawPointer, count: Int, in work: WorkPointer) -> Bool {
    opener.open(work).reason == .none
  }
}

/// The packets of a measurement: one address for each, in the order in which they are worked on.
struct CostPackets {
  let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let count: Int
  /// The SA indices of the packets that are prefetched.
  let ahead: PrefetchAhead
  let works: PacketWorks
  /// Addresses behind the last one, which are prefetched but not processed.
  static let more = 16

  /// Processes all packets once in timed batches, with the same prefetches as a stage.
  ///
  /// - Parameters:
  ///   - shift: bytes from each address to the packet that the step works on.
  ///   - limit: ticks above which a batch counts as interrupted.
  ///   - histogram: counts the uninterrupted batches.
  @inline(never)
  func pass<Step: CostStep>(
    _ step: inout Step, shift: Int, bytes: Int, limit: UInt64, into tally: inout CostReport.Tally,
    _ histogram: TickHistogram
  ) {
    // The lookups that a previous batch would have made for the first packets.
    var first = 0
    while Step.prefetches && first < PrefetchAhead.entry {
      ahead[first] = step.find(addresses[first] + shift)
      first &+= 1
    }
    first = 0
    while first < count {
      let end = min(first &+ Burst.capacity, count)
      let start = EAL.ticks
      var failures: UInt64 = 0
      var next = first
      while next < min(first &+ Step.lead, end) {
        begin(&step, next, shift: shift, bytes: bytes)
        next &+= 1
      }
      var index = first
      while index < end {
        if index &+ Step.lead < end { begin(&step, index &+ Step.lead, shift: shift, bytes: bytes) }
        let isDone = step.finish(addresses[index] + shift, count: bytes, in: works[index])
        if !isDone { failures &+= 1 }
        index &+= 1
      }
      let ticks = EAL.ticks &- start
      if tally.count(end &- first, ticks: ticks, limit: limit) { histogram.count(burstTicks: ticks) }
      tally.failures &+= failures
      first = end
    }
  }

  @inline(__always)
  private func begin<Step: CostStep>(_ step: inout Step, _ index: Int, shift: Int, bytes: Int) {
    // Behind the last packet this prefetches the first ones of the next pass, for which the array has room.
    let later = addresses[index &+ (Step.prefetches ? PrefetchAhead.headers : Burst.headerLookahead)]
    FrameMargin(before: 64, after: Step.tailBytes, isWhole: Step.touchesPackets)
      .prefetch(later, count: shift &+ bytes)
    if Step.prefetches {
      ahead[index &+ PrefetchAhead.entry] = step.find(addresses[index &+ PrefetchAhead.entry] + shift)
      let later = index &+ PrefetchAhead.state
      step.prefetch(ahead[later], addresses[later] + shift, count: bytes)
    }
    let packet = addresses[index] + shift
    step.begin(
      packet, count: bytes, sa: Step.prefetches ? ahead[index] : step.find(packet), in: works[index])
  }
}

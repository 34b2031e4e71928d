import Crypto
import Dataplane
import Tunnel
import Wire

/// What is timed in a packet-cost measurement: one packet, in place.
protocol CostStep {
  /// - Parameters:
  ///   - packet: the first byte of the packet: the inner one to seal, the format's header to open.
  ///   - count: its bytes.
  /// - Returns: whether it worked.
  mutating func apply(_ packet: UnsafeMutableRawPointer, count: Int) -> Bool
  /// As of `PacketSealer`.
  static var fetchesAhead: Bool { get }
  /// As of `PacketSealer`.
  func find(_ packet: UnsafeRawPointer) -> AssociationPlace
  /// As of `PacketSealer`.
  func fetch(_ place: AssociationPlace, _ packet: UnsafeRawPointer, count: Int)
  /// As `apply`, for a packet of which `find` has returned `place`.
  mutating func apply(_ packet: UnsafeMutableRawPointer, count: Int, at place: AssociationPlace) -> Bool
}

extension CostStep {
  static var fetchesAhead: Bool { false }
  @inline(__always)
  func find(_ packet: UnsafeRawPointer) -> AssociationPlace { 0 }
  @inline(__always)
  func fetch(_ place: AssociationPlace, _ packet: UnsafeRawPointer, count: Int) {}
  @inline(__always)
  mutating func apply(_ packet: UnsafeMutableRawPointer, count: Int, at place: AssociationPlace) -> Bool {
    apply(packet, count: count)
  }
}

/// Nothing: what the loop costs.
struct NoStep: CostStep {
  @inline(__always)
  mutating func apply(_ packet: UnsafeMutableRawPointer, count: Int) -> Bool { true }
}

/// The library's bare call. The tag goes where the format that it is the floor of puts it: before the packet
/// without additional data (VPE), behind it with (ESP).
struct RawSealStep: CostStep {
  let aead: AEAD
  /// Nonce in the first 12 bytes, additional data from byte 16 on.
  let fixed: UnsafeMutableRawPointer
  let additionalCount: Int

  @inline(__always)
  mutating func apply(_ packet: UnsafeMutableRawPointer, count: Int) -> Bool {
    let tag = additionalCount == 0 ? packet - 16 : packet + count
    aead.seal(
      packet, count: count, nonce: fixed,
      additional: additionalCount == 0 ? nil : UnsafeRawPointer(fixed + 16),
      additionalCount: additionalCount, tag: tag)
    return true
  }
}

/// The library's bare call the other way, tag check included.
struct RawOpenStep: CostStep {
  let aead: AEAD
  let fixed: UnsafeMutableRawPointer
  let additionalCount: Int

  @inline(__always)
  mutating func apply(_ packet: UnsafeMutableRawPointer, count: Int) -> Bool {
    let tag = additionalCount == 0 ? packet - 16 : packet + count
    return aead.open(
      packet, count: count, nonce: fixed,
      additional: additionalCount == 0 ? nil : UnsafeRawPointer(fixed + 16),
      additionalCount: additionalCount, tag: tag)
  }
}

/// A format's sealer.
struct SealStep<Sealer: PacketSealer>: CostStep {
  static var fetchesAhead: Bool { Sealer.fetchesAhead }

  var sealer: Sealer

  @inline(__always)
  func find(_ packet: UnsafeRawPointer) -> AssociationPlace { sealer.find(packet) }

  @inline(__always)
  func fetch(_ place: AssociationPlace, _ packet: UnsafeRawPointer, count: Int) {
    sealer.fetch(place, count: count)
  }

  @inline(__always)
  mutating func apply(_ packet: UnsafeMutableRawPointer, count: Int, at place: AssociationPlace) -> Bool {
    sealer.seal(packet, count: count, at: place).reason == .none
  }

  @inline(__always)
  mutating func apply(_ packet: UnsafeMutableRawPointer, count: Int) -> Bool {
    sealer.seal(packet, count: count).reason == .none
  }
}

/// A format's opener.
struct OpenStep<Opener: PacketOpener>: CostStep {
  static var fetchesAhead: Bool { Opener.fetchesAhead }

  var opener: Opener

  @inline(__always)
  func find(_ packet: UnsafeRawPointer) -> AssociationPlace { opener.find(packet) }

  @inline(__always)
  func fetch(_ place: AssociationPlace, _ packet: UnsafeRawPointer, count: Int) {
    opener.fetch(place, packet, count: count)
  }

  @inline(__always)
  mutating func apply(_ packet: UnsafeMutableRawPointer, count: Int, at place: AssociationPlace) -> Bool {
    opener.open(packet, count: count, at: place).reason == .none
  }

  @inline(__always)
  mutating func apply(_ packet: UnsafeMutableRawPointer, count: Int) -> Bool {
    opener.open(packet, count: count).reason == .none
  }
}

/// The packets of a measurement: one address for each, in the order in which they are worked on.
struct CostPackets {
  let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let count: Int
  /// Places in a table, of bursts in turn.
  let ahead: FetchAhead
  /// Addresses behind the last one, which are fetched ahead and never worked on.
  static let more = 16

  /// Passes over all packets once in batches, each timed, with the fetches that a stage makes too.
  ///
  /// - Parameters:
  ///   - shift: bytes from each address to the packet that the step works on.
  ///   - limit: ticks above which a batch was evidently interrupted.
  ///   - histogram: counts the batches that were not.
  @inline(never)
  func pass<Step: CostStep>(
    _ step: inout Step, shift: Int, bytes: Int, limit: UInt64, into tally: inout CostReport.Tally,
    _ histogram: TickHistogram
  ) {
    // What the batch before would have done for the first packets.
    var first = 0
    while Step.fetchesAhead && first < FetchAhead.entry {
      ahead[first] = step.find(addresses[first] + shift)
      first &+= 1
    }
    first = 0
    while first < count {
      let end = min(first &+ Burst.capacity, count)
      let start = EAL.ticks
      var failures: UInt64 = 0
      var index = first
      while index < end {
        // Beyond the last packet the first of the next pass would be fetched; the array has room for it.
        let headers = Step.fetchesAhead ? FetchAhead.headers : 4
        EAL.prefetchForWriting(addresses[index &+ headers])
        EAL.prefetchForWriting(addresses[index &+ headers] - 64)
        let isDone: Bool
        if Step.fetchesAhead {
          ahead[index &+ FetchAhead.entry] = step.find(addresses[index &+ FetchAhead.entry] + shift)
          let next = index &+ FetchAhead.state
          step.fetch(ahead[next], addresses[next] + shift, count: bytes)
          isDone = step.apply(addresses[index] + shift, count: bytes, at: ahead[index])
        } else {
          isDone = step.apply(addresses[index] + shift, count: bytes)
        }
        if !isDone { failures &+= 1 }
        index &+= 1
      }
      let ticks = EAL.ticks &- start
      if ticks <= limit {
        tally.ticks &+= ticks
        tally.packets &+= UInt64(truncatingIfNeeded: end &- first)
        histogram.count(burstTicks: ticks)
      } else {
        tally.stalledBatches &+= 1
      }
      tally.failures &+= failures
      first = end
    }
  }
}

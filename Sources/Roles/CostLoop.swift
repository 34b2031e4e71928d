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
  var sealer: Sealer

  @inline(__always)
  mutating func apply(_ packet: UnsafeMutableRawPointer, count: Int) -> Bool {
    sealer.seal(packet, count: count).reason == .none
  }
}

/// A format's opener.
struct OpenStep<Opener: PacketOpener>: CostStep {
  var opener: Opener

  @inline(__always)
  mutating func apply(_ packet: UnsafeMutableRawPointer, count: Int) -> Bool {
    opener.open(packet, count: count).reason == .none
  }
}

/// The packets of a measurement: one address for each, in the order in which they are worked on.
struct CostPackets {
  let addresses: UnsafeMutablePointer<UnsafeMutableRawPointer>
  let count: Int

  /// Passes over all packets once in batches, each timed, with the fetches that a stage makes too.
  ///
  /// - Parameters:
  ///   - shift: bytes from each address to the packet that the step works on.
  ///   - limit: ticks above which a batch was evidently interrupted.
  @inline(never)
  func pass<Step: CostStep>(
    _ step: inout Step, shift: Int, bytes: Int, limit: UInt64, into tally: inout CostReport.Tally
  ) {
    var first = 0
    while first < count {
      let end = min(first &+ Burst.capacity, count)
      let start = EAL.ticks
      var failures: UInt64 = 0
      var index = first
      while index < end {
        // Beyond the last packet the first of the next pass would be fetched; the array has room for it.
        EAL.prefetchForWriting(addresses[index &+ 4])
        EAL.prefetchForWriting(addresses[index &+ 4] - 64)
        if !step.apply(addresses[index] + shift, count: bytes) { failures &+= 1 }
        index &+= 1
      }
      let ticks = EAL.ticks &- start
      if ticks <= limit {
        tally.ticks &+= ticks
        tally.packets &+= UInt64(truncatingIfNeeded: end &- first)
      } else {
        tally.stalledBatches &+= 1
      }
      tally.failures &+= failures
      first = end
    }
  }
}

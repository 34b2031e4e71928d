import CDPDK
import Wire

/// A lock-free ring (`rte_ring`) from one thread of a gateway to another: one producer, one consumer.
public final class HandOver {
  private let ring: OpaquePointer

  /// A ring for packets.
  /// - Parameters:
  ///   - name: unique in the process, at most 25 characters.
  ///   - slots: a power of two; the ring holds one packet less.
  /// - Throws: `DataplaneError.memory`.
  public init(name: String, slots: Int) throws {
    ring = try HandOver.made(cdpdk_ring_create(name, UInt32(slots)), slots)
  }

  fileprivate static func made(_ ring: OpaquePointer?, _ slots: Int) throws -> OpaquePointer {
    guard let ring else {
      throw DataplaneError.memory(
        what: "a ring of \(slots) packets\(MemoryNode.words)",
        reason: String(cString: cdpdk_error_text(cdpdk_error())))
    }
    return ring
  }

  /// The ring as a stage uses it: a plain pointer, valid while this object lives.
  public var queue: HandOverQueue { HandOverQueue(ring: ring) }

  deinit {
    let burst = Burst()
    let queue = queue
    while case let count = queue.receive(burst), count > 0 { burst.free(from: 0, to: count) }
    burst.deallocate()
    cdpdk_ring_free(ring)
  }
}

/// Either end of a `HandOver`.
public struct HandOverQueue: BurstInput, BurstOutput {
  let ring: OpaquePointer

  /// Takes up to a burst of packets.
  @inline(__always)
  public func receive(_ burst: Burst) -> Int {
    Int(truncatingIfNeeded: cdpdk_ring_take(ring, burst.mbufs, UInt32(Burst.capacity)))
  }

  /// Puts the first `count` packets; returns how many found room.
  @inline(__always)
  public func transmit(_ burst: Burst, count: Int) -> Int {
    Int(truncatingIfNeeded: cdpdk_ring_put(ring, burst.mbufs, UInt32(truncatingIfNeeded: count)))
  }

  /// The ring belongs to its `HandOver`.
  @inline(__always)
  public func deallocate() {}
}

/// A ring whose packets have a sequence number each, given by the producer. The number travels beside the
/// packet, so the producer does not touch the packet.
public final class NumberedHandOver {
  private let ring: OpaquePointer

  /// A ring for numbered packets; parameters and errors as of `HandOver`.
  /// - Throws: `DataplaneError.memory`.
  public init(name: String, slots: Int) throws {
    ring = try HandOver.made(cdpdk_numbered_ring_create(name, UInt32(slots)), slots)
  }

  /// The producer's end.
  public var output: NumberedOutput { NumberedOutput(ring: ring) }
  /// A consumer's end; there must be only one.
  public func input() -> NumberedInput { NumberedInput(ring: ring) }

  deinit {
    let input = input()
    let burst = Burst()
    while case let count = input.receive(burst), count > 0 { burst.free(from: 0, to: count) }
    burst.deallocate()
    input.deallocate()
    cdpdk_ring_free(ring)
  }
}

/// Up to a burst of packets with their numbers. Plain memory without an owner: call `deallocate()` once.
public struct NumberedBurst {
  let pairs: UnsafeMutablePointer<cdpdk_numbered>

  /// An empty one.
  public init() {
    pairs = .allocateLines(Burst.capacity)
    pairs.initialize(repeating: cdpdk_numbered(), count: Burst.capacity)
  }

  /// Takes over the first `count` packets of `burst` with the numbers `first`, `first` + 1, ….
  @inline(__always)
  public func fill(_ burst: Burst, count: Int, from first: UInt64) {
    var index = 0
    while index < count {
      pairs[index].packet = UnsafeMutableRawPointer(burst.mbufs[index])
      pairs[index].number = first &+ UInt64(truncatingIfNeeded: index)
      index &+= 1
    }
  }

  /// Gives the memory back.
  public func deallocate() { pairs.deallocate() }
}

/// The producer's end of a `NumberedHandOver`.
public struct NumberedOutput {
  let ring: OpaquePointer

  /// Puts the first `count` packets; returns how many found room.
  @inline(__always)
  public func transmit(_ burst: NumberedBurst, count: Int) -> Int {
    Int(truncatingIfNeeded: cdpdk_numbered_put(ring, burst.pairs, UInt32(truncatingIfNeeded: count)))
  }
}

/// The consumer's end of a `NumberedHandOver`: packets come out as a burst, their numbers through `cursor`.
public struct NumberedInput: BurstInput {
  let ring: OpaquePointer
  let pairs: NumberedBurst
  /// Points to the number of the burst's first packet after each `receive`. The code that processes the
  /// packets advances it by one for each.
  public let cursor: UnsafeMutablePointer<UnsafePointer<UInt64>>
  private let numbers: UnsafeMutablePointer<UInt64>

  init(ring: OpaquePointer) {
    self.ring = ring
    pairs = NumberedBurst()
    numbers = .allocateLines(Burst.capacity)
    numbers.initialize(repeating: 0, count: Burst.capacity)
    cursor = .allocateLines(1)
    cursor.initialize(to: UnsafePointer(numbers))
  }

  /// Takes up to a burst of packets and sets the cursor to the first's number.
  @inline(__always)
  public func receive(_ burst: Burst) -> Int {
    let count = Int(truncatingIfNeeded: cdpdk_numbered_take(ring, pairs.pairs, UInt32(Burst.capacity)))
    var index = 0
    while index < count {
      burst.mbufs[index] = OpaquePointer(pairs.pairs[index].packet)
      numbers[index] = pairs.pairs[index].number
      index &+= 1
    }
    cursor.pointee = UnsafePointer(numbers)
    return count
  }

  /// Gives the memory back.
  public func deallocate() {
    pairs.deallocate()
    numbers.deallocate()
    cursor.deallocate()
  }
}

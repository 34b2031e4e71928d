import Dataplane

/// An input whose packets are taken one at a time; the rest of a received burst waits here.
struct BufferedInput<Input: BurstInput> {
  private var input: Input
  private let burst = Burst()
  private var first = 0
  private var end = 0

  init(_ input: Input) { self.input = input }

  /// Whether no packet waits.
  @inline(__always)
  var isEmpty: Bool { first == end }

  /// Receives the next burst if no packet waits.
  /// - Parameter prefetching: whether to prefetch the packets that are next.
  /// - Returns: whether a packet waits now.
  @inline(__always)
  mutating func fill(prefetching: Bool) -> Bool {
    if isEmpty {
      (first, end) = (0, input.receive(burst))
      if isEmpty { return false }
      if prefetching { burst.prefetchFirst(of: end) }
    }
    if prefetching { burst.prefetchAhead(of: first, count: end) }
    return true
  }

  /// The first packet that waits.
  @inline(__always)
  var next: Packet { burst[first] }

  /// Removes the first packet that waits.
  @inline(__always)
  mutating func advance() { first &+= 1 }

  func deallocate() {
    burst.free(from: first, to: end)
    burst.deallocate()
    input.deallocate()
  }
}

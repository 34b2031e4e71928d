import CDPDK

/// What idle cores can do right now: a fraction of a millisecond each, to be taken around a measurement.
///
/// On a shared machine it changes within seconds: a virtual machine's host moves its cores apart or together,
/// changes their frequency, or runs somebody else on their execution units.
public struct CoreProbe: Codable, Equatable, Sendable {
  /// Ticks of a cache line's way from one core to the other and back, of the pair of neighbours in the list
  /// of CPUs where it takes longest; nil with a single CPU.
  public var handOverTicks: Double?
  /// Frequency of the slowest core, 10^9 cycles per second.
  public var coreGHz: Double?
  /// Additions that a core issues in one of its own cycles, the least of the cores. It falls when somebody
  /// else works on the same execution units.
  public var issueRate: Double?

  /// A probe by its parts.
  public init(handOverTicks: Double?, coreGHz: Double?, issueRate: Double?) {
    (self.handOverTicks, self.coreGHz, self.issueRate) = (handOverTicks, coreGHz, issueRate)
  }
}

extension EAL {
  /// Probes all CPUs, one after the other, and each pair of neighbours. No dataplane thread may run.
  /// - Throws: `DataplaneError`.
  public func probe() throws -> CoreProbe {
    let memory = ProbeMemory()
    defer { memory.deallocate() }
    var found = CoreProbe(handOverTicks: nil, coreGHz: nil, issueRate: nil)
    for index in cpus.indices {
      try run([(index, probeCore)], memory)
      let cycles = ProbeMemory.quantile(0.1, of: memory.chains).map { Double(ProbeMemory.chainCycles) / $0 }
      guard let cycles, let additions = ProbeMemory.quantile(0.5, of: memory.additions) else { continue }
      let rate = Double(ProbeMemory.additionsCount) / (additions * cycles)
      found.coreGHz = min(found.coreGHz ?? .infinity, cycles * Double(EAL.ticksPerSecond) / 1e9)
      found.issueRate = min(found.issueRate ?? .infinity, rate)
    }
    for index in cpus.indices.dropFirst() {
      guard let ticks = try handOver(between: index - 1, and: index, memory) else { continue }
      found.handOverTicks = max(found.handOverTicks ?? 0, ticks)
    }
    return found
  }

  /// Ticks of a cache line's way between two CPUs and back; nil where one waits in vain for the other.
  private func handOver(between one: Int, and other: Int, _ memory: ProbeMemory) throws -> Double? {
    // A thread may come to its core later than the other one waits: they meet the next time.
    for _ in 0..<ProbeMemory.tries {
      memory.clear()
      // The one that answers first, or the other would ask in vain.
      try run([(other, answer), (one, ask)], memory)
      if let ticks = ProbeMemory.quantile(0.25, of: memory.trips) {
        return ticks / Double(ProbeMemory.tripsOfBatch)
      }
    }
    return nil
  }

  /// Runs functions on threads, and waits until all have ended without spinning on a core that they want.
  private func run(_ work: [(index: Int, function: cdpdk_thread_fn)], _ memory: ProbeMemory) throws {
    var launched: [UInt32] = []
    defer {
      for lcore in launched {
        while cdpdk_is_running(lcore) != 0 { cdpdk_sleep_ns(50_000) }
        _ = cdpdk_wait(lcore)
      }
    }
    for (index, function) in work {
      let lcore = UInt32(index + 1)
      guard cdpdk_launch(function, memory.base, lcore) == 0 else {
        cdpdk_store_release(memory.line, .max)
        throw DataplaneError.environment(reason: "thread \(index) is busy")
      }
      launched.append(lcore)
    }
  }
}

/// What the two threads of a probe share. Plain memory without an owner: call `deallocate()` once.
private struct ProbeMemory {
  static let batches = 32
  static let tripsOfBatch = 8
  /// Multiplications of 3 cycles each.
  static let chainCycles = 16 * 32 * Int(CDPDK_CHAIN_CYCLES)
  static let additionsCount = 64 * 64
  /// Nobody waits longer for the other: 4 million ticks, a millisecond or two.
  static let patience: UInt64 = 4_000_000
  static let tries = 4

  let base: UnsafeMutableRawPointer
  /// The cache line that goes to and fro, with room to its neighbours, which cores fetch in pairs.
  var line: UnsafeMutablePointer<UInt64> { base.assumingMemoryBound(to: UInt64.self) }
  /// Ticks of each batch, 0 for one that did not come about.
  var trips: UnsafeMutableBufferPointer<UInt64> { results(0) }
  var chains: UnsafeMutableBufferPointer<UInt64> { results(1) }
  var additions: UnsafeMutableBufferPointer<UInt64> { results(2) }

  private static let words = 32 + 3 * batches

  init() {
    base = .allocate(byteCount: Self.words * 8, alignment: 128)
    base.initializeMemory(as: UInt64.self, repeating: 0, count: Self.words)
  }

  init(_ base: UnsafeMutableRawPointer) { self.base = base }

  func deallocate() { base.deallocate() }

  func clear() { base.initializeMemory(as: UInt64.self, repeating: 0, count: Self.words) }

  private func results(_ number: Int) -> UnsafeMutableBufferPointer<UInt64> {
    UnsafeMutableBufferPointer(start: line + 32 + number * Self.batches, count: Self.batches)
  }

  /// A low quantile leaves out what disturbed a batch; nil where too few batches came about to tell one.
  static func quantile(_ share: Double, of ticks: UnsafeMutableBufferPointer<UInt64>) -> Double? {
    let sorted = ticks.filter { $0 > 0 }.sorted()
    guard sorted.count >= batches / 4 else { return nil }
    return Double(sorted[Int(share * Double(sorted.count - 1))])
  }
}

/// The core by itself: batches of multiplications that wait for each other, and of additions that do not.
private func probeCore(_ context: UnsafeMutableRawPointer?) -> Int32 {
  let memory = ProbeMemory(context.unsafelyUnwrapped)
  var product: UInt32 = 3
  for batch in 0..<ProbeMemory.batches {
    var start = cdpdk_tsc()
    for _ in 0..<32 { product = cdpdk_chain_16(product) }
    memory.chains[batch] = cdpdk_tsc() &- start
    start = cdpdk_tsc()
    for _ in 0..<64 { cdpdk_additions_64() }
    memory.additions[batch] = cdpdk_tsc() &- start
  }
  cdpdk_end()
  return 0
}

/// Writes odd numbers, one more for each even one that comes back, and takes the time of each batch.
private func ask(_ context: UnsafeMutableRawPointer?) -> Int32 {
  let memory = ProbeMemory(context.unsafelyUnwrapped)
  var number: UInt64 = 1
  let limit = cdpdk_tsc() &+ ProbeMemory.patience
  // The first batch waits for the other thread, and does not count.
  for batch in -1..<ProbeMemory.batches {
    let start = cdpdk_tsc()
    for _ in 0..<ProbeMemory.tripsOfBatch {
      cdpdk_store_release(memory.line, number)
      if !wait(for: number &+ 1, at: memory.line, until: limit) {
        cdpdk_store_release(memory.line, .max)
        cdpdk_end()
        return 0
      }
      number &+= 2
    }
    if batch >= 0 { memory.trips[batch] = cdpdk_tsc() &- start }
  }
  cdpdk_store_release(memory.line, .max)
  cdpdk_end()
  return 0
}

/// Adds one to each odd number, until the other ends.
private func answer(_ context: UnsafeMutableRawPointer?) -> Int32 {
  let memory = ProbeMemory(context.unsafelyUnwrapped)
  var number: UInt64 = 1
  let limit = cdpdk_tsc() &+ ProbeMemory.patience
  while wait(for: number, at: memory.line, until: limit) {
    cdpdk_store_release(memory.line, number &+ 1)
    number &+= 2
  }
  cdpdk_end()
  return 0
}

/// Waits for a number; false if the other has ended, or does not answer.
@inline(__always)
private func wait(for number: UInt64, at line: UnsafeMutablePointer<UInt64>, until limit: UInt64) -> Bool {
  var looks: UInt = 0
  while true {
    let found = cdpdk_load_acquire(line)
    if found == number { return true }
    if found == .max { return false }
    looks &+= 1
    if looks & 255 == 0, cdpdk_tsc() > limit { return false }
  }
}

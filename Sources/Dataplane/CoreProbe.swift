import CDPDK

/// The current speed of idle cores, probed in a fraction of a millisecond each, around a measurement.
///
/// On a shared machine it changes within seconds: a virtual machine's host moves its cores apart or together,
/// changes their frequency, or runs other work on their execution units.
public struct CoreProbe: Codable, Equatable, Sendable {
  /// Ticks of a cache line's round trip between two cores: the slowest pair of neighbours in the list of
  /// CPUs; nil with a single CPU.
  public var handOverTicks: Double?
  /// Frequency of the slowest core, 10^9 cycles per second.
  public var coreGHz: Double?
  /// Additions per cycle, on the core that issues the fewest. It falls when other work uses the same
  /// execution units.
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

  /// Ticks of a cache line's round trip between two CPUs; nil if one waits in vain for the other.
  private func handOver(between one: Int, and other: Int, _ memory: ProbeMemory) throws -> Double? {
    // A thread may reach its core after the other one has stopped waiting: try again.
    for _ in 0..<ProbeMemory.tries {
      memory.clear()
      // Start the answering thread first, or the asking one would wait in vain.
      try run([(other, answer), (one, ask)], memory)
      if let ticks = ProbeMemory.quantile(0.25, of: memory.trips) {
        return ticks / Double(ProbeMemory.tripsOfBatch)
      }
    }
    return nil
  }

  /// Runs functions on threads, and waits for them without spinning on a core that they need.
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

/// Memory shared by the two threads of a probe. Plain memory without an owner: call `deallocate()` once.
private struct ProbeMemory {
  static let batches = 32
  static let tripsOfBatch = 8
  /// Multiplications of 3 cycles each.
  static let chainCycles = 16 * 32 * Int(CDPDK_CHAIN_CYCLES)
  static let additionsCount = 64 * 64
  /// The longest wait for the other thread: 4 million ticks, a millisecond or two.
  static let patience: UInt64 = 4_000_000
  static let tries = 4

  let base: UnsafeMutableRawPointer
  /// The cache line that moves between the cores, away from its neighbour, for cores prefetch lines in pairs.
  var line: UnsafeMutablePointer<UInt64> { base.assumingMemoryBound(to: UInt64.self) }
  /// Ticks of each batch; 0 for a batch that did not complete.
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

  /// A quantile over batches, low enough to exclude disturbed ones; nil with too few batches.
  static func quantile(_ share: Double, of ticks: UnsafeMutableBufferPointer<UInt64>) -> Double? {
    let sorted = ticks.filter { $0 > 0 }.sorted()
    guard sorted.count >= batches / 4 else { return nil }
    return Double(sorted[Int(share * Double(sorted.count - 1))])
  }
}

/// Measures a single core: batches of dependent multiplications, and of independent additions.
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

/// Writes an odd number, waits for the next even one, and so on, and times each batch.
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

/// Answers each odd number with the next even one, until the other thread ends.
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

/// Waits for a number; false if the other thread has ended or does not answer.
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

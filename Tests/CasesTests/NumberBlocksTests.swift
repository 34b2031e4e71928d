import Cases
import Testing

/// The window and the lag for blocks of numbers. `ParallelTests` check that a window with these sizes drops
/// nothing.
@Suite struct NumberBlocksTests {
  @Test(arguments: [2, 3, 8, 64], [1, 64, 1024, 8192]) func theWindowHoldsLagFlightAndBlocksBegun(
    threads: Int, block: Int
  ) {
    for inFlight in [0, 256, 4096, 65_536] {
      let least = inFlight + NumberBlocks.lag(threads: threads, block: block)
      for window in [least, least + 1, 2 * least] {
        let lag = NumberBlocks.lagMax(threads: threads, block: block, window: window, inFlight: inFlight)
        #expect(lag + inFlight + (threads - 1) * block == window)
        #expect(lag >= threads * block, "what is usual is not given up")
      }
      // With a smaller window `lagMax` would be below the usual lag.
      #expect(
        NumberBlocks.lagMax(threads: threads, block: block, window: least - 1, inFlight: inFlight)
          < threads * block)
    }
  }

  @Test func aThreadAloneLagsBehindNobody() {
    #expect(NumberBlocks.lag(threads: 1, block: 8192) == 0)
    #expect(NumberBlocks.lagMax(threads: 1, block: 8192, window: 64, inFlight: 4096) == .max)
  }

  @Test func aBurstsOwnNumbersSetNobodyApart() {
    #expect(NumberBlocks.lag(threads: 8, block: 0) == 0)
  }

  /// The default of descriptors: half of the threads seal.
  @Test(arguments: [(8, nil, 7 * 64), (7, nil, 7 * 64), (8, 7, 13 * 64), (8, 1, 0), (2, nil, 0)])
  func aCasesLagIsOfItsSealingThreads(threads: Int, sealing: Int?, lag: Int) {
    var values = AxisValues()
    (values.threads, values.sealThreads) = (threads, sealing)
    #expect(NumberBlocks.lag(threads: values.sealing, block: 64) == lag)
  }
}

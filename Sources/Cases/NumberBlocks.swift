/// How far numbers lag where `threads` sealing threads take them in blocks from one counter, and the window
/// that holds them.
///
/// 1. At equal rates each other thread takes about one block while a thread uses up its own: its next number
///    is less than `threads` × `block` behind the counter.
/// 2. A thread that pauses would be behind without a bound. So before each burst it gives up what is `lagMax`
///    or more behind the counter; that is no less than the lag at equal rates, so that only pauses cost
///    numbers.
/// 3. While a packet is under way, those that overtake it take as many numbers as are in flight, and each
///    other thread may have begun a block. So the window holds what is sent if it is as large as `lagMax`,
///    the frames in flight and a block of each other thread together.
public enum NumberBlocks {
  /// The numbers that a window must hold beside those in flight; 0 where nobody else takes numbers.
  public static func lag(threads: Int, block: Int) -> Int { threads > 1 ? (2 * threads - 1) * block : 0 }

  /// From which lag on numbers are given up, where a window of `window` packets holds what it must.
  public static func lagMax(threads: Int, block: Int, window: Int, inFlight: Int) -> Int {
    // A thread alone lags behind nobody.
    threads > 1 ? max(window - inFlight - (threads - 1) * block, 0) : .max
  }
}

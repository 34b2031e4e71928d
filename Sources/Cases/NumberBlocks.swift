/// How far sequence numbers lag if `threads` sealing threads take them in blocks from one counter, and how
/// large the replay window must be.
///
/// 1. At equal rates each other thread takes about one block while a thread uses up its own. So a thread's
///    next number is less than `threads` × `block` behind the counter.
/// 2. A thread that pauses would lag without bound. So before each burst it gives up the numbers that are
///    `lagMax` or more behind the counter. `lagMax` is at least the lag at equal rates, so that only pauses
///    cost numbers.
/// 3. While a packet is in flight, the packets that overtake it take at most as many numbers as there are
///    frames in flight, and each other thread may have begun a block. So the window is large enough if it
///    holds the sum of `lagMax`, the frames in flight, and a block of each other thread.
public enum NumberBlocks {
  /// The numbers that a window must hold in addition to those in flight; 0 if there is only one thread.
  public static func lag(threads: Int, block: Int) -> Int { threads > 1 ? (2 * threads - 1) * block : 0 }

  /// The lag from which a thread gives numbers up, for a window of `window` packets.
  public static func lagMax(threads: Int, block: Int, window: Int, inFlight: Int) -> Int {
    // A single thread never lags.
    threads > 1 ? max(window - inFlight - (threads - 1) * block, 0) : .max
  }
}

/// Frames that a NIC puts into several buffers, one behind the other (paper, section 3.2).
public enum ChainedBuffers {
  /// Bytes of a frame in each buffer but the last: DPDK's default size of one.
  public static let bytes = 2048

  /// The buffers that a frame of `count` bytes takes.
  public static func count(of frame: Int) -> Int { max(1, (frame + bytes - 1) / bytes) }

  /// Whether bytes `range` of a frame lie in two buffers.
  public static func splits(_ range: Range<Int>) -> Bool {
    !range.isEmpty && range.lowerBound / bytes != (range.upperBound - 1) / bytes
  }

  /// Bytes before the sealed packet in a frame of the black link over IPv4.
  private static let blackBytes = Ethernet.headerBytes + IPv4.headerBytes

  /// Whether ESP's trailer and ICV around an inner packet of `inner` bytes lie in two buffers when the sealed
  /// packet arrives.
  public static func splitsESP(inner: Int) -> Bool {
    let start = blackBytes + ESPLayout.headerBytes + inner
    return splits(start..<blackBytes + ESPLayout.sealedBytes(inner: inner))
  }
}

import CIPsecMB

/// The time-stamp counter, for code that knows no DPDK.
public enum TimeStamp {
  /// Its ticks now.
  @inlinable @inline(__always)
  public static var now: UInt64 { cimb_ticks() }
}

import CDPDK

/// A word that one thread writes and others read.
public enum SharedFlag {
  /// Whether the flag is set; writes before it was set are then visible.
  @inline(__always)
  public static func isSet(_ flag: UnsafePointer<UInt64>) -> Bool { cdpdk_load_acquire(flag) != 0 }

  /// Sets or clears the flag; earlier writes become visible with it.
  @inline(__always)
  public static func set(_ flag: UnsafeMutablePointer<UInt64>, _ isSet: Bool) {
    cdpdk_store_release(flag, isSet ? 1 : 0)
  }

  /// Adds 1 to a counter that other threads read.
  @inline(__always)
  public static func count(_ counter: UnsafeMutablePointer<UInt64>) { add(1, to: counter) }

  /// Adds to a counter that other threads read.
  @inline(__always)
  public static func add(_ amount: UInt64, to counter: UnsafeMutablePointer<UInt64>) {
    cdpdk_store(counter, counter.pointee &+ amount)
  }

  /// A recent value of a counter that another thread writes.
  public static func read(_ counter: UnsafePointer<UInt64>) -> UInt64 { cdpdk_load(counter) }
}

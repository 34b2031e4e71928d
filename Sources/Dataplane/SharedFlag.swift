import CDPDK

/// A word that one thread sets and another looks at.
public enum SharedFlag {
  /// Whether the flag is set; what was written before it was set is then visible.
  @inline(__always)
  public static func isSet(_ flag: UnsafePointer<UInt64>) -> Bool { cdpdk_load_acquire(flag) != 0 }

  /// Sets or clears the flag; what was written before becomes visible with it.
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

  /// A counter that another thread writes, as it was a moment ago.
  public static func read(_ counter: UnsafePointer<UInt64>) -> UInt64 { cdpdk_load(counter) }
}

import CDPDK

/// The process that started this one.
public enum ParentProcess {
  /// From now on the kernel kills this process when its parent has ended, for whatever reason.
  ///
  /// This works whatever the process is doing. A parent that ended before this call is not noticed.
  public static func endWithIt() { cdpdk_end_with_parent() }
}

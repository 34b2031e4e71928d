import CDPDK

/// The process that started this one.
public enum ParentProcess {
  /// From now on this process ends, at once and by force, when its parent has ended, however that came.
  ///
  /// The kernel sees to it, so it holds whatever this process is busy with. A parent that has ended before
  /// this call is not noticed.
  public static func endWithIt() { cdpdk_end_with_parent() }
}

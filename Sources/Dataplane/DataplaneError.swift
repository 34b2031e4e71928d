/// Errors before packets flow.
public enum DataplaneError: Error, Equatable, CustomStringConvertible {
  /// EAL refused its arguments or the machine.
  case environment(reason: String)
  /// A pool, ring or buffer could not be made.
  case memory(what: String, reason: String)
  /// A DPDK device could not be opened, configured or started.
  case port(name: String, step: String, reason: String)
  /// A DPDK device takes no IP packets as large as are needed.
  case mtu(name: String, wanted: Int, most: Int)
  /// A capture cannot be written, or read back.
  case capture(path: String, reason: String)
  /// More dataplane threads than the environment was started with.
  case threads(wanted: Int, available: Int)

  /// One sentence with the remedy.
  public var description: String {
    switch self {
    case .environment(let reason):
      "DPDK's environment cannot start (\(reason)); `vpebench check` shows what this machine lacks"
    case .memory(let what, let reason):
      "no memory for \(what) (\(reason)); lower traffic.in_flight_frames or free memory"
    case .port(let name, let step, let reason):
      "the DPDK device \(name) cannot \(step) (\(reason)); check its device arguments and rights"
        + (step == "start" ? ", and that the peer runs that it connects to" : "")
    case .mtu(let name, let wanted, let most):
      "the DPDK device \(name) takes IP packets of at most \(most) bytes, and \(wanted) are needed; "
        + "raise its MTU or lower frame_bytes"
    case .capture(let path, let reason):
      "the capture \(path) cannot be kept (\(reason)); see that its folder has room and can be written to"
    case .threads(let wanted, let available):
      "\(wanted) cores are wanted, \(available) are there; lower threads or fold them onto fewer cores"
    }
  }
}

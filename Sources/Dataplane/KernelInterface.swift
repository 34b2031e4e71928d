import Glibc

/// A network device of the kernel on which a port stands.
enum KernelInterface {
  /// Whether the device is up and has a carrier, as the kernel says: a driver over it may not look again
  /// once it has started (af_packet does not).
  /// - Parameter index: the kernel's number of the device.
  static func isUp(_ index: UInt32) -> Bool {
    var request = ifreq()
    let isThere = withUnsafeMutableBytes(of: &request.ifr_ifrn) {
      if_indextoname(index, $0.baseAddress?.assumingMemoryBound(to: CChar.self)) != nil
    }
    guard isThere else { return false }
    let handle = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    guard handle >= 0 else { return true }
    defer { close(handle) }
    guard ioctl(handle, UInt(SIOCGIFFLAGS), &request) == 0 else { return false }
    let wanted = Int16(IFF_UP | IFF_RUNNING)
    return request.ifr_ifru.ifru_flags & wanted == wanted
  }
}

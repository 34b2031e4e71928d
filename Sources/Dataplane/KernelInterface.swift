import Glibc

/// A network device of the kernel on which a port stands, by the kernel's number of it.
enum KernelInterface {
  /// Whether the device is up and has a carrier, as the kernel says: a driver over it may not look again
  /// once it has started (af_packet does not).
  static func isUp(_ index: UInt32) -> Bool {
    guard var request = request(index) else { return false }
    guard let status = ask(UInt(SIOCGIFFLAGS), &request) else { return true }
    let wanted = Int16(IFF_UP | IFF_RUNNING)
    return status == 0 && request.ifr_ifru.ifru_flags & wanted == wanted
  }

  /// The largest IP packet that the device takes; nil if it is none of the kernel's.
  static func mtuBytes(_ index: UInt32) -> Int? {
    guard index != 0, var request = request(index), ask(UInt(SIOCGIFMTU), &request) == 0 else { return nil }
    return Int(request.ifr_ifru.ifru_mtu)
  }

  /// A question about the device; nil if there is no such device.
  private static func request(_ index: UInt32) -> ifreq? {
    var request = ifreq()
    let isThere = withUnsafeMutableBytes(of: &request.ifr_ifrn) {
      if_indextoname(index, $0.baseAddress?.assumingMemoryBound(to: CChar.self)) != nil
    }
    return isThere ? request : nil
  }

  /// Asks the kernel; nil if there is no way to.
  private static func ask(_ question: UInt, _ request: inout ifreq) -> Int32? {
    let handle = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    guard handle >= 0 else { return nil }
    defer { close(handle) }
    return ioctl(handle, question, &request)
  }
}

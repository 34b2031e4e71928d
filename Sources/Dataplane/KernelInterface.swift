import Glibc

/// The kernel's network device under a port, by its interface index.
enum KernelInterface {
  /// Whether the device is up and has a carrier, as the kernel reports: a driver on top may not check again
  /// after its start (af_packet does not).
  static func isUp(_ index: UInt32) -> Bool {
    guard var request = request(index) else { return false }
    guard let status = ask(UInt(SIOCGIFFLAGS), &request) else { return true }
    let wanted = Int16(IFF_UP | IFF_RUNNING)
    return status == 0 && request.ifr_ifru.ifru_flags & wanted == wanted
  }

  /// The device's MTU in bytes; nil if it is no device of the kernel.
  static func mtuBytes(_ index: UInt32) -> Int? {
    guard index != 0, var request = request(index), ask(UInt(SIOCGIFMTU), &request) == 0 else { return nil }
    return Int(request.ifr_ifru.ifru_mtu)
  }

  /// An `ioctl` request for the device; nil if there is no such device.
  private static func request(_ index: UInt32) -> ifreq? {
    var request = ifreq()
    let isThere = withUnsafeMutableBytes(of: &request.ifr_ifrn) {
      if_indextoname(index, $0.baseAddress?.assumingMemoryBound(to: CChar.self)) != nil
    }
    return isThere ? request : nil
  }

  /// Sends the request to the kernel; nil if no socket can be opened.
  private static func ask(_ question: UInt, _ request: inout ifreq) -> Int32? {
    let handle = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    guard handle >= 0 else { return nil }
    defer { close(handle) }
    return ioctl(handle, question, &request)
  }
}

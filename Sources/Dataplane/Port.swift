import CDPDK

/// An end of a link: a DPDK port that is started and closed by its owner.
public final class Port {
  /// The name for messages, such as `gateway-a.black`.
  public let name: String
  /// DPDK's number.
  public let number: UInt16
  /// Kept alive, for the device may hold its packets until the port is closed.
  private let pool: PacketPool

  /// Descriptors of a queue, unless a port is set up otherwise.
  public static let descriptors = 1024

  /// How a port is set up.
  public struct Options {
    /// Queues to receive from.
    public var receiveQueues = 1
    /// Queues to transmit to.
    public var transmitQueues = 1
    /// Descriptors in each queue, if the device has any.
    public var descriptors = Port.descriptors
    /// The largest IP packet that the port must carry; 0 leaves it to the device.
    public var mtuBytes = 0
    /// The key of the hash (RSS) by which packets are spread over several queues, if the device has one;
    /// empty for the driver's key.
    public var hashKey: [UInt8] = []
    /// Whether that hash is over ESP's SPI instead of addresses and ports.
    public var hashesSPI = false
    /// Over how many queues, from the first on, RSS spreads packets; nil for all.
    public var spreadQueues: Int?
    /// Rules that steer packets to certain queues.
    public var rules: [FlowRule] = []

    /// One queue each way.
    public init() {}
  }

  /// Opens and starts a DPDK device.
  /// - Parameters:
  ///   - name: for messages.
  ///   - devargs: as DPDK takes them, such as `net_af_packet0,iface=red` or `0000:01:00.0`.
  ///   - pool: where received packets are put; must outlive the port.
  /// - Throws: `DataplaneError.port`.
  public init(name: String, devargs: String, pool: PacketPool, _ options: Options) throws {
    self.name = name
    self.pool = pool
    let device = String(devargs.prefix { $0 != "," })
    try Port.require(cdpdk_device_probe(devargs), devargs, "be opened")
    number = UInt16(try Port.require(cdpdk_port_by_name(device), devargs, "be found"))
    try start(pool, options)
    for index in 0..<options.receiveQueues { discardArrived(queue(index)) }
  }

  /// Discards what arrived before the port was started. The socket of an af_packet port receives from all
  /// interfaces of the host until it is bound to its own, so that these can be packets of the management
  /// network, which would count as the first of a measurement.
  private func discardArrived(_ queue: PortQueue) {
    let burst = Burst()
    defer { burst.deallocate() }
    for _ in 0..<Port.mostDiscardedBursts {
      let count = queue.receive(burst)
      if count == 0 { return }
      burst.free(from: 0, to: count)
    }
  }

  /// More bursts than a receive ring holds; a device that never runs out of packets (net_null) ends here.
  private static let mostDiscardedBursts = 1024

  /// A port over rings that are already there.
  init(name: String, over rings: (receive: [OpaquePointer], transmit: [OpaquePointer]), pool: PacketPool)
    throws
  {
    self.name = name
    self.pool = pool
    var receive = rings.receive.map(Optional.some)
    var transmit = rings.transmit.map(Optional.some)
    let made = cdpdk_port_from_rings(
      name, &receive, UInt32(receive.count), &transmit, UInt32(transmit.count))
    number = UInt16(try Port.require(made < 0 ? -cdpdk_error() : made, name, "be made of rings"))
    var options = Options()
    options.receiveQueues = receive.count
    options.transmitQueues = transmit.count
    try start(pool, options)
  }

  /// How often a start is tried, 20 ms apart: a device may wait for its peer (a memif client for its server).
  private static let startAttempts = 250

  /// If this throws, `deinit` removes the port, for the object is fully initialized.
  private func start(_ pool: PacketPool, _ options: Options) throws {
    var status = cdpdk_port_configure(
      number, UInt16(options.receiveQueues), UInt16(options.transmitQueues), UInt16(options.descriptors),
      options.hashesSPI ? 1 : 0, options.cHashKey, pool.pool)
    if status == 0, let most = limit(below: options.mtuBytes) {
      throw DataplaneError.mtu(name: name, wanted: options.mtuBytes, most: most)
    }
    if status == 0 {
      for attempt in 1...Port.startAttempts {
        status = cdpdk_port_start(number)
        if status == 0 || attempt == Port.startAttempts { break }
        cdpdk_sleep_ns(20_000_000)
      }
    }
    try Port.require(status, name, "start")
    try steer(options)
  }

  /// Makes the device accept packets of `wanted` bytes.
  /// - Returns: nil, or the largest packet that it accepts if that is smaller.
  private func limit(below wanted: Int) -> Int? {
    let interface = cdpdk_port_interface(number)
    func most() -> Int {
      // A driver over a kernel device knows the kernel's limit only if it has set it itself.
      KernelInterface.mtuBytes(interface) ?? Int(cdpdk_port_mtu(number))
    }
    if most() >= wanted { return nil }
    let status = cdpdk_port_set_mtu(number, UInt16(wanted))
    // Ports in memory have no such limit.
    if interface == 0, cdpdk_is_unsupported(status) != 0 { return nil }
    return status == 0 && most() >= wanted ? nil : most()
  }

  deinit { _ = cdpdk_port_remove(number) }

  @discardableResult
  static func require(_ status: Int32, _ name: String, _ step: String) throws -> Int32 {
    guard status < 0 else { return status }
    throw DataplaneError.port(
      name: name, step: step, reason: String(cString: cdpdk_error_text(status)))
  }

  /// Whether the device reports its link as up, and so does the kernel if the port uses a kernel device.
  public var isUp: Bool {
    guard cdpdk_port_link_is_up(number) != 0 else { return false }
    let interface = cdpdk_port_interface(number)
    return interface == 0 || KernelInterface.isUp(interface)
  }

  /// The link's rate, 10^6 bits per second; nil if it is down or the driver reports none.
  public var megabits: Int? {
    let rate = cdpdk_port_link_mbps(number)
    return rate == 0 ? nil : Int(rate)
  }

  /// One queue of the port, as a stage uses it.
  public func queue(_ index: Int) -> PortQueue { PortQueue(port: number, queue: UInt16(index)) }
}

/// One queue of a port: a trivial struct, valid while the port lives.
public struct PortQueue {
  let port: UInt16
  let queue: UInt16

  /// Receives up to `Burst.capacity` packets; returns how many.
  @inline(__always)
  public func receive(_ burst: Burst) -> Int {
    Int(truncatingIfNeeded: cdpdk_receive(port, queue, burst.mbufs, UInt16(Burst.capacity)))
  }

  /// Transmits the first `count` packets; returns how many the queue took. The rest stay the caller's.
  @inline(__always)
  public func transmit(_ burst: Burst, count: Int) -> Int {
    Int(truncatingIfNeeded: cdpdk_transmit(port, queue, burst.mbufs, UInt16(truncatingIfNeeded: count)))
  }
}

extension Environment {
  /// A host of a testbed: what it is, and what a role had of it. Like the rest it names nobody.
  public struct Host: Codable, Sendable, Equatable {
    /// Its programs and libraries.
    public var software: Software
    /// Its processor, with the rate of its counter.
    public var cpu: CPU
    /// Its memory.
    public var memory: Memory
    /// Its operating system.
    public var system: System
    /// Its network controllers.
    public var networkDevices: [NetworkDevice]
    /// CPUs that the role's threads were put on, ascending.
    public var roleCpus: [Int]
    /// Whether another role has some of these as well, on the same machine.
    public var sharesCpus: Bool
    /// The largest IP packet that its links carry, as the inventory says.
    public var mtuBytes: Int?
    /// Rate of its links, 10^9 bits per second, as the inventory says.
    public var linkGbps: Double?

    /// A host by what it has told, and what the inventory says.
    public init(
      _ found: Environment, roleCpus: [Int], sharesCpus: Bool, mtuBytes: Int?, linkGbps: Double?
    ) {
      (software, cpu, memory) = (found.software, found.cpu, found.memory)
      (system, networkDevices) = (found.system, found.networkDevices)
      (self.roleCpus, self.sharesCpus) = (roleCpus, sharesCpus)
      (self.mtuBytes, self.linkGbps) = (mtuBytes, linkGbps)
    }

    /// Whether figures of both compare: the same processor, programs and CPUs. The counter's rate is measured
    /// anew at each start.
    public func isSame(as other: Host) -> Bool {
      var (own, its) = (cpu, other.cpu)
      (own.tscHz, its.tscHz) = (nil, nil)
      return own == its && software == other.software && roleCpus == other.roleCpus
    }
  }
}

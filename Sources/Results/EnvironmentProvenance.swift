extension Environment {
  /// A property that is needed to judge or repeat a figure, and the reason why it may be unknown.
  private struct Wanted: Sendable {
    let name: String
    let reason: String
    let isKnown: @Sendable (Environment) -> Bool

    init(_ name: String, _ reason: String, _ isKnown: @escaping @Sendable (Environment) -> Bool) {
      (self.name, self.reason, self.isKnown) = (name, reason, isKnown)
    }
  }

  private static let inKernel = "the kernel does not tell"
  private static let inScaling =
    "the kernel does not scale frequencies here; on a virtual machine the host does"

  private static let wanted = [
    Wanted("cpu.name", inKernel) { $0.cpu.name != nil },
    Wanted("cpu.microcode", inKernel) { $0.cpu.microcode != nil },
    Wanted("cpu.governor", inScaling) { $0.cpu.governor != nil },
    Wanted("cpu.boost", inScaling) { $0.cpu.boost != nil },
    Wanted("cpu.smt", inKernel) { $0.cpu.smt != nil },
    Wanted("cpu.numa_nodes", "the kernel knows no NUMA nodes") { $0.cpu.numaNodes != nil },
    Wanted("cpu.tsc_hz", "DPDK did not measure it") { $0.cpu.tscHz != nil },
    Wanted("memory.huge_pages", "the kernel has no huge pages") { !$0.memory.hugePages.isEmpty },
    Wanted("system.kernel", inKernel) { $0.system.kernel != nil },
    Wanted("system.kernel_command_line", inKernel) { $0.system.kernelCommandLine != nil },
    Wanted("system.clock_source", inKernel) { $0.system.clockSource != nil },
    Wanted("network_devices", "there is no PCI network controller") { !$0.networkDevices.isEmpty },
    Wanted("software.git_commit", "the program lies in no git work tree with a commit") {
      $0.software.gitCommit != nil
    },
    Wanted("software.git_dirty", "the program lies in no git work tree") { $0.software.gitDirty != nil },
    Wanted("software.swift", "the compiler did not tell") { $0.software.swift != nil },
    Wanted("software.dpdk", "the library did not load") { $0.software.dpdk != nil },
    Wanted("software.intel_ipsec_mb", "the library did not load") { $0.software.intelIpsecMb != nil },
    Wanted("software.intel_ipsec_mb_origin", "the build did not note it") {
      $0.software.intelIpsecMbOrigin != nil
    },
    Wanted("software.intel_ipsec_mb_sha256", "the build did not note it") {
      $0.software.intelIpsecMbSha256 != nil
    },
    Wanted("software.intel_ipsec_mb_architecture", "the library did not load") {
      $0.software.intelIpsecMbArchitecture != nil
    },
    Wanted("software.machine_flags", "the build did not note them") { $0.software.machineFlags != nil },
    Wanted("software.eal_arguments", "DPDK was not started") { $0.software.ealArguments != nil },
    Wanted("software.program_sha256", "its file could not be read") { $0.software.programSha256 != nil },
    Wanted("software.packages", "the system has no dpkg-query, or none of the packages") {
      $0.software.packages != nil
    },
    Wanted("seed", "the run had none") { $0.seed != nil },
  ]

  /// The properties that each run states, or explains the lack of: those that artifact reviewers ask for.
  /// Driver and firmware of each network controller are treated the same way.
  public static let provenance = wanted.map(\.name)

  /// The reasons why properties are unknown, by the properties' names.
  public func gaps() -> [String: String] {
    var gaps: [String: String] = [:]
    for property in Self.wanted where !property.isKnown(self) { gaps[property.name] = property.reason }
    for (index, device) in networkDevices.enumerated() {
      let name = "network_devices.\(index)"
      if device.driver == nil { gaps["\(name).driver"] = "the device is bound to none" }
      if device.firmware == nil {
        gaps["\(name).firmware"] =
          device.driver.map { "neither the kernel nor ethtool tells it of a device of \($0)" }
          ?? "without a driver nothing tells it"
      }
    }
    return gaps
  }
}

import Cases

extension Environment {
  /// The programs and libraries that a run used.
  public struct Software: Codable, Sendable, Equatable {
    /// The version of vpebench itself.
    public var vpebench: String
    /// The commit from which vpebench was built; `nil` outside a git work tree.
    public var gitCommit: String?
    /// Whether the work tree differed from that commit, for example by untracked files.
    public var gitDirty: Bool?
    /// The version of the Swift compiler that built vpebench.
    public var swift: String?
    /// The version of DPDK.
    public var dpdk: String?
    /// The version of intel-ipsec-mb.
    public var intelIpsecMb: String?
    /// The linked package of intel-ipsec-mb, and its origin.
    public var intelIpsecMbOrigin: String?
    /// SHA-256 of the static library of intel-ipsec-mb, in hexadecimal.
    public var intelIpsecMbSha256: String?
    /// The implementation that intel-ipsec-mb picked for this processor, e.g. `AVX512`.
    public var intelIpsecMbArchitecture: String?
    /// The compiler options that choose the processor for which DPDK's inline functions are compiled. The
    /// rest is compiled for any x86-64; the crypto library selects its code when it starts.
    public var machineFlags: String?
    /// The arguments with which DPDK was started.
    public var ealArguments: [String]?
    /// SHA-256 of the program, in hexadecimal.
    public var programSha256: String?
    /// Versions of the distribution's packages from which the program is built and with which it runs, by
    /// name.
    public var packages: [String: String]?
    /// The version and the crypto library of each third-party program in the run, by name; nil if there is
    /// none.
    public var peers: [String: String]?

    /// Software described by its versions.
    public init(
      vpebench: String, gitCommit: String? = nil, gitDirty: Bool? = nil, swift: String? = nil,
      dpdk: String? = nil, intelIpsecMb: String? = nil, intelIpsecMbOrigin: String? = nil,
      intelIpsecMbSha256: String? = nil, intelIpsecMbArchitecture: String? = nil
    ) {
      self.vpebench = vpebench
      self.gitCommit = gitCommit
      self.gitDirty = gitDirty
      self.swift = swift
      self.dpdk = dpdk
      self.intelIpsecMb = intelIpsecMb
      self.intelIpsecMbOrigin = intelIpsecMbOrigin
      self.intelIpsecMbSha256 = intelIpsecMbSha256
      self.intelIpsecMbArchitecture = intelIpsecMbArchitecture
    }
  }

  /// The processor of the machine.
  public struct CPU: Codable, Sendable, Equatable {
    /// The vendor as the processor names it, e.g. `AuthenticAMD`; on ARM the implementer's number.
    public var vendor: String?
    /// The marketing name.
    public var name: String?
    /// The family number of CPUID.
    public var family: Int?
    /// The model number of CPUID.
    public var model: Int?
    /// The stepping of CPUID.
    public var stepping: Int?
    /// The revision of the microcode, e.g. `0xb000040`.
    public var microcode: String?
    /// Physical cores that are online, over all sockets.
    public var physicalCores: Int?
    /// Logical cores that are online.
    public var logicalCores: Int?
    /// Logical cores that this process may run on (`taskset`, containers).
    public var usableCores: Int?
    /// The CPU time that a control group allows this process, as a number of CPUs; nil without a limit.
    public var quotaCpus: Double?
    /// Whether two hardware threads share a core (hyper-threading).
    public var smt: Bool?
    /// Number of NUMA nodes.
    public var numaNodes: Int?
    /// Size of a core's first-level data cache.
    public var l1dBytes: Int?
    /// Size of the second-level cache of a core, or of the cores that share one.
    public var l2Bytes: Int?
    /// Size of the third-level cache of the first core.
    public var l3Bytes: Int?
    /// The flags that matter for packet processing, crypto and timing, sorted; `nil` if flags cannot be read.
    public var flags: [String]?
    /// Ticks of the time stamp counter per second.
    public var tscHz: UInt64?
    /// The frequency governor. If cores differ, all governors, joined by commas.
    public var governor: String?
    /// Whether frequencies above the nominal one are allowed (turbo, boost).
    public var boost: Bool?

    /// A processor without any known properties.
    public init() {}
  }

  /// Load by other processes and machines.
  public struct Load: Codable, Sendable, Equatable {
    /// The load average of the minute before the run.
    public var loadAverage: Double?
    /// Other runs of this suite on the machine, before or after this one.
    public var otherRuns: Int?
    /// The share of all CPU time that other processes used during the run.
    public var othersCpuShare: Double?
    /// The share of CPU time that the host took from the virtual machine.
    public var stealShare: Double?

    /// A load of which nothing is known.
    public init() {}
  }

  /// The huge pages of one size.
  public struct HugePages: Codable, Sendable, Equatable {
    /// Size of one page.
    public var pageBytes: Int
    /// Number of reserved pages.
    public var total: Int?
    /// Number of reserved pages that are not in use.
    public var free: Int?

    /// Huge pages of one size.
    public init(pageBytes: Int, total: Int?, free: Int?) {
      self.pageBytes = pageBytes
      self.total = total
      self.free = free
    }
  }

  /// The memory of the machine.
  public struct Memory: Codable, Sendable, Equatable {
    /// Bytes of memory that the kernel manages.
    public var bytes: Int?
    /// Huge pages by size, in ascending order; empty if the kernel has none.
    public var hugePages: [HugePages]
    /// The mode of transparent huge pages: `always`, `madvise` or `never`.
    public var transparentHugePages: String?
    /// Size of the pages of DPDK's memory; nil unless the machine is a host of a testbed.
    public var dataplanePageBytes: Int?
    /// NUMA nodes of the CPUs of dataplane threads. Each thread's memory is on its node; that of a port is on
    /// its NIC's node. Nil unless the machine is a host of a testbed.
    public var dataplaneNodes: [Int]?

    /// Memory described by its parts.
    public init(bytes: Int?, hugePages: [HugePages], transparentHugePages: String?) {
      self.bytes = bytes
      self.hugePages = hugePages
      self.transparentHugePages = transparentHugePages
    }
  }

  /// The operating system, and its settings that affect timing.
  public struct System: Codable, Sendable, Equatable {
    /// The distribution, e.g. `Debian GNU/Linux 12 (bookworm)`.
    public var name: String?
    /// The kernel's release.
    public var kernel: String?
    /// The kernel's boot parameters, without those that locate the system's disks.
    public var kernelCommandLine: String?
    /// Whether this is a virtual machine.
    public var virtualMachine: Bool?
    /// The hypervisor, if the virtual machine reports it.
    public var hypervisor: String?
    /// The kernel's clock source, e.g. `tsc`.
    public var clockSource: String?
    /// The kernel's mitigation of each processor vulnerability, by the kernel's name for the vulnerability.
    public var mitigations: [String: String]

    /// A system described by its parts.
    public init(
      name: String?, kernel: String?, kernelCommandLine: String?, virtualMachine: Bool?,
      hypervisor: String?, clockSource: String? = nil, mitigations: [String: String]
    ) {
      self.name = name
      self.kernel = kernel
      self.kernelCommandLine = kernelCommandLine
      self.virtualMachine = virtualMachine
      self.hypervisor = hypervisor
      self.clockSource = clockSource
      self.mitigations = mitigations
    }
  }

  /// A port's functions for steering received packets to queues.
  public struct Port: Codable, Sendable, Equatable {
    /// The name of its DPDK driver, e.g. `net_virtio`.
    public var driver: String
    /// The largest number of receive queues.
    public var receiveQueues: Int
    /// Number of entries of the table that maps hashes to queues; 0 without a table.
    public var tableEntries: Int
    /// Length of the hash key; 0 if it cannot be set.
    public var hashKeyBytes: Int
    /// The supported hashes: `addresses`, `udp-ipv4`, `udp-ipv6`, `esp-spi`.
    public var hashes: [String]
    /// The flow rules that the port accepts, e.g. `udp-source in ipv4/udp`.
    public var rules: [String]

    /// A port described by its parts.
    public init(
      driver: String, receiveQueues: Int, tableEntries: Int, hashKeyBytes: Int, hashes: [String],
      rules: [String]
    ) {
      (self.driver, self.receiveQueues, self.tableEntries) = (driver, receiveQueues, tableEntries)
      (self.hashKeyBytes, self.hashes, self.rules) = (hashKeyBytes, hashes, rules)
    }
  }

  /// A PCI network controller.
  public struct NetworkDevice: Codable, Sendable, Equatable {
    /// The PCI address, e.g. `0000:3b:00.0`.
    public var address: String
    /// Vendor and device number, e.g. `8086:1592`.
    public var id: String?
    /// The driver it is bound to, e.g. `ice` or `vfio-pci`.
    public var driver: String?
    /// The firmware's version.
    public var firmware: String?
    /// The controller's NUMA node.
    public var numaNode: Int?

    /// A controller described by its parts.
    public init(address: String, id: String?, driver: String?, firmware: String?, numaNode: Int?) {
      self.address = address
      self.id = id
      self.driver = driver
      self.firmware = firmware
      self.numaNode = numaNode
    }
  }
}

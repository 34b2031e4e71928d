import Basics
import Foundation

import struct Results.Environment

extension Machine {
  /// The flags to record: those of vector and crypto instructions, the time stamp counter and the hypervisor.
  static let relevantFlags: Set<String> = [
    "aes", "avx", "avx2", "avx512bw", "avx512dq", "avx512f", "avx512ifma", "avx512vbmi", "avx512_vbmi2",
    "avx512vl", "bmi2", "constant_tsc", "gfni", "hypervisor", "nonstop_tsc", "pclmulqdq", "rdtscp",
    "sha_ni", "sse4_1", "sse4_2", "ssse3", "tsc_known_freq", "vaes", "vpclmulqdq",
    // ARM's names of its flags.
    "asimd", "pmull", "sha2", "sve", "sve2",
  ]

  private static let cpus = "sys/devices/system/cpu"

  /// The processor, without the counter's frequency, which only DPDK measures.
  public var cpu: Environment.CPU {
    let info = files.fields("proc/cpuinfo")
    let online = onlineCores
    var cpu = Environment.CPU()
    cpu.vendor = info["vendor_id"] ?? info["CPU implementer"]
    cpu.name = info["model name"]
    cpu.family = info["cpu family"].flatMap { Int($0) }
    cpu.model = info["model"].flatMap { Int($0) }
    cpu.stepping = info["stepping"].flatMap { Int($0) }
    cpu.microcode = info["microcode"]
    cpu.logicalCores = online?.count
    cpu.physicalCores = physicalCores(of: online ?? [])
    cpu.usableCores =
      files.fields("proc/self/status")["Cpus_allowed_list"]
      .flatMap(CPUList.parse)?.filter { online?.contains($0) ?? true }.count
    cpu.quotaCpus = cpuQuota
    cpu.smt = simultaneousMultithreading(cpu)
    cpu.numaNodes = numaNodes
    (cpu.l1dBytes, cpu.l2Bytes, cpu.l3Bytes) = (cache(1), cache(2), cache(3))
    cpu.flags = (info["flags"] ?? info["Features"]).map { list in
      list.split(separator: " ").map(String.init).filter(Self.relevantFlags.contains).sorted()
    }
    cpu.governor = governor(of: online ?? [])
    cpu.boost = boost
    return cpu
  }

  /// Numbers of the logical cores that are online.
  private var onlineCores: [Int]? {
    if let list = files.text("\(Self.cpus)/online") { return CPUList.parse(list) }
    let lines = (files.text("proc/cpuinfo") ?? "").split(separator: "\n")
    let cores = lines.compactMap { $0.wholeMatch(of: /processor\s*:\s*(\d+)\s*/).flatMap { Int($0.1) } }
    return cores.isEmpty ? nil : cores
  }

  /// Those of `cpus` for which the kernel has a folder, where DPDK looks for them.
  package func knownCPUs(among cpus: [Int]) -> [Int] {
    cpus.filter { files.text("\(Self.cpus)/cpu\($0)/topology/core_id") != nil }
  }

  /// Number of NUMA nodes; nil if the kernel does not report it.
  package var numaNodes: Int? {
    let nodes = files.names("sys/devices/system/node").filter { $0.wholeMatch(of: /node\d+/) != nil }
    return nodes.isEmpty ? nil : nodes.count
  }

  /// The NUMA node of a PCI device; nil if the kernel does not report it.
  package func numaNode(ofDevice address: String) -> Int? {
    files.integer("sys/bus/pci/devices/\(address)/numa_node").flatMap { $0 < 0 ? nil : $0 }
  }

  /// Bytes of free huge pages on a NUMA node; nil if the kernel does not report it.
  package func freeHugePageBytes(onNode node: Int) -> Int? {
    let folder = "sys/devices/system/node/node\(node)/hugepages"
    let sizes = files.names(folder).compactMap { name in
      name.wholeMatch(of: /hugepages-(\d+)kB/).flatMap { Int($0.1) }.flatMap { kibibytes in
        files.integer("\(folder)/\(name)/free_hugepages").map { $0 * kibibytes << 10 }
      }
    }
    return sizes.isEmpty ? nil : sizes.reduce(0, +)
  }

  /// The NUMA node of a CPU; nil if the kernel does not report it.
  package func numaNode(of cpu: Int) -> Int? {
    files.names("\(Self.cpus)/cpu\(cpu)").lazy
      .compactMap { $0.wholeMatch(of: /node(\d+)/).flatMap { Int($0.1) } }.first
  }

  /// An identifier of this machine until its next boot. It is the same in all namespaces.
  package var bootID: String? { files.text("proc/sys/kernel/random/boot_id") }

  /// Whether each of these CPUs has a physical core of its own, and no quota limits their time. True if the
  /// kernel does not report it.
  package func haveOwnCores(_ cpus: some Collection<Int>) -> Bool {
    let cores = physicalCores(of: Array(cpus)) ?? Set(cpus).count
    return cores == cpus.count && cpuQuota ?? .infinity >= Double(cpus.count)
  }

  /// The number of different (package, core) pairs of the CPUs; `nil` unless every CPU has one.
  private func physicalCores(of cores: [Int]) -> Int? {
    let pairs = cores.compactMap { core -> String? in
      let topology = "\(Self.cpus)/cpu\(core)/topology"
      guard let package = files.text("\(topology)/physical_package_id"),
        let number = files.text("\(topology)/core_id")
      else { return nil }
      // Core numbers may repeat in the dies of a package.
      return "\(package)/\(files.text("\(topology)/die_id") ?? "")/\(number)"
    }
    return pairs.isEmpty || pairs.count < cores.count ? nil : Set(pairs).count
  }

  private func simultaneousMultithreading(_ cpu: Environment.CPU) -> Bool? {
    if let active = files.flag("\(Self.cpus)/smt/active") { return active }
    guard let logical = cpu.logicalCores, let physical = cpu.physicalCores else { return nil }
    return logical > physical
  }

  /// Size of the first core's data or unified cache of a level, in bytes.
  private func cache(_ level: Int) -> Int? {
    let folder = "\(Self.cpus)/cpu0/cache"
    for index in files.names(folder) where files.integer("\(folder)/\(index)/level") == level {
      if files.text("\(folder)/\(index)/type") == "Instruction" { continue }
      return files.text("\(folder)/\(index)/size").flatMap(MachineFiles.bytes)
    }
    return nil
  }

  private func governor(of cores: [Int]) -> String? {
    let names = Set(cores.compactMap { files.text("\(Self.cpus)/cpu\($0)/cpufreq/scaling_governor") })
    return names.isEmpty ? nil : names.sorted().joined(separator: ",")
  }

  private var boost: Bool? {
    if let disabled = files.flag("\(Self.cpus)/intel_pstate/no_turbo") { return !disabled }
    return files.flag("\(Self.cpus)/cpufreq/boost")
  }
}

import Foundation
import Machine

/// A made-up `/proc` and `/sys` in a temporary folder, which is removed with the value's owner.
final class MachineTree {
  let root: URL

  /// Makes files with these paths; `links` are symbolic links with their targets.
  init(_ files: [String: String], links: [String: String] = [:]) throws {
    root = FileManager.default.temporaryDirectory.appendingPathComponent("vpebench-\(UUID().uuidString)")
    for (path, text) in files {
      try Data((text + "\n").utf8).write(to: url(path))
    }
    for (path, target) in links {
      try FileManager.default.createSymbolicLink(atPath: url(path).path, withDestinationPath: target)
    }
  }

  deinit { try? FileManager.default.removeItem(at: root) }

  var machine: Machine { Machine(root: root) }

  private func url(_ path: String) throws -> URL {
    let url = root.appendingPathComponent(path)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    return url
  }

  /// A server with two sockets of two cores with two threads each, and a NIC.
  static func server() throws -> MachineTree {
    let cpu = "sys/devices/system/cpu"
    let pages = "sys/kernel/mm/hugepages"
    let nic = "sys/bus/pci/devices/0000:3b:00.0"
    var files = [
      "proc/cpuinfo": """
      processor\t: 0
      vendor_id\t: GenuineIntel
      cpu family\t: 6
      model\t\t: 79
      model name\t: Intel(R) Xeon(R) CPU E5-2698 v4 @ 2.20GHz
      stepping\t: 1
      microcode\t: 0xb000040
      flags\t\t: fpu sse4_2 aes avx2 pclmulqdq constant_tsc nonstop_tsc
      """,
      "proc/meminfo": "MemTotal:       263921620 kB\nMemFree:        1 kB",
      "proc/self/status": "Name:\tvpebench\nCapEff:\t0000000000000000\nCpus_allowed_list:\t0-3,6",
      "proc/sys/kernel/osrelease": "6.1.0-37-amd64",
      "proc/cmdline": "BOOT_IMAGE=/boot/vmlinuz root=UUID=77 ro isolcpus=2-7 ip=::::alice quiet -- secret",
      "sys/devices/system/clocksource/clocksource0/current_clocksource": "tsc",
      "etc/os-release": "NAME=\"Debian\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"",
      "sys/class/dmi/id/sys_vendor": "Example Servers Inc.",
      "\(cpu)/online": "0-7",
      "\(cpu)/smt/active": "1",
      "\(cpu)/intel_pstate/no_turbo": "0",
      "\(cpu)/vulnerabilities/meltdown": "Mitigation: PTI",
      "\(cpu)/vulnerabilities/srbds": "Not affected",
      "sys/devices/system/node/node0/cpulist": "0-1,4-5",
      "sys/devices/system/node/node1/cpulist": "2-3,6-7",
      "sys/kernel/mm/transparent_hugepage/enabled": "[always] madvise never",
      "\(pages)/hugepages-1048576kB/nr_hugepages": "4",
      "\(pages)/hugepages-1048576kB/free_hugepages": "3",
      "\(pages)/hugepages-2048kB/nr_hugepages": "0",
      "\(pages)/hugepages-2048kB/free_hugepages": "0",
      "\(nic)/class": "0x020000",
      "\(nic)/vendor": "0x15b3",
      "\(nic)/device": "0x1017",
      "\(nic)/numa_node": "0",
      "\(nic)/infiniband/mlx5_0/fw_ver": "16.35.4030",
      "sys/bus/pci/devices/0000:00:1f.2/class": "0x010601",
    ]
    for core in 0..<8 {
      files["\(cpu)/cpu\(core)/topology/physical_package_id"] = "\(core / 2 % 2)"
      files["\(cpu)/cpu\(core)/topology/core_id"] = "\(core % 2)"
      files["\(cpu)/cpu\(core)/cpufreq/scaling_governor"] = core == 7 ? "powersave" : "performance"
    }
    for (index, cache) in [
      (1, "Data", "32K"), (1, "Instruction", "32K"), (2, "Unified", "256K"),
      (3, "Unified", "51200K"),
    ].enumerated() {
      files["\(cpu)/cpu0/cache/index\(index)/level"] = "\(cache.0)"
      files["\(cpu)/cpu0/cache/index\(index)/type"] = cache.1
      files["\(cpu)/cpu0/cache/index\(index)/size"] = cache.2
    }
    return try MachineTree(files, links: ["\(nic)/driver": "../../../bus/pci/drivers/mlx5_core"])
  }

  /// A small virtual machine on an AMD host: no governor, no huge pages, a paravirtual NIC.
  static func virtualMachine() throws -> MachineTree {
    let cpu = "sys/devices/system/cpu"
    var files = [
      "proc/cpuinfo": """
      vendor_id\t: AuthenticAMD
      cpu family\t: 25
      model\t\t: 17
      model name\t: AMD EPYC
      flags\t\t: constant_tsc nonstop_tsc aes pclmulqdq hypervisor avx512f avx512vl vaes vpclmulqdq
      """,
      "proc/self/status": "CapEff:\t000001ffffffffff\nCpus_allowed_list:\t0-1",
      "sys/class/dmi/id/sys_vendor": "QEMU",
      "sys/class/dmi/id/product_name": "Standard PC",
      "\(cpu)/online": "0-1",
      "\(cpu)/smt/control": "notsupported",
      "\(cpu)/smt/active": "0",
      "sys/kernel/mm/transparent_hugepage/enabled": "always [madvise] never",
      "sys/bus/pci/devices/0000:00:03.0/class": "0x020000",
      "sys/bus/pci/devices/0000:00:03.0/numa_node": "-1",
    ]
    for core in 0..<2 {
      files["\(cpu)/cpu\(core)/topology/physical_package_id"] = "0"
      files["\(cpu)/cpu\(core)/topology/core_id"] = "\(core)"
    }
    return try MachineTree(files)
  }

  /// An ARM board whose kernel tells little.
  static func board() throws -> MachineTree {
    try MachineTree([
      "proc/cpuinfo": """
      processor\t: 0
      Features\t: fp asimd aes pmull
      CPU implementer\t: 0x41

      processor\t: 1
      Features\t: fp asimd aes pmull
      CPU implementer\t: 0x41
      """,
      "usr/lib/os-release": "PRETTY_NAME='Board Linux'",
      "sys/devices/system/cpu/cpu0/topology/core_id": "0",
    ])
  }
}

import Foundation

import struct Results.Environment
import enum Results.Program

extension Machine {
  /// The memory, with the huge pages of each size.
  public var memory: Environment.Memory {
    let folder = "sys/kernel/mm/hugepages"
    let pages = files.names(folder).compactMap { name -> Environment.HugePages? in
      guard let size = name.wholeMatch(of: /hugepages-(\d+)kB/).flatMap({ Int($0.1) }) else { return nil }
      return Environment.HugePages(
        pageBytes: size << 10, total: files.integer("\(folder)/\(name)/nr_hugepages"),
        free: files.integer("\(folder)/\(name)/free_hugepages"))
    }
    // Brackets mark the mode that is set: `always [madvise] never`.
    let modes = files.text("sys/kernel/mm/transparent_hugepage/enabled")
    return Environment.Memory(
      bytes: files.fields("proc/meminfo")["MemTotal"].flatMap(MachineFiles.bytes),
      hugePages: pages.sorted { $0.pageBytes < $1.pageBytes },
      transparentHugePages: modes.flatMap { $0.firstMatch(of: /\[(\w+)\]/).map { String($0.1) } })
  }

  /// The operating system, the hypervisor and the mitigations.
  public var system: Environment.System {
    let vulnerabilities = "sys/devices/system/cpu/vulnerabilities"
    var mitigations: [String: String] = [:]
    for name in files.names(vulnerabilities) { mitigations[name] = files.text("\(vulnerabilities)/\(name)") }
    return Environment.System(
      name: distribution, kernel: files.text("proc/sys/kernel/osrelease"),
      kernelCommandLine: files.text("proc/cmdline").map(Self.bootParameters),
      virtualMachine: isVirtual, hypervisor: hypervisor,
      clockSource: files.text("sys/devices/system/clocksource/clocksource0/current_clocksource"),
      mitigations: mitigations)
  }

  /// The PCI network controllers, in the order of their addresses.
  public var networkDevices: [Environment.NetworkDevice] {
    let devices = "sys/bus/pci/devices"
    return files.names(devices).compactMap { address in
      let folder = "\(devices)/\(address)"
      // Class 0x02 is "network controller": 0x0200 is Ethernet, and 0x0207 a port in InfiniBand mode.
      guard let code = files.text("\(folder)/class"), code.hasPrefix("0x02") else { return nil }
      let numbers = ["vendor", "device"].compactMap { files.text("\(folder)/\($0)")?.dropFirst(2) }
      return Environment.NetworkDevice(
        address: address, id: numbers.count == 2 ? numbers.joined(separator: ":") : nil,
        driver: files.linkTarget("\(folder)/driver"), firmware: firmware(folder),
        numaNode: numaNode(ofDevice: address))
    }
  }

  /// The kernel's own parameters. Parameters after `--` belong to init, and those that locate this system are
  /// left out.
  static func bootParameters(_ line: String) -> String {
    let identifying = ["BOOT_IMAGE", "hostname", "init", "ip", "nfsroot", "rdinit", "resume", "root", "uuid"]
    let parameters = line.split(separator: " ").prefix { $0 != "--" }
    return parameters.filter { parameter in
      let key = parameter.prefix { $0 != "=" }.lowercased()
      return !identifying.contains { $0.lowercased() == key } && !key.hasPrefix("rd.")
        && !key.hasPrefix("systemd.")
    }.joined(separator: " ")
  }

  private var distribution: String? {
    for path in ["etc/os-release", "usr/lib/os-release"] {
      for line in (files.text(path) ?? "").split(separator: "\n") where line.hasPrefix("PRETTY_NAME=") {
        return line.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: ["\"", "'"])
      }
    }
    return nil
  }

  /// On x86 a CPU flag tells. On other processors only Xen's folder proves a virtual machine, and its absence
  /// proves nothing.
  private var isVirtual: Bool? {
    if files.text("sys/hypervisor/type") != nil { return true }
    guard let flags = files.fields("proc/cpuinfo")["flags"] else { return nil }
    return flags.split(separator: " ").contains("hypervisor")
  }

  private var hypervisor: String? {
    if let type = files.text("sys/hypervisor/type") { return type }
    guard isVirtual == true else { return nil }
    let names = ["sys_vendor", "product_name"].compactMap { files.text("sys/class/dmi/id/\($0)") }
    return names.isEmpty ? nil : names.joined(separator: " ")
  }

  /// Drivers of RDMA devices publish the firmware's version as a file; for other drivers `ethtool` must be
  /// asked.
  private func firmware(_ device: String) -> String? {
    for name in files.names("\(device)/infiniband") {
      if let version = files.text("\(device)/infiniband/\(name)/fw_ver") { return version }
    }
    guard files.isLive, let interface = files.names("\(device)/net").first,
      let report = Program.run(["ethtool", "-i", interface]), report.status == 0
    else { return nil }
    let version = report.text.firstMatch(of: /(?m)^firmware-version:[ \t]*(\S.*)$/)
    return version.map { String($0.1) }.flatMap { $0 == "N/A" ? nil : $0 }
  }
}

import struct Results.CryptoLibraryIdentity
import struct Results.Environment

// What `vpebench check` expects of libraries, memory, rights and programs.
extension MachineCheck {
  static func libraryFindings(_ libraries: LibraryVersions) -> [Finding] {
    func finding(_ what: String, _ value: String?) -> Finding {
      if let value { return Finding(what, .ok, value) }
      return Finding(what, .lacking, "not found", remedy: "Run `make deps`.")
    }
    return [finding("DPDK", libraries.dpdk), cryptoLibrary(libraries)]
  }

  private static func cryptoLibrary(_ libraries: LibraryVersions) -> Finding {
    let what = "intel-ipsec-mb"
    guard let version = libraries.ipsecMB else {
      return Finding(what, .lacking, "not found", remedy: "Run `make deps`.")
    }
    let value =
      version + (libraries.ipsecMBArchitecture.map { ", \($0) code" } ?? "")
      + (libraries.ipsecMBOrigin.map { " (\($0))" } ?? "")
    guard CryptoLibraryIdentity(version: version).sharesALine else { return Finding(what, .ok, value) }
    return Finding(
      what, .warning, value, remedy: "No figures of many cores: \(CryptoLibraryIdentity.sharedLine).")
  }

  static func hugePages(_ memory: Environment.Memory) -> Finding {
    let sizes = memory.hugePages.filter { $0.total != 0 }.map { pages in
      let size = pages.pageBytes >= 1 << 20 ? "\(pages.pageBytes >> 20) MiB" : "\(pages.pageBytes >> 10) KiB"
      let count = { (number: Int?) in number.map(String.init) ?? "?" }
      return "\(count(pages.free)) of \(count(pages.total)) free of \(size)"
    }
    let value = sizes.isEmpty ? "none reserved" : sizes.joined(separator: ", ")
    if memory.hugePages.contains(where: { ($0.free ?? 0) > 0 }) { return Finding("huge pages", .ok, value) }
    return Finding("huge pages", .warning, value, remedy: hugePagesRemedy)
  }

  static func transparentHugePages(_ memory: Environment.Memory) -> Finding {
    let what = "transparent huge pages"
    guard let mode = memory.transparentHugePages else { return Finding(what, .ok, "none") }
    if mode != "always" { return Finding(what, .ok, mode) }
    return Finding(
      what, .warning, mode,
      remedy: "Keep the kernel from moving pages meanwhile by "
        + "`echo madvise | sudo tee /sys/kernel/mm/transparent_hugepage/enabled`.")
  }

  /// What runs over veth need: the program `ip`, rights, and kernel features.
  static func rightsFindings(_ probes: MachineProbes) -> [Finding] {
    let tool =
      probes.hasIP
      ? Finding("ip (iproute2)", .ok, "installed")
      : Finding("ip (iproute2)", .lacking, "not found", remedy: "Run `make deps`.")
    let asRoot = "Run experiments over veth as root, e.g. by sudo."
    let namespaces: Finding
    switch probes.namespace {
    case .works: namespaces = Finding("network namespaces", .ok, "can be made")
    case .fails(let reason):
      namespaces = Finding(
        "network namespaces", .lacking, reason,
        remedy: "Run where the kernel offers namespaces and veth, outside of an unprivileged container.")
    case .untried where probes.mayMakeNamespaces:
      namespaces = Finding("network namespaces", .lacking, "not tried", remedy: "Install `ip` first.")
    case .untried:
      namespaces = Finding(
        "network namespaces", .lacking, "no CAP_NET_ADMIN and CAP_SYS_ADMIN", remedy: asRoot)
    }
    let packets: Finding
    switch probes.packetSocket {
    case .works: packets = Finding("packet sockets", .ok, "can be opened")
    case .fails(let reason): packets = Finding("packet sockets", .lacking, reason, remedy: asRoot)
    case .untried: packets = Finding("packet sockets", .lacking, "not tried", remedy: asRoot)
    }
    return [tool, namespaces, packets]
  }

  static func gnuplot(_ probes: MachineProbes) -> Finding {
    if probes.hasGnuplot { return Finding("gnuplot", .ok, "installed") }
    return Finding("gnuplot", .warning, "not found", remedy: "Run `make deps`; only plots need it.")
  }

  static func networkDevices(_ devices: [Environment.NetworkDevice]) -> Finding {
    let what = "network controllers"
    if devices.isEmpty { return Finding(what, .ok, "none on PCI; only the link ports would use them") }
    return Finding(
      what, .ok, devices.map { "\($0.address) (\($0.driver ?? "no driver"))" }.joined(separator: ", "))
  }
}

import struct Results.Environment

/// What a machine offers to vpebench and what it lacks, as `vpebench check` shows it.
///
/// The check only computes findings from its arguments; it reads and tries nothing itself.
public struct MachineCheck: Sendable, Equatable {
  /// The rating of a finding.
  public enum State: String, Codable, Sendable {
    /// As it should be.
    case ok
    /// Runs work, but figures mean less, or a convenience is missing.
    case warning
    /// Something does not work at all because of this.
    case lacking
  }

  /// One property of the machine.
  public struct Finding: Codable, Sendable, Equatable {
    /// The name of the property.
    public var what: String
    /// The rating.
    public var state: State
    /// The value found.
    public var value: String
    /// What to do about it, as a sentence; nil if the state is `ok`.
    public var remedy: String?

    /// Makes a finding of the given state.
    public init(_ what: String, _ state: State, _ value: String, remedy: String? = nil) {
      self.what = what
      self.state = state
      self.value = value
      self.remedy = remedy
    }
  }

  /// A finding for each property, in the order in which they are shown.
  public var findings: [Finding]
  /// Whether each kind of link can be used, in the order `ring`, `veth`, `ports`.
  public var links: [Finding]

  /// Whether the default link can be used, and with it most experiments.
  public var isReady: Bool { links.first?.state != .lacking }

  /// Makes the findings about a machine.
  ///
  /// - Parameters:
  ///   - machine: the machine.
  ///   - libraries: what DPDK and intel-ipsec-mb report about themselves.
  ///   - probes: the results of `Machine.probe()`.
  public init(machine: Machine, libraries: LibraryVersions, probes: MachineProbes) {
    let cpu = machine.cpu
    let memory = machine.memory
    let devices = machine.networkDevices
    let base = Self.libraryFindings(libraries) + Self.cpuFolders(machine) + [Self.aes(cpu)]
    let rights = Self.rightsFindings(probes)
    findings =
      base + [
        Self.wideAES(cpu), Self.counter(cpu, tscHz: libraries.tscHz), Self.cores(cpu),
        Self.multithreading(cpu), Self.governor(cpu), Self.boost(cpu),
        Self.virtualization(machine.system), Self.hugePages(memory), Self.transparentHugePages(memory),
      ] + rights + [Self.gnuplot(probes), Self.networkDevices(devices)]
    links = [
      Self.link("ring", needs: base), Self.link("veth", needs: base + rights),
      Self.ports(base: base, memory: memory, devices: devices),
    ]
  }

  /// The check as lines of text: first the findings, then the links. A remedy is on the line below.
  public func lines() -> [String] {
    let width = (findings + links).map(\.what.count).max() ?? 0
    return Self.lines(findings, width: width) + [""] + Self.lines(links, width: width)
  }

  /// Findings as lines of text, with a remedy on the line below.
  /// - Parameter width: the width of the column of names.
  public static func lines(_ findings: [Finding], width: Int) -> [String] {
    func lines(_ finding: Finding) -> [String] {
      let state = finding.state.rawValue.padded(to: State.lacking.rawValue.count)
      let line = "\(state)  \(finding.what.padded(to: width))  \(finding.value)"
      let indent = String(repeating: " ", count: State.lacking.rawValue.count + width + 4)
      return [line] + (finding.remedy.map { ["\(indent)→ \($0)"] } ?? [])
    }
    return findings.flatMap(lines)
  }
}

extension String {
  /// The text, padded with blanks to a width.
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}

extension MachineCheck {
  /// A link works if nothing that it needs is lacking.
  package static func link(_ name: String, needs: [Finding]) -> Finding {
    let lacking = needs.filter { $0.state == .lacking }
    if lacking.isEmpty { return Finding("link \(name)", .ok, "usable") }
    return Finding(
      "link \(name)", .lacking, "not usable: \(lacking.map(\.what).joined(separator: ", "))",
      remedy: "Follow the remedy of each of these.")
  }

  /// Real ports need a controller that DPDK can drive, and huge pages; virtual devices need neither.
  package static func ports(
    base: [Finding], memory: Environment.Memory, devices: [Environment.NetworkDevice]
  ) -> Finding {
    let plain = link("ports", needs: base)
    if plain.state == .lacking { return plain }
    let ready = devices.filter { pollModeDrivers.contains($0.driver ?? "") }
    let virtualOnly = "usable with virtual devices only (net_memif, net_af_xdp, net_af_packet)"
    if ready.isEmpty {
      return Finding(
        "link ports", .warning, virtualOnly,
        remedy: "For a real port, bind it by `dpdk-devbind.py --bind=vfio-pci ADDRESS`.")
    }
    if !memory.hugePages.contains(where: { ($0.free ?? 0) > 0 }) {
      return Finding("link ports", .warning, virtualOnly, remedy: hugePagesRemedy)
    }
    return Finding("link ports", .ok, "usable: \(ready.map(\.address).joined(separator: ", "))")
  }

  /// Kernel drivers whose controllers DPDK can use. Those of NVIDIA remain bound to the kernel's driver.
  package static let pollModeDrivers: Set = [
    "igb_uio", "mlx4_core", "mlx5_core", "uio_pci_generic", "vfio-pci",
  ]

  static let hugePagesRemedy =
    "Reserve huge pages by `sudo sysctl vm.nr_hugepages=512`; ring and veth work without."
}

import Basics

import struct Results.Environment

// What `vpebench check` expects of the processor and its settings.
extension MachineCheck {
  /// The number of threads of the smallest circuit: generator, reflector, and two threads for each of two
  /// gateways.
  static let coresForMeasured = 6

  static func aes(_ cpu: Environment.CPU) -> Finding {
    let what = "AES-NI"
    let remedy = "Use an x86-64 processor with AES-NI, or a virtual machine whose CPU model passes it on."
    guard let flags = cpu.flags else { return Finding(what, .warning, "unknown", remedy: remedy) }
    let missing = ["aes", "pclmulqdq"].filter { !flags.contains($0) }
    if missing.isEmpty { return Finding(what, .ok, "aes, pclmulqdq") }
    return Finding(what, .lacking, "no \(missing.joined(separator: ", "))", remedy: remedy)
  }

  static func wideAES(_ cpu: Environment.CPU) -> Finding {
    let what = "VAES and AVX-512"
    let wanted = ["avx512f", "avx512vl", "vaes", "vpclmulqdq"]
    let missing = wanted.filter { !(cpu.flags ?? []).contains($0) }
    if missing.isEmpty { return Finding(what, .ok, wanted.joined(separator: ", ")) }
    return Finding(
      what, .warning, cpu.flags == nil ? "unknown" : "no \(missing.joined(separator: ", "))",
      remedy: "Figures hold for narrower crypto code; the fastest needs a processor with all of these.")
  }

  static func counter(_ cpu: Environment.CPU, tscHz: UInt64?) -> Finding {
    let what = "invariant TSC"
    let rate = tscHz.map { ", \($0 / 1_000_000) MHz" } ?? ""
    let missing = ["constant_tsc", "nonstop_tsc"].filter { !(cpu.flags ?? []).contains($0) }
    if missing.isEmpty { return Finding(what, .ok, "constant_tsc, nonstop_tsc\(rate)") }
    return Finding(
      what, .warning, cpu.flags == nil ? "unknown" : "no \(missing.joined(separator: ", "))\(rate)",
      remedy: "Cycles per packet are in doubt; use a machine whose counter runs at a constant rate.")
  }

  static func cores(_ cpu: Environment.CPU) -> Finding {
    func count(_ number: Int?, _ kind: String) -> String { "\(number.map(String.init) ?? "?") \(kind)" }
    let quota = cpu.quotaCpus.map { "a quota of \(String(format: "%g", $0))" }
    let value =
      ([
        count(cpu.physicalCores, "physical"), count(cpu.logicalCores, "logical"),
        count(cpu.usableCores, "usable"),
      ] + [quota].compactMap { $0 }).joined(separator: ", ")
    let known = [cpu.physicalCores, cpu.logicalCores, cpu.usableCores].compactMap { $0 }
    guard let least = known.min() else {
      return Finding("cores", .warning, "unknown", remedy: "Mount /proc and /sys.")
    }
    if quota != nil {
      return Finding(
        "cores", .warning, value,
        remedy: "Lift the quota of the control group (CPUQuota=, --cpus, cpu.max): the kernel halts all "
          + "threads for the rest of a period once it is used up.")
    }
    if least >= coresForMeasured { return Finding("cores", .ok, value) }
    if least < 2 {
      return Finding(
        "cores", .warning, value,
        remedy: "Allow at least 2 cores: hand-over between cores cannot be measured on one.")
    }
    return Finding(
      "cores", .warning, value,
      remedy: "Figures are of the basis `capacity`; those `measured` need \(coresForMeasured) cores or more.")
  }

  /// Checks that `/sys` describes CPUs, because DPDK finds them only there.
  static func cpuFolders(_ machine: Machine) -> [Finding] {
    let usable = machine.files.fields("proc/self/status")["Cpus_allowed_list"].flatMap(CPUList.parse)
    let known = machine.knownCPUs(among: usable ?? [0])
    if !known.isEmpty { return [] }
    return [
      Finding(
        "CPUs in /sys", .lacking, "none that this process may use",
        remedy: "Mount it by `mount -t sysfs sysfs /sys`; DPDK finds CPUs nowhere else.")
    ]
  }

  static func multithreading(_ cpu: Environment.CPU) -> Finding {
    switch cpu.smt {
    case false?: Finding("SMT", .ok, "off")
    case nil: Finding("SMT", .warning, "unknown", remedy: "Give each thread a physical core by hand.")
    case true?:
      Finding(
        "SMT", .warning, "on",
        remedy: "Switch it off by `echo off | sudo tee /sys/devices/system/cpu/smt/control`.")
    }
  }

  static func governor(_ cpu: Environment.CPU) -> Finding {
    let what = "frequency governor"
    guard let governor = cpu.governor else { return Finding(what, .ok, "none to set here") }
    if governor == "performance" { return Finding(what, .ok, governor) }
    return Finding(
      what, .warning, governor, remedy: "Set it by `sudo cpupower frequency-set --governor performance`.")
  }

  static func boost(_ cpu: Environment.CPU) -> Finding {
    let what = "frequency boost"
    switch cpu.boost {
    case nil: return Finding(what, .ok, "none to set here")
    case false?: return Finding(what, .ok, "off")
    case true?:
      let file = cpu.vendor == "GenuineIntel" ? "intel_pstate/no_turbo" : "cpufreq/boost"
      let value = cpu.vendor == "GenuineIntel" ? 1 : 0
      return Finding(
        what, .warning, "on",
        remedy: "Switch it off by `echo \(value) | sudo tee /sys/devices/system/cpu/\(file)`.")
    }
  }

  static func virtualization(_ system: Environment.System) -> Finding {
    let what = "virtual machine"
    switch system.virtualMachine {
    case false?: return Finding(what, .ok, "no")
    case nil: return Finding(what, .ok, "not known to be one")
    case true?:
      return Finding(
        what, .warning, system.hypervisor ?? "yes",
        remedy: "Expect noise from other guests; for figures to publish, use a machine of your own.")
    }
  }
}

import Results
import Testing

/// Which changes make a host of a testbed a different one.
@Suite struct EnvironmentHostTests {
  private static func host(
    cpus: [Int] = [2, 3], _ change: (inout Environment) -> Void = { _ in }
  ) -> Environment.Host {
    var found = Environment(
      timeUtc: "2026-11-20T13:18:24Z", commandLine: [], seed: 1,
      software: .init(vpebench: "0.1.0", dpdk: "DPDK 22.11.11"), cpu: .init(),
      memory: .init(bytes: 1 << 30, hugePages: [], transparentHugePages: nil),
      system: .init(
        name: nil, kernel: "6.1.0", kernelCommandLine: nil, virtualMachine: nil, hypervisor: nil,
        mitigations: [:]), networkDevices: [])
    (found.cpu.governor, found.cpu.flags, found.cpu.tscHz) = ("performance", ["aes", "vaes"], 2_000_000_000)
    found.software.packages = ["libc6": "2.36-9"]
    change(&found)
    return Environment.Host(found, roleCpus: cpus, sharesCpus: false, mtuBytes: 1700, linkGbps: nil)
  }

  @Test func whatAStartMeasuresAnewIsNoChange() {
    let again = Self.host {
      $0.cpu.tscHz = 2_000_000_123
      $0.memory.bytes = 1 << 31
      $0.timeUtc = "2026-11-21T13:18:24Z"
    }
    #expect(again.changes(since: Self.host()) == [])
  }

  @Test func eachChangeIsSaid() {
    let other = Self.host(cpus: [2]) {
      $0.cpu.governor = "powersave"
      $0.cpu.flags = ["aes"]
      $0.cpu.microcode = "0x1"
      $0.software.dpdk = nil
      $0.software.packages = ["libc6": "2.37-1"]
    }
    #expect(
      other.changes(since: Self.host()) == [
        "cpu.flags aes, before aes vaes", "cpu.governor powersave, before performance",
        "cpu.microcode 0x1, before unknown", "role_cpus 2, before 2 3",
        "software.dpdk unknown, before DPDK 22.11.11", "software.packages.libc6 2.37-1, before 2.36-9",
      ])
  }
}

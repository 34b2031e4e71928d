import Foundation
import Machine
import Testing

/// Limits of CPU time by control groups, in made-up trees, because the test's kernel may have either version.
@Suite struct MachineQuotaTests {
  struct Tree: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let files: [String: String]
    let quota: Double?

    init(_ what: String, _ files: [String: String], _ quota: Double?) {
      (testDescription, self.files, self.quota) = (what, files, quota)
    }
  }

  private static let unified = "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw"
  private static let first =
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    + "33 31 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"

  private static func files(_ mounts: String, _ group: String, _ limits: [String: String]) -> [String: String]
  {
    limits.merging(["proc/self/mountinfo": mounts, "proc/self/cgroup": group]) { $1 }
  }

  static let trees = [
    Tree("none", files(unified, "0::/user.slice", [:]), nil),
    Tree("no /proc", [:], nil),
    Tree("version 2", files(unified, "0::/a/b", ["sys/fs/cgroup/a/b/cpu.max": "50000 100000"]), 0.5),
    Tree(
      "version 2, unlimited", files(unified, "0::/a", ["sys/fs/cgroup/a/cpu.max": "max 100000"]), nil),
    Tree(
      "version 2, a parent's is less",
      files(
        unified, "0::/a/b",
        ["sys/fs/cgroup/a/b/cpu.max": "400000 100000", "sys/fs/cgroup/a/cpu.max": "150000 100000"]), 1.5),
    Tree(
      "version 2 in a container, its group mounted as the root",
      files(
        "30 23 0:26 /docker/x /sys/fs/cgroup ro - cgroup2 cgroup rw", "0::/docker/x",
        ["sys/fs/cgroup/cpu.max": "25000 100000"]), 0.25),
    Tree(
      "version 2 in a namespace of groups", files(unified, "0::/", ["sys/fs/cgroup/cpu.max": "10000 10000"]),
      1),
    Tree(
      "version 2, a group outside of the namespace",
      files(unified, "0::/../other", ["sys/fs/cgroup/cpu.max": "20000 10000"]), 2),
    Tree(
      "version 1",
      files(
        first, "4:memory:/m\n3:cpu,cpuacct:/x",
        [
          "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us": "50000",
          "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us": "100000",
        ]), 0.5),
    Tree(
      "version 1, unlimited",
      files(
        first, "3:cpu,cpuacct:/x",
        [
          "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us": "-1",
          "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us": "100000",
        ]), nil),
    Tree(
      "both versions, the first has the controller",
      files(
        unified.replacing("/sys/fs/cgroup ", with: "/sys/fs/cgroup/unified ") + "\n" + first,
        "3:cpu,cpuacct:/x\n0::/y",
        [
          "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_quota_us": "300000",
          "sys/fs/cgroup/cpu,cpuacct/x/cpu.cfs_period_us": "100000",
        ]), 3),
    Tree(
      "a mount with a space in its path",
      files(
        unified.replacing("/sys/fs/cgroup ", with: "/sys/fs/c\\040g "), "0::/a",
        ["sys/fs/c g/a/cpu.max": "5000 10000"]), 0.5),
    Tree("damaged", files(unified, "0::/a", ["sys/fs/cgroup/a/cpu.max": "0 0"]), nil),
    Tree("damaged mounts", files("30 23 - cgroup2", "::::\n0", ["sys/fs/cgroup/cpu.max": "1 1"]), nil),
  ]

  @Test(arguments: trees) func theLeastLimitIsTold(tree: Tree) throws {
    let made = try MachineTree(tree.files.isEmpty ? ["etc/empty": ""] : tree.files)
    #expect(made.machine.cpuQuota == tree.quota)
    #expect(made.machine.cpu.quotaCpus == tree.quota)
  }

  @Test func checkWarnsOfIt() throws {
    var files = Self.files(Self.unified, "0::/", ["sys/fs/cgroup/cpu.max": "50000 100000"])
    files["proc/self/status"] = "Cpus_allowed_list:\t0-7"
    for core in 0..<8 { files["sys/devices/system/cpu/cpu\(core)/topology/core_id"] = "\(core)" }
    files["sys/devices/system/cpu/online"] = "0-7"
    let tree = try MachineTree(files)
    let check = MachineCheck(machine: tree.machine, libraries: .init(), probes: .none)
    let cores = try #require(check.findings.first { $0.what == "cores" })
    #expect(cores.state == .warning && cores.value.hasSuffix("8 usable, a quota of 0.5"))
    #expect(cores.remedy?.contains("quota") == true)
  }

  /// CPUs 0 and 4 are threads of one core; 0 and 1 are different cores; 0 and 2 are in different packages.
  @Test(arguments: [([0, 1], true), ([0, 2], true), ([0, 4], false), ([0, 0], false), ([0, 9], true)])
  func threadsOfACoreHaveNoneOfTheirOwn(cpus: [Int], haveOwn: Bool) throws {
    let tree = try MachineTree.server()
    #expect(tree.machine.haveOwnCores(cpus) == haveOwn)
  }

  @Test(arguments: [(nil, true), ("200000 100000", true), ("150000 100000", false)] as [(String?, Bool)])
  func aQuotaMustLeaveEachItsCore(quota: String?, haveOwn: Bool) throws {
    let files = [
      "proc/self/cgroup": "0::/x",
      "proc/self/mountinfo": "30 1 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw",
      "sys/fs/cgroup/x/cpu.max": quota ?? "max 100000",
    ]
    let tree = try MachineTree(files)
    #expect(tree.machine.haveOwnCores([0, 1]) == haveOwn)
  }

  /// DPDK finds CPUs only in `/sys`.
  @Test func withoutFoldersOfCPUsNoLinkIsUsable() throws {
    let libraries = LibraryVersions(dpdk: "DPDK 22.11", ipsecMB: "1.3")
    let info = "vendor_id\t: AuthenticAMD\nflags\t: aes pclmulqdq"
    let status = "Cpus_allowed_list:\t0-1"
    let bare = try MachineTree(["proc/cpuinfo": info, "proc/self/status": status])
    let check = MachineCheck(machine: bare.machine, libraries: libraries, probes: .none)
    #expect(!check.isReady && check.links.allSatisfy { $0.state == .lacking })
    #expect(check.links[0].value.contains("CPUs in /sys"))
    let finding = try #require(check.findings.first { $0.what == "CPUs in /sys" })
    #expect(finding.remedy?.contains("mount -t sysfs") == true)

    let whole = try MachineTree([
      "proc/cpuinfo": info, "proc/self/status": status, "sys/devices/system/cpu/cpu1/topology/core_id": "1",
    ])
    #expect(MachineCheck(machine: whole.machine, libraries: libraries, probes: .none).isReady)
  }
}

extension MachineProbes {
  /// Probes of a machine on which nothing was tried.
  fileprivate static var none: MachineProbes {
    MachineProbes(
      effectiveCapabilities: nil, hasIP: false, hasGnuplot: false, namespace: .untried, packetSocket: .untried
    )
  }
}

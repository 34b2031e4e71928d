import Foundation

/// The limit of CPU time that control groups set (cgroups(7), both versions).
extension Machine {
  /// The CPU time that this process may use, as a number of CPUs such as 0.5; nil without a limit.
  ///
  /// Each group limits all groups below it, so the lowest limit on the way to the root counts.
  public var cpuQuota: Double? {
    let groups = (files.text("proc/self/cgroup") ?? "").split(separator: "\n").map {
      $0.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    }
    let quotas = mounts.flatMap { mount -> [Double] in
      let group = groups.first {
        $0.count == 3 && (mount.isUnified ? $0[0] == "0" : $0[1].split(separator: ",").contains("cpu"))
      }
      return group.map { folders(of: $0[2], in: mount) }?.compactMap(quota) ?? []
    }
    return quotas.min()
  }

  private struct Mount {
    let isUnified: Bool
    /// The mounted group, and the folder at which it is mounted.
    let root, mountPoint: String
  }

  /// The mounts of control groups that can limit CPU time.
  private var mounts: [Mount] {
    (files.text("proc/self/mountinfo") ?? "").split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ").map(String.init)
      // The words are ID, parent, device, root, mount point, options, …, "-", type, source, options of the
      // type.
      guard let dash = words.firstIndex(of: "-"), dash >= 6, words.count > dash + 3 else { return nil }
      let isUnified = words[dash + 1] == "cgroup2"
      let hasTime = words[dash + 1] == "cgroup" && words[dash + 3].split(separator: ",").contains("cpu")
      guard isUnified || hasTime else { return nil }
      return Mount(
        isUnified: isUnified, root: words[3],
        mountPoint: words[4].replacingOccurrences(of: "\\040", with: " "))
    }
  }

  /// The folders of a group and of the groups above it, as far as they are mounted.
  private func folders(of group: String, in mount: Mount) -> [String] {
    // In a cgroup namespace, the path of a group outside begins with "/..". Only the root is visible of such
    // a group.
    let isBelow = mount.root == "/" ? !group.hasPrefix("/..") : group.hasPrefix(mount.root)
    let rest = isBelow ? group.dropFirst(mount.root == "/" ? 0 : mount.root.count) : ""
    let parts = rest.split(separator: "/")
    return (0...parts.count).map {
      (["\(mount.mountPoint)"] + parts.prefix($0).map(String.init)).joined(separator: "/")
    }
  }

  /// The limit that the group itself sets.
  private func quota(_ folder: String) -> Double? {
    func ratio(_ quota: Double?, _ period: Double?) -> Double? {
      guard let quota, let period, quota > 0, period > 0 else { return nil }
      return quota / period
    }
    if let words = files.text("\(folder)/cpu.max")?.split(separator: " "), words.count == 2 {
      return ratio(Double(words[0]), Double(words[1]))
    }
    return ratio(
      files.integer("\(folder)/cpu.cfs_quota_us").map(Double.init),
      files.integer("\(folder)/cpu.cfs_period_us").map(Double.init))
  }
}

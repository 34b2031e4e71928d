import Foundation

/// The CPUs that this process may use, which can be fewer than the machine has.
public enum UsableCPUs {
  /// Their numbers, ascending; empty where the kernel does not tell.
  public static func read(status path: String = "/proc/self/status") -> [Int] {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return [] }
    let line = text.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
    return line.map { parse($0.dropFirst("Cpus_allowed_list:".count)) } ?? []
  }

  /// Numbers of a kernel's list such as `0-3,8`.
  public static func parse(_ list: some StringProtocol) -> [Int] {
    list.trimmingCharacters(in: .whitespaces).split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }
}

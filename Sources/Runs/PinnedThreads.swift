import Foundation
import Roles

/// Checks whether dataplane threads stayed on their CPUs: a container's CPU manager or `taskset` may move
/// them during a sample, whose figures then belong to other cores than recorded.
package struct PinnedThreads {
  private struct Pinned {
    let thread: RoleHost.Thread
    let migrations: Int?
  }

  private let threads: [Pinned]
  private let folder: String

  /// Records the CPU that each thread is pinned to, and how often the kernel has moved it.
  /// - Parameter folder: the kernel's folder of this process's threads.
  package init(_ threads: [RoleHost.Thread], folder: String = "/proc/self/task") {
    self.folder = folder
    self.threads = threads.map { Pinned(thread: $0, migrations: Self.migrations(folder, $0)) }
  }

  /// How a thread was moved; nil if all have stayed.
  package func disturbance() -> String? {
    for pinned in threads {
      let cpu = pinned.thread.cpu
      let allowed = UsableCPUs.read(status: "\(folder)/\(pinned.thread.number)/status")
      if !allowed.isEmpty, allowed != [cpu] {
        let now = allowed.map(String.init).joined(separator: ",")
        return
          "the thread on CPU \(cpu) may now run on \(now): somebody else has moved it during the sample; "
          + "keep CPU managers and taskset away from this process"
      }
      // The thread may have been moved and put back.
      if let before = pinned.migrations, let now = Self.migrations(folder, pinned.thread), now > before {
        return "the thread on CPU \(cpu) was moved to another CPU and back during the sample; "
          + "keep CPU managers and taskset away from this process"
      }
    }
    return nil
  }

  /// How often the kernel has moved the thread; nil if the kernel does not report it.
  private static func migrations(_ folder: String, _ thread: RoleHost.Thread) -> Int? {
    guard let text = try? String(contentsOfFile: "\(folder)/\(thread.number)/sched", encoding: .utf8) else {
      return nil
    }
    let line = text.split(separator: "\n").first { $0.hasPrefix("se.nr_migrations") }
    return line?.split(separator: ":").last.flatMap { Int($0.trimmingCharacters(in: .whitespaces)) }
  }
}

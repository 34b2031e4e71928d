import Cases
import Dataplane

/// The stages of a role that run together: on a core of their own if there are enough.
package struct RoleThread {
  package let role: RoleName
  /// The thread's number in the role, from 0; gateways count sealing threads before opening ones.
  package let index: Int
  /// The stages with their names, in the order in which they are polled.
  package let stages: [(name: String, stage: AnyStage)]
}

/// Which CPU each thread runs on.
public enum Placement {
  /// Positions in the list of CPUs for threads at these hops, in their order.
  ///
  /// With a CPU for each thread, every thread has its own. Otherwise threads at even hops share one half of
  /// the CPUs and threads at odd hops the other, so that neighbours on a packet's way never share one and
  /// each hand-over is a real transfer between caches.
  public static func positions(hops: [Int], cpus: Int) -> [Int] {
    if hops.count <= cpus { return Array(hops.indices) }
    guard cpus > 1 else { return hops.map { _ in 0 } }
    var used = [0, 0]
    let sizes = [(cpus + 1) / 2, cpus / 2]
    return hops.map { hop in
      let half = hop % 2
      defer { used[half] += 1 }
      return half + 2 * (used[half] % sizes[half])
    }
  }
}

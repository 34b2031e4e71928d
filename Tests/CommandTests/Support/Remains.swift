import Testing

/// What a run has made in the system and must remove.
struct Remains {
  let roles: [ProcessID]
  /// The network namespaces of the roles, without the host's own.
  let networks: Set<String>
  private let devices: Set<String>

  /// Records a run's processes once they are all up: one for ring links, four for others.
  init(of run: Program, roles count: Int, devices: Set<String> = Host.devices) async throws {
    var found: [ProcessID] = []
    let areUp = try await eventually {
      found = Host.roles(of: run)
      return found.count == count || !run.isRunning
    }
    guard areUp, found.count == count else {
      throw Unmet("the run has \(found.count) role processes, not \(count); it said: \(run.errors)")
    }
    roles = found
    networks = Set(found.compactMap(\.network)).subtracting([Host.network("/proc/self/ns/net") ?? ""])
    self.devices = devices
  }

  /// Expects that nothing is left after some time.
  func expectGone(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    _ = try await eventually { !roles.contains(where: \.isAlive) && Host.networks.isDisjoint(with: networks) }
    let alive = roles.filter(\.isAlive).map(\.number)
    #expect(alive == [], "role processes are left", sourceLocation: sourceLocation)
    #expect(
      Host.networks.intersection(networks) == [], "network namespaces are left",
      sourceLocation: sourceLocation)
    #expect(
      Host.devices.subtracting(devices) == [], "network devices are left", sourceLocation: sourceLocation)
  }
}

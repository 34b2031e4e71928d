import Basics
import Cases
import Dataplane
import Foundation
import Machine
import Results
import Roles

extension Results.Environment.Port {
  /// A port's offer, for the records.
  package init(_ offer: PortOffer) {
    self.init(
      driver: offer.driver, receiveQueues: offer.queues, tableEntries: offer.tableEntries,
      hashKeyBytes: offer.keyBytes, hashes: offer.hashes.map(\.rawValue),
      rules: offer.rules.map(\.description))
  }
}

/// The run's folder: a new one, or that of the run to go on with.
extension ExperimentRun {
  private var resolvedText: String { descriptor.resolved.rendered }

  /// Machine, program and seed of the run. With a testbed it lists the hosts, and describes as the machine
  /// the host on which costs are measured.
  private func environment(
    ticksPerSecond: UInt64?, hosts: [Replica<RoleName>: Results.Environment] = [:]
  ) -> Results.Environment {
    if let sites, !hosts.isEmpty {
      let own = self.environment(ticksPerSecond: nil)
      let hosts = hosts.mapValues { host in
        var host = host
        (host.software.gitCommit, host.software.gitDirty) = (own.software.gitCommit, own.software.gitDirty)
        return host
      }
      var environment = hosts[TestbedSites.measured] ?? own
      (environment.timeUtc, environment.commandLine, environment.seed) = (
        own.timeUtc, own.commandLine, own.seed
      )
      environment.hosts = Dictionary(
        uniqueKeysWithValues: hosts.map { role, found in
          (role.name, sites.described(role, found))
        })
      environment.unavailable = environment.gaps()
      return environment
    }
    let libraries = LibraryVersions.described(
      tscHz: ticksPerSecond,
      ealArguments: RoleHost.ealArguments(cpus: cpus, usesHardware: RoleCrew.usesHardware(descriptor)))
    var environment = Machine().environment(
      vpebench: Version.number, libraries: libraries,
      source: SourceState.read(), seed: descriptor.traffic.seed, commandLine: options.commandLine,
      time: Date())
    environment.software.peers = peers.isEmpty ? nil : peers
    return environment
  }

  /// The third-party programs that take part, with their versions.
  private var peers: [String: String] {
    var peers: [String: String] = [:]
    let gateway = PeerProgram.find(besides: options.executable)
    if cases.contains(where: { $0.usesSecgw(in: descriptor) }) {
      peers[System.ipsecSecgw.rawValue] = gateway?.identity
    }
    if cases.contains(where: { $0.system == .cryptodev }) {
      peers[CryptodevPerf.program] = gateway?.identity
    }
    if descriptor.peers.values.contains(.strongSwan) {
      peers[StrongSwanProgram.name] = StrongSwanProgram.find(besides: options.executable)?.identity
    }
    return peers
  }

  /// Writes the machine's other load during the run.
  /// - Returns: warnings about it for readers.
  /// - Throws: `ResultsError.file`.
  func note(_ load: MachineLoad, in directory: RunDirectory) throws -> [Warning] {
    // The load of the machine that controls the run says nothing about the roles' hosts.
    guard sites == nil, let data = FileManager.default.contents(atPath: directory.path(of: .environment)),
      var environment = try? Results.Environment(json: data)
    else { return [] }
    environment.load = load.since(earlier: environment.load)
    try directory.write(try environment.json(), to: .environment)
    return WarningSearch.elsewhere(environment)
  }

  /// Writes the run's environment; a resumed run only adds its ID to those of the earlier starts.
  /// - Throws: `ResultsError`.
  func writeEnvironment(
    to directory: RunDirectory, ticksPerSecond: UInt64?, hosts: [Replica<RoleName>: Results.Environment],
    offers: [Replica<LinkEnd>: PortOffer], goesOn: Bool
  ) throws {
    let before = FileManager.default.contents(atPath: directory.path(of: .environment))
      .flatMap { try? Results.Environment(json: $0) }
    var now = environment(ticksPerSecond: ticksPerSecond, hosts: hosts)
    if !offers.isEmpty {
      now.ports = Dictionary(uniqueKeysWithValues: offers.map { ($0.name, .init($1)) })
    }
    if goesOn, let before, !(before.hosts ?? [:]).isEmpty || sites != nil {
      try requireSame(before.hosts ?? [:], now.hosts ?? [:], directory)
    }
    var environment = (goesOn ? before : nil) ?? now
    if MachineWatch.acceptsAnyState { environment.anyMachineState = true }
    environment.runIds = (before?.runIds ?? []) + ["\(runID)"]
    environment.runIdIsGiven = options.runID != nil || before?.runIdIsGiven == true
    try directory.write(try environment.json(), to: .environment)
  }

  /// Makes or finds the folder, and opens its journal exclusively.
  /// - Throws: `ResultsError`, `RunError.resume`.
  func open() throws -> (RunDirectory, Journal) {
    guard options.resumes else {
      let directory = try RunDirectory.create(in: options.output, name: descriptor.name)
      return (directory, try prepare(directory))
    }
    let folder = options.output + "/" + descriptor.name
    let newest = RunDirectory.newest(in: options.output, name: descriptor.name)
    guard let directory = options.resumedFolder.map(RunDirectory.init(existing:)) ?? newest else {
      throw RunError.resume("there is no run in \(folder) to go on with; run without --resume")
    }
    return (directory, try resume(directory))
  }

  private func prepare(_ directory: RunDirectory) throws -> Journal {
    let journal = try Journal(path: directory.path(of: .journal))
    try directory.write(Data(resolvedText.utf8), to: .descriptor)
    return journal
  }

  /// Resumes a run if experiment, machine and program are the same. A run that ended before its first sample
  /// starts anew in its folder: an older, perhaps complete, run must not be resumed in its place.
  private func resume(_ directory: RunDirectory) throws -> Journal {
    let then = FileManager.default.contents(atPath: directory.path(of: .descriptor))
    let hasSamples = try hasSamples(directory)
    guard then == Data(resolvedText.utf8) || then == nil && !hasSamples else {
      throw RunError.resume(
        "\(directory.path) ran another descriptor, profile or --set; repeat its options, "
          + "or run without --resume")
    }
    // Hosts of a testbed are checked later, once they have been reached.
    if hasSamples, sites == nil { try checkEnvironment(of: directory) }
    let journal = try prepare(directory)
    directory.removeTemporaries()
    return journal
  }

  private func hasSamples(_ directory: RunDirectory) throws -> Bool {
    let path = directory.path(of: .journal)
    return try FileManager.default.fileExists(atPath: path) && !Journal.read(path).records.isEmpty
  }

  private func requireSame(
    _ before: [String: Results.Environment.Host], _ now: [String: Results.Environment.Host],
    _ directory: RunDirectory
  ) throws {
    for role in Set(before.keys).union(now.keys).sorted() {
      let changes: [String]
      switch (before[role], now[role]) {
      case (let then?, let host?): changes = host.changes(since: then)
      case (nil, _): changes = ["there was none"]
      case (_, nil): changes = ["there is none"]
      }
      if changes.isEmpty { continue }
      throw RunError.resume(
        "the host of \(role) or its program has changed since \(directory.path) "
          + "(\(changes.joined(separator: ", "))); its samples would not compare: make it as it was, or run "
          + "without --resume")
    }
  }

  private func checkEnvironment(of directory: RunDirectory) throws {
    guard let data = FileManager.default.contents(atPath: directory.path(of: .environment)),
      let before = try? Results.Environment(json: data),
      case let now = environment(ticksPerSecond: before.cpu.tscHz),
      before.cpu == now.cpu, before.software == now.software
    else {
      throw RunError.resume(
        "the machine or the program has changed since \(directory.path); its samples would not compare, "
          + "run without --resume")
    }
  }
}

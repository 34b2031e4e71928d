import Basics
import Cases
import Foundation
import Machine
import Results

/// The run's folder: a new one, or that of the run to go on with.
extension ExperimentRun {
  private var resolvedText: String { descriptor.resolved.rendered }

  /// What this machine and program are, and with which seed the run is made.
  func environment(ticksPerSecond: UInt64?) -> Results.Environment {
    var libraries = LibraryVersions.installed
    libraries.tscHz = ticksPerSecond
    var environment = Machine().environment(
      vpebench: Version.number, libraries: libraries,
      source: SourceState.read(), seed: descriptor.traffic.seed, commandLine: options.commandLine,
      time: Date())
    environment.software.peers = peers.isEmpty ? nil : peers
    return environment
  }

  /// Somebody else's programs that take part.
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

  /// Writes what else the machine has done during the run.
  /// - Returns: what of it readers should know.
  /// - Throws: `ResultsError.file`.
  func note(_ load: MachineLoad, in directory: RunDirectory) throws -> [Warning] {
    guard let data = FileManager.default.contents(atPath: directory.path(of: .environment)),
      var environment = try? Results.Environment(json: data)
    else { return [] }
    environment.load = load.since(earlier: environment.load)
    try directory.write(try environment.json(), to: .environment)
    return WarningSearch.elsewhere(environment)
  }

  /// Writes what the run is made on; one that goes on only adds its ID to those of the earlier starts.
  /// - Throws: `ResultsError`.
  func writeEnvironment(to directory: RunDirectory, ticksPerSecond: UInt64?, goesOn: Bool) throws {
    let before = FileManager.default.contents(atPath: directory.path(of: .environment))
      .flatMap { try? Results.Environment(json: $0) }
    var environment = (goesOn ? before : nil) ?? environment(ticksPerSecond: ticksPerSecond)
    if MachineWatch.acceptsAnyState { environment.anyMachineState = true }
    environment.runIds = (before?.runIds ?? []) + ["\(runID)"]
    environment.runIdIsGiven = options.runID != nil || before?.runIdIsGiven == true
    try directory.write(try environment.json(), to: .environment)
  }

  /// Makes or finds the folder, and opens its journal, which no other process can have open until it ends.
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

  /// Goes on with a run if it is the same experiment on the same machine and program. One that was ended
  /// before its first sample starts anew in its folder: an older run, complete perhaps, must not be taken
  /// for it.
  private func resume(_ directory: RunDirectory) throws -> Journal {
    let then = FileManager.default.contents(atPath: directory.path(of: .descriptor))
    let hasSamples = try hasSamples(directory)
    guard then == Data(resolvedText.utf8) || then == nil && !hasSamples else {
      throw RunError.resume(
        "\(directory.path) ran another descriptor, profile or --set; repeat its options, "
          + "or run without --resume")
    }
    if hasSamples { try checkEnvironment(of: directory) }
    let journal = try prepare(directory)
    directory.removeTemporaries()
    return journal
  }

  private func hasSamples(_ directory: RunDirectory) throws -> Bool {
    let path = directory.path(of: .journal)
    return try FileManager.default.fileExists(atPath: path) && !Journal.read(path).records.isEmpty
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

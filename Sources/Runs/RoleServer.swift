import Basics
import Cases
import Foundation
import Machine
import Roles

/// The role process's side: executes the run's commands until the run ends.
public struct RoleServer {
  private let roles: Set<RoleName>
  private let host: RoleHost
  private let channel: LineChannel
  private let threads: PinnedThreads
  private var topology: Topology?
  private var tester: Tester?
  private var rateTester: RateTester?
  private var linkProbe: LinkProbe?

  /// Starts DPDK in this process.
  /// - Parameters:
  ///   - roles: the roles that this process plays.
  ///   - cpus: CPUs for dataplane threads.
  ///   - ownsNetwork: whether the process has a network namespace of its own.
  ///   - usesHardware: whether devices may need huge pages and the PCI bus.
  ///   - channel: the line to the run.
  /// - Throws: `DataplaneError`, `RunError`.
  init(
    roles: Set<RoleName>, cpus: [Int], ownsNetwork: Bool, usesHardware: Bool, channel: LineChannel
  ) throws {
    if ownsNetwork { NetworkNamespace.silence() }
    self.roles = roles
    // DPDK opens a pair of pipes for each thread, and some more files.
    try OpenFiles.require(20 + 4 * (cpus.count + 1), for: "DPDK on \(cpus.count.counted("CPU"))")
    host = try RoleHost(cpus: cpus, usesHardware: usesHardware)
    threads = PinnedThreads(try host.threads())
    self.channel = channel
  }

  /// Requirements of a process on a testbed's host.
  public struct Lease {
    /// How long the run may be silent.
    public let seconds: Double
    /// The NUMA node that the CPUs must be on, if any.
    public let numaNode: Int?

    /// A lease.
    public init(seconds: Double, numaNode: Int?) { (self.seconds, self.numaNode) = (seconds, numaNode) }
  }

  /// Serves a run over standard input and output, and ends the process when the run has gone.
  public static func serve(
    roleNames: [String], cpus: [Int], ownsNetwork: Bool, usesHardware: Bool, lease: Lease? = nil
  ) -> Never {
    RoleLifeline.tie()
    let channel = LineChannel(
      input: lease.map { RoleLifeline.lease(seconds: $0.seconds) } ?? STDIN_FILENO,
      output: RoleLifeline.takeOutput())
    if let lease { channel.beat(every: RoleProcess.Site.beat(lease.seconds)) }
    do {
      if let lease { try HostDescription.require(cpus, onNode: lease.numaNode) }
      let roles = try roleNames.map { name in
        guard let role = RoleName(rawValue: name) else {
          throw RunError.refused(role: name, reason: "there is no such role")
        }
        return role
      }
      var server = try RoleServer(
        roles: Set(roles), cpus: cpus, ownsNetwork: ownsNetwork, usesHardware: usesHardware,
        channel: channel)
      let (program, machine) = lease == nil ? (nil, nil) : (OwnProgram.sha256, Machine().bootID)
      try server.answer(.up(ticksPerSecond: RoleHost.ticksPerSecond, program: program, machine: machine))
      while true { try server.step() }
    } catch is LineChannel.Failure {
      _exit(0)
    } catch {
      if let line = try? JSONEncoder().encode(RoleAnswer.failed("\(error)")) { try? channel.send(line) }
      _exit(1)
    }
  }

  private mutating func step() throws {
    let command = try JSONDecoder().decode(RoleCommand.self, from: try channel.receive(within: nil))
    do {
      // Two statements: a single expression would copy self, and so keep the last topology alive during
      // `perform`.
      var result = try perform(command)
      if let disturbance = disturbance(of: command) { result = .failed(disturbance) }
      try answer(result)
    } catch let failure as LineChannel.Failure {
      throw failure
    } catch {
      try answer(.failed("\(error)"))
    }
  }

  /// Why the threads were disturbed in a measurement that ends with this command; nil if they were not.
  private func disturbance(of command: RoleCommand) -> String? {
    switch command {
    case .finish, .measure, .turn, .testOverRings, .trial: threads.disturbance()
    default: nil
    }
  }

  private func answer(_ answer: RoleAnswer) throws { try channel.send(try JSONEncoder().encode(answer)) }

  private mutating func perform(_ command: RoleCommand) throws -> RoleAnswer {
    switch command {
    case .setUp(let plan):
      (topology, linkProbe) = (nil, nil)
      let judged = try HostDescription.judged(plan, roles)
      topology = try host.topology(HostDescription.withMemoryNodes(judged, roles), roles: roles)
    case .describe: return .described(HostDescription.environment(host), machine: Machine().bootID ?? "")
    case .probe: return .probed(try host.probe())
    case .measure(let plan): return .cost(try host.measure(plan))
    case .setUpTester(let plan):
      tester = nil
      tester = try host.setUpTester(plan)
    case .areTesterLinksUp: return .linked(tester?.areLinksUp ?? false)
    case .turn(let turn): return .testerReport(try present(tester, "no tester is set up").run(turn))
    case .testOverRings(let plan): return .testerReports(try host.testOverRings(plan))
    case .prepareTrials(let plan):
      rateTester = nil
      rateTester = try host.rateTester(plan)
    case .trial(let trial):
      return .tried(try present(rateTester, "no DUT is set up for trials").run(trial))
    case .examine(let cpus, let node, let devices):
      return .examined(HostExamination(cpus: cpus, numaNode: node, devices: devices).findings)
    case .openLinks(let plan):
      linkProbe = nil
      linkProbe = try host.linkProbe(plan)
      let limit = Moment(in: Self.linkSeconds)
      while linkProbe?.areUp == false && !limit.isPast { usleep(20_000) }
    case .probeLinks(let seconds):
      return .linksProbed(try present(linkProbe, "no links are open").run(seconds: seconds))
    case .start: try playing.start()
    case .send(let isSending): try playing.send(isSending)
    case .report: return .report(try playing.report())
    case .drain(let seconds, let looks): try playing.drain(seconds: seconds, looks: looks)
    case .capture(let offset): return .captured(try playing.captured(from: offset))
    case .finish:
      let topology = try playing
      topology.stop()
      // Devices stay open until the next set-up, for not every driver can close a device safely; then the run
      // ends the process instead.
      return .final(topology.report(), topology.generatorReport())
    }
    return .done
  }

  /// How long links may take to come up: NICs negotiate.
  private static let linkSeconds = 10.0

  /// The object of a command does not exist: a sentence.
  private struct Missing: Error, CustomStringConvertible { let description: String }

  private var playing: Topology { get throws { try present(topology, "nothing is set up") } }

  private func present<Value>(_ value: Value?, _ reason: String) throws -> Value {
    guard let value else { throw Missing(description: reason) }
    return value
  }
}

extension Topology {
  /// Waits until every frame that was sent has come back, or `looks` have found no other, at most `seconds`.
  ///
  /// A generator that was off its CPU when it was halted may be about to send one more burst: its second poll
  /// from now sees the halt.
  func drain(seconds: Double, looks: Int) {
    let end = Moment(in: seconds)
    let halted = report().stages.sum(\.emptyPolls, .generator, "generate") + 2
    var before: UInt64?
    var quietRounds = 0
    while !end.isPast && quietRounds < looks {
      usleep(5000)
      let now = report().stages
      guard now.sum(\.emptyPolls, .generator, "generate") >= halted else { continue }
      let back = now.sum(\.received, .generator, "collect")
      if back >= now.sum(\.transmitted, .generator, "generate") { return }
      quietRounds = back == before ? quietRounds + 1 : 0
      before = back
    }
  }
}

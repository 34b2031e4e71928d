import Cases
import Dataplane
import Foundation
import Machine
import Results
import Roles

/// Commands of the run to a role process, one JSON object per line on its standard input.
enum RoleCommand: Codable, Equatable {
  /// Open ports and make stages.
  case setUp(CasePlan)
  /// Take a packet-cost sample.
  case measure(CostPlan)
  /// Set up a tester (RFC 2544): make its frames, and open its ports to the DUT.
  case setUpTester(TesterPlan)
  /// Test the gateway in one direction.
  case turn(TesterTurn)
  /// Test a DUT in the same process over rings, one direction after the other.
  case testOverRings(TesterPlan)
  /// Set up a DUT in the same process between rings, for trials.
  case prepareTrials(CasePlan)
  /// Make one trial.
  case trial(TrialPlan)
  /// Report whether the tester's links are up.
  case areTesterLinksUp
  /// Start the dataplane threads; the generator is still silent.
  case start
  /// Let the generator send, or halt it.
  case send(Bool)
  /// Report all counters.
  case report
  /// Wait until `looks` successive polls of the counters find no more returned frames, at most `seconds`.
  case drain(seconds: Double, looks: Int)
  /// Probe the CPUs, while no thread runs.
  case probe
  /// Report the host's properties.
  case describe
  /// Check the host for a role on these CPUs and devices.
  case examine(cpus: [Int], numaNode: Int?, devices: [String])
  /// Open ports to probe which of them are connected, and wait a while for their links.
  case openLinks(LinkProbe.Plan)
  /// Send probe frames over the open ports, and report which arrived.
  case probeLinks(seconds: Double)
  /// Stop the threads and report the final counters.
  case finish
  /// Return a piece of the kept capture.
  case capture(from: Int)
}

/// Answers of a role process, one JSON object per line on its standard output; one for each command.
enum RoleAnswer: Codable, Equatable {
  /// The process is up; sent once, unasked. A testbed's host adds the SHA-256 of its program and an ID of the
  /// machine's boot.
  case up(ticksPerSecond: UInt64, program: String?, machine: String?)
  /// A command is done.
  case done
  /// Counters of its stages.
  case report(TopologyReport)
  /// The last counters, and the generator's report where the process plays it.
  case final(TopologyReport, GeneratorReport?)
  /// A piece of the capture; nil if none is kept.
  case captured(CapturePiece?)
  /// The result of a packet-cost sample.
  case cost(CostReport)
  /// The result of probing the CPUs.
  case probed(RoleHost.Probe)
  /// What the host offers and lacks.
  case examined([MachineCheck.Finding])
  /// The frames that each port received.
  case linksProbed([LinkProbe.Finding])
  /// The host's properties, and an ID of its machine, whatever its name.
  case described(Results.Environment, machine: String)
  /// Whether the tester's links are up.
  case linked(Bool)
  /// The report of a tester's turn.
  case testerReport(TesterReport)
  /// A tester's report for each direction.
  case testerReports([TesterReport])
  /// The report of a trial.
  case tried(TrialReport)
  /// The command failed: one sentence.
  case failed(String)
}

/// Errors between a run and its role processes.
public enum RunError: Error, Equatable, CustomStringConvertible {
  /// A process could not be started.
  case cannotStart(role: String, reason: String)
  /// A process ended on its own.
  case died(role: String, how: String, log: String)
  /// A process did not answer in time.
  case silent(role: String, seconds: Double)
  /// A testbed's host sent nothing at all for so long.
  case lost(role: String, seconds: Double)
  /// A host has another program, by SHA-256.
  case otherProgram(role: String, theirs: String?, own: String?)
  /// A host was rebooted in the middle of a run, and has changed.
  case changed(role: String, how: String)
  /// A process refused a command.
  case refused(role: String, reason: String)
  /// The network for a veth run could not be made.
  case network(step: String, reason: String)
  /// Links did not come up: those of these roles.
  case linksDown(seconds: Double, of: [Replica<RoleName>] = [])
  /// A link that was up went down.
  case linkWentDown
  /// The folder for captures cannot be made.
  case captureFolder(String, reason: String)
  /// A role has, or may have, sealed under these keys before.
  case usedKeys(String)
  /// There are no keys that could be written to a file.
  case keysFile(String)
  /// There are fewer CPUs than a run needs.
  case cpus(wanted: String, available: Int)
  /// The kernel shows DPDK none of the CPUs that this process may use.
  case noCPUFolders
  /// The limit on open files is too low for the next step.
  case openFiles(purpose: String, limit: Int, needed: Int)
  /// A temporary folder cannot be made.
  case temporaryFolder(String, reason: String)
  /// `--resume` found no run, or one of another experiment.
  case resume(String)
  /// The run was asked to stop.
  case interrupted

  /// One sentence with the remedy.
  public var description: String {
    switch self {
    case .cannotStart(let role, let reason):
      "the process for \(role) cannot start (\(reason)); `vpebench check` shows what this machine lacks"
    case .died(let role, let how, let log):
      "the process for \(role) ended midway (\(how)); "
        + (log.isEmpty ? "it left no message" : "its last message: \(log)")
    case .silent(let role, let seconds):
      "the process for \(role) did not answer within \(Int(seconds)) s; "
        + "the machine is overloaded, or it hangs"
    case .lost(let role, let seconds):
      "nothing was heard of the host of \(role) for \(Int(seconds)) s: the network to it is cut, or its "
        + "launcher hangs; see that it can be reached"
    case .otherProgram(let role, let theirs, let own):
      "the host of \(role) has another vpebench (SHA-256 \(Self.short(theirs)), here "
        + "\(Self.short(own))); copy this one there"
    case .changed(let role, let how):
      "the host of \(role) was started anew and is not as it was (\(how)); make it so"
    case .refused(let role, let reason): "\(role): \(reason)"
    case .network(let step, let reason):
      "the network for link veth cannot be made (\(step): \(reason)); run as root, or choose link ring"
    case .linksDown(let seconds, let roles):
      "not all links are up after \(Int(seconds)) s"
        + (roles.isEmpty ? "" : " (those of \(roles.map(\.name).joined(separator: ", ")))")
        + "; see that no other run uses the same devices or sockets"
    case .linkWentDown:
      "a link that was up went down during the measurement; see what else uses the devices"
    case .captureFolder(let path, let reason):
      "--capture: the folder \(path) cannot be made (\(reason)); name another one"
    case .usedKeys(let reason): "--run-id: \(reason)"
    case .keysFile(let reason): "--keys-out: \(reason); leave it out"
    case .cpus(let wanted, let available): "\(wanted), but this process may use \(available) CPUs"
    case .noCPUFolders:
      "DPDK finds CPUs in /sys/devices/system/cpu, and there is none that this process may use; "
        + "mount /sys by `mount -t sysfs sysfs /sys`"
    case .openFiles(let purpose, let limit, let needed):
      "\(purpose) needs \(needed) open files, and \(limit) are allowed; "
        + "allow more by `ulimit -n \(max(256, needed))`"
    case .temporaryFolder(let path, let reason):
      "a temporary folder cannot be made in \(path) (\(reason)); "
        + "set TMPDIR to a folder that can be written to"
    case .resume(let reason): "--resume: \(reason)"
    case .interrupted: "interrupted; what is complete is kept, and --resume goes on from here"
    }
  }

  /// Whether a testbed's host or link is missing or not as it should be, so that another start may succeed.
  var isAbsence: Bool {
    switch self {
    case .cannotStart, .died, .silent, .lost, .otherProgram, .changed, .linksDown, .linkWentDown: true
    default: false
    }
  }

  private static func short(_ hash: String?) -> String { hash.map { "\($0.prefix(12))…" } ?? "unknown" }
}

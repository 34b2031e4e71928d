import Cases
import Dataplane
import Foundation
import Machine
import Results
import Roles

/// What the run tells a role process, one JSON object a line on its standard input.
enum RoleCommand: Codable, Equatable {
  /// Open ports and make stages.
  case setUp(CasePlan)
  /// Take a packet-cost sample.
  case measure(CostPlan)
  /// Make a tester's frames, and open its ports to the DUT.
  case feed(TesterPlan)
  /// Feed the gateway in one direction.
  case turn(TesterTurn)
  /// Test a DUT in the same process over rings, one direction after the other.
  case feedOverRings(TesterPlan)
  /// Put a DUT in the same process between rings, for trials.
  case prepareTrials(CasePlan)
  /// Make one trial.
  case trial(TrialPlan)
  /// Tell whether the tester's links are up.
  case areTesterLinksUp
  /// Start the dataplane threads; the generator is still silent.
  case start
  /// Let the generator send, or halt it.
  case send(Bool)
  /// Tell all counters.
  case report
  /// Wait until `looks` in a row find nothing new that has come back, at most `seconds`.
  case drain(seconds: Double, looks: Int)
  /// Tell what the CPUs can do right now, while no thread runs.
  case probe
  /// Tell what the host is.
  case describe
  /// Judge the host for a role on these CPUs and devices.
  case examine(cpus: [Int], numaNode: Int?, devices: [String])
  /// Open ports, to see which of them are connected, and wait a while for their links.
  case openLinks(LinkProbe.Plan)
  /// Send frames over them and tell what came.
  case probeLinks(seconds: Double)
  /// Stop the threads and tell the last counters.
  case finish
  /// Tell a piece of the capture that is kept.
  case capture(from: Int)
}

/// What a role process answers, one JSON object a line on its standard output; one answer a command.
enum RoleAnswer: Codable, Equatable {
  /// The process is up; sent once, unasked. On a host of a testbed with the SHA-256 of its program, and what
  /// tells the machine, since it was started, from others.
  case up(ticksPerSecond: UInt64, program: String?, machine: String?)
  /// A command is done.
  case done
  /// Counters of its stages.
  case report(TopologyReport)
  /// The last counters, and the generator's report where the process plays it.
  case final(TopologyReport, GeneratorReport?)
  /// A piece of the capture; nil if none is kept.
  case captured(CapturePiece?)
  /// What packets cost.
  case cost(CostReport)
  /// What the CPUs can do.
  case probed(RoleHost.Probe)
  /// What the host offers and lacks.
  case examined([MachineCheck.Finding])
  /// What each port has heard.
  case linksProbed([LinkProbe.Finding])
  /// What the host is, and which machine, whatever it is called.
  case described(Results.Environment, machine: String)
  /// Whether the tester's links are up.
  case linked(Bool)
  /// What came of a tester's turn.
  case fed(TesterReport)
  /// What came of each direction.
  case fedOverRings([TesterReport])
  /// What came of a trial.
  case tried(TrialReport)
  /// The command failed: one sentence.
  case failed(String)
}

/// What can go wrong between a run and its role processes.
public enum RunError: Error, Equatable, CustomStringConvertible {
  /// A process could not be started.
  case cannotStart(role: String, reason: String)
  /// A process ended on its own.
  case died(role: String, how: String, log: String)
  /// A process did not answer in time.
  case silent(role: String, seconds: Double)
  /// Nothing at all came from a host of a testbed.
  case lost(role: String, seconds: Double)
  /// A host has another program, by SHA-256.
  case otherProgram(role: String, theirs: String?, own: String?)
  /// A host was started anew in the middle of a run, and is not what it was.
  case changed(role: String, how: String)
  /// A process answered that it cannot.
  case refused(role: String, reason: String)
  /// The network for a veth run could not be made.
  case network(step: String, reason: String)
  /// Links did not come up: those of these roles.
  case linksDown(seconds: Double, of: [Replica<RoleName>] = [])
  /// A link that was up went down.
  case linkWentDown
  /// The folder for captures cannot be made.
  case captureFolder(String, reason: String)
  /// A role has sealed under the keys that it was given before, or that cannot be ruled out.
  case usedKeys(String)
  /// There are no keys that could be written to a file.
  case keysFile(String)
  /// There are fewer CPUs than a run needs.
  case cpus(wanted: String, available: Int)
  /// The kernel does not tell DPDK of any CPU that this process may use.
  case noCPUFolders
  /// So few files may be open that what is needed next would fail.
  case openFiles(purpose: String, limit: Int, needed: Int)
  /// A temporary folder cannot be made.
  case temporaryFolder(String, reason: String)
  /// `--resume` found nothing to go on with, or something else than is to be run.
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

  /// Whether a host of a testbed, or a link to it, is not there as it should be: another start may find it.
  var isAbsence: Bool {
    switch self {
    case .cannotStart, .died, .silent, .lost, .otherProgram, .changed, .linksDown, .linkWentDown: true
    default: false
    }
  }

  private static func short(_ hash: String?) -> String { hash.map { "\($0.prefix(12))…" } ?? "unknown" }
}

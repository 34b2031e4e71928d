import Basics
import Foundation

/// A reason to be careful with a run's figures. The list is closed, and each warning says what to do.
public enum Warning: Sendable, Equatable, CustomStringConvertible {
  /// Some of a case's samples are invalid; they were left out of its figures.
  case invalidSamples(case: String, invalid: Int, of: Int, fault: String)
  /// The run has fewer samples than its descriptor demands.
  case incomplete(missing: Int, of: Int)
  /// Files of the run were changed after the run.
  case altered(files: [String])
  /// This machine cannot show a case's figures; they are left out.
  case gap(case: String, reason: String)
  /// A case has too few valid samples for a dependable interval.
  case fewSamples(case: String, samples: Int)
  /// The 95 % interval of a case's figure is wide. The margin is half the interval, relative to the figure.
  case wideInterval(case: String, metric: String, margin: Double)
  /// Some of a case's samples are far from all others.
  case outliers(case: String, metric: String, outliers: Int, of: Int)
  /// A case's figure changed steadily during the run, by this share of its median.
  case drift(case: String, metric: String, change: Double)
  /// A case carries nearly as much as the same roles without a security protocol, so the harness may limit
  /// it.
  case nearFloor(case: String, shareOfFloor: Double)
  /// The model differs by this share from a figure of the same case that was run.
  case modelError(case: String, error: Double)
  /// The machine's state excluded samples from the figures, or disturbed all of them. The text says how.
  case machineState(String)
  /// Samples count in any state of the machine.
  case anyMachineState
  /// The run used the descriptor's quick profile.
  case quickProfile
  /// There is no `environment.json`.
  case unknownEnvironment
  /// The source differed from that of the commit.
  case dirtySource(commit: String)
  /// The run was on a virtual machine.
  case virtualMachine
  /// The frequency governor is not `performance`.
  case governor(String)
  /// Hardware threads share cores.
  case sharedCores
  /// This version of the crypto library slows down threads that use it at the same time.
  case sharedLine(version: String)
  /// A control group limited the run to the CPU time of this many CPUs.
  case quota(Double)
  /// This many other runs of the suite shared the machine.
  case otherRuns(Int)
  /// Other processes used this share of the CPU time.
  case busyMachine(share: Double)
  /// The host took this share of the CPU time away.
  case stolenTime(share: Double)

  /// One sentence that says what is wrong and what to do.
  public var description: String {
    switch self {
    case .invalidSamples(let name, let invalid, let total, let fault):
      "\(name): \(invalid.counted(of: total, "sample", "is", "are")) invalid and left out (\(fault)); look "
        + "for the cause in the column faults of samples.csv, then run the case again"
    case .gap(let name, let reason):
      "\(name): this machine cannot show it (\(reason)); run it on another one"
    case .fewSamples(let name, let samples):
      "\(name): \(samples == 1 ? "one valid sample makes" : "\(samples) valid samples make") no dependable "
        + "interval; run at least \(Self.samplesMin) windows or repetitions"
    case .wideInterval(let name, let metric, let margin):
      "\(name): the 95 % interval of \(metric) is ± \(Self.percent(margin)); measure more or longer windows"
    case .outliers(let name, let metric, let outliers, let total):
      "\(name): of \(metric) \(outliers.counted(of: total, "sample", "lies", "lie")) far from the others; "
        + "compare medians, and run on a machine that does nothing else"
    case .drift(let name, let metric, let change):
      "\(name): \(metric) \(change > 0 ? "rose" : "fell") by \(Self.percent(abs(change))) while the run went "
        + "on; compare ratios of the same repetition only, warm the machine up longer, fix its frequency"
    case .nearFloor(let name, let share):
      "\(name): it carries \(Self.percent(share)) of what the empty harness (baseline) does, which may limit "
        + "it; compare cycles per packet of the gateway's stages instead"
    case .modelError(let name, let error):
      "\(name): the model is off by \(Self.percent(abs(error))) where it can be checked; do not quote what "
        + "it says of more threads, run them"
    case .machineState(let note): note
    default: general
    }
  }

  /// The sentence of a warning that concerns the whole run.
  private var general: String {
    switch self {
    case .incomplete(let missing, let total):
      "\(missing.counted(of: total, "sample", "is", "are")) missing that the descriptor asks for: the run "
        + "ended before its time, or samples.csv was cut off; go on with --resume, or restore the file"
    case .altered(let files):
      "\(files.joined(separator: ", ")) \(files.count == 1 ? "is" : "are") not as the run left "
        + "\(files.count == 1 ? "it" : "them") (datapackage.json has the SHA-256 of its files): changed "
        + "since, or of another run; restore the folder, or say what was changed where the figures are quoted"
    case .anyMachineState:
      "samples were counted in any state of the machine (VPEBENCH_ANY_STATE=1), so the figures are no "
        + "measurement; run without it"
    case .quickProfile:
      "the run used the quick profile, whose windows are short and few; run without --quick for figures to "
        + "be quoted"
    case .unknownEnvironment:
      "there is no environment.json, so nobody can tell what the figures are of; keep it beside the tables"
    case .dirtySource(let commit):
      "the source differed from commit \(commit.prefix(12)), so the run cannot be repeated exactly; commit, "
        + "build and run again"
    case .virtualMachine:
      "the run was on a virtual machine, whose host may take cores away and change their speed; compare "
        + "ratios of the same repetition, or run on hardware of its own"
    case .governor(let name):
      "the frequency governor is \(name), so the cores' speed varies; set it to performance"
    case .sharedCores:
      "hardware threads share cores, so two dataplane threads may slow each other down; switch SMT off"
    case .sharedLine(let version):
      "intel-ipsec-mb was \(version): \(CryptoLibraryIdentity.sharedLine)"
    case .quota(let cpus):
      "a control group left \(String(format: "%g", cpus)) CPUs' worth of time to the run, and halted its "
        + "threads when that was used up; lift the quota"
    case .otherRuns(let count):
      "\(count.counted("other run")) of this suite shared the machine; let one run end before the next"
    case .busyMachine(let share):
      "other processes had \(Self.percent(share)) of the machine's CPU time during the run; run it where "
        + "nothing else does"
    case .stolenTime(let share):
      "the host took \(Self.percent(share)) of the CPU time away; compare ratios of the same repetition, or "
        + "run on hardware of its own"
    default: ""
    }
  }

  /// If other processes use a larger share of the CPU time, there is a warning.
  public static let othersShareMax = 0.05
  /// If the host takes a larger share of the CPU time, there is a warning.
  public static let stealShareMax = 0.02

  /// With fewer valid samples there is a warning.
  public static let samplesMin = 5
  /// If half the interval, relative to the figure, is larger, there is a warning.
  public static let marginMax = 0.1
  /// If the median changes by less during a run, there is no warning.
  public static let changeMin = 0.05
  /// The level of the test for drift, adjusted for the number of cases by Benjamini and Hochberg.
  public static let driftLevel = 0.01
  /// If a case carries a larger share of the empty harness's throughput, there is a warning.
  public static let floorShareMax = 0.8

  /// If the model's error is larger, there is a warning.
  public static let modelErrorMax = 0.1

  /// The kind of warning, without the case or the value that it concerns.
  public var kind: String {
    switch self {
    case .invalidSamples: "invalid samples"
    case .incomplete: "incomplete"
    case .altered: "altered files"
    case .gap: "gaps"
    case .fewSamples: "few samples"
    case .wideInterval: "wide intervals"
    case .outliers: "outliers"
    case .drift: "drift"
    case .nearFloor: "near the harness's floor"
    case .modelError: "model errors"
    case .machineState: "the machine's state"
    case .anyMachineState: "any state of the machine"
    case .quickProfile: "quick profile"
    case .unknownEnvironment: "unknown environment"
    case .dirtySource: "uncommitted source"
    case .virtualMachine: "virtual machine"
    case .governor: "frequency governor"
    case .sharedCores: "shared cores"
    case .sharedLine: "shared line in the crypto library"
    case .quota: "CPU quota"
    case .otherRuns: "other runs"
    case .busyMachine: "busy machine"
    case .stolenTime: "stolen time"
    }
  }

  /// The severity among warnings of the same kind; a larger value is worse.
  var weight: Double {
    switch self {
    case .invalidSamples(_, let invalid, let total, _): Double(invalid) / Double(max(total, 1))
    case .fewSamples(_, let samples): -Double(samples)
    case .wideInterval(_, _, let margin): margin
    case .outliers(_, _, let outliers, let total): Double(outliers) / Double(max(total, 1))
    case .drift(_, _, let change): abs(change)
    case .nearFloor(_, let share): share
    case .modelError(_, let error): abs(error)
    default: 0
    }
  }

  private static func percent(_ share: Double) -> String { Display.percent(share) }
}

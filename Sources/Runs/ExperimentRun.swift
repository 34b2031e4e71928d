import Basics
import Cases
import Descriptors
import Foundation
import Machine
import Results
import Roles

/// One execution of a descriptor: cases → schedule → samples → journal → tables.
///
/// 1. check that this machine can run it, 2. make or find the run's folder, 3. take each sample in
/// interleaved order and journal it at once, 4. write the tables.
public final class ExperimentRun {
  /// How to run.
  public struct Options: Sendable {
    /// The cases to run, as lists of globs over their names; empty for all.
    public var only: [String] = []
    /// The folder for results.
    public var output = "results"
    /// Whether to resume the last run instead of starting one.
    public var resumes = false
    /// The folder of the run to resume; nil for the newest.
    public var resumedFolder: String?
    /// This program's own binary, for role processes.
    public var executable: String
    /// The command line, for the records.
    public var commandLine: [String]
    /// A folder for captures of the black link of the last sample; capturing disturbs a measurement.
    public var captureFolder: String?
    /// A file for the keys of the current sample, rewritten before each one.
    public var keysFile: String?
    /// The ID that enters the keys beside the seed; nil to draw it.
    public var runID: RunID?
    /// The hosts that roles run on; nil for this machine alone.
    public var testbed: Testbed?

    /// Options with defaults.
    public init(executable: String, commandLine: [String]) {
      self.executable = executable
      self.commandLine = commandLine
    }
  }

  /// Events of a run.
  public enum Event {
    /// The run has a folder with a journal, so a later start can resume it.
    case opened(folder: String)
    /// A preparation that takes some time before the first sample.
    case preparing(String)
    /// A condition that may spoil the run: a sentence.
    case warned(String)
    /// Before the first sample: how many there are, and how many an earlier start has done.
    case started(folder: String, cases: Int, samples: Int, done: Int)
    /// A sample is in the journal. The remaining time is unknown after the first one.
    case sample(SampleRecord, done: Int, of: Int, secondsLeft: Double?)
  }

  /// The result of a run.
  public struct Outcome {
    /// The run's folder.
    public let directory: RunDirectory
    /// All samples, those of an earlier start included.
    public let records: [SampleRecord]
    /// The model's predictions, if the descriptor asks for them.
    public let predictions: [SampleRecord]
    /// The costs of a pipeline's stages, measured before the run.
    public let calibration: Calibration
    /// The analyses of curves over packet length or headroom, if the run has such curves.
    public let analyses: [CurveAnalysis]
    /// How many samples the schedule asks for.
    public let scheduled: Int
    /// Whether `latest` points to this run.
    public let publication: Publication
    /// Warnings about other load on the machine.
    public let warnings: [Warning]
    /// The error that ended the run early, if any.
    public let failure: (any Error)?

    /// Whether every scheduled sample is there and valid.
    public var isValid: Bool { verdict.isWell }
    /// Whether the run is valid, and if not, what is wrong.
    public var verdict: RunVerdict {
      RunVerdict(records, scheduled: scheduled, failed: failure != nil)
    }
  }

  let descriptor: Descriptor
  let options: Options
  let runID: RunID
  let cases: [Case]
  /// The cases that cannot be measured, and how they could be: a sentence each.
  public let gaps: [String]
  /// Whether anything can be measured at all.
  public var hasCases: Bool { !cases.isEmpty }
  let cpus: [Int]
  /// The hosts of the testbed; nil for this machine alone.
  let sites: TestbedSites?
  /// Whether all cases of the descriptor are to be run.
  private let isWhole: Bool
  private let isInterrupted: () -> Bool

  /// Checks that the descriptor can run here.
  /// - Throws: `DescriptorError` (`--only`), `RunError`.
  public init(_ descriptor: Descriptor, _ options: Options, isInterrupted: @escaping () -> Bool) throws {
    self.descriptor = descriptor
    self.options = options
    self.isInterrupted = isInterrupted
    // A sample that was begun but not journaled would get the same keys again.
    if options.resumes, options.runID != nil {
      throw RunError.resume("with --run-id keys and nonces would be used twice; leave one of the two out")
    }
    if options.keysFile != nil, descriptor.measure.what == .packetCost {
      throw RunError.keysFile(
        "packets of \(descriptor.name) stay in memory, and nobody else needs their keys")
    }
    runID = options.runID ?? .drawn()
    let chosen = try descriptor.cases(matching: options.only)
    isWhole = chosen.count == descriptor.cases.count
    let asked = Self.withTesters(chosen, of: descriptor)
    sites = options.testbed.map { TestbedSites($0, for: asked) }
    cpus = try sites?.cpusForAll ?? UsableCPUs.forDPDK(asked)
    let (here, lacks) = Self.withoutGaps(
      asked, of: descriptor, executable: options.executable, cpus: cpus.count)
    let (possible, impossible) = sites?.withoutGaps(here, of: descriptor) ?? (here, [])
    (cases, gaps) = (possible, lacks + impossible)
    if descriptor.link == .veth, !Machine().probe().mayMakeNamespaces {
      throw RunError.network(step: "rights", reason: "this user may not make network namespaces")
    }
  }

  /// Runs the experiment. Errors after the first sample become part of the outcome, so that measured samples
  /// are not lost.
  /// - Throws: `ResultsError`, `RunError.resume` before anything is measured.
  public func run(_ onEvent: (Event) -> Void) throws -> Outcome {
    let schedule = Schedule(
      groups: Pairing.groups(of: cases.map { CaseCoordinates($0) }),
      samples: cases.map { _ in descriptor.measure.samples }, launches: descriptor.measure.launches,
      seed: descriptor.traffic.seed)
    try makeCaptureFolder()
    let (directory, journal) = try open()
    onEvent(.opened(folder: directory.path))
    var records = try Journal.read(directory.path(of: .journal)).records.withoutRetaken
    // A run that ended before its first sample constrains nothing.
    let goesOn = !records.isEmpty
    let load = MachineLoad(Machine())
    if let others = load.before.otherRuns, others > 0 { onEvent(.warned("\(Warning.otherRuns(others))")) }
    let crew = try makeCrew(directory, goesOn: goesOn)
    let calibration = try calibrate(directory, goesOn: goesOn, onEvent)
    let done = Set(
      records.filter { $0.awaitsHost != true }.map {
        SampleKey(name: $0.coordinates.name, sample: $0.sample)
      })
    let left = schedule.samples.filter {
      !done.contains(SampleKey(name: cases[$0.caseIndex].name, sample: $0.sample))
    }
    onEvent(
      .started(
        folder: directory.path, cases: cases.count, samples: schedule.samples.count,
        done: schedule.samples.count - left.count))

    var failure: (any Error)?
    do {
      try take(left, crew, calibration, journal: journal, into: &records, onEvent)
    } catch {
      failure = error
    }
    let isCost = descriptor.measure.what == .packetCost
    let counted =
      MachineWatch.acceptsAnyState ? records : MachineStates.classify(records, handsOver: !isCost)
    records = TesterRule.addingGaps(to: counted)
    let shown = RatioToBaseline.all.reduce(isCost ? RatioToFloor.adding(to: records) : records) {
      $1.adding(to: $0)
    }
    let analyses = isCost ? descriptor.analyses(of: shown) : []
    var predictions: [SampleRecord] = []
    var publication = Publication.withheld("no tables were written")
    var warnings: [Warning] = []
    do {
      predictions = try ModelRecords(descriptor: descriptor, calibration: calibration)
        .predictions(from: records, cases: suiteCases)
      try directory.writeTables(
        from: shown + predictions, title: descriptor.question, analyses: analyses,
        placements: isCost ? [] : try calibration.placements(of: suiteCases))
      crew.dismiss()
      warnings = try note(load, in: directory)
      try directory.noteHashes()
      let isComplete = failure == nil && records.count >= schedule.samples.count
      publication = publish(directory, isWhole: isWhole && isComplete)
    } catch {
      failure = failure ?? error
    }
    return Outcome(
      directory: directory, records: shown, predictions: predictions, calibration: calibration,
      analyses: analyses, scheduled: schedule.samples.count, publication: publication, warnings: warnings,
      failure: failure)
  }

  /// `cases`, and for DUTs also the cases of the tester by which they are judged.
  private static func withTesters(_ cases: [Case], of descriptor: Descriptor) -> [Case] {
    guard descriptor.measure.setup == .dut else { return cases }
    let sizes = Set(cases.map(\.frameBytes))
    return descriptor.cases.filter { point in
      cases.contains(point) || point.system == .tester && sizes.contains(point.frameBytes)
    }
  }

  /// The cases whose programs are installed, and a sentence on each program that is missing.
  private static func withoutGaps(
    _ asked: [Case], of descriptor: Descriptor, executable: String, cpus: Int
  ) -> (cases: [Case], gaps: [String]) {
    if cpus < 2, descriptor.measure.setup == .dut {
      let left = asked.count.counted(of: asked.count, "case", "is", "are")
      let gap = "a DUT needs a CPU beside its tester's, and so \(left) left out"
      return ([], ["\(gap); allow this process two CPUs"])
    }
    let needsGateway = asked.filter { $0.usesSecgw(in: descriptor) }
    let needsStrongSwan = descriptor.peers.values.contains(.strongSwan) ? asked : []
    let needsDevice = asked.filter { $0.system == .cryptodev }
    let lacks = [
      (
        needsGateway, System.ipsecSecgw.rawValue, PeerProgram.remedy,
        PeerProgram.find(besides: executable) != nil
      ),
      (
        needsStrongSwan, StrongSwanProgram.name, PeerProgram.remedy,
        StrongSwanProgram.find(besides: executable) != nil
      ),
      (
        needsDevice, CryptodevPerf.program, CryptodevPerf.remedy,
        // `make peers` also builds the driver over this program's own crypto library.
        CryptodevPerf.isHere && PeerProgram.find(besides: executable) != nil
      ),
    ].filter { !$0.0.isEmpty && !$0.3 }
    let lacking = lacks.flatMap(\.0)
    return (
      asked.filter { !lacking.contains($0) },
      lacks.map { cases, program, remedy, _ in
        let left = cases.count.counted(of: asked.count, "case", "is", "are")
        return "\(program) is not here, and so \(left) left out; \(remedy)"
      }
    )
  }

  /// The cases whose roles run on threads of this suite.
  private var suiteCases: [Case] { cases.filter { !$0.isDUT } }

  private struct SampleKey: Hashable {
    let name: String
    let sample: Int
  }

  private func makeCaptureFolder() throws {
    // Write an empty file first, so that an unwritable path is reported before anything is measured.
    if let file = options.keysFile { try AtomicFile.write(Data(), to: file) }
    guard let folder = options.captureFolder else { return }
    do { try FileSystem.makeFolders(folder) } catch {
      throw RunError.captureFolder(folder, reason: Self.cause(error))
    }
  }

  /// Starts the role processes, and then records the machine's properties.
  private func makeCrew(_ directory: RunDirectory, goesOn: Bool) throws -> RoleCrew {
    let logs = directory.path + "/logs"
    try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
    let crew = RoleCrew(
      descriptor: descriptor, cpus: cpus, executable: options.executable, logFolder: logs, testbed: sites)
    let ticksPerSecond = try crew.assemble()
    let hosts = try crew.describeHosts()
    try crew.askPorts()
    try writeEnvironment(
      to: directory, ticksPerSecond: ticksPerSecond, hosts: hosts, offers: crew.offers, goesOn: goesOn)
    return crew
  }

  /// Measures the costs of a pipeline's stages, or reads those of the run that is resumed.
  private func calibrate(
    _ directory: RunDirectory, goesOn: Bool, _ onEvent: (Event) -> Void
  ) throws -> Calibration {
    // Packet-cost cases use one thread, so there is nothing to place.
    guard descriptor.measure.what == .throughput,
      suiteCases.contains(where: \.system.isPipeline) || descriptor.model != nil
    else {
      return Calibration()
    }
    if goesOn, let data = FileManager.default.contents(atPath: directory.path(of: .calibration)) {
      do {
        return try JSONDecoder().decode(Calibration.self, from: data)
      } catch {
        throw RunError.resume("\(directory.path(of: .calibration)) cannot be read; run without --resume")
      }
    }
    let runner = CalibrationRunner(
      descriptor: descriptor, runID: runID, cpus: cpus, executable: options.executable,
      logFolder: directory.path + "/logs", testbed: sites, isInterrupted: isInterrupted)
    let calibration = try runner.run(suiteCases) { onEvent(.preparing($0)) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try directory.write(try encoder.encode(calibration), to: .calibration)
    return calibration
  }

  private func take(
    _ samples: [ScheduledSample], _ crew: RoleCrew, _ calibration: Calibration, journal: Journal,
    into records: inout [SampleRecord],
    _ onEvent: (Event) -> Void
  ) throws {
    let context = RunContext(
      crew: crew, descriptor: descriptor, runID: runID, keysFile: options.keysFile,
      isInterrupted: isInterrupted)
    let throughput = SampleRunner(
      context: context, calibration: calibration, captureFolder: options.captureFolder)
    let cost = CostSampleRunner(context: context)
    let (duts, rates) = (DUTRunner(context), RateRunner(context))
    let watch = MachineWatch(crew: crew, handsOver: descriptor.measure.what != .packetCost)
    var launch: Int?
    // The first sample starts processes and fills caches, so its duration is not typical.
    var second: Moment?
    // A resumed run may contain cases that this start leaves out.
    let total = cases.count * descriptor.measure.samples
    for (index, scheduled) in samples.enumerated() {
      let point = cases[scheduled.caseIndex]
      // Samples of the same process are not independent: each launch has processes of its own.
      if let launch, launch != scheduled.launch {
        crew.dismiss()
        duts.dismiss()
        rates.dismiss()
      }
      launch = scheduled.launch
      var record = try watch.around {
        switch descriptor.measure.what {
        case .throughput where point.isDUT: try duts.run(point, sample: scheduled.sample)
        case .throughput: try throughput.run(point, sample: scheduled.sample)
        case .packetCost: try cost.run(point, sample: scheduled.sample)
        case .rateSearch: try rates.run(point, sample: scheduled.sample)
        }
      }
      if let note = crew.noteOfCapture() { onEvent(.warned(note)) }
      record.launch = scheduled.launch
      record.runID = "\(runID)"
      try journal.append(record)
      records.put(record)
      let count = samples.count - index - 1
      let left = second.map { $0.secondsAgo / Double(index) * Double(count) }
      second = second ?? Moment.now
      onEvent(.sample(record, done: total - count, of: total, secondsLeft: left))
    }
  }
}

extension Case {
  /// Whether DPDK's `ipsec-secgw` takes part.
  func usesSecgw(in descriptor: Descriptor) -> Bool {
    peerMode != nil || descriptor.peers.values.contains { !$0.isStrongSwan }
  }
}

extension LibraryVersions {
  /// The versions that the linked libraries report.
  public static var installed: LibraryVersions {
    let ipsecMB = RoleHost.ipsecMB
    return LibraryVersions(
      dpdk: RoleHost.dpdkVersion, ipsecMB: ipsecMB.version, ipsecMBOrigin: ipsecMB.origin,
      ipsecMBSHA256: ipsecMB.sha256, ipsecMBArchitecture: ipsecMB.architecture)
  }

  /// Everything known about the program and its libraries.
  /// - Parameter ealArguments: the arguments with which DPDK is started.
  static func described(tscHz: UInt64?, ealArguments: [String]) -> LibraryVersions {
    var libraries = installed
    libraries.tscHz = tscHz
    libraries.machineFlags = RoleHost.machineFlags.isEmpty ? nil : RoleHost.machineFlags
    libraries.ealArguments = ealArguments
    libraries.programSHA256 = OwnProgram.sha256
    libraries.packages = MachineTool.packages(["libc6", "libdpdk-dev"])
    return libraries
  }
}

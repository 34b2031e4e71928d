import Basics
import Cases
import Descriptors
import Foundation
import Model
import Roles

/// A single role on this host, for a topology over real NICs with a host for each role.
public struct StandaloneRole {
  private let role: RoleName
  private let descriptor: Descriptor
  private let point: Case
  /// Which repetition; all hosts must agree.
  public var sample = 0
  /// The ID that enters the keys beside the seed; all hosts must agree on it, and no other start may have
  /// used it.
  public let runID: RunID
  /// A file for the keys, if any.
  public var keysFile: String?
  /// CPUs for dataplane threads.
  public var cpus: [Int]
  /// Seconds after which to end; nil for the window's length in the generator, and for ever in other roles.
  public var seconds: Double?

  /// The role's counts, faults and gaps.
  public struct Result {
    /// Column names.
    public let header: [String]
    /// A row for each stage.
    public let rows: [[String]]
    /// The generator's results, and faults.
    public let notes: [String]
    /// What could not be measured because of this machine, a sentence each.
    public let gaps: [String]
    /// Whether there are no faults.
    public let isValid: Bool
  }

  /// A role in one case of a descriptor whose link is `ports`.
  /// - Throws: `RunError.refused` for an unknown role or another link.
  public init(role name: String, descriptor: Descriptor, point: Case, runID: RunID) throws {
    guard let role = RoleName(rawValue: name) else {
      let known = RoleName.allCases.map(\.rawValue).joined(separator: ", ")
      throw RunError.refused(role: name, reason: "there is no such role; the roles are \(known)")
    }
    guard descriptor.ports != nil else {
      throw RunError.refused(
        role: name,
        reason: "the descriptor's link is \(descriptor.link.rawValue); a role alone needs link ports")
    }
    cpus = try UsableCPUs.forDPDK([point])
    self.role = role
    self.descriptor = descriptor
    self.point = point
    self.runID = runID
  }

  /// Plays the role until it is done or the user wants to stop.
  /// - Throws: errors of the dataplane.
  public func play(isInterrupted: () -> Bool, tell: (String) -> Void) throws -> Result {
    let ports = [Replica<LinkEnd>: String](descriptor.ports?.devices ?? [:])
    let devices = ports.reduce(into: [Replica<LinkEnd>: String]()) { devices, device in
      devices[device.key] = DeviceArguments.withSocket(device.value, at: device.key, of: runID)
    }
    let mine = devices.filter { $0.key.kind.role == role }
    let cpus = Array(self.cpus.prefix(min(RoleHost.cpusMax, point.threadsMax)))
    try OpenFiles.require(20 + 4 * (cpus.count + 1), for: "DPDK on \(cpus.count.counted("CPU"))")
    let host = try RoleHost(cpus: cpus, usesHardware: mine.values.contains(where: RoleCrew.isHardware))
    var plan = CasePlan(
      point, sample: sample, of: descriptor, run: runID, assignment: try assignment(), cpus: cpus)
    plan.devices = devices
    if let keysFile { try TestKeysFile.write(plan, to: keysFile) }
    // Other roles seal nothing, and the null format has no keys.
    let seals = RoleName.gateways.contains(role) && plan.system != .null
    let comment = "run ID \(runID), \(point.name), sample \(sample)"
    if seals { try UsedKeys().check(plan.seed, role, comment) }
    let topology = try host.topology(plan, roles: [role])
    // Note the keys only now, so that a device that cannot be opened does not use up a run ID.
    if seals { try UsedKeys().note(plan.seed, role, comment) }
    let threads = PinnedThreads(try host.threads())
    try topology.start()
    tell("\(role.rawValue) runs \(point.name), sample \(sample), run ID \(runID)")
    var window: (stages: [StageReport], seconds: Double)?
    do {
      defer { topology.stop() }
      if role == .generator {
        try waitForLinks(topology, isInterrupted)
        window = generate(topology, isInterrupted)
      } else {
        pause(seconds ?? .infinity, isInterrupted)
      }
    }
    let stages = topology.report().stages
    let counts = window.map {
      GeneratorCounts(
        stages, window: $0.stages, seconds: $0.seconds, dryPolls: topology.generatorReport()?.dryPolls)
    }
    var (faults, gaps) = Self.judge(stages, of: plan, generator: counts, by: descriptor)
    if let disturbance = threads.disturbance() { faults.append(disturbance) }
    if MachineWatch.acceptsAnyState { gaps = [] }
    return Result(
      header: ["stage", "cpu", "received", "transmitted", "cycles/packet", "dropped"],
      rows: stages.map { Self.row($0, isShown: gaps.isEmpty) }, notes: (counts.map(notes) ?? []) + faults,
      gaps: gaps, isValid: faults.isEmpty)
  }

  /// The faults of a role's counts, and its gaps. Only the role's own accounts can be checked, for the links'
  /// other sides are on other hosts.
  /// - Parameter generator: the generator's counts; nil for another role.
  package static func judge(
    _ stages: [StageReport], of plan: CasePlan, generator: GeneratorCounts? = nil, by descriptor: Descriptor
  ) -> (faults: [String], gaps: [String]) {
    var faults = stages.flatMap { Accounts.faults(of: $0, impairment: plan.impairment) }
    // A role that has received nothing at all still waits for the others.
    if stages.contains(where: { $0.counters.received > 0 }) {
      faults += StageReport.idleThreads(
        stages, steering: plan.steering,
        "; see that the other roles run the same case, and that flows and steering reach each thread")
    }
    if let generator {
      let remedy = "; start reflector and gateways first, with the same case and sample"
      faults += generator.faults(by: descriptor, whereSilent: remedy)
      if let loss = generator.tooMuchLoss(by: descriptor) { faults.append(loss) }
    }
    return (faults, [StalledTime.gap(ofGateways: stages.filter(\.isOfGateway))].compactMap(\.self))
  }

  /// A pipeline's assignment must be the same on all hosts, and so comes from the descriptor.
  private func assignment() throws -> PipelineAssignment? {
    guard point.system.isPipeline else { return nil }
    guard let cycles = descriptor.stageCycles else {
      throw RunError.refused(
        role: role.rawValue,
        reason: "every host must place a pipeline's stages alike; state their costs in stage_cycles "
          + "(`vpebench list FILE --placements` measures them)")
    }
    let ticks = Double(RoleHost.ticksPerSecond)
    return try Calibration(stated: cycles, cases: [point], ticksPerSecond: ticks).assignment(of: point)
  }

  /// Waits for the links: other hosts may start later, and frames sent before would be lost.
  private func waitForLinks(_ topology: Topology, _ isInterrupted: () -> Bool) throws {
    let limit = Moment(in: SampleRunner.linkSeconds)
    while !topology.report().areLinksUp && !isInterrupted() {
      if limit.isPast { throw RunError.linksDown(seconds: SampleRunner.linkSeconds) }
      usleep(20_000)
    }
  }

  /// - Returns: the window's counts, and its length.
  private func generate(
    _ topology: Topology, _ isInterrupted: () -> Bool
  ) -> (stages: [StageReport], seconds: Double) {
    topology.send(true)
    pause(descriptor.measure.warmUpSeconds, isInterrupted)
    let before = topology.report()
    pause(seconds ?? descriptor.measure.windowSeconds, isInterrupted)
    let after = topology.report()
    topology.send(false)
    topology.drain(seconds: SampleRunner.drainSeconds, looks: SampleRunner.drainLooks)
    return (after.stages(since: before), after.seconds(since: before))
  }

  private func notes(_ counts: GeneratorCounts) -> [String] {
    let gbps = Double(counts.collected) / counts.seconds * point.meanFrameBytes * 8 / 1e9
    let lost = counts.sent - min(counts.sent, counts.returned)
    return [
      String(format: "goodput %.3f Gbit/s over %.2f s", gbps, counts.seconds),
      "frames sent: \(counts.sent), came back: \(counts.returned), lost: \(lost)",
    ]
  }

  private func pause(_ seconds: Double, _ isInterrupted: () -> Bool) {
    let end = Moment(in: seconds)
    while case let left = end.secondsLeft, left > 0, !isInterrupted() {
      usleep(UInt32(min(left, 0.05) * 1e6))
    }
  }

  private static func row(_ stage: StageReport, isShown: Bool) -> [String] {
    let counters = stage.counters
    let cycles = isShown ? stage.cost?.primary : nil
    let drops = stage.drops.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return [
      stage.name, "\(stage.cpu)", "\(counters.received)", "\(counters.transmitted)",
      cycles.map { String(format: "%.1f", $0) } ?? "", drops.isEmpty ? "0" : drops.joined(separator: ", "),
    ]
  }
}

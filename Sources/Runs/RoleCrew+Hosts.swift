import Basics
import Cases
import Dataplane
import Descriptors
import Foundation
import Results
import Roles

/// The hosts of a testbed, and what their ports offer.
extension RoleCrew {
  /// The properties of each host of a testbed; empty without one. Afterwards a sample's basis takes into
  /// account which hosts are the same machine.
  /// - Throws: `RunError`.
  func describeHosts() throws -> [Replica<RoleName>: Results.Environment] {
    guard let testbed else { return [:] }
    var hosts: [Replica<RoleName>: Results.Environment] = [:]
    var machines: [Replica<RoleName>: String] = [:]
    for process in processes {
      guard let role = process.player,
        case .described(let environment, let machine) = try process.ask(.describe)
      else { continue }
      (hosts[role], machines[role]) = (environment, machine)
    }
    testbed.note(hosts, machines)
    return hosts
  }

  /// Fails if a host was rebooted since it was described, and has changed: samples before and after would not
  /// compare.
  /// - Throws: `RunError`.
  func requireUnchanged() throws {
    for process in processes {
      guard let testbed, let role = process.player, let machine = process.machine,
        testbed.isStartedAnew(role, machine), case .described(let now, _) = try process.ask(.describe)
      else { continue }
      let changes = testbed.changes(of: role, now)
      if !changes.isEmpty {
        throw RunError.changed(role: role.name, how: changes.joined(separator: ", "))
      }
      testbed.note(machine, of: role)
    }
  }

  /// The plan for a process's host.
  func plan(_ plan: CasePlan, for process: RoleProcess) -> CasePlan {
    guard let testbed, link == .ports, let role = process.player else { return plan }
    var plan = plan
    plan.replica = role.number
    plan.hasHostEach = true
    plan.cpus = testbed.cpus(of: role)
    plan.sharesCPUs = testbed.sharesCPUs(role)
    (plan.keepsCapture, plan.captureFolder) = (plan.captureFolder != nil, nil)
    return plan
  }

  /// Copies the capture of the last sample from the host that keeps it, piece by piece.
  /// - Throws: `RunError`, `ResultsError.file`.
  func bringBackCapture(to folder: String) throws {
    guard testbed != nil, let process = processes.first(where: { $0.roles.contains(.gatewayA) }) else {
      return
    }
    var whole = Data()
    while case .captured(let piece?) = try process.ask(.capture(from: whole.count)) {
      whole += piece.bytes
      leftOutOfCapture = piece.leftOut
      if whole.count >= piece.whole || piece.bytes.isEmpty { break }
    }
    try AtomicFile.write(whole, to: "\(folder)/\(CasePlan.captureName)")
  }

  /// A note on the copied capture, returned once; nil if it is complete.
  func noteOfCapture() -> String? {
    guard leftOutOfCapture > 0 else { return nil }
    defer { leftOutOfCapture = 0 }
    return "\(leftOutOfCapture.counted("frame")) found no room in the sample's capture, of which a host of a "
      + "testbed keeps \(Capture.keptBytes >> 20) MiB; take a slower rate or a shorter window for all of them"
  }

  /// Whether ports are asked for their offers: if steering depends on them, and for the records of NICs and
  /// testbeds.
  private var asksPorts: Bool {
    guard link == .ports else { return false }
    return descriptorSteers || testbed != nil || ports.values.contains(where: Self.isHardware)
  }

  /// Makes all processes open their ports and report the offers, if needed. Where a process cannot open a
  /// port twice, new processes open the ports for the first sample.
  /// - Throws: `RunError`.
  func askPorts() throws {
    guard asksPorts else { return }
    try assemble()
    try all { process in
      let own = ports.filter { $0.key.isOf(process.roles, process.replica) }
      let devargs = own.map { port, device in
        (port, DeviceArguments.withSecretSocket(device, at: port, "\(secret)-offer"))
      }
      return .openLinks(LinkProbe.Plan(devices: Dictionary(uniqueKeysWithValues: devargs), id: 0))
    }
    for case .linksProbed(let found) in try all(.probeLinks(seconds: 0)) {
      for finding in found { offers[finding.port] = finding.offer }
    }
    if !canReopenPorts { dismiss() }
  }

  /// Whether the ports of a testbed can be opened again by the processes that had them.
  var canReopenPorts: Bool {
    testbed != nil && ports.values.allSatisfy(DeviceArguments.canBeReopened)
  }
}

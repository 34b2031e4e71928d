import Foundation

import enum Results.Program

/// What can only be learnt by trying: rights, programs and kernel features that a run needs.
public struct MachineProbes: Sendable, Equatable {
  /// How a trial ended.
  public enum Trial: Sendable, Equatable {
    /// It worked, and was undone.
    case works
    /// It failed, for the reason that the system gave.
    case fails(String)
    /// It was not tried, as a right or a program for it is lacking.
    case untried
  }

  /// Bits of the capabilities in effect, as in capabilities(7); `nil` if they cannot be read.
  public var effectiveCapabilities: UInt64?
  /// Whether the program `ip` is installed.
  public var hasIP: Bool
  /// Whether gnuplot is installed.
  public var hasGnuplot: Bool
  /// Making a network namespace that holds a veth pair.
  public var namespace: Trial
  /// Opening an AF_PACKET socket.
  public var packetSocket: Trial

  /// Findings made elsewhere, e.g. by a test.
  public init(
    effectiveCapabilities: UInt64?, hasIP: Bool, hasGnuplot: Bool, namespace: Trial, packetSocket: Trial
  ) {
    self.effectiveCapabilities = effectiveCapabilities
    self.hasIP = hasIP
    self.hasGnuplot = hasGnuplot
    self.namespace = namespace
    self.packetSocket = packetSocket
  }

  /// Of a machine that is asked for nothing of that.
  package static let untried = MachineProbes(
    effectiveCapabilities: nil, hasIP: false, hasGnuplot: false, namespace: .untried, packetSocket: .untried)

  /// Whether namespaces may be made: CAP_NET_ADMIN (12) for the links, CAP_SYS_ADMIN (21) for the rest.
  public var mayMakeNamespaces: Bool {
    guard let bits = effectiveCapabilities else { return false }
    return bits & (1 << 12) != 0 && bits & (1 << 21) != 0
  }
}

extension Machine {
  /// Tries on the running system what a run needs of it, and leaves nothing behind.
  public func probe() -> MachineProbes {
    let capabilities = files.fields("proc/self/status")["CapEff"].flatMap { UInt64($0, radix: 16) }
    var probes = MachineProbes(
      effectiveCapabilities: capabilities, hasIP: Program.path("ip") != nil,
      hasGnuplot: Program.path("gnuplot") != nil, namespace: .untried,
      packetSocket: Self.tryPacketSocket())
    if probes.hasIP && probes.mayMakeNamespaces { probes.namespace = Self.tryNamespace() }
    return probes
  }

  private static func tryNamespace() -> MachineProbes.Trial {
    // A namespace without a name, as runs have them: it ends with its process, and so does the link in it.
    let arguments = ["ip", "link", "add", "name", "red", "type", "veth", "peer", "name", "black"]
    guard let outcome = Program.run(MachineTool.inOwnNetwork + arguments) else {
      return .fails("unshare cannot be started")
    }
    if outcome.status == 0 { return .works }
    let said = String(decoding: outcome.errors, as: UTF8.self).split(separator: "\n")
    return .fails(said.first.map(String.init) ?? "ip ended with status \(outcome.status)")
  }

  private static func tryPacketSocket() -> MachineProbes.Trial {
    #if os(Linux)
      // Protocol 0: the socket receives nothing.
      let socket = socket(AF_PACKET, Int32(SOCK_RAW.rawValue), 0)
      guard socket >= 0 else { return .fails(String(cString: strerror(errno))) }
      close(socket)
      return .works
    #else
      return .fails("AF_PACKET is Linux's own")
    #endif
  }
}

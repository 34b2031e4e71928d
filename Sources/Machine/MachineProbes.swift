import Foundation

import enum Results.Program

/// Properties that can only be found out by trying: rights, programs and kernel features that runs need.
public struct MachineProbes: Sendable, Equatable {
  /// The result of a trial.
  public enum Trial: Sendable, Equatable {
    /// It worked, and was undone.
    case works
    /// It failed; the text is the system's reason.
    case fails(String)
    /// It was not tried, because a right or a program for it is lacking.
    case untried
  }

  /// The effective capabilities as bits, as in capabilities(7); `nil` if they cannot be read.
  public var effectiveCapabilities: UInt64?
  /// Whether the program `ip` is installed.
  public var hasIP: Bool
  /// Whether gnuplot is installed.
  public var hasGnuplot: Bool
  /// The trial to make a network namespace with a veth pair.
  public var namespace: Trial
  /// The trial to open an AF_PACKET socket.
  public var packetSocket: Trial

  /// Makes probes from results that were obtained elsewhere, for example by a test.
  public init(
    effectiveCapabilities: UInt64?, hasIP: Bool, hasGnuplot: Bool, namespace: Trial, packetSocket: Trial
  ) {
    self.effectiveCapabilities = effectiveCapabilities
    self.hasIP = hasIP
    self.hasGnuplot = hasGnuplot
    self.namespace = namespace
    self.packetSocket = packetSocket
  }

  /// Probes of a machine on which nothing was tried.
  package static let untried = MachineProbes(
    effectiveCapabilities: nil, hasIP: false, hasGnuplot: false, namespace: .untried, packetSocket: .untried)

  /// Whether the process may make namespaces: CAP_NET_ADMIN (12) is needed for the links, CAP_SYS_ADMIN (21)
  /// for the rest.
  public var mayMakeNamespaces: Bool {
    guard let bits = effectiveCapabilities else { return false }
    return bits & (1 << 12) != 0 && bits & (1 << 21) != 0
  }
}

extension Machine {
  /// Tries what runs need of the system, and leaves nothing behind.
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
    // A namespace without a name, like those of runs. It ends with its process, and the link in it does, too.
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

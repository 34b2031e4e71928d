import Cases
import Crypto

/// The configuration of `ipsec-secgw` as gateway A or B of a case.
public struct PeerConfiguration {
  private let plan: CasePlan
  private let mode: PeerMode
  private let isA: Bool
  /// The gateway's ports, in the order in which the program gets them.
  public let red, black: LinkEnd
  private let out: TestKeys
  private let back: TestKeys

  /// - Throws: `RoleError.aead` for an AEAD that the program does not have.
  public init(_ plan: CasePlan, _ role: RoleName, mode: PeerMode) throws {
    (self.plan, self.mode) = (plan, mode)
    isA = role == .gatewayA
    (red, black) = isA ? (.gatewayARed, .gatewayABlack) : (.gatewayBRed, .gatewayBBlack)
    guard let name = plan.aead, let algorithm = AEADAlgorithm(rawValue: name),
      algorithm != .chaCha20Poly1305
    else { throw RoleError.aead(plan.aead) }
    func keys(_ direction: TestKeys.Direction) -> TestKeys {
      TestKeys(
        seed: plan.seed, direction, algorithm: algorithm, usesESN: plan.esn, windows: 1)
    }
    out = keys(isA ? .aToB : .bToA)
    back = keys(isA ? .bToA : .aToB)
  }

  /// The configuration file: port 0 is red, port 1 black.
  public var text: String {
    let here = isA ? TestAddress.gatewayA : TestAddress.gatewayB
    let there = isA ? TestAddress.gatewayB : TestAddress.gatewayA
    let ours = isA ? TestAddress.generator : TestAddress.reflector
    let theirs = isA ? TestAddress.reflector : TestAddress.generator
    let ports = "sport 0:65535 dport 0:65535"
    return """
      sp ipv4 out esp protect \(out.esp.spi) pri 1 src \(host(ours)) dst \(host(theirs)) \(ports)
      sp ipv4 in esp protect \(back.esp.spi) pri 1 src \(host(theirs)) dst \(host(ours)) \(ports)
      sa out \(association(out, from: here, to: there))
      sa in \(association(back, from: there, to: here))
      rt ipv4 dst \(host(there)) port 1
      rt ipv4 dst \(host(ours)) port 0
      neigh port 0 \(red.peer.address)
      neigh port 1 \(black.peer.address)

      """
  }

  /// The program's own arguments, which follow those of EAL.
  /// - Parameter cpu: the CPU of its only thread.
  public func arguments(file: String, cpu: Int) -> [String] {
    var arguments = [
      "-p", "0x3", "-P", "-u", "0x2", "--config", "(0,0,\(cpu)),(1,0,\(cpu))", "--mtu", "1700", "-f", file,
    ]
    if mode != .legacy {
      arguments += ["-l", "-w", "\(plan.windowSize)"]
      if plan.esn { arguments.append("-e") }
    }
    if !mode.looksUpPolicies { arguments += ["--single-sa", "0"] }
    return arguments
  }

  private func association(_ keys: TestKeys, from: UInt32, to: UInt32) -> String {
    // The salt follows the key (RFC 4106 section 8.1).
    let material = keys.key + withUnsafeBytes(of: keys.esp.salt.bigEndian, Array.init)
    return "\(keys.esp.spi) aead_algo \(plan.aead ?? "") aead_key \(material.hex(separator: ":"))"
      + " mode ipv4-tunnel src \(address(from)) dst \(address(to))"
      + (mode.callsCrypto ? " type cpu-crypto" : "")
  }

  private func host(_ value: UInt32) -> String { "\(address(value))/32" }
  private func address(_ value: UInt32) -> String { TestAddress.text(value) }
}

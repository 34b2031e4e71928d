import Basics
import Cases
import Crypto

/// The configuration of `strongswan-esp` (`tools/strongswan-esp.c`) as gateway A or B of a case.
public struct StrongSwanConfiguration {
  /// The gateway's ports.
  public let red, black: LinkEnd
  /// The program's arguments behind the plugins' folder and names.
  public let arguments: [String]

  /// - Throws: `RoleError.aead` for a plan without an AEAD.
  public init(_ plan: CasePlan, _ role: RoleName) throws {
    guard let name = plan.aead, let algorithm = AEADAlgorithm(rawValue: name) else {
      throw RoleError.aead(plan.aead)
    }
    let isA = role == .gatewayA
    (red, black) = isA ? (.gatewayARed, .gatewayABlack) : (.gatewayBRed, .gatewayBBlack)
    func association(_ direction: TestKeys.Direction) -> [String] {
      let keys = TestKeys(
        seed: plan.seed, direction, algorithm: algorithm, usesESN: plan.esn, windows: 1)
      // The salt follows the key (RFC 4106 section 8.1, RFC 7634 section 2).
      let material = keys.key + withUnsafeBytes(of: keys.esp.salt.bigEndian, Array.init)
      return ["\(keys.esp.spi)", material.hex()]
    }
    func network(_ value: UInt32) -> String { "\(TestAddress.text(value))/32" }
    arguments =
      [name] + association(isA ? .aToB : .bToA) + association(isA ? .bToA : .aToB) + [
        plan.encapsulation.udpPort == nil ? "ip" : "udp", plan.esn ? "esn" : "no-esn",
        TestAddress.text(isA ? TestAddress.gatewayA : TestAddress.gatewayB),
        TestAddress.text(isA ? TestAddress.gatewayB : TestAddress.gatewayA),
        "\(plan.encapsulation.udpPort ?? 0)",
        network(isA ? TestAddress.generator : TestAddress.reflector),
        network(isA ? TestAddress.reflector : TestAddress.generator),
        "\(red.peer.address)".filter { $0 != ":" }, "\(black.peer.address)".filter { $0 != ":" },
      ]
  }
}

extension TestAddress {
  /// An address in dotted decimals.
  static func text(_ value: UInt32) -> String {
    (0..<4).map { "\(value >> (24 - 8 * $0) & 255)" }.joined(separator: ".")
  }
}

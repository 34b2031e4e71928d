import Cases
import Crypto
import Roles
import Testing

/// What `strongswan-esp` is told, against keys that are computed apart.
@Suite struct StrongSwanConfigurationTests {
  private static func plan(_ aead: String) -> CasePlan {
    var plan = CasePlan(system: .espSingle, aead: aead, threads: 2, frameBytes: 64, seed: 7, cpus: [0, 1])
    plan.esn = false
    plan.encapsulation = Encapsulation(udpPort: 4500)
    return plan
  }

  /// Key and salt in hex.
  private static func material(_ direction: TestKeys.Direction, _ algorithm: AEADAlgorithm) -> String {
    let keys = TestKeys(seed: 7, direction, algorithm: algorithm, usesESN: false, windows: 1)
    let salt = (0..<4).map { UInt8(truncatingIfNeeded: keys.esp.salt >> (24 - 8 * $0)) }
    let digits = Array("0123456789abcdef")
    return String((keys.key + salt).flatMap { [digits[Int($0) / 16], digits[Int($0) % 16]] })
  }

  @Test(arguments: AEADAlgorithm.allCases) func eachGatewayHasTheOtherForItsPeer(
    algorithm: AEADAlgorithm
  ) throws {
    let name = algorithm.rawValue
    let toB = Self.material(.aToB, algorithm)
    let toA = Self.material(.bToA, algorithm)
    #expect(toB.count == (algorithm.keyBytes + 4) * 2)
    let a = try StrongSwanConfiguration(Self.plan(name), .gatewayA)
    #expect(a.red == .gatewayARed && a.black == .gatewayABlack)
    #expect(
      a.arguments.joined(separator: " ")
        == "\(name) 16781312 \(toB) 33558528 \(toA) udp no-esn 192.0.2.1 192.0.2.2 4500 "
        + "198.18.0.1/32 198.19.0.1/32 020000000001 020000000004")
    let b = try StrongSwanConfiguration(Self.plan(name), .gatewayB)
    #expect(
      b.arguments.joined(separator: " ")
        == "\(name) 33558528 \(toA) 16781312 \(toB) udp no-esn 192.0.2.2 192.0.2.1 4500 "
        + "198.19.0.1/32 198.18.0.1/32 020000000006 020000000003")
  }

  @Test func withoutACipherThereIsNone() {
    #expect(throws: RoleError.aead("none")) {
      try StrongSwanConfiguration(Self.plan("none"), .gatewayA)
    }
  }

  @Test func namesAreThoseOfDescriptors() {
    #expect(
      PeerGateway.allCases.map(\.name) == [
        "lookaside", "lookaside-single-sa", "cpu-crypto", "cpu-crypto-single-sa", "strongswan",
      ])
    #expect(PeerGateway.allCases.allSatisfy { PeerGateway(name: $0.name) == $0 })
    #expect(PeerGateway(name: "legacy") == nil)
  }
}

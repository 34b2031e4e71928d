import Cases
import Roles
import Testing

/// What `ipsec-secgw` is told, against keys that are computed apart.
@Suite struct PeerConfigurationTests {
  private static let plan: CasePlan = {
    var plan = CasePlan(
      system: .espSingle, aead: "aes-128-gcm", threads: 2, frameBytes: 64, seed: 7, cpus: [0, 1])
    plan.windowSize = 512
    return plan
  }()

  /// Key and salt as the program wants them.
  private static func material(_ direction: TestKeys.Direction) -> String {
    let keys = TestKeys(seed: 7, direction, algorithm: .aes128GCM, usesESN: true, windows: 1)
    let salt = (0..<4).map { UInt8(truncatingIfNeeded: keys.esp.salt >> (24 - 8 * $0)) }
    return (keys.key + salt).map { byte in
      let digits = Array("0123456789abcdef")
      return String([digits[Int(byte) / 16], digits[Int(byte) % 16]])
    }.joined(separator: ":")
  }

  @Test func eachGatewayHasTheOtherForItsPeer() throws {
    let a = try PeerConfiguration(Self.plan, .gatewayA, mode: .cpuCrypto).text
    #expect(
      a == """
        sp ipv4 out esp protect 16781312 pri 1 src 198.18.0.1/32 dst 198.19.0.1/32 sport 0:65535 dport 0:65535
        sp ipv4 in esp protect 33558528 pri 1 src 198.19.0.1/32 dst 198.18.0.1/32 sport 0:65535 dport 0:65535
        sa out 16781312 aead_algo aes-128-gcm aead_key \(Self.material(.aToB)) \
        mode ipv4-tunnel src 192.0.2.1 dst 192.0.2.2 type cpu-crypto
        sa in 33558528 aead_algo aes-128-gcm aead_key \(Self.material(.bToA)) \
        mode ipv4-tunnel src 192.0.2.2 dst 192.0.2.1 type cpu-crypto
        rt ipv4 dst 192.0.2.2/32 port 1
        rt ipv4 dst 198.18.0.1/32 port 0
        neigh port 0 02:00:00:00:00:01
        neigh port 1 02:00:00:00:00:04

        """)
    let b = try PeerConfiguration(Self.plan, .gatewayB, mode: .lookaside).text
    #expect(b.contains("sa out 33558528 aead_algo aes-128-gcm aead_key \(Self.material(.bToA)) mode"))
    #expect(b.contains("src 192.0.2.2 dst 192.0.2.1\nsa in 16781312"))
    #expect(b.contains("neigh port 0 02:00:00:00:00:06\nneigh port 1 02:00:00:00:00:03"))
    #expect(!b.contains("cpu-crypto"))
  }

  @Test func aModeIsWhatTheProgramIsAskedFor() throws {
    func arguments(_ mode: PeerMode) throws -> String {
      try PeerConfiguration(Self.plan, .gatewayA, mode: mode).arguments(file: "a.cfg", cpu: 3)
        .joined(separator: " ")
    }
    let common = "-p 0x3 -P -u 0x2 --config (0,0,3),(1,0,3) --mtu 1700 -f a.cfg"
    #expect(try arguments(.legacy) == common)
    #expect(try arguments(.lookaside) == common + " -l -w 512 -e")
    #expect(try arguments(.cpuCrypto) == common + " -l -w 512 -e")
    #expect(try arguments(.lookasideSingleSA) == common + " -l -w 512 -e --single-sa 0")
    #expect(PeerMode.allCases.filter { !$0.checksReplay } == [.legacy])
  }

  @Test func aCipherThatItLacksIsRefused() {
    var plan = Self.plan
    plan.aead = "chacha20-poly1305"
    #expect(throws: RoleError.aead("chacha20-poly1305")) {
      try PeerConfiguration(plan, .gatewayA, mode: .cpuCrypto)
    }
  }
}

import Cases
import Foundation
import Roles
import Testing

@Suite struct CasePlanTests {
  /// Threads of a gateway, and how many of them seal.
  static let threads = [
    (1, 1, 1), (2, 1, 1), (3, 2, 1), (4, 2, 2), (5, 3, 2), (8, 4, 4), (38, 19, 19), (39, 20, 19),
  ]

  @Test(arguments: threads) func halfOfTheThreadsSeal(threads: Int, sealing: Int, opening: Int) {
    let plan = CasePlan(system: .vpe, aead: nil, threads: threads, frameBytes: 64, seed: 1, cpus: [])
    #expect(plan.sealing == sealing)
    #expect(plan.opening == opening)
  }

  /// Threads, how many are asked to seal, how many do; at least one is left for either direction.
  static let sealThreads = [
    (2, 1, 1), (8, 1, 1), (8, 7, 7), (8, 8, 7), (8, 99, 7), (8, 0, 1), (8, -3, 1), (1, 1, 1), (128, 64, 64),
  ]

  @Test(arguments: sealThreads) func asManyThreadsSealAsAskedFor(threads: Int, asked: Int, sealing: Int) {
    var plan = CasePlan(system: .vpe, aead: nil, threads: threads, frameBytes: 64, seed: 1, cpus: [])
    plan.sealThreads = asked
    #expect(plan.sealing == sealing)
    #expect(plan.opening == max(threads - sealing, 1))
  }

  @Test func aFrameInMemoryHasNoCheckSequence() {
    let plan = CasePlan(system: .null, aead: nil, threads: 2, frameBytes: 1518, seed: 1, cpus: [])
    #expect(plan.frameMemoryBytes == 1514)
  }

  @Test func survivesTheWayToAnotherProcess() throws {
    var plan = CasePlan(
      system: .espSingle, aead: "aes-256-gcm", threads: 2, frameBytes: 64, seed: .max, cpus: [3, 1])
    for (isRing, rate) in [(true, nil), (false, 0.25)] {
      plan.devices =
        isRing ? nil : Dictionary(uniqueKeysWithValues: LinkEnd.allCases.map { ($0, "net_\($0)") })
      plan.rateMpps = rate
      plan.fault = Fault(end: .gatewayBBlack, kind: .double, frame: 1 << 40)
      plan.encapsulation = Encapsulation(vpeProtocol: 253, udpPort: 4500)
      plan.captureFolder = "captures"
      plan.sealThreads = isRing ? nil : 3
      plan.assignment = isRing ? nil : Assignments.best(threads: 5)
      plan.steering = isRing ? .queue : .software
      #expect(try JSONDecoder().decode(CasePlan.self, from: JSONEncoder().encode(plan)) == plan)
      #expect(plan.isRing == isRing)
    }
  }

  static let sentences: [(error: RoleError, parts: [String])] = [
    (.aead("rot13"), ["rot13 is not an AEAD", "aes-128-gcm", "chacha20-poly1305"]),
    (.aead(nil), ["no AEAD is not an AEAD", "aes-256-gcm"]),
    (.noDevice(.gatewayBRed), ["gateway-b.red", "ports"]),
    (.assignment(threads: 5, assigned: nil), ["5 threads", "not none"]),
    (.assignment(threads: 5, assigned: 4), ["5 threads", "not to 4"]),
    (.frameBytes(63), ["63 bytes", "64 to 1518"]),
    (.capture(path: "a/b.pcap", reason: "read-only"), ["a/b.pcap", "read-only"]),
  ]

  @Test(arguments: sentences) func errorsSayWhatAndTheRemedy(error: RoleError, parts: [String]) {
    for part in parts { #expect("\(error)".contains(part)) }
  }
}

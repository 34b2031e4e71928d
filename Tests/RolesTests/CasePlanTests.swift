import Cases
import Dataplane
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
    #expect(plan.frameMemoryLengths == [1514])
  }

  @Test func survivesTheWayToAnotherProcess() throws {
    var plan = CasePlan(
      system: .espSingle, aead: "aes-256-gcm", threads: 2, frameBytes: 64, seed: .max, cpus: [3, 1])
    for (isRing, rate) in [(true, nil), (false, 0.25)] {
      (plan.replicas, plan.replica) = isRing ? (1, 0) : (2, 1)
      plan.devices =
        isRing ? nil : Dictionary(uniqueKeysWithValues: LinkEnd.all(2).map { ($0, "net_\($0.name)") })
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

  /// A ring holds what may be under way; so does a pool, whatever lies in queues, bursts and caches.
  @Test(arguments: [64, 512, 4096, 8100, 100_000]) func ringsAndPoolsHoldWhatIsUnderWay(frames: Int) throws {
    var plan = CasePlan(system: .vpe, aead: nil, threads: 8, frameBytes: 64, seed: 1, cpus: [0, 1, 2])
    plan.inFlightFrames = frames
    for share in [1, 0.5, 0.25, 1.0 / 19] {
      let slots = plan.slots(share: share)
      #expect(slots.nonzeroBitCount == 1 && Double(slots) >= Double(frames) * share)
      #expect(share < 1 || slots >= frames + Burst.capacity, "a burst more than can be under way")
    }
    let layout = try GatewayLayout(plan)
    func pool(threads: Int = 20) -> Int {
      plan.poolPackets(layout, roles: Set(RoleName.allCases), threads: threads)
    }
    let overRings = pool()
    #expect(overRings >= frames + 20 * Burst.capacity)
    #expect(pool(threads: 30) - overRings == 10 * Burst.capacity, "each thread may hold a burst")
    plan.cpus.append(3)
    let withAnotherCore = pool()
    #expect(withAnotherCore - overRings == PacketPool.cachedOfCore, "a core's cache is no other's")

    // A device keeps packets in each of its queues, both ways.
    plan.devices = Dictionary(uniqueKeysWithValues: LinkEnd.all(1).map { ($0, "net_\($0.name)") })
    let queues = LinkEnd.allCases.reduce(0) {
      $0 + layout.queues(at: $1).receive + layout.queues(at: $1).transmit
    }
    #expect(pool() >= withAnotherCore + queues * Port.descriptors)

    // An attacker's packets are under way, too: where they pass, and in the pool.
    let (slots, packets) = (plan.slots(share: 1, isBlack: true), pool())
    var attack = Impairment()
    (attack.hasAttacker, attack.replayedPercent) = (true, 100)
    plan.impairment = attack
    #expect(pool() >= packets + frames)
    #expect(plan.slots(share: 1, isBlack: true) >= max(slots, 2 * frames))
  }

  static let sentences: [(error: RoleError, parts: [String])] = [
    (.aead("rot13"), ["rot13 is not an AEAD", "aes-128-gcm", "chacha20-poly1305"]),
    (.aead(nil), ["no AEAD is not an AEAD", "aes-256-gcm"]),
    (.noDevice(.gatewayBRed), ["gateway-b.red", "ports"]),
    (.assignment(threads: 5, assigned: nil), ["5 threads", "not none"]),
    (.assignment(threads: 5, assigned: 4), ["5 threads", "not to 4"]),
    (.frameBytes(63), ["63 bytes", "64 to 1518"]),
    (.readyFrames(wanted: 900, most: 70), ["900 frames", "for 70", "measure.trial_seconds"]),
  ]

  @Test(arguments: sentences) func errorsSayWhatAndTheRemedy(error: RoleError, parts: [String]) {
    for part in parts { #expect("\(error)".contains(part)) }
  }
}

import Basics
import Cases
import Crypto
import Foundation
import Roles
import TestSupport
import Testing
import Tunnel

extension OnDPDK {
  /// IPv4 and IPv6 inside and outside, directly in IP and in UDP, over rings and in packet costs.
  @Suite struct VersionsTests {
    /// How a packet is carried.
    struct Way: Sendable, CustomTestStringConvertible {
      let inner: IPVersion
      let outer: IPVersion
      let isUDP: Bool

      static let all = IPVersion.allCases.flatMap { inner in
        IPVersion.allCases.flatMap { outer in
          [false, true].map { Way(inner: inner, outer: outer, isUDP: $0) }
        }
      }

      var testDescription: String { "\(inner) in \(isUDP ? "UDP over " : "")\(outer)" }

      func plan(_ system: System, aead: String? = "aes-128-gcm", threads: Int, frameBytes: Int) -> CasePlan {
        var plan = TestHost.plan(system, aead: aead, threads: threads, frameBytes: frameBytes)
        plan.innerVersion = inner
        plan.encapsulation.isIPv6 = outer == .ipv6
        plan.encapsulation.udpPort = isUDP ? 4500 : nil
        return plan
      }
    }

    private static func threads(of system: System) -> [Int] {
      system.threadCounts.count == 1 ? [2] : system.isPipeline ? [3, 8] : [2, 6]
    }

    /// Nothing is lost, damaged or out of order, whether gateways are bumps in the wire or hops.
    @Test(arguments: System.gateways, Way.all) func everyFrameComesBack(system: System, way: Way) throws {
      for threads in Self.threads(of: system) {
        for (frameBytes, isHop) in [(84, false), (85, true), (1518, false)] {
          let aead = system == .wireguard ? "chacha20-poly1305" : "aes-128-gcm"
          var plan = way.plan(
            system, aead: system == .null ? nil : aead, threads: threads, frameBytes: frameBytes)
          plan.policy = TunnelPolicy(copiesFields: isHop)
          (plan.inFlightFrames, plan.windowSize) = (1024, 4096)
          try TopologyTests.runCleanly(plan, frames: 2_000, polled: true)
        }
      }
    }

    /// A flow keeps its queue, hashed or not, and classes of IPv6 their windows.
    @Test(arguments: Steering.allCases) func flowsOfIPv6AreSteered(steering: Steering) throws {
      var plan = TestHost.plan(.vpe, threads: 8, frameBytes: 84)
      plan.innerVersion = .ipv6
      plan.steering = steering
      try TopologyTests.runCleanly(plan, frames: 10_000, polled: true)
      guard steering != .hash else { return }
      plan.classes = 4
      plan.policy = TunnelPolicy(copiesFields: true)
      try TopologyTests.runCleanly(plan, frames: 10_000, polled: true)
    }

    // MARK: - Others' eyes

    private struct Side: Encodable {
      let key: String
      let salt: UInt32
      let spi: UInt32
    }

    private struct Question: Encodable {
      let file: String
      let model: String
      let aead: String
      var sides: [String: Side]
    }

    private static func sides(_ plan: CasePlan) -> [String: Side] {
      let cipher = plan.aead.flatMap(AEADAlgorithm.init(rawValue:)) ?? .aes128GCM
      let directions = [("black-a-to-b", TestKeys.Direction.aToB), ("black-b-to-a", .bToA)]
      return Dictionary(
        uniqueKeysWithValues: directions.map { name, direction in
          let keys = TestKeys(
            seed: plan.seed, direction, algorithm: cipher, usesESN: true, windows: plan.windows,
            format: plan.system.format)
          let spi = plan.system == .vpe ? keys.vpe.spi : keys.esp.spi
          return (name, Side(key: keys.key.hex(), salt: keys.esp.salt, spi: spi))
        })
    }

    /// What the oracle must say of every frame.
    private static func words(_ plan: CasePlan, _ way: Way) -> String {
      let version = [IPVersion.ipv4: "IPv4", .ipv6: "IPv6"]
      let bare = way.inner == .ipv6 ? "41" : "4"
      let carried =
        way.isUDP ? "17 4500-4500 unchecked" : plan.system == .null ? bare : "50"
      return "\(version[way.outer] ?? "") \(carried) \(version[way.inner] ?? "") right"
    }

    /// Every combination of each format, taken apart by Scapy.
    @Test func everyCombinationIsWhatScapyReads() throws {
      try withTemporaryFolder { folder in
        var questions: [Question] = []
        var expected: [[String: UInt64]] = []
        for (system, aead) in [
          (System.null, nil), (.espSingle, "aes-128-gcm"), (.vpe, "aes-256-gcm"),
          (.vpe, "chacha20-poly1305"),
        ] as [(System, String?)] {
          for way in Way.all {
            let bytes = questions.count % 2 == 0 ? 84 : 577
            var plan = way.plan(system, aead: aead, threads: 2, frameBytes: bytes)
            plan.inFlightFrames = 64
            let own = folder.appendingPathComponent("\(questions.count)")
            try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
            let (file, frames) = try TopologyCaptureTests.capture(plan, frames: 40, in: own)
            questions.append(
              Question(
                file: file.path, model: system.rawValue, aead: aead ?? "", sides: Self.sides(plan)))
            expected.append([Self.words(plan, way): 2 * frames])
          }
        }
        // With another key, the oracle would say so.
        var wrong = questions[questions.count - 1]
        wrong.sides["black-a-to-b"] = wrong.sides["black-b-to-a"]
        questions.append(wrong)
        let answers = try Oracle.answers(of: "versions_scapy.py", to: questions).map {
          try JSONDecoder().decode([String: UInt64].self, from: Data($0.utf8))
        }
        for (answer, words) in zip(answers, expected) { #expect(answer == words) }
        let last = try #require(answers.last)
        #expect(last.count == 2 && last.keys.contains { $0.hasSuffix("ValueError") }, "\(last)")
      }
    }

    // MARK: - Packet costs

    private static func costPlan(_ system: System, _ way: Way, bytes: Int) -> CostPlan {
      let aead = system == .wireguard ? "chacha20-poly1305" : "aes-128-gcm"
      var plan = CostPlan(
        system: system, operations: MeasuredOperation.allCases, aead: aead, packetBytes: bytes, seed: 7)
      (plan.packetsInFlight, plan.packets) = (128, 1000)
      (plan.innerVersion, plan.outerVersion) = (way.inner, way.outer)
      if !system.isAlwaysInUDP { plan.carrier = way.isUDP ? .udp : .ip }
      return plan
    }

    /// No stage refuses a packet, aligned or where a driver puts frames.
    static let systems: [System] = [
      .null, .espSingle, .espPipeline, .vpe, .wireguard, .psp, .eespSubSA, .espTransport, .vpeTransportA,
      .vpeTransportB,
    ]

    @Test(arguments: systems, Way.all)
    func costsAreTakenOfEveryCombination(system: System, way: Way) throws {
      for (bytes, isAligned, copiesFields) in [(48, true, false), (50, false, true), (1500, false, false)] {
        var plan = Self.costPlan(system, way, bytes: bytes)
        plan.isAligned = isAligned
        plan.policy = TunnelPolicy(copiesFields: copiesFields)
        let report = try TestHost.shared().measure(plan)
        for tally in report.tallies {
          #expect(tally.packets + 64 * tally.stalledBatches == 8 * 128 && tally.failures == 0, "\(tally)")
        }
      }
    }

    /// Where a driver puts frames, packets to be opened lie further on by what is around them.
    @Test(arguments: Way.all) func whatIsOpenedLiesBehindItsHeaders(way: Way) throws {
      for (system, header) in [(System.espSingle, 16), (.vpe, 32)] {
        for (operation, isAligned, before) in [
          (MeasuredOperation.seal, false, 14),
          (.open, false, 14 + (way.outer == .ipv6 ? 40 : 20) + (way.isUDP ? 8 : 0) + header),
          (.seal, true, 64), (.open, true, 64),
        ] {
          var plan = Self.costPlan(system, way, bytes: 50)
          (plan.operations, plan.isAligned, plan.extraHeadroomBytes) = ([operation], isAligned, 6)
          let sample = try TestHost.shared().sealedPackets(plan)
          #expect(sample.addresses.allSatisfy { $0 % 64 == UInt(before + 6) % 64 }, "\(system) \(operation)")
        }
      }
    }

    @Test func shortPacketsOfIPv6AreRefused() throws {
      let way = Way(inner: .ipv6, outer: .ipv4, isUDP: false)
      #expect(throws: RoleError.frameBytes(65, .ipv6)) {
        try TestHost.shared().measure(Self.costPlan(.vpe, way, bytes: 47))
      }
    }
  }
}

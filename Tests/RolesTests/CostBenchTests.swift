import Basics
import Cases
import Dataplane
import Foundation
import Roles
import TestSupport
import Testing
import Tunnel

extension OnDPDK {
  /// What a packet-cost measurement works on is real: packets that others can open, and costs of each kind.
  @Suite struct CostBenchTests {
    private func plan(
      _ system: System, _ operations: [MeasuredOperation], aead: String = "aes-128-gcm", bytes: Int = 50
    ) -> CostPlan {
      var plan = CostPlan(
        system: system, operations: operations, aead: aead, packetBytes: bytes, seed: 20_200_825)
      plan.packetsInFlight = 128
      plan.packets = 1000
      return plan
    }

    /// Each format with each of its ciphers.
    static let formats: [(system: System, aead: String)] = [
      System.espSingle, .vpe, .wireguard, .psp, .pspDerive, .eespSubSA, .espTransport, .vpeTransportA,
      .vpeTransportB,
    ].flatMap { system in (system.format?.facts.ciphers ?? []).map { (system, $0.rawValue) } }

    @Test(arguments: formats)
    func anIndependentDecoderOpensWhatWasSealed(_ system: System, _ aead: String) throws {
      var samples: [(plan: CostPlan, sealed: SealedSample)] = []
      for bytes in [28, 50, 51, 52, 53, 1406, 1500] {
        for usesESN in [true, false] {
          var plan = plan(system, [.seal], aead: aead, bytes: bytes)
          plan.esn = usesESN
          samples.append((plan, try TestHost.shared().sealedPackets(plan)))
          #expect(samples.last?.sealed.packets.count == 128)
        }
      }
      let opened = try open(samples.flatMap(Self.lines))
      let indices = Self.indices
      try #require(opened.count == samples.count * indices.count)
      for (sample, (plan, sealed)) in samples.enumerated() {
        // A pass to warm up and eight that are timed, 128 packets each: the last starts at 8 · 128 + 1.
        for (index, line) in zip(indices, opened[(sample * indices.count)...]) {
          let words = line.split(separator: " ").map(String.init)
          #expect(words[0] == "\(sealed.keys[0].esp.spi)" && words[1] == "\(8 * 128 + index + 1)")
          #expect(words.last == sealed.inner.hex(), "\(plan.packetBytes) bytes")
          if system == .vpe { #expect(words[2] == "\(sealed.keys[0].vpe.sender)" && words[3] == "0") }
        }
      }
    }

    /// Which of 128 packets the decoder opens: some at each distance from the start of a burst.
    private static let indices = Array(stride(from: 0, to: 128, by: 5))

    /// What the decoder must know of them.
    private static func lines(_ plan: CostPlan, _ sealed: SealedSample) -> [String] {
      indices.map { sealed.packets[$0] }.map { packet in
        #"{"format": "\#(plan.system.format?.rawValue ?? "")", "aead": "\#(plan.aead)", "#
          + #""key": "\#(sealed.keys[0].key.hex())", "#
          + #""salt": "\#(big(UInt64(sealed.keys[0].esp.salt), 4).hex())", "#
          + #""sequence_high": 0, "extended": \#(plan.esn), "packet": "\#(packet.hex())"}"#
      }
    }

    private func open(_ lines: [String]) throws -> [String] {
      let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
      try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .ascii)
      defer { try? FileManager.default.removeItem(at: file) }
      let result = try Oracle.run("open_packets.py", [file.path])
      try #require(result.status == 0, "\(result.errors)")
      return result.output.split(separator: "\n").map(String.init)
    }

    @Test(arguments: System.inMemory)
    func everyOperationTimesEveryPacket(_ system: System) throws {
      let report = try TestHost.shared().measure(plan(system, MeasuredOperation.allCases))
      let isRaw = system == .raw || system == .rawAAD
      #expect(report.tallies.map(\.operation) == (isRaw ? [.seal, .open] : MeasuredOperation.allCases))
      for tally in report.tallies {
        // 1,000 packets are eight passes over 128; a batch that was interrupted is set apart.
        #expect(tally.packets + 64 * tally.stalledBatches == 8 * 128, "\(tally)")
        #expect(tally.failures == 0 && (tally.packets == 0 || tally.ticks > 0), "\(tally)")
      }
    }

    /// The first core's figures are complete whatever the others do, these end with it, and can begin again.
    @Test(arguments: System.inMemory)
    func allCoresWorkAtOnce(_ system: System) throws {
      var plan = plan(system, [.seal, .open])
      plan.cores = .all
      if TestHost.cpus.count == 1 {
        #expect(throws: DataplaneError.threads(wanted: 2, available: 1)) {
          try TestHost.shared().measure(plan)
        }
        return
      }
      for _ in 0..<3 {
        let report = try TestHost.shared().measure(plan)
        for tally in report.tallies {
          #expect(tally.packets + 64 * tally.stalledBatches == 8 * 128 && tally.failures == 0, "\(tally)")
        }
      }
    }

    /// What the others do is sealing, in every system that seals: their counters of packets move on.
    @Test func theOthersSealUntilItIsOver() throws {
      guard TestHost.cpus.count > 1 else { return }
      let company = try TestHost.shared().costCompany()
      for system in System.inMemory where system != .null {
        var told: [UInt64] = []
        try company.during(plan(system, [.seal])) {
          let first = company.passes
          while company.passes.contains(where: { $0 < 100 + (first.max() ?? 0) }) { usleep(1000) }
          told = company.passes
        }
        #expect(told.count == min(TestHost.cpus.count, 8) - 1 && company.failures == 0, "\(system)")
      }
    }

    @Test func passesThatWarmUpLeaveTheirFailures() {
      var tally = CostReport.Tally(operation: .open, packets: 128, ticks: 1000)
      tally.stalledBatches = 1
      tally.failures = 3
      var expected = CostReport.Tally(operation: .open)
      expected.failures = 3
      #expect(tally.warmed == expected)
    }

    @Test func operationsOfASampleNeverShareAKey() throws {
      let keys = try MeasuredOperation.allCases.map { operation in
        var plan = plan(.vpe, [operation])
        plan.packetsInFlight = 64
        return try TestHost.shared().sealedPackets(plan).keys[0].key
      }
      #expect(Set(keys).count == MeasuredOperation.allCases.count)
    }

    @Test(arguments: [27, 1501])
    func impossibleSizesAreRefused(_ bytes: Int) throws {
      #expect(throws: RoleError.frameBytes(bytes + 18)) {
        try TestHost.shared().measure(plan(.vpe, [.seal], bytes: bytes))
      }
    }

    /// Same memory, same addresses: what differs between two systems is not where their packets lie.
    @Test func allSystemsWorkOnTheSameBuffers() throws {
      let addresses = try System.inMemory.map { system in
        try TestHost.shared().sealedPackets(plan(system, [.seal])).addresses
      }
      #expect(Set(addresses).count == 1 && addresses[0].count == 128)
    }
  }
}

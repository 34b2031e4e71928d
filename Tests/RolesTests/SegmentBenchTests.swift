import Cases
import Foundation
import Roles
import TestSupport
import Testing
import Tunnel
import Wire

extension OnDPDK {
  /// Long packets in real buffers: the same bytes in all ways, which others can open.
  @Suite struct SegmentBenchTests {
    static let systems: [System] = [.raw, .rawAAD, .espSingle, .vpe]
    static let ways = PacketBuffers.allCases.filter { $0 != .single }

    private func plan(
      _ system: System, _ operations: [MeasuredOperation], _ buffers: PacketBuffers, bytes: Int,
      aead: String = "aes-128-gcm"
    ) -> CostPlan {
      var plan = CostPlan(
        system: system, operations: operations, aead: aead, packetBytes: bytes, seed: 20_200_825)
      (plan.packetsInFlight, plan.packets) = (64, 64)
      plan.buffers = buffers
      return plan
    }

    /// Frames of packets with these lengths end at every byte around the border of two buffers, before and
    /// behind what formats add.
    static let borders = Array(4026...4084) + [28, 50, 1500, 2034, 2035, 6130, 8999, 9000]

    @Test(arguments: [System.espSingle, .vpe])
    func anIndependentDecoderOpensEachLength(_ system: System) throws {
      var lines: [String] = []
      var inners: [[UInt8]] = []
      for bytes in Self.borders {
        let samples = try Self.ways.map { way in
          try TestHost.shared().sealedPackets(plan(system, [.seal], way, bytes: bytes))
        }
        for sample in samples {
          #expect(sample.packets.count == 64 && sample.packets == samples[0].packets, "\(bytes) bytes")
        }
        for packet in samples[0].packets.suffix(2) {
          let keys = samples[0].keys[0]
          let salt = withUnsafeBytes(of: keys.esp.salt.bigEndian) { Array($0) }
          inners.append(samples[0].inner)
          lines.append(
            #"{"format": "\#(system.format?.rawValue ?? "")", "aead": "aes-128-gcm", "#
              + #""key": "\#(keys.key.hex())", "salt": "\#(salt.hex())", "sequence_high": 0, "#
              + #""extended": true, "packet": "\#(packet.hex())"}"#)
        }
      }
      let opened = try withTemporaryFolder { folder in
        let file = folder.appendingPathComponent("packets.jsonl")
        try lines.joined(separator: "\n").write(to: file, atomically: true, encoding: .ascii)
        let result = try Oracle.run("open_packets.py", [file.path])
        try #require(result.status == 0, "\(result.errors)")
        return result.output.split(separator: "\n").map(String.init)
      }
      try #require(opened.count == inners.count)
      for (index, line) in opened.enumerated() {
        let words = line.split(separator: " ").map(String.init)
        // A pass to warm up and one that is timed, 64 packets each.
        #expect(words[1] == "\(64 + 63 + index % 2)" && words.last == inners[index].hex())
      }
    }

    @Test(arguments: [System.espSingle, .vpe], AEADAlgorithm.allCases)
    func eachLengthComesBack(_ system: System, _ aead: AEADAlgorithm) throws {
      for bytes in Self.borders {
        for way in Self.ways {
          let plan = plan(system, [.seal, .open], way, bytes: bytes, aead: aead.rawValue)
          let sample = try TestHost.shared().sealedPackets(plan)
          #expect(sample.packets.allSatisfy { $0 == sample.inner }, "\(way) \(bytes) bytes")
          #expect(sample.packets.count == 64)
        }
      }
    }

    @Test(arguments: systems, ways)
    func everyPacketIsTimed(_ system: System, _ way: PacketBuffers) throws {
      var plan = plan(system, [.seal, .open], way, bytes: 4060)
      plan.packets = 1000
      let report = try TestHost.shared().measure(plan)
      #expect(report.tallies.map(\.operation) == [.seal, .open])
      for tally in report.tallies {
        #expect(tally.packets + 64 * tally.stalledBatches == 16 * 64, "\(tally)")
        #expect(tally.failures == 0 && (tally.packets == 0 || tally.ticks > 0), "\(tally)")
      }
    }

    /// The bare calls make the same of the same bytes in all ways, and the tag of one call is that of many.
    @Test(arguments: [System.raw, .rawAAD]) func bareCallsAgree(_ system: System) throws {
      for bytes in [1500, 4060, 4062, 9000] {
        let samples = try Self.ways.map { way in
          try TestHost.shared().sealedPackets(plan(system, [.seal], way, bytes: bytes)).packets
        }
        #expect(samples.allSatisfy { $0 == samples[0] }, "\(bytes) bytes")
        for way in Self.ways {
          let report = try TestHost.shared().measure(plan(system, [.open], way, bytes: bytes))
          #expect(report.tallies[0].failures == 0, "\(way) \(bytes) bytes")
        }
      }
    }

    @Test(arguments: [27, 9001]) func impossibleSizesAreRefused(_ bytes: Int) throws {
      #expect(throws: RoleError.frameBytes(bytes + 18)) {
        try TestHost.shared().measure(plan(.vpe, [.seal], .chained, bytes: bytes))
      }
    }

    @Test func systemsWithoutPiecesAreRefused() throws {
      #expect(throws: RoleError.system(.wireguard)) {
        try TestHost.shared().measure(plan(.wireguard, [.seal], .chained, bytes: 1500))
      }
    }
  }
}

/// Where frames end in chained buffers.
@Suite struct ChainedBuffersTests {
  @Test(arguments: [(0, 1), (1, 1), (2048, 1), (2049, 2), (4096, 2), (4097, 3), (9070, 5)])
  func framesTakeBuffers(_ frame: Int, _ count: Int) {
    #expect(ChainedBuffers.count(of: frame) == count)
  }

  /// By hand: 34 bytes of other headers and 16 of ESP's, then the packet; trailer and ICV have 18 to 21.
  @Test func lengthsAtWhichESPIsSplit() {
    let split = (3000...5000).filter { ChainedBuffers.splitsESP(inner: $0) }
    #expect(split == Array(4027...4045))
    #expect(!ChainedBuffers.splitsESP(inner: 1500) && ChainedBuffers.splitsESP(inner: 4034))
  }
}

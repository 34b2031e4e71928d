import Basics
import Cases
import Foundation
import Roles
import TestSupport
import Testing
import Wire

extension OnDPDK {
  /// Packets that the path does not take: the same sealed pieces whichever way they are cut, and others open
  /// these.
  @Suite struct FragmentBenchTests {
    static let systems: [System] = [.espSingle, .vpe]
    static let ways: [FragmentWay] = [.copied, .chained, .inPlace]
    /// What is timed, with the outer version.
    static let timed = (ways + [.outer]).flatMap { way in IPVersion.allCases.map { (way, $0) } }
    static let versions = IPVersion.allCases.flatMap { inner in IPVersion.allCases.map { (inner, $0) } }
    static let ciphers = IPVersion.allCases.flatMap { outer in AEADAlgorithm.allCases.map { ($0, outer) } }
    /// Around where another piece is needed, for either format and version, and the longest.
    static let lengths = [1500, 1501, 1507, 1508, 9000] + Array(2838...2876)

    private func plan(
      _ system: System, _ operations: [MeasuredOperation], _ way: FragmentWay, bytes: Int,
      _ version: IPVersion = .ipv4, outer: IPVersion = .ipv4, aead: String = "aes-128-gcm"
    ) -> CostPlan {
      var plan = CostPlan(
        system: system, operations: operations, aead: aead, packetBytes: bytes, seed: 20_200_825)
      (plan.packetsInFlight, plan.packets) = (64, 64)
      (plan.fragments, plan.innerVersion, plan.outerVersion) = (way, version, outer)
      return plan
    }

    private struct Question: Encodable {
      let model: String
      let aead: String
      let key: String
      let salt: UInt32
      let spi: UInt32
      var isOuter = false
      let packet: String
      let room: Int
      let identification: Int
      let pieces: [String]
    }

    /// Bytes of the longest inner packet in 1480 bytes, or in 1460 of IPv6, by hand: 16 of ESP's header, 2 of
    /// its trailer and 16 of its ICV; 32 of VPE's.
    private static func room(_ system: System, outer: IPVersion = .ipv4) -> Int {
      (system == .vpe ? 1448 : 1446) - (outer == .ipv6 ? 20 : 0)
    }

    /// Scapy opens every piece, makes the same of the packet, and puts it together again.
    @Test(arguments: systems, AEADAlgorithm.allCases)
    func anIndependentDecoderOpensEachPiece(_ system: System, _ aead: AEADAlgorithm) throws {
      var questions: [Question] = []
      for version in IPVersion.allCases {
        for bytes in Self.lengths {
          let samples = try Self.ways.map {
            try TestHost.shared().sealedPackets(
              plan(system, [.seal], $0, bytes: bytes, version, aead: aead.rawValue))
          }
          for (way, sample) in zip(Self.ways, samples) {
            #expect(sample.packets == samples[0].packets, "\(way) \(version) \(bytes) bytes")
          }
          let (pieces, keys) = (samples[0].packets, samples[0].keys[0])
          #expect(pieces.count % 64 == 0 && pieces.count >= 128)
          let count = pieces.count / 64
          for packet in [0, 63] {
            questions.append(
              Question(
                model: system.rawValue, aead: aead.rawValue, key: keys.key.hex(), salt: keys.esp.salt,
                spi: system == .vpe ? keys.vpe.spi : keys.esp.spi, packet: samples[0].inner.hex(),
                room: Self.room(system), identification: packet,
                pieces: pieces[packet * count..<(packet + 1) * count].map { $0.hex() }))
          }
          // None is too long, and none is sealed under a number that another has.
          #expect(pieces.allSatisfy { $0.count + IPv4.headerBytes <= 1500 })
          let start = system == .vpe ? 4 : 8
          #expect(Set(pieces.map { Array($0[start..<start + 8]) }).count == pieces.count)
        }
      }
      for (question, answer) in zip(questions, try Oracle.answers(of: "fragments_scapy.py", to: questions)) {
        #expect(answer == "right", "\(question.packet.count / 2) bytes")
      }
    }

    /// Scapy puts the outer packets together, cuts them the same, and opens them; so does our receiver.
    @Test(arguments: systems, ciphers)
    func outerPacketsArePutTogether(_ system: System, _ cipher: (AEADAlgorithm, IPVersion)) throws {
      let (aead, outer) = cipher
      var questions: [Question] = []
      for version in IPVersion.allCases {
        for bytes in Self.lengths {
          let plan = plan(system, [.seal], .outer, bytes: bytes, version, outer: outer, aead: aead.rawValue)
          let sample = try TestHost.shared().sealedPackets(plan)
          let (count, keys) = (sample.packets.count / 64, sample.keys[0])
          #expect(sample.packets.count % 64 == 0 && count > 1)
          #expect(sample.packets.allSatisfy { $0.count <= 1500 })
          for packet in [0, 63] {
            questions.append(
              Question(
                model: system.rawValue, aead: aead.rawValue, key: keys.key.hex(), salt: keys.esp.salt,
                spi: system == .vpe ? keys.vpe.spi : keys.esp.spi, isOuter: true,
                packet: sample.inner.hex(), room: 1500, identification: packet,
                pieces: sample.packets[packet * count..<(packet + 1) * count].map { $0.hex() }))
          }
          var opening = plan
          opening.operations = [.open]
          let opened = try TestHost.shared().sealedPackets(opening)
          #expect(opened.packets.count == 64 && opened.packets.allSatisfy { $0 == opened.inner }, "\(bytes)")
        }
      }
      for (question, answer) in zip(questions, try Oracle.answers(of: "fragments_scapy.py", to: questions)) {
        #expect(answer == "right", "\(question.packet.count / 2) bytes")
      }
    }

    /// What the receiver has opened are the pieces that the packet was cut into; they leave room for an outer
    /// header.
    @Test(arguments: systems, versions)
    func eachPieceComesBack(_ system: System, _ versions: (IPVersion, IPVersion)) throws {
      let (version, outer) = versions
      for bytes in Self.lengths {
        let sample = try TestHost.shared().sealedPackets(
          plan(system, [.seal, .open], .copied, bytes: bytes, version, outer: outer))
        let pieces = sample.inner.withUnsafeBytes { packet in
          let start = packet.baseAddress!
          let room = Self.room(system, outer: outer)
          let cut = CutPacket(start, count: bytes, room: room, identification: 1)
          return (0..<cut.pieces).map { index in
            var header = [UInt8](repeating: 0, count: cut.headerBytes)
            header.withUnsafeMutableBytes { cut.writeHeader(of: index, to: $0.baseAddress!) }
            return header + packet[cut.offset(index)..<cut.offset(index) + cut.count(index)]
          }
        }
        #expect(sample.packets.count == 64 * pieces.count && pieces.count > 1)
        for (index, packet) in sample.packets.enumerated() {
          #expect(packet == pieces[index % pieces.count], "\(bytes) bytes, piece \(index)")
        }
      }
    }

    @Test(arguments: systems, timed)
    func everyPacketIsTimed(_ system: System, _ way: (FragmentWay, IPVersion)) throws {
      var plan = plan(system, [.seal, .open], way.0, bytes: 4400, outer: way.1)
      plan.packets = 1000
      let report = try TestHost.shared().measure(plan)
      #expect(report.tallies.map(\.operation) == [.seal, .open])
      for tally in report.tallies {
        #expect(tally.packets + 64 * tally.stalledBatches == 16 * 64, "\(tally)")
        #expect(tally.failures == 0 && (tally.packets == 0 || tally.ticks > 0), "\(tally)")
      }
    }

    @Test(arguments: [1499, 9001]) func impossibleSizesAreRefused(_ bytes: Int) throws {
      #expect(throws: RoleError.cutBytes(bytes)) {
        try TestHost.shared().measure(plan(.vpe, [.seal], .copied, bytes: bytes))
      }
    }

    @Test func systemsThatDoNotCutAreRefused() throws {
      #expect(throws: RoleError.system(.wireguard)) {
        try TestHost.shared().measure(plan(.wireguard, [.seal], .chained, bytes: 1500))
      }
    }
  }
}

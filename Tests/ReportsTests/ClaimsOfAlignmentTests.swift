import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

/// The claims about the alignment of packets, with curves on both sides of each rule.
@Suite struct ClaimsOfAlignmentTests {
  /// Costs over the headroom. All packet lengths are equal to 64 modulo the cache line, so that their fields
  /// lie at the same offsets.
  private struct Effects {
    /// Factor on both formats' costs at headrooms of 30 to 44.
    var both = 1.0
    /// Factor on ESP's costs if its ICV lies in two cache lines. The ICV is behind the Ethernet header of 14
    /// bytes and a ciphertext that is 4 bytes longer than the packet.
    var icv = 1.0
    /// Factor on VPE's costs if bytes 0 to 15 of its header lie in two cache lines. They begin 18 bytes
    /// before the frame.
    var front = 1.0
    /// Factor on VPE's costs if ESP's ICV lies in two cache lines.
    var vpeAtICV = 1.0
    /// Factor on the bare calls' costs if either field lies in two cache lines.
    var calls = 1.0
    /// The packet lengths with these factors; others have none.
    var bytes = [64, 576]

    var records: [SampleRecord] {
      [64, 576].flatMap { bytes in
        self.bytes.contains(bytes) ? Self.records(bytes, self) : Self.records(bytes, Effects())
      }
    }

    private static func records(_ bytes: Int, _ world: Effects) -> [SampleRecord] {
      var records: [SampleRecord] = []
      for headroom in stride(from: 0, through: 64, by: 2) {
        let level = (30...44).contains(headroom) ? world.both : 1
        let icv = (headroom + 14 + bytes + 4) % 64 > 48, front = (headroom + 14 + 32) % 64 > 48
        let costs: [(String, Double)] = [
          ("vpe", 100 * level * (front ? world.front : 1) * (icv ? world.vpeAtICV : 1)),
          ("esp-single", 110 * level * (icv ? world.icv : 1)), ("raw", 80 * (front ? world.calls : 1)),
          ("raw-aad", 90 * (icv ? world.calls : 1)),
        ]
        for launch in 0..<8 {
          let wobble = Double((headroom * 5 + launch * 7 + bytes) % 11 - 5) / 5
          for (system, cost) in costs {
            records.append(
              record(
                system, threads: 1, frameBytes: bytes + 18, headroom: headroom, sample: launch,
                basis: .measured, axes: ["packet_bytes": "\(bytes)"],
                ["seal_cycles_per_packet": cost * (1 + 0.003 * wobble)]))
          }
        }
      }
      return records
    }
  }

  /// The claims that both vary, about ESP's ICV, and about VPE's header, with data on both sides of each.
  @Test func figureEightHasTheClaimsOfAlignment() throws {
    func verdicts(_ effects: Effects) throws -> [String] {
      var made = MadeRun(name: "figure-8", records: effects.records)
      made.descriptor = #"headroom: "plain""#
      let claims = try Claims.judge([made.reading()], suite: suiteFolder())
      return ["8-vary", "8-icv", "8-header"].compactMap { id in claims.first { $0.id == id } }.map(
        \.verdict.words)
    }
    let (yes, no) = ("reproduced", "not reproduced")
    #expect(try verdicts(Effects()) == [no, no, no])
    #expect(try verdicts(Effects(both: 1.05)).first == yes)
    #expect(try verdicts(Effects(icv: 1.05)).last == no && verdicts(Effects(icv: 1.05))[1] == yes)
    #expect(try verdicts(Effects(front: 1.05)).suffix(2) == [no, yes])
    #expect(try verdicts(Effects(icv: 0.95, front: 0.95)).suffix(2) == [no, no])
    // One length suffices, because a few ticks are a negligible share of a long packet's cost.
    #expect(try verdicts(Effects(icv: 1.05, front: 1.05, bytes: [64])).suffix(2) == [yes, yes])
    // A difference that counts as equal is no cost.
    #expect(try verdicts(Effects(icv: 1.01, front: 1.01)).suffix(2) == [no, no])
    // ESP / VPE is above 1 where ESP's ICV lies in two lines, but VPE or the library is the cause.
    #expect(try verdicts(Effects(vpeAtICV: 0.95))[1] == no)
    #expect(try verdicts(Effects(icv: 1.05, front: 1.05, calls: 1.05)).suffix(2) == [no, no])
  }
}

@Suite struct PacketAlignmentTests {
  @Test func esp64AtEachHeadroom() {
    // Computed by hand: with 64 bytes the ICV lies in two lines at headrooms of 32 to 44.
    let straddling = stride(from: 0, through: 64, by: 2).filter {
      PacketAlignment(packetBytes: 64, headroomBytes: $0, system: "esp-single").icvStraddles
    }
    #expect(straddling == [32, 34, 36, 38, 40, 42, 44])
    let vpe = stride(from: 0, to: 64, by: 2).filter {
      PacketAlignment(packetBytes: 64, headroomBytes: $0, system: "vpe").icvStraddles
    }
    #expect(vpe == [0, 52, 54, 56, 58, 60, 62])
  }

  @Test func blocksAndPieces() {
    let vpe = PacketAlignment(packetBytes: 64, headroomBytes: 0, system: "vpe", isPlain: false)
    #expect(vpe.blocks == 4 && vpe.fourBlocks == 1 && !vpe.icvStraddles && !vpe.headerStraddles)
    let esp = PacketAlignment(packetBytes: 64, headroomBytes: 0, system: "esp-single", isPlain: false)
    // 68 encrypted bytes, 16 before them and 16 behind.
    #expect(esp.blocks == 5 && esp.fourBlocks == 2 && esp.icv == 4 && esp.header == 48)
    let raw = PacketAlignment(packetBytes: 64, headroomBytes: 60, system: "raw")
    #expect(!raw.icvStraddles && !raw.headerStraddles)
    // VPE's ICV precedes the packet. It lies in two lines if the packet begins 1 to 15 bytes behind a line's
    // start.
    #expect(PacketAlignment(packetBytes: 64, headroomBytes: 0, system: "vpe").icvStraddles)
    // VPE's header begins 18 bytes before the frame and is 16 bytes long without its ICV.
    let straddling = stride(from: 0, through: 64, by: 2).filter {
      PacketAlignment(packetBytes: 576, headroomBytes: $0, system: "vpe").headerStraddles
    }
    #expect(straddling == [4, 6, 8, 10, 12, 14, 16])
  }
}

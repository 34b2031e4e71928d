import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

/// The claims about where packets lie, each with curves on either side of its rule.
@Suite struct ClaimsOfPlacesTests {
  /// Costs over the headroom, of packets of whose bytes as many lie in the last line as of 64, so that all is
  /// where it is there.
  private struct Places {
    /// Both formats at headrooms of 30 to 44.
    var both = 1.0
    /// ESP where its ICV lies in two lines: behind the Ethernet header's 14 bytes and a ciphertext that is 4
    /// bytes longer.
    var icv = 1.0
    /// VPE where bytes 0 to 15 of its header do, which begin 18 bytes before.
    var front = 1.0
    /// VPE where ESP's ICV does.
    var vpeAtICV = 1.0
    /// The bare calls where either does.
    var calls = 1.0
    /// Packets for which this holds; of the others it does not.
    var bytes = [64, 576]

    var records: [SampleRecord] {
      [64, 576].flatMap { bytes in
        self.bytes.contains(bytes) ? Self.records(bytes, self) : Self.records(bytes, Places())
      }
    }

    private static func records(_ bytes: Int, _ world: Places) -> [SampleRecord] {
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

  /// Both vary, ESP's ICV and VPE's header, with data on each side.
  @Test func figureEightHasTheClaimsOfPlaces() throws {
    func verdicts(_ places: Places) throws -> [String] {
      var made = MadeRun(name: "figure-8", records: places.records)
      made.descriptor = #"headroom: "plain""#
      let claims = try Claims.judge([made.reading()], suite: suiteFolder())
      return ["8-vary", "8-icv", "8-header"].compactMap { id in claims.first { $0.id == id } }.map(
        \.verdict.words)
    }
    let (yes, no) = ("reproduced", "not reproduced")
    #expect(try verdicts(Places()) == [no, no, no])
    #expect(try verdicts(Places(both: 1.05)).first == yes)
    #expect(try verdicts(Places(icv: 1.05)).last == no && verdicts(Places(icv: 1.05))[1] == yes)
    #expect(try verdicts(Places(front: 1.05)).suffix(2) == [no, yes])
    #expect(try verdicts(Places(icv: 0.95, front: 0.95)).suffix(2) == [no, no])
    // One length is enough, for some ticks are no share of a long packet.
    #expect(try verdicts(Places(icv: 1.05, front: 1.05, bytes: [64])).suffix(2) == [yes, yes])
    // What is called equal is no cost.
    #expect(try verdicts(Places(icv: 1.01, front: 1.01)).suffix(2) == [no, no])
    // ESP / VPE is above 1 where ESP's ICV straddles, and it is VPE's doing; or it is the library's.
    #expect(try verdicts(Places(vpeAtICV: 0.95))[1] == no)
    #expect(try verdicts(Places(icv: 1.05, front: 1.05, calls: 1.05)).suffix(2) == [no, no])
  }
}

@Suite struct PacketPlaceTests {
  @Test func esp64AtEachHeadroom() {
    // The review's rule, by hand: with 64 bytes the ICV lies in two lines at headrooms of 32 to 44.
    let straddling = stride(from: 0, through: 64, by: 2).filter {
      PacketPlace(packetBytes: 64, headroomBytes: $0, system: "esp-single").icvStraddles
    }
    #expect(straddling == [32, 34, 36, 38, 40, 42, 44])
    let vpe = stride(from: 0, to: 64, by: 2).filter {
      PacketPlace(packetBytes: 64, headroomBytes: $0, system: "vpe").icvStraddles
    }
    #expect(vpe == [0, 52, 54, 56, 58, 60, 62])
  }

  @Test func blocksAndPieces() {
    let vpe = PacketPlace(packetBytes: 64, headroomBytes: 0, system: "vpe", isPlain: false)
    #expect(vpe.blocks == 4 && vpe.fourBlocks == 1 && !vpe.icvStraddles && !vpe.headerStraddles)
    let esp = PacketPlace(packetBytes: 64, headroomBytes: 0, system: "esp-single", isPlain: false)
    // 68 encrypted, 16 before and 16 behind.
    #expect(esp.blocks == 5 && esp.fourBlocks == 2 && esp.icv == 4 && esp.header == 48)
    let raw = PacketPlace(packetBytes: 64, headroomBytes: 60, system: "raw")
    #expect(!raw.icvStraddles && !raw.headerStraddles)
    // VPE's ICV is in front: across two lines where the packet begins 2 to 16 bytes into one.
    #expect(PacketPlace(packetBytes: 64, headroomBytes: 0, system: "vpe").icvStraddles)
    // Its header begins 18 bytes before the headroom's end and is 16 long.
    let straddling = stride(from: 0, through: 64, by: 2).filter {
      PacketPlace(packetBytes: 576, headroomBytes: $0, system: "vpe").headerStraddles
    }
    #expect(straddling == [4, 6, 8, 10, 12, 14, 16])
  }
}

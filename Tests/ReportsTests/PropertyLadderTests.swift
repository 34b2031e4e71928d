import Cases
import Reports
import Results
import TestRuns
import Testing

/// The known savings of which costs were made are found again.
@Suite struct PropertyLadderTests {
  /// The systems, each with the ticks by which it costs less than the one before, if headers are not aligned;
  /// a negative number means more. Alignment saves four ticks in each system.
  static let savings: [(system: String, ticks: Double)] = [
    ("esp-single", 0), ("ladder-a", 1), ("ladder-b", 20), ("ladder-c", 0), ("ladder-d", 9), ("ladder-e", -3),
    ("vpe", 0),
  ]

  /// A run at two packet sizes. Each launch has an additional cost that cancels in the differences.
  /// - Parameter noise: the additional cost of a sample, by launch and system.
  static func run(
    launches: Int = 8, noise: (_ launch: Int, _ system: Int) -> Double = { 0.1 * Double(($0 + $1) % 3) }
  ) -> MadeRun {
    var records: [SampleRecord] = []
    for launch in 0..<launches {
      for bytes in [50, 1406] {
        for headroom in [0, 14] {
          var cost = Double(bytes) + 100 + 7 * Double(launch) - (headroom == 0 ? 4 : 0)
          for (index, (system, ticks)) in savings.enumerated() {
            cost -= ticks
            records.append(
              record(
                system, threads: 1, frameBytes: bytes + 18, headroom: headroom, sample: launch,
                basis: .measured, axes: ["packet_bytes": "\(bytes)"],
                [
                  "seal_cycles_per_packet": cost + noise(launch, index),
                  "open_cycles_per_packet": 2 * cost + noise(launch, index),
                  "seal_stage_cycles_per_packet": cost + 50 + noise(launch, index),
                ]))
          }
          records.append(
            record(
              "esp-implicit-iv", threads: 1, frameBytes: bytes + 18, headroom: headroom, sample: launch,
              basis: .measured, axes: ["packet_bytes": "\(bytes)"],
              [
                "seal_cycles_per_packet": cost + 29, "open_cycles_per_packet": 2 * cost + 58,
                "seal_stage_cycles_per_packet": cost + 79,
              ]))
        }
      }
    }
    return MadeRun(name: "ladder", records: records)
  }

  private func paragraph(_ run: MadeRun) throws -> String {
    try #require(PropertyLadder.paragraph(of: run.reading()))
  }

  /// The number after a word.
  private func number(behind words: String, in text: some StringProtocol) throws -> Double {
    let rest = try #require(text.range(of: words)).upperBound
    return try #require(Double(text[rest...].drop { $0 == " " }.prefix { !" ,;[".contains($0) }))
  }

  @Test func knownSavingsAreFoundAgain() throws {
    let text = try paragraph(Self.run())
    let seal = try #require(text.split(separator: "seal, ").first { $0.hasPrefix("50 bytes") })
    for (words, ticks) in [
      ("VPE saves", 31.0), ("no additional data", 20), ("no trailer", 9), ("number from the IV", 1),
      ("against it ICV in front", -3), ("headers aligned", 4), ("ESP, aligned", 4),
      ("in a whole stage", 31),
    ] {
      #expect(abs(try number(behind: words, in: seal) - ticks) < 0.3, "\(words): \(text)")
    }
    let open = try #require(text.split(separator: "open, ").first { $0.hasPrefix("50 bytes") })
    #expect(abs(try number(behind: "VPE saves", in: open) - 62) < 0.3)
    #expect(text.contains("over 8 launches"))
    let end = try #require(text.split(separator: "A saving is shown everywhere for ").last)
    #expect(
      end == "number from the IV, no additional data, no trailer, headers aligned, and nowhere for nonce in "
        + "one piece, ICV in front, little-endian.")
  }

  /// A cost that all samples of a launch have in common does not widen the interval of a difference; other
  /// noise does.
  @Test func onlyWhatDoesNotCancelIsSpread() throws {
    let quiet = try paragraph(Self.run { _, _ in 0 })
    #expect(quiet.contains("no additional data 20.00 [20.00, 20.00]"))
    let loud = try paragraph(Self.run { launch, system in Double(launch * (system % 3) * 23 % 41) })
    #expect(!loud.contains("number from the IV 1"), "\(loud)")
  }

  /// Fewer launches have no interval, so no saving is shown.
  @Test func nothingIsShownByTwoLaunches() throws {
    let text = try paragraph(Self.run(launches: 2))
    #expect(text.contains("no lead is shown") && text.contains("none of it shown for one property"))
  }

  @Test func aStepThatIsMissingLeavesNoLadder() throws {
    var made = Self.run()
    made.records.removeAll { $0.coordinates.system == "ladder-c" && $0.coordinates.frameBytes < 100 }
    let text = try paragraph(made)
    #expect(!text.contains("50 bytes") && text.contains("1406 bytes"))
    made.records.removeAll { $0.coordinates.system == "ladder-c" }
    let run = try made.reading()
    #expect(PropertyLadder.paragraph(of: run) == nil)
    #expect(
      sentence { try Plotter(suite: suiteFolder()).draw(.ladder, of: run, as: .svg) }
        .contains("has no valid case of every step"))
    var other = Self.run()
    other.name = "hot-path"
    #expect(PropertyLadder.paragraph(of: try other.reading()) == nil)
  }

  @Test func reportAndFigureTellTheSame() throws {
    let run = try Self.run().reading()
    let report = try Report([run], suite: suiteFolder(), version: "1")
    let page = report.markdown()
    #expect(
      page.contains("| property | seal, 50 bytes | open, 50 bytes | seal, 1406 bytes | open, 1406 bytes |"))
    #expect(page.contains(/\n\| no trailer \| (8\.9|9\.0)/))
    #expect(page.contains(/\n\| VPE, all of these, by itself \| (30\.9|31\.0)/))
    // A saving that is not shown is in brackets; the run's own file has the intervals.
    #expect(page.contains("| nonce in one piece | (") && !page.contains("| no trailer | 9.000 ["))
    let all = allMarkdown(of: report)
    #expect(all.contains(/\n\| no trailer \| (8\.9|9\.0)[0-9]* \[/) && all.contains("seal stage, 50 bytes"))
    let drawing = try Plotter(suite: suiteFolder()).draw(.ladder, of: run, as: .svg)
    let svg = String(decoding: drawing.data, as: UTF8.self)
    for text in ["seal, 50 bytes", "open, 1406 bytes", "no trailer", "whole stage", "ESP, implicit IV"] {
      #expect(svg.contains(text), "\(text)")
    }
  }
}

import Cases
import Foundation
import Results
import Testing

@Suite struct ClaimsTests {
  private func claims(_ runs: [RunReading]) throws -> [Claim] { try Claims.judge(runs, suite: suiteFolder()) }

  private func claims(_ name: String, _ records: [SampleRecord], _ analyses: [CurveAnalysis] = []) throws
    -> [Claim]
  {
    let run = try MadeRun(name: name, records: records, analyses: analyses).reading()
    return try claims([run]).filter { $0.figure.name == name }
  }

  @Test func withoutRunsNothingCanBeTold() throws {
    let claims = try claims([])
    #expect(Set(claims.map(\.figure)) == [.five, .six, .seven, .eight])
    for claim in claims {
      #expect(claim.verdict.words == "cannot be told on this machine" && claim.ours.isEmpty)
      #expect(claim.verdict.reason?.contains("experiments/\(claim.figure.name).json5") == true)
      #expect(!claim.rule.isEmpty && !claim.paper.isEmpty)
    }
  }

  @Test func figureFiveHasThePapersRatios() throws {
    let records =
      throughputs("esp-single", [2, 2.1, 1.9]) + throughputs("vpe", [2.2, 2.31, 2.09])
      + throughputs("esp-single", frameBytes: 1420, [20, 21, 19])
      + throughputs("vpe", frameBytes: 1420, [18, 18.9, 17.1])
    let found = try claims("figure-5", records)
    #expect(found.map(\.paper) == ["1.199", "1.066", "1.013", "1.011", "2.635", "2.640"])
    #expect(
      found.map(\.verdict.words) == [
        "cannot be told on this machine", "cannot be told on this machine", "reproduced", "not reproduced",
        "reproduced", "reproduced",
      ])
    #expect(found[2].ours.hasPrefix("1.100 [1.100, 1.100]") && found[2].basis == "capacity")
    #expect(found[0].verdict.reason?.hasPrefix("there is no run of the baseline here; `make peers`") == true)
  }

  /// Gateways that were measured alone, in a run of their own.
  private func baseline(_ own: Double, _ other: Double, gaps: [String] = []) throws -> RunReading {
    let records = (0..<3).flatMap { sample in
      [
        record("tester", sample: sample, ["capacity_gbps": 9], link: "memif"),
        record("esp-single", sample: sample, ["capacity_gbps": own], gaps: gaps, link: "memif"),
        record(
          "ipsec-secgw", sample: sample, axes: ["peer_mode": "cpu-crypto"], ["capacity_gbps": other],
          link: "memif"),
      ]
    }
    return try MadeRun(name: "baseline", records: records).reading()
  }

  @Test func theBaselineIsARunOfItsOwn() throws {
    let own = try MadeRun(name: "figure-5", records: throughputs("esp-single", [2, 2, 2])).reading()
    let found = try claims([own, baseline(3, 2)])
    #expect(found[0].verdict == .reproduced && found[0].ours.hasPrefix("1.500 "))
    #expect(try claims([own, baseline(1, 2)])[0].verdict.words == "not reproduced")
    // What the machine cannot show is told as such, with its reason.
    let gapped = try claims([own, baseline(3, 2, gaps: ["seal: too fast"])])[0]
    #expect(gapped.verdict.reason?.hasSuffix("is not shown: seal: too fast") == true)
  }

  @Test func theOtherImplementationIsJudgedOnceItIsThere() throws {
    let records = throughputs("esp-single", [2, 2.1, 1.9]) + throughputs("ipsec-secgw", [1.5, 1.5, 1.5])
    #expect(try claims("figure-5", records)[0].verdict == .reproduced)
  }

  @Test func itsBestWayOfWorkingThatChecksForReplayIsTheBaseline() throws {
    func mode(_ name: String, _ goodput: Double) -> [SampleRecord] {
      (0..<3).map {
        record("ipsec-secgw", sample: $0, axes: ["peer_mode": name], ["capacity_gbps": goodput])
      }
    }
    let ours = throughputs("esp-single", [2, 2, 2])
    // The fastest does not check.
    let claim = try claims(
      "figure-5", mode("lookaside", 0.5) + mode("cpu-crypto", 1) + mode("legacy", 4) + ours)[0]
    #expect(claim.verdict == .reproduced && claim.ours.hasPrefix("2.000 "))
    #expect(
      try claims("figure-5", mode("lookaside", 2.5) + mode("cpu-crypto", 1) + ours)[0].verdict != .reproduced)
  }

  /// Goodputs of both systems over threads, that of ESP saturating at `limit`.
  private func scaling(_ basis: Basis, limit: Double) -> [SampleRecord] {
    var records: [SampleRecord] = []
    for bytes in [64, 1420] {
      for threads in stride(from: 2, through: 38, by: 4) {
        let vpe = Double(threads)
        let esp = min(vpe / 2, limit)
        records += throughputs(
          "vpe", threads: threads, frameBytes: bytes, basis: basis, [vpe, 1.01 * vpe, 0.99 * vpe])
        records += throughputs(
          "esp-pipeline", threads: threads + 1, frameBytes: bytes, basis: basis,
          [esp, 1.01 * esp, 0.99 * esp])
      }
    }
    return records
  }

  @Test func figureSixOnCoresOfItsOwn() throws {
    let found = try claims("figure-6", scaling(.measured, limit: 10))
    #expect(
      found.map(\.verdict.words) == [
        "reproduced", "reproduced", "reproduced", "reproduced", "not reproduced",
      ])
    #expect(Set(found.map(\.basis)) == ["measured"])
    #expect(found[2].paper == "3.072" && found[2].ours.hasPrefix("3.800: VPE with 38 threads"))
  }

  @Test func figureSixOnSharedCores() throws {
    let capacity = try claims("figure-6", scaling(.capacity, limit: 10))
    #expect(capacity.prefix(3).map(\.verdict.words).map { $0.hasPrefix("cannot") } == [true, true, false])
    #expect(capacity[0].basis == "capacity")
    let model = try claims("figure-6", scaling(.model, limit: 10))
    #expect(model.allSatisfy { $0.verdict.words.hasPrefix("cannot") })
    // A figure that was run counts before one that was modelled at the same threads.
    let both = try claims("figure-6", scaling(.model, limit: 1) + scaling(.measured, limit: 10))
    #expect(Set(both.map(\.basis)) == ["measured"])
  }

  /// Costs over the length, three repetitions; ESP's by `factor` above VPE's, cheaper every 64 bytes.
  private func costs(factor: Double, dip: Double) -> [SampleRecord] {
    stride(from: 64, to: 1024, by: 4).flatMap { bytes in
      (0..<3).flatMap { repetition -> [SampleRecord] in
        let noise = 1 + 0.001 * Double((bytes / 4 * 7 + repetition * 5) % 11 - 5)
        let vpe = (50 + 0.2 * Double(bytes)) * noise
        let esp = vpe * factor * (bytes % 64 == 44 ? 1 - dip : 1)
        return [("vpe", vpe), ("esp-single", esp)].map { system, cost in
          record(
            system, threads: 1, frameBytes: bytes + 18, sample: repetition, basis: .measured,
            axes: ["packet_bytes": "\(bytes)"], ["seal_cycles_per_packet": cost])
        }
      }
    }
  }

  @Test(arguments: [(1.1, "reproduced"), (0.9, "not reproduced"), (1, "cannot be told on this machine")])
  func figureSevenIsBelowOrNot(factor: Double, words: String) throws {
    #expect(try claims("figure-7", costs(factor: factor, dip: 0)).first?.verdict.words == words)
  }

  @Test func figureSevenHasItsPeriod() throws {
    let records = costs(factor: 1.1, dip: 0.05)
    let analyses = CostCurve.curves(of: records, over: "packet_bytes", metrics: ["seal_cycles_per_packet"])
      .map {
        Periodicity.analyse($0, expecting: PeriodExpectation(minima: [1196, 1260, 1324, 1388]))
      }
    let found = try claims("figure-7", records, analyses)
    #expect(found.map(\.verdict) == [.reproduced, .reproduced, .reproduced, .reproduced])
    #expect(found[2].paper == "64 bytes apart" && found[2].ours == "lowest at 64 k + 44")
  }
}

@Suite struct HeaderSizeTests {
  @Test func outerFramesAsSeenOnTheWire() {
    #expect(HeaderSizes.outerFrame("esp-single", frameBytes: 64) == 118)
    #expect(HeaderSizes.outerFrame("vpe", frameBytes: 64) == 116)
    #expect(HeaderSizes.outerFrame("esp-pipeline", frameBytes: 1420) == 1474)
    #expect(HeaderSizes.outerFrame("vpe", frameBytes: 1420) == 1472)
    #expect(HeaderSizes.outerFrame("baseline", frameBytes: 64) == nil)
  }
}

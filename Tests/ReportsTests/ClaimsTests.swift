import Cases
import Foundation
import Reports
import Results
import TestRuns
import Testing

@Suite struct ClaimsTests {
  private func claims(_ runs: [RunReading]) throws -> [Claim] { try Claims.judge(runs, suite: suiteFolder()) }

  private func claims(_ name: String, _ records: [SampleRecord], _ analyses: [CurveAnalysis] = []) throws
    -> [Claim]
  {
    let run = try MadeRun(name: name, records: records, analyses: analyses).reading()
    return try claims([run]).filter { $0.experiment == name }
  }

  @Test func withoutRunsNothingIsJudged() throws {
    let claims = try claims([])
    #expect(
      Set(claims.map(\.experiment)) == [
        "figure-5", "figure-6", "figure-7", "figure-8", "scaling-today", "qos", "multipath", "multicast",
        "jumbo", "fragments", "gateway-fragments", "tfc", "versions", "nat", "transport", "rekey",
        "hash-key", "fill",
      ])
    #expect(Set(claims.map(\.id)).count == claims.count)
    for claim in claims {
      #expect(claim.verdict.words == "not run" && claim.ours.isEmpty && claim.direction.isEmpty)
      #expect(claim.verdict.reason?.contains("experiments/\(claim.experiment).json5") == true)
      #expect(
        !claim.rule.isEmpty && (claim.source == .objection || claim.id == "8-icv" || !claim.paper.isEmpty))
    }
    #expect(
      claims.filter { $0.source == .objection }.map(\.id)
        == [
          "6-esp-keeps-up", "7-library", "7-equal", "8-header", "today-one-64", "today-one-1420",
          "today-many-64", "today-many-1420", "jumbo-copy", "jumbo-large", "fragments-saved",
          "fragments-copy", "fragments-outer", "gateway-fragments-outer", "qos-sa-none", "qos-sa-carries",
          "qos-long-window", "multipath-vpe-drops", "multipath-long-window", "group-esp-windows",
          "group-esp-off", "group-esp-sas", "tfc-lead", "transport-esp", "rekey-lossless", "rekey-free",
          "hash-key-order",
        ])
  }

  @Test func figureFiveHasThePapersRatios() throws {
    func records(_ basis: Basis) -> [SampleRecord] {
      throughputs("esp-single", basis: basis, [2, 2.1, 1.9])
        + throughputs("vpe", basis: basis, [2.2, 2.31, 2.09])
        + throughputs("esp-single", frameBytes: 1420, basis: basis, [20, 21, 19])
        + throughputs("vpe", frameBytes: 1420, basis: basis, [18, 18.9, 17.1])
    }
    let found = try claims("figure-5", records(.measured))
    #expect(found.map(\.paper) == ["1.199", "1.066", "1.013", "1.011", "2.635", "2.640"])
    #expect(
      found.map(\.verdict.words) == [
        "not run", "not run", "reproduced", "not reproduced", "reproduced", "reproduced",
      ])
    #expect(found.map(\.direction) == ["", "", "same", "other", "same", "same"])
    #expect(found[2].magnitude == .larger && found[3].magnitude == .smaller)
    #expect(found[2].ours == "1.100 [1.100, 1.100]" && found[2].basis == "measured")
    #expect(found[0].verdict.reason?.hasPrefix("there is no run of the baseline here; `make peers`") == true)
    // The effects that capacities leave out may favour either of two systems.
    let capacities = try claims("figure-5", records(.capacity)).dropFirst(2)
    #expect(capacities.allSatisfy { $0.verdict.words == "not resolved" })
    #expect(capacities.map(\.direction) == ["same", "other", "same", "same"])
  }

  /// A test that is significant by itself may not be among many.
  @Test func manyClaimsAreJudgedTogether() throws {
    // The p value of the single test is about 0.04.
    let ones = [1.0, 1, 1, 1, 1]
    let doubtful =
      throughputs("esp-single", basis: .measured, ones)
      + throughputs("vpe", basis: .measured, [1.1, 1.03, 1.13, 1.05, 1.08])
    let one = try claims("figure-5", doubtful)[2]
    #expect(one.verdict == .reproduced)
    let more =
      throughputs("esp-single", frameBytes: 1420, basis: .measured, ones)
      + throughputs("vpe", frameBytes: 1420, basis: .measured, [1.1, 1.02, 1.14, 1.05, 1.09])
    let two = try claims("figure-5", doubtful + more)
    #expect(two[2].verdict.words == "not resolved" && two[2].direction == "open")
    #expect(two[2].verdict.reason?.contains("among the 4 tests of this experiment (Holm)") == true)
    // Another experiment is another family of tests, and a capacity that cannot decide does not count in the
    // family.
    let five = try MadeRun(name: "figure-5", records: doubtful).reading()
    let six = try MadeRun(name: "figure-6", records: scaling(.measured, limit: 10)).reading()
    #expect(try claims([five, six]).first { $0.id == one.id } == one)
    let capacities =
      throughputs("vpe", frameBytes: 1420, [1.1, 1.02, 1.14, 1.05, 1.09])
      + throughputs("esp-single", frameBytes: 1420, ones)
    #expect(try claims("figure-5", doubtful + capacities)[2].verdict == .reproduced)
    // A claim that was tested without a result does count.
    let vague =
      throughputs("esp-single", frameBytes: 1420, basis: .measured, ones)
      + throughputs("vpe", frameBytes: 1420, basis: .measured, [1.3, 0.8, 1.2, 0.7, 1.1])
    let among = try claims("figure-5", doubtful + vague)
    #expect(among[3].direction == "open" && among[2].verdict.words == "not resolved")
  }

  /// Gateways that were measured alone, in a separate run.
  private func baseline(_ own: Double, _ other: Double, gaps: [String] = []) throws -> RunReading {
    let records = (0..<3).flatMap { sample in
      [
        record("tester", sample: sample, ["goodput_gbps": 9], link: "memif"),
        record(
          "esp-single", sample: sample, basis: .measured, ["goodput_gbps": own], gaps: gaps, link: "memif"),
        record(
          "ipsec-secgw", sample: sample, basis: .measured, axes: ["peer_mode": "cpu-crypto"],
          ["goodput_gbps": other], link: "memif"),
      ]
    }
    return try MadeRun(name: "baseline", records: records).reading()
  }

  @Test func theBaselineIsARunOfItsOwn() throws {
    let own = try MadeRun(name: "figure-5", records: throughputs("esp-single", [2, 2, 2])).reading()
    let found = try claims([own, baseline(3, 2)])
    #expect(found[0].verdict == .reproduced && found[0].ours.hasPrefix("1.500 "))
    #expect(try claims([own, baseline(1, 2)])[0].verdict.words == "not reproduced")
    // A gap of the machine is named as such, with its reason.
    let gapped = try claims([own, baseline(3, 2, gaps: ["seal: too fast"])])[0]
    #expect(gapped.verdict.reason?.hasSuffix("is not shown: seal: too fast") == true)
  }

  @Test func theOtherImplementationIsJudgedOnceItIsThere() throws {
    let records =
      throughputs("esp-single", basis: .measured, [2, 2.1, 1.9])
      + throughputs("ipsec-secgw", basis: .measured, [1.5, 1.5, 1.5])
    #expect(try claims("figure-5", records)[0].verdict == .reproduced)
  }

  @Test func itsBestWayOfWorkingThatChecksForReplayIsTheBaseline() throws {
    func mode(_ name: String, _ goodput: Double) -> [SampleRecord] {
      (0..<3).map {
        record(
          "ipsec-secgw", sample: $0, basis: .measured, axes: ["peer_mode": name], ["goodput_gbps": goodput])
      }
    }
    let ours = throughputs("esp-single", basis: .measured, [2, 2, 2])
    // The fastest mode does not check for replays.
    let claim = try claims(
      "figure-5", mode("lookaside", 0.5) + mode("cpu-crypto", 1) + mode("legacy", 4) + ours)[0]
    #expect(claim.verdict == .reproduced && claim.ours.hasPrefix("2.000 "))
    #expect(
      try claims("figure-5", mode("lookaside", 2.5) + mode("cpu-crypto", 1) + ours)[0].verdict != .reproduced)
  }

  /// Goodputs of both systems over threads; ESP's is limited by `limit`.
  private func scaling(
    _ basis: Basis, limit: Double, pipeline: String = "esp-pipeline-paper"
  ) -> [SampleRecord] {
    var records: [SampleRecord] = []
    for bytes in [64, 1420] {
      for threads in stride(from: 2, through: 38, by: 4) {
        let vpe = Double(threads)
        let esp = min(vpe / 2, limit)
        records += throughputs(
          "vpe", threads: threads, frameBytes: bytes, basis: basis, [vpe, 1.01 * vpe, 0.99 * vpe])
        records += throughputs(
          pipeline, threads: threads + 1, frameBytes: bytes, basis: basis,
          [esp, 1.01 * esp, 0.99 * esp])
      }
    }
    return records
  }

  @Test func figureSixOnCoresOfItsOwn() throws {
    let found = try claims("figure-6", scaling(.measured, limit: 10))
    #expect(
      found.map(\.verdict.words) == [
        "reproduced", "reproduced", "reproduced", "reproduced", "not resolved", "not reproduced",
      ])
    #expect(found.map(\.id).last == "6-esp-keeps-up")
    #expect(Set(found.map(\.basis)) == ["measured"])
    #expect(found[2].paper == "3.072" && found[2].ours == "3.800 [3.800, 3.800]")
    #expect(found[0].ours == "1.000 [1.000, 1.000], 2 to 38 threads" && found[0].magnitude == .larger)
  }

  /// A run from before the paper's pipeline had a name of its own.
  @Test func figureSixOfAnEarlierRunReadsAsBefore() throws {
    let now = try claims("figure-6", scaling(.measured, limit: 10))
    let then = try claims("figure-6", scaling(.measured, limit: 10, pipeline: "esp-pipeline"))
    #expect(now.map(\.ours) == then.map(\.ours) && now.map(\.verdict.words) == then.map(\.verdict.words))
  }

  @Test func figureSixOnSharedCores() throws {
    // A comparison of two systems is neither confirmed nor refuted: the claim about ESP is the opposite of
    // those about VPE.
    let capacity = try claims("figure-6", scaling(.capacity, limit: 10))
    #expect(capacity.allSatisfy { $0.verdict.words == "not resolved" })
    #expect(capacity.map(\.direction) == ["same", "same", "same", "same", "open", "other"])
    #expect(
      capacity[5].verdict.reason?.hasSuffix(
        "of basis capacity, which leaves out what cores share, whichever way that counts; a "
          + "core for each thread decides it") == true)
    // The effects left out could only make one system's growth look better, and even so it is too small.
    let bent = stride(from: 2, through: 38, by: 4).flatMap { threads in
      throughputs("vpe", threads: threads, [1, 1.01, 0.99].map { $0 * Double(threads).squareRoot() })
    }
    #expect(
      try claims("figure-6", bent).prefix(2).map(\.verdict.words) == ["not reproduced", "not reproduced"])
    #expect(capacity[0].basis == "capacity")
    let model = try claims("figure-6", scaling(.model, limit: 10))
    #expect(model.dropLast().allSatisfy { $0.verdict.words == "not resolved" })
    // A figure that was run takes precedence over a modelled one at the same threads.
    let both = try claims("figure-6", scaling(.model, limit: 1) + scaling(.measured, limit: 10))
    #expect(Set(both.map(\.basis)) == ["measured"])
  }

  /// The strongest ESP counts, whichever system it is. The arguments are its systems' ratios to VPE's peak at
  /// 64 bytes.
  private func today(_ ratios: KeyValuePairs<String, Double>, basis: Basis = .measured) -> [SampleRecord] {
    func curve(_ system: String, _ ratio: Double) -> [SampleRecord] {
      [2, 8, 16].flatMap { threads in
        throughputs(
          system, threads: threads, basis: basis, [1, 1.01, 0.99].map { Double(threads) * ratio * $0 })
      }
    }
    return curve("vpe", 1) + ratios.flatMap { curve($0.key, $0.value) }
  }

  @Test func theStrongestESPIsHeldAgainstVPE() throws {
    let close = try claims(
      "scaling-today", today(["esp-pipeline": 0.3, "esp-parallel": 0.95, "esp-multi-sa": 0.8]))
    #expect(
      close.map(\.verdict.words) == ["reproduced", "not run", "not reproduced", "not run"])
    #expect(close[0].ours.hasPrefix("0.95") && close[0].ours.hasSuffix("(esp-parallel)"))
    #expect(close[2].ours.hasSuffix("(esp-multi-sa)"))
    #expect(close[1].verdict.reason?.hasSuffix("add it to the descriptor's systems or sweep") == true)
    let shared = try claims(
      "scaling-today", today(["esp-ordered": 0.5, "esp-multi-sa": 1], basis: .capacity))
    #expect(shared.map(\.verdict.words) == ["not resolved", "not run", "not resolved", "not run"])
    #expect(shared.map(\.direction) == ["other", "", "same", ""])
  }

  /// A gap of the machine is not a fault of the descriptor.
  @Test func aGapIsTheReasonWhereAClaimHasNoFigure() throws {
    let gapped = record(
      "vpe", sample: 0, basis: .measured, ["goodput_gbps": 1], gaps: ["threads were off their cores"])
    let found = try claims("scaling-today", [gapped])
    #expect(found.allSatisfy { $0.verdict.words == "not run" })
    #expect(found.allSatisfy { $0.verdict.reason?.hasSuffix(": threads were off their cores") == true })
  }

  /// Costs over the length in three repetitions. ESP's are higher than VPE's by `factor`, and lower every 64
  /// bytes.
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

  @Test(arguments: [(1.1, "reproduced"), (0.9, "not reproduced"), (1, "not resolved")])
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
    #expect(found.prefix(4).map(\.verdict) == [.reproduced, .reproduced, .reproduced, .reproduced])
    #expect(found[2].paper == "64 bytes apart" && found[2].ours == "lowest at 64 k + 44")
    #expect(found.map(\.id).suffix(2) == ["7-library", "7-equal"])
    #expect(found[4].verdict.words == "not run" && found[5].verdict.words == "not run")
  }

  /// The bare calls and both formats over a few lengths; up to 128 bytes ESP costs 7 % more.
  private func atLengths(additional: Double, large: Double) -> [SampleRecord] {
    let lengths =
      Array(stride(from: 64, through: 132, by: 4)) + Array(stride(from: 1400, through: 1440, by: 4))
    var records: [SampleRecord] = []
    for bytes in lengths {
      let raw = 50 + 0.2 * Double(bytes)
      let costs: [(String, Double)] = [
        ("raw", raw), ("raw-aad", (raw + 0.8) * additional), ("vpe", 1.1 * raw),
        ("esp-single", 1.1 * raw * (bytes < 1400 ? 1.1 : large)),
      ]
      for launch in 0..<6 {
        for (salt, cost) in costs.enumerated() {
          let wobble = (bytes / 4 * 7 + launch * 5 + salt * 3) % 11 - 5
          records.append(
            record(
              cost.0, threads: 1, frameBytes: bytes + 18, sample: launch, basis: .measured,
              axes: ["packet_bytes": "\(bytes)"],
              ["seal_cycles_per_packet": cost.1 * (1 + 0.002 * Double(wobble))]))
        }
      }
    }
    return records
  }

  @Test func whatSpeaksAgainstVPEIsJudgedToo() throws {
    let holds = try claims("figure-7", atLengths(additional: 1.02, large: 1))
    #expect(holds.suffix(2).map(\.verdict.words) == ["reproduced", "reproduced"])
    // For the same number of encrypted bytes, ESP's trailer included.
    #expect(abs(try #require(holds[4].estimate).value - 1.02) < 0.005 && holds[4].magnitude == .unknown)
    #expect(holds[4].paper == "none; library 1.3 on another CPU (AMD family 23): 1.194")
    let fails = try claims("figure-7", atLengths(additional: 1.2, large: 1.08))
    #expect(fails.suffix(2).map(\.verdict.words) == ["not reproduced", "not reproduced"])
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

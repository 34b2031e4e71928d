import Reports
import Results
import TestRuns
import Testing

@Suite struct ComparisonTests {
  private func run(_ values: [Double], _ change: (inout Environment) -> Void = { _ in }) throws -> RunReading
  {
    var run = MadeRun(records: throughputs("vpe", values))
    change(&run.environment)
    return try run.reading()
  }

  @Test func theSecondAsAMultipleOfTheFirst() throws {
    let comparison = try RunComparison(run([10, 10.1, 9.9]), run([20, 20.2, 19.8]))
    let row = try #require(comparison.rows.first)
    #expect(abs(row.ratio.ratio - 2) < 1e-12 && row.differs)
    #expect(!(try #require(RunComparison(run([10, 10.1, 9.9]), run([10, 10.2, 9.9])).rows.first).differs))
    #expect(comparison.differences == [])
    #expect(comparison.lines().contains("the environments do not differ"))
  }

  @Test func whatDiffersOfTheEnvironments() throws {
    let comparison = try RunComparison(
      run([1, 2]) { $0.cpu.microcode = "0x1" },
      run([1, 2]) {
        $0.cpu.microcode = "0x2"
        $0.software.gitDirty = true
        $0.timeUtc = "2027-01-01T00:00:00Z"
      })
    #expect(comparison.differences.map(\.property) == ["cpu.microcode", "software.git_dirty"])
    #expect(comparison.differences.map(\.first) == ["0x1", "false"])
    #expect(comparison.differences.map(\.second) == ["0x2", "true"])
  }

  @Test func casesThatAreNotComparedAreNamed() throws {
    func run(_ change: (inout [SampleRecord]) -> Void = { _ in }) throws -> RunReading {
      var records =
        throughputs("vpe", [1, 2]) + throughputs("esp-single", [1, 2]) + throughputs("baseline", [1, 2])
      change(&records)
      return try MadeRun(records: records).reading()
    }
    let whole = try RunComparison(run(), run())
    #expect(whole.notCompared.isEmpty && !whole.lines().contains { $0.hasPrefix("not compared") })
    let part = try RunComparison(
      run {
        for index in $0.indices where $0[index].coordinates.system == "esp-single" {
          $0[index].faults = ["a frame is missing"]
          $0[index].valid = false
        }
      },
      run {
        for index in $0.indices where $0[index].coordinates.system == "baseline" {
          $0[index].gaps = ["the tester is too slow"]
        }
      })
    #expect(
      part.notCompared.map(\.reason) == [
        "invalid in the first run", "not shown (the tester is too slow) in the second run",
      ])
    let names = Set(part.rows.map(\.name) + part.notCompared.map(\.name))
    #expect(names.count == 3, "no case vanishes")
    #expect(part.lines().count { $0.hasPrefix("not compared: ") } == 2)
  }

  @Test func otherVersionsAreRefusedUnlessAllowed() throws {
    let (old, new) = (try run([1, 2]) { $0.environmentVersion -= 1 }, try run([1, 2]))
    #expect(sentence { try RunComparison(old, new) }.contains("pass --allow-different-environment"))
    #expect(try RunComparison(old, new, allowDifferentEnvironment: true).rows.count == 1)
    let unknown = RunReading(name: "x", samples: old.samples)
    #expect(sentence { try RunComparison(old, unknown) }.contains("and unknown"))
  }

  @Test func otherCryptoLibrariesAreRefusedUnlessAllowed() throws {
    func run(_ version: String, _ hash: String?) throws -> RunReading {
      try self.run([1, 2]) {
        $0.software.intelIpsecMb = version
        $0.software.intelIpsecMbSha256 = hash
      }
    }
    let new = try run("2.0.0", "aa")
    for other in [try run("1.3.0", nil), try run("1.3.0", "aa"), try run("2.0.0", "bb")] {
      #expect(sentence { try RunComparison(other, new) }.contains("pass --allow-different-library"))
      #expect(try RunComparison(other, new, allowDifferentLibrary: true).rows.count == 1)
      #expect(sentence { try RunComparison(other, new, allowDifferentEnvironment: true) }.contains("2.0.0"))
    }
    // Runs from before the hash was recorded.
    #expect(try RunComparison(try run("2.0.0", nil), new).rows.count == 1)
  }

  @Test(arguments: [
    ("0.55", true), ("1.3.0", true), ("1.3", true), ("1.4.0", false), ("1.10.0", false), ("2.0.0", false),
    (nil, false),
  ])
  func librariesThatShareALine(version: String?, sharesALine: Bool) {
    #expect(CryptoLibraryIdentity(version: version).sharesALine == sharesALine)
  }

  @Test func nothingInCommonIsRefused() throws {
    let other = try MadeRun(records: throughputs("vpe", basis: .measured, [1, 2])).reading()
    #expect(sentence { try RunComparison(try run([1, 2]), other) }.contains("no case of the same name"))
  }

  /// That a machine could not show any figure is no error.
  @Test func gapsAloneAreToldAndNoError() throws {
    let gapped = try MadeRun(records: [
      record("vpe", sample: 0, ["capacity_gbps": 9], gaps: ["the machine's state changed"])
    ]).reading()
    for (first, second) in [(gapped, gapped), (gapped, try run([1, 2])), (try run([1, 2]), gapped)] {
      let comparison = try RunComparison(first, second)
      #expect(comparison.rows.isEmpty && comparison.notCompared.map(\.name) == ["vpe-64B-2t-0h"])
      let line = comparison.lines().first { $0.hasPrefix("not compared") }
      #expect(line?.contains("not shown (the machine's state changed)") == true)
      #expect(!comparison.lines().contains { $0.hasPrefix("case") }, "no heading over nothing")
    }
  }

  @Test func casesOfOneRunOnlyAreNamed() throws {
    let more = try MadeRun(records: throughputs("vpe", [1, 2]) + throughputs("baseline", [3, 4])).reading()
    let comparison = try RunComparison(run([1, 2]), more)
    #expect(comparison.onlyInFirst == [] && comparison.onlyInSecond == ["baseline-64B-2t-0h"])
  }
}

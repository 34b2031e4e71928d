import Foundation
import Testing

extension CommandTests {
  /// A short soak; `make soak` runs longer ones.
  @Suite struct SoakTests {
    @Test func badLinksAreAccountedForAndNothingGrows() async throws {
      try Host.requireRoot()
      let scratch = try Scratch()
      let soak = try Program(
        ["tools/soak", try Vpebench.binary],
        environment: ["SOAK_SECONDS": "44", "SOAK_OUTPUT": scratch.path])
      let ending = try await soak.ending()
      #expect(ending.status == 0, "\(ending.output)\(ending.errors)")
      #expect(ending.output.hasSuffix("memory and files stayed the same\n"), "\(ending.output)")
    }

    /// Trials of a soak at a fixed rate whose truth is known; the load is 4 Mpps unless stated otherwise.
    private func judge(_ trials: [String]) async throws -> Ending {
      let scratch = try Scratch()
      let text = (["load_mpps,sent,unsent,lost,duplicated,use"] + trials).joined(separator: "\n") + "\n"
      _ = try scratch.write(text, to: "trials.csv")
      return try await Program(["tools/soak", "--of", scratch.path]).ending()
    }

    /// Trials that do not count: warm-up, repeated ones, and those without a gateway at a higher load.
    private static let others = [
      "20,0,900000,0,0,proof", "4,1000,0,1000,0,warm-up", "4,9000000,0,9000000,0,repeated",
    ]

    @Test func oneFrameInTenMillionMayBeMissing() async throws {
      let ending = try await judge(Self.others + ["4,6000000,0,1,0,counted", "4,4000000,0,0,0,counted"])
      #expect(ending.status == 0, "\(ending.errors)")
      #expect(ending.output.contains("10000000 frames at 4 Mpps, 1 lost; 1 trials made again"))
    }

    @Test(arguments: [
      (["4,10000000,0,2,0,counted"], "2 frames were lost, 0 not offered in time"),
      (["4,9999998,2,0,0,counted"], "0 frames were lost, 2 not offered in time"),
      (["4,1000,0,1,0,counted"], "1 frames were lost"),
      (["4,10000000,0,0,3,counted"], "3 frames came a second time"),
      // That a lower load lost no frame does not make up for it.
      (["4,10000000,0,2,0,counted", "3.9,90000000,0,0,0,counted"], "2 frames were lost"),
      ([], "there was no trial that counts"),
    ])
    func whatIsMissingBeyondThatIsTold(trials: [String], reason: String) async throws {
      let ending = try await judge(Self.others + trials)
      #expect(ending.status == 1 && ending.errors.contains(reason), "\(ending.errors)")
    }

    /// A rate search, and the soak that follows, need cores that nobody else uses.
    private static let isQuiet = ProcessInfo.processInfo.environment["VPEBENCH_QUIET_MACHINE"] == "1"

    /// At half of the rate no frame may be missing. If a trial was disturbed every time, the lost frames are
    /// named.
    @Test(.enabled(if: isQuiet, "VPEBENCH_QUIET_MACHINE=1 says that nobody else uses the cores"))
    func aFixedRateIsHeld() async throws {
      let scratch = try Scratch()
      let soak = try Program(
        ["tools/soak", try Vpebench.binary],
        environment: ["SOAK_SECONDS": "18", "SOAK_OUTPUT": scratch.path, "SOAK_MODE": "rate"])
      let ending = try await soak.ending()
      let cases = ending.output.matches(of: /(\d+) frames at \S+ Mpps, (\d+) lost/)
      let gaps = ending.output.matches(of: /not shown here/)
      #expect(cases.count + gaps.count == 6, "\(ending.output)")
      #expect(cases.allSatisfy { Int($0.1) ?? 0 > 100_000 }, "\(ending.output)")
      if ending.status != 0 {
        #expect(ending.errors.contains("frames were lost"), "\(ending.output)\(ending.errors)")
      }
    }

    /// At one and a half times the rate frames are lost, and the soak detects that.
    @Test(.enabled(if: isQuiet, "VPEBENCH_QUIET_MACHINE=1 says that nobody else uses the cores"))
    func aRateThatIsTooHighIsFound() async throws {
      let scratch = try Scratch()
      let soak = try Program(
        ["tools/soak", try Vpebench.binary],
        environment: [
          "SOAK_SECONDS": "6", "SOAK_OUTPUT": scratch.path, "SOAK_MODE": "rate", "SOAK_SHARE": "1.5",
        ])
      let ending = try await soak.ending()
      #expect(ending.status == 1 && ending.errors.contains("frames were lost"), "\(ending.errors)")
    }
  }
}

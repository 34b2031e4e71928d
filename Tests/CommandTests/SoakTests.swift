import Foundation
import Testing

extension CommandTests {
  /// A short soak, as `make soak` would run it for longer.
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

    /// A search of rates, and what follows from it, wants cores that nobody else uses.
    private static let isQuiet = ProcessInfo.processInfo.environment["VPEBENCH_QUIET_MACHINE"] == "1"

    /// At half of the rate nothing may be missing. Where a trial was disturbed each time that it was made,
    /// the frames that are lost are named.
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

    /// At one and a half times the rate frames are lost, and that is found.
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

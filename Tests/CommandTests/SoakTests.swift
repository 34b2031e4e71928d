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
  }
}

import Foundation
import Testing

extension CommandTests {
  /// `tools/rates-check` on tables of which the truth is known.
  @Suite struct RatesCheckTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Rates in Mpps, capacities of the same searches, and how many of 10^6 frames were not offered by load,
    /// of a generator that states 20 Mpps.
    private func judge(
      rates: [Double], capacities: [Double], unsent: [(load: Double, unsent: Int)]
    ) async throws -> Ending {
      let name = "vpe-aes128gcm-64B-2t-0h-solo"
      var searches = "case,sample,goal,lower_mpps,upper_mpps,state\n"
      var samples = "case,sample,seal_mean_capacity_mpps,tester_mpps\n"
      for (sample, (rate, capacity)) in zip(rates, capacities).enumerated() {
        searches += "\(name),\(sample),ndr,\(rate),\(rate / 0.99),found\n"
        samples += "\(name),\(sample),\(capacity),20.0\n"
      }
      var trials = "case,load_mpps,sent,unsent,use\n\(name),99.0,0,1000,counted\n"
      for trial in unsent {
        trials += "\(name),\(trial.load),\(1_000_000 - trial.unsent),\(trial.unsent),proof\n"
      }
      for (file, text) in [("searches", searches), ("samples", samples), ("trials", trials)] {
        _ = try scratch.write(text, to: "\(file).csv")
      }
      return try await Program(["tools/rates-check", "--of", scratch.path]).ending()
    }

    private static let sound = [(2.0, 0), (10.0, 0), (20.0, 900), (20.0, 900), (20.0, 5000), (20.4, 3000)]

    @Test func anHonestSearchPasses() async throws {
      let ending = try await judge(rates: [8, 8.2, 8.1], capacities: [9, 9.2, 9.1], unsent: Self.sound)
      #expect(ending.status == 0, "\(ending.errors)")
      #expect(ending.output.contains("3 of 3 searches found 8 to 8.2 Mpps, spread 2.5%; width 1.0%"))
      #expect(ending.output.contains("the machine's own spread 2.2%"))
      #expect(ending.output.contains("20 Mpps: 99.910% offered in time, 99.500% at worst"))
      #expect(ending.output.contains("it cannot offer 20.4 Mpps"))
    }

    @Test func ratesThatSpreadMoreThanTheMachineFail() async throws {
      let ending = try await judge(rates: [8, 8.3, 8.1], capacities: [9, 9.18, 9.1], unsent: Self.sound)
      #expect(ending.status == 1)
      #expect(ending.errors.contains("ndr: the rates spread by more than width and machine together"))
    }

    @Test func aGeneratorThatFallsShortFails() async throws {
      let ending = try await judge(
        rates: [8, 8], capacities: [9, 9], unsent: [(2.0, 0), (10.0, 1001), (20.0, 0)])
      #expect(ending.status == 1 && ending.errors.contains("states 20 Mpps, but not 10 are offered"))
      let none = try await judge(rates: [8, 8], capacities: [9, 9], unsent: [])
      #expect(none.status == 1 && none.errors.contains("no trials of the generator by itself"))
    }
  }
}

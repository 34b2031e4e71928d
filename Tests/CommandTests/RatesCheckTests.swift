import Foundation
import Testing

extension StillTests {
  /// `tools/rates-check` on tables whose truth is known.
  @Suite struct RatesCheckTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// Tables with rates in Mpps, the lowest throughput in the same searches, and by load the number of 10^6
    /// frames that were not offered, for a generator that states 20 Mpps. `unfound` searches end without a
    /// rate; `gap` is the reason.
    private func judge(
      rates: [Double], carried: [Double], unsent: [(load: Double, unsent: Int)], stated: [Double] = [],
      disturbed: Bool = false, gap: String = "", unfound: [Int] = []
    ) async throws -> Ending {
      let name = "vpe-aes128gcm-64B-2t-0h-solo"
      var searches = "case,sample,goal,lower_mpps,upper_mpps,state\n"
      var samples = "case,sample,tester_mpps,gaps\n"
      let columns = "case,sample,load_mpps,duration_seconds,sent,unsent,received,lost,disturbed,use"
      var trials = "\(columns)\n\(name),0,9.0,1,0,1000,0,0,false,counted\n"
      for (sample, (rate, least)) in zip(rates, carried).enumerated() {
        let isFound = !unfound.contains(sample)
        searches += "\(name),\(sample),ndr,\(rate),\(rate / 0.99),\(isFound ? "found" : "max-load")\n"
        let most = sample < stated.count ? stated[sample] : 20
        samples += "\(name),\(sample),\(most),\(isFound ? "" : gap)\n"
        // Neither repeated trials count, nor those without loss.
        let less = sample == 0 ? 0.5 : 1
        let kinds = [(1, 9, "counted"), (2, 9, "counted"), (less, 9, "repeated"), (less, 0, "counted")]
        for (part, lost, use) in kinds {
          let received = Int(least * part * 1e6)
          trials += "\(name),\(sample),20,2,\(received),0,\(received),\(lost),false,\(use)\n"
        }
      }
      for trial in unsent {
        let (load, sent) = (trial.load, 1_000_000 - trial.unsent)
        trials += "\(name),0,\(load),1,\(sent),\(trial.unsent),\(sent),0,\(disturbed),proof\n"
      }
      for (file, text) in [("searches", searches), ("samples", samples), ("trials", trials)] {
        _ = try scratch.write(text, to: "\(file).csv")
      }
      return try await Program(["tools/rates-check", "--of", scratch.path]).ending()
    }

    private static let sound = [(2.0, 0), (10.0, 0), (20.0, 900), (20.0, 900), (20.0, 5000), (20.4, 3000)]

    @Test func anHonestSearchPasses() async throws {
      let ending = try await judge(rates: [8, 8.2, 8.1], carried: [9, 9.2, 9.1], unsent: Self.sound)
      #expect(ending.status == 0, "\(ending.errors)")
      #expect(ending.output.contains("3 of 3 searches found 8 to 8.2 Mpps, spread 2.5%; width 1.0%"))
      #expect(ending.output.contains("the machine's own spread 2.2%"))
      #expect(ending.output.contains("states 20 to 20 Mpps; 0 of 6 trials were disturbed"))
      #expect(
        ending.output.contains(
          "75 to 100 % of that: 3 trials, 99.910% offered in time in the median, 99.500% at worst"))
    }

    @Test func ratesThatSpreadMoreThanTheMachineFail() async throws {
      let ending = try await judge(rates: [8, 8.3, 8.1], carried: [9, 9.18, 9.1], unsent: Self.sound)
      #expect(ending.status == 1)
      #expect(ending.errors.contains("ndr: the rates spread by more than width and machine together"))
    }

    @Test func aGeneratorThatFallsShortFails() async throws {
      let ending = try await judge(
        rates: [8, 8], carried: [9, 9], unsent: [(2.0, 0), (10.0, 1001), (20.0, 0)])
      #expect(ending.status == 1 && ending.errors.contains("99.900% at 25 to 50 % of that"))
      // A launch is compared with the rate that it states itself, and not with a disturbed trial.
      let modest = try await judge(rates: [8, 8], carried: [9, 9], unsent: [(10.0, 1001)], stated: [8])
      #expect(modest.status == 0, "\(modest.errors)")
      let away = try await judge(
        rates: [8, 8], carried: [9, 9], unsent: [(10.0, 1001)], disturbed: true)
      #expect(away.status == 0 && away.output.contains("1 of 1 trials were disturbed"), "\(away.errors)")
      let none = try await judge(rates: [8, 8], carried: [9, 9], unsent: [])
      #expect(none.status == 1 && none.errors.contains("no trials of the generator by itself"))
    }

    @Test func aSearchWithoutRateFailsUnlessTheMachineCannotShowIt() async throws {
      func ending(_ gap: String) async throws -> Ending {
        try await judge(
          rates: [8, 8, 8], carried: [9, 9, 9], unsent: [(2.0, 0)], gap: gap, unfound: [1])
      }
      let told = try await ending("ndr: even the highest load fulfils it")
      #expect(told.status == 0 && told.output.contains("ndr: not shown here in 1 of 3 searches"))
      #expect(told.output.contains("2 of 3 searches found 8 to 8 Mpps"))
      let failed = try await ending("")
      #expect(failed.status == 1 && failed.errors.contains("ndr was found in 2 of 3 searches"))
    }
  }
}

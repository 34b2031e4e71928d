import Descriptors
import Foundation
import Runs
import TestRuns
import Testing

/// `Forecast`: the share of the work that is done, and the time that is left.
@Suite struct RunForecastTests {
  private static let plans = [
    Forecast.Plan(what: .throughput, seconds: 10), Forecast.Plan(what: .packetCost, seconds: 30),
    Forecast.Plan(what: .throughput, seconds: 60),
  ]

  @Test func plansAreAllThatIsKnownAtFirst() {
    let forecast = Forecast(Self.plans)
    #expect(forecast.shareDone == 0 && forecast.secondsLeft == 100)
  }

  @Test func samplesCorrectThePlansOfTheirKind() {
    var forecast = Forecast(Self.plans)
    forecast.begin(0, of: 10)
    forecast.sample(done: 1, of: 10, secondsLeft: nil)
    #expect(forecast.shareDone == 0.01 && forecast.secondsLeft == 9 + 30 + 60)
    // A sample takes two seconds instead of the planned one.
    forecast.sample(done: 5, of: 10, secondsLeft: 10)
    #expect(forecast.shareDone == 0.05)
    #expect(forecast.secondsLeft == 10 + 30 + 120)
    forecast.sample(done: 10, of: 10, secondsLeft: 0)
    #expect(forecast.secondsLeft == 30 + 120)
    forecast.begin(1, of: 3)
    #expect(forecast.shareDone == 0.1)
    #expect(forecast.secondsLeft == 30 + 120)
    forecast.sample(done: 1, of: 3, secondsLeft: 10)
    #expect(abs(forecast.secondsLeft - (10 + 120)) < 1e-9)
  }

  @Test func whatAnEarlierStartTookCounts() {
    var forecast = Forecast(Self.plans)
    forecast.begin(2, done: 30, of: 60)
    #expect(forecast.shareDone == 0.7)
    #expect(forecast.secondsLeft == 30)
    // Only the plan is known of an experiment that already has all its samples.
    forecast.begin(2, done: 60, of: 60)
    #expect(forecast.shareDone == 1 && forecast.secondsLeft == 0)
  }

  @Test func theEndIsTheEnd() {
    var forecast = Forecast(Self.plans)
    forecast.begin(3)
    #expect(forecast.shareDone == 1 && forecast.secondsLeft == 0)
    #expect(Forecast([]).shareDone == 1 && Forecast([]).secondsLeft == 0)
  }

  @Test func everyShippedExperimentHasAPlanThatGrowsWithItsProfile() throws {
    for name in Reproduction.experiments {
      let file = DescriptorFixture.experiments.appending(path: "\(name).json5")
      let full = try Descriptor.load(file: file, quick: false, set: []).plan
      let quick = try Descriptor.load(file: file, quick: true, set: []).plan
      #expect(quick.seconds > 1 && full.seconds > quick.seconds, "\(name)")
    }
  }
}

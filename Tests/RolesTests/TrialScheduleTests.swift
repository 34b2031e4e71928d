import Roles
import Testing

/// `TrialSchedule` by a clock that is made up: a million ticks a second.
@Suite struct TrialScheduleTests {
  private static func schedule(
    load: Double, seconds: Double = 1, burst: Int, probes: Double = 0
  ) -> TrialSchedule {
    TrialSchedule(
      TrialPlan(load: load, seconds: seconds, isTimed: true, probeLoad: probes), burst: burst,
      ticksPerSecond: 1_000_000)
  }

  @Test func framesApartAreDueOneAfterTheOther() {
    let schedule = Self.schedule(load: 1000, burst: 1)
    #expect(schedule.total == 1000)
    #expect([0, 999, 1000, 1999, 2000, 999_999].map { schedule.frames(after: $0) } == [0, 0, 1, 1, 2, 999])
    #expect(schedule.frames(after: 1_000_000) == 1000 && schedule.frames(after: 9_000_000) == 1000)
    #expect([1, 2, 1000].map { schedule.ticks(ofFrame: $0) } == [1000, 2000, 1_000_000])
  }

  /// Ten together, when the last of them would be due by itself; what is left over at the end.
  @Test func framesOfABurstAreDueTogether() {
    let schedule = Self.schedule(load: 1000, seconds: 0.995, burst: 10)
    #expect(schedule.total == 995)
    #expect(
      [0, 9_999, 10_000, 19_999, 20_000, 994_999].map { schedule.frames(after: $0) }
        == [0, 0, 10, 10, 20, 990])
    #expect(schedule.frames(after: 995_000) == 995)
    #expect(
      [1, 10, 11, 990, 991, 995].map { schedule.ticks(ofFrame: $0) }
        == [10_000, 10_000, 20_000, 990_000, 995_000, 995_000])
  }

  /// At whatever time: never more than were due apart, and less than a burst fewer; and a frame is due from
  /// its time on, not before.
  @Test(arguments: [1, 2, 7, 64, 1000, 4096]) func theMeanRateStays(burst: Int) {
    let load = 31_234.5
    let (even, together) = (Self.schedule(load: load, burst: 1), Self.schedule(load: load, burst: burst))
    #expect(even.total == together.total)
    for ticks in stride(from: UInt64(0), to: 1_000_100, by: 37) {
      let (least, most) = (together.frames(after: ticks), even.frames(after: ticks))
      if least > most || most - least >= UInt64(burst) {
        Issue.record("\(least) of \(most) after \(ticks)")
      }
    }
    for number in stride(from: UInt64(1), through: together.total, by: 11) {
      let due = together.ticks(ofFrame: number)
      // A tick is what is rounded off.
      if together.frames(after: due + 1) < number || (due > 1 && together.frames(after: due - 1) >= number) {
        Issue.record("frame \(number) is not due after \(due)")
      }
    }
  }

  /// Half an interval after the beginning, then one each; the load is due as without them.
  @Test(arguments: [1, 64]) func probesAreDueBesideTheLoad(burst: Int) {
    let (alone, both) = (
      Self.schedule(load: 31_234, burst: burst), Self.schedule(load: 31_234, burst: burst, probes: 100)
    )
    #expect(alone.probes == 0 && both.probes == 100)
    #expect([1, 2, 100].map { both.ticks(ofProbe: $0) } == [5_000, 15_000, 995_000])
    #expect(both.total == alone.total)
    for ticks in stride(from: UInt64(0), to: 1_000_100, by: 101) {
      if both.frames(after: ticks) != alone.frames(after: ticks) { Issue.record("\(ticks)") }
    }
    #expect(both.frames(beforeProbe: 1) == alone.frames(after: 5_000))
  }

  /// Nothing is left out, and each comes once those are there that are due before.
  @Test(arguments: [(31_234.0, 1, 100.0), (31_234, 64, 100), (500, 1, 2_000), (3, 4096, 40)])
  func bothAreInTheOrderOfTheirTimes(load: Double, burst: Int, probes: Double) {
    let schedule = Self.schedule(load: load, burst: burst, probes: probes)
    var (frames, probes): (UInt64, UInt64) = (0, 0)
    var last: UInt64 = 0
    schedule.forEach { number, isProbe in
      if isProbe { probes += 1 } else { frames += 1 }
      #expect(number == (isProbe ? probes : frames))
      let due = isProbe ? schedule.ticks(ofProbe: number) : schedule.ticks(ofFrame: number)
      // A tick is what is rounded off.
      if due + 1 < last { Issue.record("\(isProbe ? "probe" : "frame") \(number) of \(due) behind \(last)") }
      last = max(last, due)
    }
    #expect(frames == schedule.total && probes == schedule.probes)
  }

  @Test func whatIsNotTimedHasNoProbes() {
    #expect(TrialPlan(load: 1000, seconds: 1, probeLoad: 100).probeLoad == 0)
  }
}

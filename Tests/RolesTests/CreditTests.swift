import Basics
import Cases
import Roles
import Testing

/// `Credit` against a set of the numbers that are under way.
@Suite struct CreditTests {
  static func withCredit(_ limit: Int, _ body: (inout Credit) -> Void) {
    var credit = Credit(limit: limit)
    defer { credit.deallocate() }
    body(&credit)
  }

  @Test func countsWhatIsUnderWay() {
    Self.withCredit(64) { credit in
      for _ in 0..<10 { credit.noteSending() }
      #expect(credit.underWay == 10)
      for number in [UInt64(3), 1, 10] { credit.noteReturn(number) }
      #expect(credit.underWay == 7)
    }
  }

  @Test func disorderMakesNoRoom() {
    // One frame in two lags by a whole span: as many may be sent as have come back, and no more.
    Self.withCredit(64) { credit in
      for _ in 0..<64 { credit.noteSending() }
      for number in stride(from: UInt64(2), through: 64, by: 2) { credit.noteReturn(number) }
      #expect(credit.underWay == 32)
    }
  }

  @Test func whatIsForgottenIsNotWaitedForAndNotCountedTwice() {
    Self.withCredit(64) { credit in
      for _ in 0..<50 { credit.noteSending() }
      credit.noteReturn(7)
      credit.forget()
      #expect(credit.underWay == 0)
      for _ in 0..<20 { credit.noteSending() }
      // One of before comes back after all, and one of now.
      credit.noteReturn(8)
      #expect(credit.underWay == 20)
      credit.noteReturn(60)
      #expect(credit.underWay == 19)
    }
  }

  @Test(arguments: [1, 64, 100, 4096], [0, 10, 300])
  func lossDoesNotUseItUp(limit: Int, lossPerMille: UInt64) {
    // A closed loop: as many are sent as have room; some are lost, the others come back a little disordered.
    var random = SplitMix64(state: UInt64(limit) + lossPerMille)
    Self.withCredit(limit) { credit in
      var next: UInt64 = 0
      var waiting: [UInt64] = []
      var lost = 0
      var sentTotal = 0
      for _ in 0..<2000 {
        while credit.underWay < UInt64(limit), waiting.count < limit {
          next += 1
          credit.noteSending()
          sentTotal += 1
          if random.next() % 1000 < lossPerMille { lost += 1 } else { waiting.append(next) }
        }
        if waiting.isEmpty {
          credit.forget()
          continue
        }
        for _ in 0..<max(1, min(waiting.count, limit / 4)) where !waiting.isEmpty {
          let index = Int(random.next() % UInt64(min(waiting.count, 8)))
          credit.noteReturn(waiting.remove(at: index))
        }
        // Never more room than there is, however much was lost: what waits is under way.
        #expect(credit.underWay >= UInt64(waiting.count))
        #expect(credit.underWay <= UInt64(limit))
      }
      #expect(sentTotal > 1500, "the loop came to a stand: \(sentTotal) sent, \(lost) lost")
    }
  }

  /// Late frames that all are lost, as `Flight` counts on it: all but one of so many of what is sent, by
  /// classes, or both ways over so many paths.
  @Test(arguments: [(64, 512, 2 as UInt64, 2), (1000, 1024, 4, 2), (5000, 64, 4, 2), (1000, 512, 64, 8)])
  func lateFramesThatAreLostAreGivenUp(late: Int, own: Int, of share: UInt64, paths: Int) throws {
    var values = AxisValues()
    (values.threads, values.windowSize, values.latePackets) = (2, 64, late)
    (values.paths, values.classes) = (paths, paths > 2 ? 1 : Int(share))
    let flight = Flight(of: own, .espSingle, values)
    var credit = Credit(limit: flight.frames, span: flight.spanFrames)
    defer { credit.deallocate() }
    var next: UInt64 = 0
    var waiting: [UInt64] = []
    for _ in 0..<5000 {
      var sent = 0
      while credit.underWay < UInt64(flight.frames), sent < 64 {
        next += 1
        sent += 1
        credit.noteSending()
        if next % share == 0 { waiting.append(next) }
      }
      for number in waiting.prefix(64) { credit.noteReturn(number) }
      waiting.removeFirst(min(64, waiting.count))
      #expect(credit.underWay >= UInt64(waiting.count) && credit.underWay <= UInt64(flight.frames))
    }
    #expect(next > 5000 * 32, "the loop came to a stand: \(next) sent")
  }

  /// A span is given up as the first number of the span comes back that is `Flight.lagSpans` further on.
  @Test func spansAreGivenUpByWhatComesBack() {
    var credit = Credit(limit: 3000, span: 64)
    defer { credit.deallocate() }
    for _ in 0..<1000 { credit.noteSending() }
    // The last number of the eighth span, and the first one of the ninth.
    credit.noteReturn(512)
    #expect(credit.underWay == 999)
    credit.noteReturn(513)
    #expect(credit.underWay == 998 - 64)
    // What comes back after all is not counted again; of the next span two are back, and the rest is lost.
    credit.noteReturn(64)
    for number in [65, 128] as [UInt64] { credit.noteReturn(number) }
    #expect(credit.underWay == 998 - 64 - 2)
    credit.noteReturn(577)
    #expect(credit.underWay == 997 - 128)
  }
}

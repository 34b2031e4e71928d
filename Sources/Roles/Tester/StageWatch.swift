import Dataplane

/// The counts of a DUT's stages in the window in which a tester counts arrivals. The tester's thread reads
/// them, so that the rate seen from outside and the stages' own counts cover the same time.
///
/// Plain memory: call `deallocate()` once.
struct StageWatch {
  private let names: [String]
  private let counters: UnsafeMutablePointer<StageCounters>
  private let first: UnsafeMutablePointer<StageBusyCount>
  private let last: UnsafeMutablePointer<StageBusyCount>
  /// Histograms at the start and at the end of the window.
  private let bursts: (first: UnsafeMutablePointer<TickHistogram>, last: UnsafeMutablePointer<TickHistogram>)
  private let count: Int

  /// - Parameter stages: empty for a DUT in another process, which cannot be watched.
  init(_ stages: [(name: String, stage: AnyStage)] = []) {
    count = stages.count
    names = stages.map(\.name)
    counters = .allocate(capacity: max(count, 1))
    first = .allocate(capacity: max(count, 1))
    last = .allocate(capacity: max(count, 1))
    bursts = (.allocate(capacity: max(count, 1)), .allocate(capacity: max(count, 1)))
    for (index, stage) in stages.enumerated() {
      (counters + index).initialize(to: stage.stage.counters)
      (first + index).initialize(to: stage.stage.counters.busy)
      (last + index).initialize(to: stage.stage.counters.busy)
      (bursts.first + index).initialize(to: TickHistogram())
      (bursts.last + index).initialize(to: TickHistogram())
    }
  }

  func deallocate() {
    for index in 0..<count {
      bursts.first[index].deallocate()
      bursts.last[index].deallocate()
    }
    bursts.first.deallocate()
    bursts.last.deallocate()
    counters.deallocate()
    first.deallocate()
    last.deallocate()
  }

  /// Begins the window.
  func begin() {
    for index in 0..<count {
      (first[index], last[index]) = (counters[index].busy, counters[index].busy)
      counters[index].copyHistogram(to: bursts.first[index])
    }
  }

  /// Extends the window to now.
  func mark() { for index in 0..<count { last[index] = counters[index].busy } }

  /// Ends the window, after the last lap. Histograms are too large to be read at each lap while the DUT
  /// writes them, so they may include some bursts after the window.
  func end() { for index in 0..<count { counters[index].copyHistogram(to: bursts.last[index]) } }

  /// What each stage has counted in the window.
  var counts: [TesterReport.DUTStage] {
    (0..<count).map {
      TesterReport.DUTStage(
        stage: names[$0], counts: last[$0] - first[$0],
        fullBursts: bursts.last[$0].snapshot - bursts.first[$0].snapshot)
    }
  }
}

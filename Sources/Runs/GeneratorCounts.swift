import Basics
import Descriptors
import Roles

/// What a generator has counted, and what is wrong with it: the same rules for a sample of `run` and for a
/// role that is played alone.
package struct GeneratorCounts {
  /// Frames that it has made, and those of them that have come back, over all its time.
  package var sent: UInt64
  package var returned: UInt64
  /// The same within the window.
  package var offered: UInt64
  package var collected: UInt64
  /// The window's length.
  package var seconds: Double
  /// How often frames were due and the pool of packets was empty.
  package var dryPolls: UInt64

  package init(
    sent: UInt64, returned: UInt64, offered: UInt64, collected: UInt64, seconds: Double, dryPolls: UInt64
  ) {
    (self.sent, self.returned) = (sent, returned)
    (self.offered, self.collected) = (offered, collected)
    (self.seconds, self.dryPolls) = (seconds, dryPolls)
  }

  /// What the stages of its process, and others, have counted.
  /// - Parameters:
  ///   - stages: when all is over.
  ///   - window: within the window.
  init(_ stages: [StageReport], window: [StageReport], seconds: Double, dryPolls: UInt64?) {
    self.init(
      sent: stages.sum(\.received, nil, "generate"), returned: stages.sum(\.transmitted, nil, "collect"),
      offered: window.sum(\.received, nil, "generate"), collected: window.sum(\.transmitted, nil, "collect"),
      seconds: seconds, dryPolls: dryPolls ?? 0)
  }

  /// A sentence each; empty if nothing is wrong.
  /// - Parameter remedy: what to do where no frame at all has come back.
  package func faults(by descriptor: Descriptor, whereSilent remedy: String = "") -> [String] {
    var pace: Double?
    if case .mpps(let rate) = descriptor.traffic.rate { pace = rate }
    var faults: [String] = []
    if sent == 0 { faults.append("the generator sent nothing") }
    if dryPolls > 0 { faults.append("the pool of packets was empty \(dryPolls) times when frames were due") }
    if collected == 0 {
      let longer = pace.map { Pace.remedyForSilence(mpps: $0, seconds: seconds) } ?? ""
      faults.append("no frame came back within the window" + (returned == 0 ? remedy + longer : longer))
    }
    let together = descriptor.sweep.integers(.burstFrames).max() ?? 1
    if let pace,
      let fault = Pace.fault(frames: offered, mpps: pace, seconds: seconds, together: together)
    {
      faults.append(fault)
    }
    return faults
  }

  /// What is lost beyond what `require.max_loss_ratio` allows; nil where that says nothing.
  package func tooMuchLoss(by descriptor: Descriptor) -> String? {
    guard let most = descriptor.maxLossRatio else { return nil }
    let lost = sent - min(returned, sent)
    let ratio = Double(lost) / Double(max(sent, 1))
    let words = lost.counted(of: sent, "frame", "was", "were")
    return ratio > most ? "\(words) lost, require.max_loss_ratio allows \(most)" : nil
  }
}

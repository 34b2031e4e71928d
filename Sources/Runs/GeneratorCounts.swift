import Basics
import Descriptors
import Roles

/// A generator's counts, and the rules by which they are faulty: the same for a sample of `run` and for a
/// role that is played alone.
package struct GeneratorCounts {
  /// Frames made, and frames that came back, in all.
  package var sent: UInt64
  package var returned: UInt64
  /// Frames made, and frames that came back, within the window.
  package var offered: UInt64
  package var collected: UInt64
  /// The window's length.
  package var seconds: Double
  /// Polls in which frames were due and the pool was empty.
  package var dryPolls: UInt64

  package init(
    sent: UInt64, returned: UInt64, offered: UInt64, collected: UInt64, seconds: Double, dryPolls: UInt64
  ) {
    (self.sent, self.returned) = (sent, returned)
    (self.offered, self.collected) = (offered, collected)
    (self.seconds, self.dryPolls) = (seconds, dryPolls)
  }

  /// Takes the counts from the stages of all processes.
  /// - Parameters:
  ///   - stages: the stages after all threads have stopped.
  ///   - window: the stages' counts within the window.
  init(_ stages: [StageReport], window: [StageReport], seconds: Double, dryPolls: UInt64?) {
    self.init(
      sent: stages.sum(\.received, nil, "generate"), returned: stages.sum(\.transmitted, nil, "collect"),
      offered: window.sum(\.received, nil, "generate"), collected: window.sum(\.transmitted, nil, "collect"),
      seconds: seconds, dryPolls: dryPolls ?? 0)
  }

  /// The faults, a sentence each; empty if there are none.
  /// - Parameter remedy: advice for the case that no frame at all came back.
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

  /// The loss if it exceeds `require.max_loss_ratio`; nil without such a limit.
  package func tooMuchLoss(by descriptor: Descriptor) -> String? {
    guard let most = descriptor.maxLossRatio else { return nil }
    let lost = sent - min(returned, sent)
    let ratio = Double(lost) / Double(max(sent, 1))
    let words = lost.counted(of: sent, "frame", "was", "were")
    return ratio > most ? "\(words) lost, require.max_loss_ratio allows \(most)" : nil
  }
}

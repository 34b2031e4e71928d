import Foundation
import RateSearch

/// A device under test with a known capacity, which forwards trials as different devices do.
struct SimulatedDevice {
  enum Kind: String, CaseIterable, Codable {
    /// Loses exactly what exceeds its capacity.
    case sharp
    /// Loses a little from nine tenths of its capacity on.
    case soft
    /// Its capacity differs by up to 2 % from trial to trial.
    case noisy
    /// Each fourth trial or so meets a capacity of four fifths.
    case bistable
  }

  let kind: Kind
  let capacity: Double
  private var state: UInt64

  init(_ kind: Kind, capacity: Double, seed: UInt64) {
    (self.kind, self.capacity, state) = (kind, capacity, seed)
  }

  /// The part of a trial's frames that it loses.
  mutating func lossRatio(at load: Double) -> Double {
    func beyond(_ capacity: Double) -> Double { max(0, 1 - capacity / load) }
    switch kind {
    case .sharp: return beyond(capacity)
    case .soft: return max(beyond(capacity), load > 0.9 * capacity ? 0.02 * (load / capacity - 0.9) : 0)
    case .noisy: return beyond(capacity * (0.98 + 0.04 * next()))
    case .bistable: return beyond(next() < 0.25 ? 0.8 * capacity : capacity)
    }
  }

  /// Numbers from 0 to 1 (splitmix64).
  private mutating func next() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) / Double(1 << 53)
  }
}

extension RateSearch {
  /// Makes every trial that is asked for on a device, with half a second beside each.
  mutating func run(on device: inout SimulatedDevice) -> Int {
    var count = 0
    while let request = next {
      add(
        RateTrial(
          load: request.load, seconds: request.seconds, effectiveSeconds: request.seconds + 0.5,
          lossRatio: device.lossRatio(at: request.load)))
      count += 1
    }
    return count
  }
}

import Foundation
import Results

/// A reproducible source of noise, independent of the generator that the analysis uses.
package struct Noise {
  private var state: UInt64

  package init(seed: Int) { state = UInt64(seed) &* 0x2545_F491_4F6C_DD1D | 1 }

  /// Uniform in (0, 1), by xorshift64*.
  package mutating func uniform() -> Double {
    state ^= state >> 12
    state ^= state << 25
    state ^= state >> 27
    return (Double((state &* 0x2545_F491_4F6C_DD1D) >> 11) + 0.5) / Double(1 << 53)
  }

  /// Standard normal, by the Box-Muller transform.
  package mutating func normal() -> Double {
    (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform())
  }
}

/// A curve over the packet length, or over `axis`, with independent noise for each repetition and x.
package func curve(
  over xs: StrideThrough<Int> = stride(from: 64, through: 1500, by: 4), axis: String = "packet_bytes",
  repetitions: Int = 5, noise deviation: Double = 1, seed: Int = 1, _ cost: (Int) -> Double
) -> CostCurve {
  var noise = Noise(seed: seed)
  let points = xs.map { x in
    let level = cost(x)
    return CostCurve.Point(x: x, values: (0..<repetitions).map { _ in level + deviation * noise.normal() })
  }
  let label = CostCurve.Label(
    system: "vpe", aead: "aes128gcm", axis: axis, metric: "seal_cycles_per_packet")
  return CostCurve(label: label, points: points)
}

/// A cost that grows with length, with dips of `depth` at multiples of `period` plus `phase`.
package func dips(period: Int, phase: Int, depth: Double) -> (Int) -> Double {
  { x in 60 + 0.2 * Double(x) - (x % period == phase ? depth : 0) }
}

/// Options with fewer rotations, for tests that analyse many curves.
package func quickOptions(permutations: Int = 499, periods: [Int]? = nil) -> Periodicity.Options {
  var options = Periodicity.Options()
  options.permutations = permutations
  if let periods { options.periods = periods }
  return options
}

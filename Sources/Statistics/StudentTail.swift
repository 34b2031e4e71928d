import Foundation

extension Statistics {
  /// P(T > t) of Student's distribution: the p value of a one-sided test.
  ///
  /// By the finite sums of Abramowitz and Stegun 26.7.3 (odd degrees) and 26.7.4 (even degrees) with
  /// θ = atan(t / √ν). Absolute error about 1e-15; what lies below that comes out as 0.
  /// - Parameter degreesOfFreedom: ν, at least 1.
  package static func studentTail(_ t: Double, degreesOfFreedom: Int) -> Double {
    precondition(degreesOfFreedom >= 1)
    if t < 0 { return 1 - studentTail(-t, degreesOfFreedom: degreesOfFreedom) }
    let angle = atan(t / Double(degreesOfFreedom).squareRoot())
    let squared = cos(angle) * cos(angle)
    let isOdd = degreesOfFreedom % 2 == 1
    // Terms with cos^1, cos^3, … up to cos^(ν-2), or with cos^0, cos^2, … up to the same.
    var term = isOdd ? cos(angle) : 1
    var power = isOdd ? 1 : 0
    var sum = 0.0
    while power <= degreesOfFreedom - 2 {
      sum += term
      term *= squared * Double(power + 1) / Double(power + 2)
      power += 2
    }
    let within = isOdd ? 2 / Double.pi * (angle + sin(angle) * sum) : sin(angle) * sum
    return min(max((1 - within) / 2, 0), 0.5)
  }

  /// P values as adjusted by Benjamini and Hochberg (1995): those that stay at or below q are a list of which
  /// at most the share q is expected to be false. Same order as given.
  package static func benjaminiHochberg(_ pValues: [Double]) -> [Double] {
    stepwise(pValues, descending: true) { rank, count in Double(count) / Double(rank + 1) }
  }

  /// P values as adjusted by Holm (1979): the probability that any of those at or below α is false is at most
  /// α, however the tests depend on each other. Same order as given.
  package static func holm(_ pValues: [Double]) -> [Double] {
    stepwise(pValues, descending: false) { rank, count in Double(count - rank) }
  }

  /// Multiplies each p value by a factor of its rank (0 for the smallest) and keeps the results in the order
  /// of the p values: a running minimum from the largest down, or a running maximum from the smallest up.
  private static func stepwise(
    _ pValues: [Double], descending: Bool, _ factor: (_ rank: Int, _ count: Int) -> Double
  ) -> [Double] {
    let order = pValues.indices.sorted { pValues[$0] < pValues[$1] }
    var adjusted = pValues
    var bound = descending ? 1.0 : 0
    for rank in descending ? Array(order.indices.reversed()) : Array(order.indices) {
      let value = min(pValues[order[rank]] * factor(rank, order.count), 1)
      bound = descending ? min(bound, value) : max(bound, value)
      adjusted[order[rank]] = bound
    }
    return adjusted
  }
}

extension Statistics {
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

extension Statistics {
  /// P values adjusted by Benjamini and Hochberg (1995), in the given order: of those that are at most q, at
  /// most the share q is expected to be false.
  package static func benjaminiHochberg(_ pValues: [Double]) -> [Double] {
    stepwise(pValues, descending: true) { rank, count in Double(count) / Double(rank + 1) }
  }

  /// P values adjusted by Holm (1979), in the given order: the probability that any of those that are at most
  /// α is false is at most α, for any dependence between the tests.
  package static func holm(_ pValues: [Double]) -> [Double] {
    stepwise(pValues, descending: false) { rank, count in Double(count - rank) }
  }

  /// Multiplies each p value by a factor of its rank (0 for the smallest). The results stay in the order of
  /// the p values by a running minimum from the largest down, or a running maximum from the smallest up.
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

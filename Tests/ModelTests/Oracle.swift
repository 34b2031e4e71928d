import Model

/// The rate of the best pipeline by trying everything: written from the paper's Figure 4 with plain arrays,
/// without the model's own types for assignments and loads.
struct Oracle {
  let ticks: [StageKind: Double]
  /// Shares are multiples of 1/`parts`.
  let parts: Int
  /// Most threads that steer.
  let steering: Int

  /// The least load of the slowest thread of the gateway.
  func leastLoad(threads: Int) -> Double {
    (1..<threads).map { max(seal(threads: $0), open(threads: threads - $0)) }.min() ?? .infinity
  }

  private func cost(_ kind: StageKind) -> Double { ticks[kind] ?? .infinity }

  private func seal(threads: Int) -> Double {
    (0..<threads).map { receivers in
      let first = receivers == 0 ? cost(.receiveNumber) : cost(.number)
      let each = receivers == 0 ? 0 : cost(.receive) / Double(receivers)
      return least(fixed(threads, 1, receivers, first: first, each: each), cost(.encrypt))
    }.min() ?? .infinity
  }

  private func open(threads: Int) -> Double {
    // More than let through what can be numbered gain nothing but finer shares.
    let useful = (cost(.steer) / min(cost(.number), cost(.receiveNumber))).rounded(.up)
    let most = max(1, min(threads, steering, Int(useful)))
    return (1...most).flatMap { steerers in
      (0...threads - steerers).map { transmitters in
        let each = transmitters == 0 ? 0 : cost(.transmit) / Double(transmitters)
        return least(
          fixed(threads, steerers, transmitters, first: cost(.steer) / Double(steerers), each: each),
          transmitters == 0 ? cost(.decryptTransmit) : cost(.decrypt))
      }
    }.min() ?? .infinity
  }

  private func fixed(_ threads: Int, _ firsts: Int, _ others: Int, first: Double, each: Double) -> [Double] {
    (0..<threads).map { $0 < firsts ? first : $0 < firsts + others ? each : 0 }
  }

  /// The least maximum over all ways to divide `parts` over the threads.
  private func least(_ fixed: [Double], _ cost: Double) -> Double {
    var best = Double.infinity
    func divide(_ thread: Int, _ left: Int, _ slowest: Double) {
      if thread == fixed.count - 1 {
        best = min(best, max(slowest, fixed[thread] + cost * Double(left) / Double(parts)))
        return
      }
      for units in 0...left {
        divide(
          thread + 1, left - units, max(slowest, fixed[thread] + cost * Double(units) / Double(parts)))
      }
    }
    divide(0, parts, 0)
    return best
  }
}

/// A direction's threads in three kinds, all of a kind alike, and the shares that level their loads.
package struct WaterFilling {
  /// Threads of one kind.
  package struct Group {
    /// How many threads there are of it.
    let count: Int
    /// What each of them does beside its share, ticks per packet of the direction.
    let fixedTicks: Double
    /// Whether they take a share.
    let isFilled: Bool

    package init(count: Int, fixedTicks: Double, isFilled: Bool) {
      (self.count, self.fixedTicks, self.isFilled) = (count, fixedTicks, isFilled)
    }
  }

  /// The cost of the stage that is divided, ticks per packet.
  let sharedTicks: Double

  package init(sharedTicks: Double) { self.sharedTicks = sharedTicks }

  /// The units of each thread, group by group in their order, such that the greatest load is least.
  ///
  /// One unit after the other goes to the thread that is lowest after it: since all units are alike, no
  /// other way ends lower. Threads of a kind fill evenly, so only their number and level count.
  /// - Returns: nil if no group takes a share.
  package func shares(_ groups: [Group]) -> [[Int]]? {
    guard groups.contains(where: { $0.isFilled && $0.count > 0 }) else { return nil }
    var given = groups.map { _ in 0 }
    for _ in 0..<DirectionAssignment.units {
      var lowest: (load: Double, group: Int)?
      for (index, group) in groups.enumerated() where group.isFilled && group.count > 0 {
        let units = given[index] / group.count + 1
        let load = self.load(group, units)
        if load < lowest?.load ?? .infinity { lowest = (load, index) }
      }
      guard let lowest else { return nil }
      given[lowest.group] += 1
    }
    return zip(groups, given).map { group, units in
      (0..<group.count).map { units / group.count + ($0 < units % group.count ? 1 : 0) }
    }
  }

  /// Of the slowest thread, ticks per packet of the direction.
  func greatestLoad(_ groups: [Group], _ shares: [[Int]]) -> Double {
    zip(groups, shares).flatMap { group, shares in shares.map { load(group, $0) } }.max() ?? 0
  }

  private func load(_ group: Group, _ units: Int) -> Double {
    group.fixedTicks + sharedTicks * Double(units) / Double(DirectionAssignment.units)
  }
}

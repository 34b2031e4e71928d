import Model
import Roles
import Testing

@Suite struct ShareTableTests {
  static let shares: [[Int]] =
    (1...17).map { count in (0..<count).map { 128 / count + ($0 < 128 % count ? 1 : 0) } }
    + [[128], [1, 127], [127, 1], [0, 128], [64, 0, 64], [100, 20, 8], [5, 41, 41, 41], [2, 63, 63]]
    + [Array(repeating: 1, count: 128), [126, 1, 1], [1, 125, 2]]

  @Test(arguments: shares) func eachTargetHasItsShare(shares: [Int]) {
    let order = ShareTable.order(shares)
    #expect(order.count == 128)
    for (target, share) in shares.enumerated() { #expect(order.count { $0 == target } == share) }
  }

  /// At every slot of the table each target has had what is due to it so far, give or take one slot.
  @Test(arguments: shares) func targetsComeUpEvenly(shares: [Int]) {
    var counts = shares.map { _ in 0 }
    for (slot, target) in ShareTable.order(shares).enumerated() {
      counts[target] += 1
      for (target, share) in shares.enumerated() {
        let due = Double(share) * Double(slot + 1) / 128
        #expect(abs(Double(counts[target]) - due) <= 1, "target \(target) after \(slot + 1) slots")
      }
    }
  }

  @Test func aSlotIsCountedModuloTheTable() {
    let shares = [100, 20, 8]
    let table = ShareTable(shares)
    defer { table.deallocate() }
    let order = ShareTable.order(shares)
    for slot in [0, 1, 127, 128, 129, 1 << 26, (1 << 26) - 1, Int.max, -1] {
      #expect(table[slot] == order[slot & 127])
    }
  }
}

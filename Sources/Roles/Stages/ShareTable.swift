import Model

/// Maps slots to targets in proportion to the targets' shares: like the indirection table of a NIC's RSS.
/// Plain memory without an owner: call `deallocate()` once.
package struct ShareTable {
  private static var slots: Int { DirectionAssignment.units }
  private let targets: UnsafeMutablePointer<UInt8>

  /// - Parameter shares: slots of each target, together `DirectionAssignment.units`, which is a power of two.
  package init(_ shares: [Int]) {
    targets = .allocate(capacity: Self.slots)
    targets.initialize(repeating: 0, count: Self.slots)
    for (slot, target) in ShareTable.order(shares).enumerated() { targets[slot] = UInt8(target) }
  }

  /// Equal shares, as far as the slots are divisible.
  package static func even(_ targets: Int) -> ShareTable {
    ShareTable((0..<targets).map { slots / targets + ($0 < slots % targets ? 1 : 0) })
  }

  /// An even sequence of targets: the next one is always the target that lags most behind its share.
  package static func order(_ shares: [Int]) -> [Int] {
    precondition(shares.reduce(0, +) == slots, "shares are \(slots) together, not \(shares)")
    var credit = shares.map { _ in 0 }
    return (0..<slots).map { _ in
      for index in shares.indices { credit[index] += shares[index] }
      let next = credit.indices.max { (credit[$0], $1) < (credit[$1], $0) } ?? 0
      credit[next] -= slots
      return next
    }
  }

  /// The target of a slot, counted modulo the table's length.
  @inline(__always)
  package subscript(slot: Int) -> Int { Int(targets[slot & (Self.slots &- 1)]) }

  /// Gives the memory back.
  package func deallocate() { targets.deallocate() }
}

extension Sequence {
  /// The elements by key: keys in order of first appearance, the elements of each in their order.
  public func grouped<Key: Hashable>(by key: (Element) -> Key) -> [(key: Key, values: [Element])] {
    var indices: [Key: Int] = [:]
    var groups: [(key: Key, values: [Element])] = []
    for element in self {
      let own = key(element)
      if let index = indices[own] {
        groups[index].values.append(element)
      } else {
        indices[own] = groups.count
        groups.append((own, [element]))
      }
    }
    return groups
  }

  /// The distinct elements in order of first appearance.
  public func distinct() -> [Element] where Element: Hashable { grouped { $0 }.map(\.key) }

  /// The first of all sentences that differ in nothing but their numbers.
  public func distinctButForNumbers() -> [Element] where Element == String {
    grouped { $0.split { $0.isNumber || $0 == "." }.joined(separator: "#") }.map { $0.values[0] }
  }
}

import Foundation

/// Finds the valid name that was probably meant by a mistyped one.
package enum Suggestion {
  /// Longer names get no suggestion; all known names are far shorter.
  static let longest = 100

  /// The candidate that is nearest to `name`; nil if none is similar enough.
  package static func nearest(to name: String, among candidates: [String]) -> String? {
    if name.count > longest { return nil }
    let limit = max(2, name.count / 3)
    let ranked = candidates.map { (name: $0, distance: distance(name.lowercased(), $0.lowercased())) }
    guard let best = ranked.min(by: { $0.distance < $1.distance }), best.distance <= limit,
      best.distance < max(name.count, best.name.count)
    else { return nil }
    return best.name
  }

  /// The candidate with the same first word, such as `frame_bytes` for `frame_size`, or `esp-single` for
  /// `esp`. If there are several, the nearest; nil if there is none.
  package static func kin(of name: String, among candidates: [String]) -> String? {
    if name.count > longest { return nil }
    func first(_ name: String) -> Substring { name.lowercased().prefix { $0 != "_" && $0 != "-" } }
    return candidates.filter { first(name).count > 2 && first($0) == first(name) }
      .min { distance(name, $0) < distance(name, $1) }
  }

  /// ` (did you mean "X"?)` with the nearest candidate that has the same first word, or else with the nearest
  /// of all; empty if none is similar enough.
  package static func question(for name: String, among candidates: [String]) -> String {
    (kin(of: name, among: candidates) ?? nearest(to: name, among: candidates)).map {
      " (did you mean \"\($0)\"?)"
    } ?? ""
  }

  /// Damerau-Levenshtein distance in its optimal string alignment form: the number of insertions, deletions,
  /// replacements and swaps of neighbours that turn `a` into `b`.
  package static func distance(_ a: String, _ b: String) -> Int {
    let a = Array(a)
    let b = Array(b)
    if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
    var rows = [Array(0...b.count)]
    for i in 1...a.count {
      var row = [i]
      for j in 1...b.count {
        let replace = rows[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
        var best = min(rows[i - 1][j] + 1, row[j - 1] + 1, replace)
        if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
          best = min(best, rows[i - 2][j - 2] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}

/// Who may import whom: the arrows of the architecture, as Package.swift draws them.
struct RoomRules {
  /// What each target depends on, by its name.
  let dependencies: [String: Set<String>]
  /// The targets in their order.
  let names: [String]

  /// Modules of the system, which all but `Wire` may import.
  static let system: Set = ["Dispatch", "Foundation", "Glibc", "Synchronization"]

  /// Reads the targets off the manifest's text.
  init(manifest: String) {
    let target =
      /\.(?:\w*[tT]arget|systemLibrary)\(\s*name: "(\w+)"(?:,\s*dependencies: \[([^\]]*)\])?/
    var dependencies: [String: Set<String>] = [:]
    var names: [String] = []
    for match in manifest.matches(of: target) {
      let name = String(match.1)
      names.append(name)
      dependencies[name] = Set((match.2 ?? "").matches(of: /\w+/).map { String($0.0) })
    }
    (self.dependencies, self.names) = (dependencies, names)
  }

  /// The imports of a file in `target` that no arrow allows.
  func forbidden(in source: String, target: String) -> [String] {
    let allowed = (dependencies[target] ?? []).union(target == "Wire" ? [] : Self.system)
    return CodeRules.imports(source).filter { !allowed.contains($0) }
  }

  /// What a target depends on though none of its files imports it.
  func unused(by target: String, _ sources: [String]) -> [String] {
    (dependencies[target] ?? []).subtracting(sources.flatMap(CodeRules.imports)).sorted()
  }

  /// The targets of C code that several others depend on, where one should own each.
  var shared: [String] {
    let users = Dictionary(grouping: dependencies.flatMap { target, names in names.map { ($0, target) } }) {
      $0.0
    }
    return users.filter { Self.isC($0.key) && $0.value.count > 1 }.keys.sorted()
  }

  /// Whether a target is named as those of C code are, such as `CDPDK`.
  static func isC(_ name: String) -> Bool { name.wholeMatch(of: /C[A-Z]\w*/) != nil }
}

/// The targets, and who may import whom: the arrows of the architecture.
enum RoomRules {
  /// The modules of this package that each target may import; an arrow points down in this list only.
  static let arrows: [String: Set<String>] = [
    "vpebench": ["Basics", "Cases", "Experiments", "Results"],
    "vpebench-report": ["Results"],
    "Experiments": [
      "Roles", "Results", "Model", "Decoding", "Tunnel", "Crypto", "Dataplane", "Cases", "Basics",
      "Wire",
    ],
    "Decoding": ["CZlib", "Tunnel", "Crypto", "Wire", "Cases"],
    "Roles": ["Dataplane", "Tunnel", "Crypto", "Wire", "Model", "Cases", "Basics"],
    "Dataplane": ["CDPDK", "Wire"],
    "Tunnel": ["Crypto", "Wire", "Cases"],
    "Crypto": ["CIPsecMB", "Cases"],
    "Results": ["Cases", "Basics", "Wire"],
    "Model": [],
    "Cases": ["Basics", "Wire"],
    "Basics": [],
    "Wire": [],
  ]

  /// The one target that may import each C library.
  static let owners = ["CDPDK": "Dataplane", "CZlib": "Decoding", "CIPsecMB": "Crypto"]

  /// Modules of the system, which all but `Wire` may import.
  static let system: Set = ["Dispatch", "Foundation", "Glibc", "Synchronization"]

  /// The imports of a file in `target` that no arrow allows.
  static func forbidden(in source: String, target: String) -> [String] {
    let allowed = (arrows[target] ?? []).union(target == "Wire" ? [] : system)
    return CodeRules.imports(source).filter { !allowed.contains($0) }
  }

  /// The C libraries that a file of `target` imports though another target owns them.
  static func foreign(in source: String, target: String) -> [String] {
    CodeRules.imports(source).filter { name in owners[name].map { $0 != target } ?? false }
  }
}

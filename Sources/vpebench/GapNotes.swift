import Results

/// The cases that this machine cannot show, each with the reason.
enum GapNotes {
  static func lines(_ records: [SampleRecord]) -> [String] {
    let samples = Dictionary(grouping: records) { $0.coordinates.name }
    var names: [String] = []
    for record in records where !names.contains(record.coordinates.name) {
      names.append(record.coordinates.name)
    }
    return names.compactMap { name in
      let own = samples[name] ?? []
      // What some samples do not show, others do.
      guard own.allSatisfy({ !$0.gaps.isEmpty }) else { return nil }
      var reasons: [String] = []
      for reason in own.flatMap(\.gaps) where !reasons.contains(reason) { reasons.append(reason) }
      return "not shown here: \(name): \(reasons.joined(separator: "; "))"
    }
  }
}

extension MetricCatalog {
  /// The goals that a rate can fulfil, each with its title and its meaning for readers.
  public static let goals: [(name: String, title: String, meaning: String)] = [
    ("ndr", "NDR", "no frame is lost (non-drop rate, as FD.io's CSIT has it)"),
    ("pdr", "PDR", "at most 0.5 % of the frames are lost (partial-drop rate, as FD.io's CSIT has it)"),
    ("rfc2544", "RFC 2544", "no frame is lost in a minute (RFC 2544)"),
    ("tst009", "TST 009", "no frame is lost in one of two minutes (ETSI GS NFV-TST 009)"),
  ]

  /// The metrics of rate searches, in the order in which they are shown.
  static let rates =
    ["mpps", "gbps", "upper_mpps", "throughput_mpps", "capacity_ratio"].flatMap { suffix in
      goals.map { "\($0.name)_\(suffix)" }
    } + ["tester_mpps"]

  /// The meanings of rate metrics.
  static let rateDescriptions: [String: String] = {
    var known = [
      "tester_mpps": "Highest load of which the tester offers all but 0.1 % in time, without a DUT."
    ]
    for goal in goals {
      known["\(goal.name)_mpps"] =
        "Highest load, of frames that are due at fixed times, at which \(goal.meaning)."
      known["\(goal.name)_gbps"] = "The same, times the frames' RFC 2544 size."
      known["\(goal.name)_upper_mpps"] = "Lowest load known at which that does not hold."
      known["\(goal.name)_throughput_mpps"] =
        "What came through at the highest load at which it does (RFC 9971: conditional throughput)."
      known["\(goal.name)_capacity_ratio"] =
        "The rate over the capacity by the undisturbed cost of the DUT's own polls in the same search."
    }
    return known
  }()
}

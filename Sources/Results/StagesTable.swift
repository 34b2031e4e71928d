import Basics
import Statistics

/// One stage on one thread, over the usable samples of a case.
private struct StageRow {
  let group: CaseGroup
  /// The stage's record in each sample; never empty.
  let records: [StageRecord]

  var first: StageRecord { records[0] }

  /// The thread's CPU; nil if it changed between samples.
  var core: Int? { records.allSatisfy { $0.core == first.core } ? first.core : nil }

  /// Statistics of the cycles per packet, over the samples that moved packets.
  var cyclesPerPacket: Estimate? { Estimate(records.compactMap(\.cyclesPerPacket)) }

  /// The low end of the undisturbed cycles per packet, over the samples that state them.
  var undisturbed: Double? {
    Estimator.lowEnd.value(of: records.compactMap(\.undisturbedCyclesPerPacket))
  }

  var packetsPerPoll: Double? { Estimate(records.compactMap(\.packetsPerPoll))?.mean }

  /// Sums a count over the samples. The sum saturates: samples may come from a damaged file, which must not
  /// end the program.
  func sum(_ count: (StageRecord) -> UInt64) -> UInt64 {
    records.reduce(0) { total, record in
      let (sum, overflow) = total.addingReportingOverflow(count(record))
      return overflow ? .max : sum
    }
  }

  /// The stages of a case, in order of first appearance.
  static func rows(of group: CaseGroup) -> [StageRow] {
    group.usable.flatMap(\.stages).grouped { [$0.role, $0.stage, String($0.thread)] }
      .map { StageRow(group: group, records: $0.values) }
  }
}

extension Schemas {
  /// The table `stages`: a row per case, role, stage and thread, over the case's valid samples. Each drop
  /// reason that occurs has a column.
  public static func stages(_ samples: [SampleRecord]) -> Table {
    let rows = CaseGroup.groups(of: samples).flatMap(StageRow.rows)
    let reasons = Set(rows.flatMap(\.records).flatMap(\.drops.keys)).sorted()
    let fields: [Field<StageRow>] =
      caseFields(\.group.coordinates, \.group.basis) + accountFields
      + reasons.map { reason in
        total("dropped_\(reason)", unit: "packet", "Packets dropped for the reason \"\(reason)\".") {
          $0.drops[reason] ?? 0
        }
      } + pollFields + (rows.contains { $0.undisturbed != nil } ? [undisturbedField] : [])
      + axisFields(in: samples, \.group.coordinates)
    return Table(
      name: "stages", title: "What each stage of each case did and cost, over its valid samples",
      fields: fields, sources: rows)
  }

  private static var accountFields: [Field<StageRow>] {
    [
      Field("role", "Role that the stage belongs to.", \.first.role),
      Field("stage", "Step of the packet's way through the role.", \.first.stage),
      Field("thread", "Dataplane thread within the role, from 0.", \.first.thread),
      Field("core", "CPU that the thread was pinned to; empty if it changed between samples.", \.core),
      Field("samples", "Valid samples that the row rests on.", \.records.count),
      total(
        "received", unit: "packet", "Packets that entered the stage, warm-up and drain included.",
        \.received),
      total(
        "transmitted", unit: "packet", "Packets that left the stage, warm-up and drain included.",
        \.transmitted),
      total(
        "dropped", unit: "packet", "Packets that the stage dropped, warm-up and drain included.", \.dropped),
    ]
  }

  private static var pollFields: [Field<StageRow>] {
    func cycles<Value: CellValue>(
      _ suffix: String, _ meaning: String, _ value: @escaping (Estimate) -> Value
    ) -> Field<StageRow> {
      Field(
        "cycles_per_packet\(suffix)", unit: "TSC ticks/packet",
        "\(meaning) over the samples of busy cycles per packet."
      ) { $0.cyclesPerPacket.map(value) }
    }
    return [
      total(
        "window_packets", unit: "packet", "Packets that busy polls moved in the windows.", \.windowPackets),
      total("busy_cycles", unit: "TSC ticks", "Time spent in busy polls in the windows.", \.busyCycles),
      total("busy_polls", unit: "poll", "Polls in the windows that moved packets.", \.busyPolls),
      total("empty_polls", unit: "poll", "Polls in the windows that found nothing to do.", \.emptyPolls),
      total(
        "stalled_polls", unit: "poll",
        "Polls in the windows during which the thread was taken off its core, left out of the busy ones.",
        \.stalledPolls),
      total("stalled_cycles", unit: "TSC ticks", "Time spent in stalled polls.", \.stalledCycles),
      Field(
        "packets_per_poll", unit: "packet/poll", "Mean over the samples of packets per busy poll.",
        \.packetsPerPoll),
      cycles("", "Mean", \.mean),
      cycles("_ci95_low", "Lower end of the 95 % Student confidence interval of the mean", \.ci95Low),
      cycles("_ci95_high", "Upper end of the 95 % Student confidence interval of the mean", \.ci95High),
      cycles("_median", "Median", \.median),
      cycles("_min", "Minimum", \.minimum),
      cycles("_max", "Maximum", \.maximum),
    ]
  }

  private static var undisturbedField: Field<StageRow> {
    Field(
      "undisturbed_cycles_per_packet", unit: "TSC ticks/packet",
      "Tenth percentile over the samples of the tenth percentile over full bursts; empty if these were few.",
      \.undisturbed)
  }

  /// A count, summed over the samples.
  private static func total(
    _ name: String, unit: String, _ description: String, _ count: @escaping (StageRecord) -> UInt64
  ) -> Field<StageRow> {
    Field(name, unit: unit, description) { $0.sum(count) }
  }
}

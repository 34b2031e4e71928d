import Statistics

/// One metric of one case in one state of the machine.
package struct StateFigure {
  package let group: CaseGroup
  package let state: String
  package let metric: String
  package let figure: LaunchEstimate
  package let samples: Int

  /// The samples of each state. The gap that marks samples of rarer states is removed.
  package static func samples(of records: [SampleRecord]) -> [(state: String, records: [SampleRecord])] {
    let seen = records.filter { $0.valid && $0.machineState != nil }.map { sample in
      var sample = sample
      sample.gaps.removeAll { $0 == MachineState.otherwise }
      return sample
    }
    return Dictionary(grouping: seen) { $0.machineState ?? "" }.sorted { $0.key < $1.key }
      .map { ($0.key, $0.value) }
  }

  /// The figures by case and state.
  /// - Parameter wanted: the metrics; nil for all.
  package static func figures(of records: [SampleRecord], metrics wanted: [String]? = nil) -> [StateFigure] {
    let states = samples(of: records).map { ($0.state, CaseGroup.groups(of: $0.records)) }
    return CaseGroup.groups(of: records).flatMap { group in
      states.flatMap { state, groups -> [StateFigure] in
        guard
          let own = groups.first(where: { $0.coordinates == group.coordinates && $0.basis == group.basis })?
            .usable
        else { return [] }
        let known = MetricCatalog.ordered(own.flatMap(\.metrics.keys), by: MetricCatalog.metrics)
        return known.filter { wanted?.contains($0) != false }.compactMap { metric in
          LaunchEstimate(of: metric, in: own).map {
            StateFigure(
              group: group, state: state, metric: metric, figure: $0,
              samples: own.count { $0.metrics[metric] != nil })
          }
        }
      }
    }
  }
}

extension Schemas {
  /// The table `states`: a row per case, metric and state of the machine, for a run with more than one state.
  /// The summary has only the rows of the most frequent state.
  public static func states(_ samples: [SampleRecord]) -> Table {
    let rows = StateFigure.figures(of: samples)
    let fields: [Field<StateFigure>] =
      caseFields(\.group.coordinates, \.group.basis) + [
        Field("machine_state", "State of the machine, the most frequent one being A.", \.state),
        Field("metric", "Name of the row's figure, as in summary.csv.", \.metric),
        Field("estimate", "The figure in this state, in the unit of the metric.", \.figure.value),
        Field(
          "estimate_low", "Lower end of its 95 % interval; empty with fewer than three launches.",
          \.figure.low),
        Field("estimate_high", "Upper end of that interval.", \.figure.high),
        Field("launches", "Launches that the figure rests on.", \.figure.launches),
        Field("samples", "Samples of the state that know the metric.", \.samples),
      ]
      + axisFields(in: samples, \.group.coordinates)
    return Table(
      name: "states", title: "Figures per case and state of the machine", fields: fields, sources: rows)
  }
}

import Cases
import Foundation
import Results
import Statistics

/// What a packet's cost consists of: ticks for each cipher block, each cache line, an ICV in two lines, a
/// start off the cipher's alignment. The same quantities for each system, so that what differs is seen.
struct CostStructure {
  private let run: RunReading
  /// Of the systems that have one, in the order of the table.
  private var fits: [(system: String, fit: Fit)] = []

  init(_ run: RunReading) {
    self.run = run
    fits = ["raw", "raw-aad", "vpe", "esp-single"].compactMap { system in
      fit(system).map { (system: system, fit: $0) }
    }
  }

  private static let metric = "seal_cycles_per_packet"
  /// Fewer cases explain nothing.
  private static let casesMin = 20

  /// A quantity that a cost may consist of.
  private struct Part: Sendable {
    let name: String
    let value: @Sendable (PacketPlace) -> Double
  }

  private static let parts = [
    Part(name: "each packet") { _ in 1 },
    Part(name: "each cipher block") { Double($0.blocks) },
    Part(name: "last block not whole") { $0.hasPart ? 1 : 0 },
    Part(name: "each cache line") { Double($0.lines) },
    Part(name: "ICV in two lines") { $0.icvStraddles ? 1 : 0 },
    Part(name: "start off 16 bytes") { $0.start % PacketPlace.blockBytes == 0 ? 0 : 1 },
  ]

  /// The costs of a system, one case a row.
  private struct Fit {
    let names: [String]
    let all: LeastSquares
    /// Of each launch by itself.
    let launches: [LeastSquares]
  }

  private func fit(_ system: String) -> Fit? {
    let cases = run.cases.filter { $0.coordinates.system == system && $0.basis == .measured }
    let known = cases.compactMap { point -> (PacketPlace, LaunchEstimate.Values)? in
      guard let bytes = point.coordinates.byName["packet_bytes"].flatMap({ Int($0) }) else { return nil }
      let values = run.usableSamples(point.coordinates, point.basis).byLaunch { $0.metrics[Self.metric] }
      let place = PacketPlace(
        packetBytes: bytes, headroomBytes: point.coordinates.extraHeadroomBytes, system: system,
        isPlain: run.isPlain)
      return values.isEmpty ? nil : (place, values)
    }
    guard known.count >= Self.casesMin else { return nil }
    // Of what is the same in all cases, nothing can be said.
    let parts = Self.parts.enumerated().filter { number, part in
      number == 0 || Set(known.map { part.value($0.0) }).count > 1
    }.map(\.element)
    func squares(_ figure: (LaunchEstimate.Values) -> Double?) -> LeastSquares? {
      let rows = known.compactMap { place, values in
        figure(values).map { (parts.map { $0.value(place) }, $0) }
      }
      return rows.count >= Self.casesMin ? LeastSquares(rows.map(\.0), rows.map(\.1)) : nil
    }
    let estimator = Estimator(of: Self.metric, .measured)
    guard let all = squares({ estimator.value(of: $0.values.flatMap { $0 }) }) else { return nil }
    let launches = Set(known.flatMap { $0.1.keys }).sorted()
    return Fit(
      names: parts.map(\.name), all: all,
      launches: launches.compactMap { launch in
        squares { $0[launch].flatMap { estimator.value(of: $0) } }
      })
  }

  /// The coefficients of each system.
  func table() -> [Document.Block] {
    guard fits.contains(where: { $0.system == "vpe" || $0.system == "esp-single" }) else { return [] }
    let names = Self.parts.map(\.name).filter { name in fits.contains { $0.fit.names.contains(name) } }
    let rows = fits.map { system, fit -> [String] in
      let cells = names.map { name -> String in
        guard let place = fit.names.firstIndex(of: name) else { return "" }
        let ranks = SignedRank(fit.launches.map { $0.coefficients[place] })
        return Display.interval(fit.all.coefficients[place], ranks?.low, ranks?.high)
      }
      let off = Statistics.percentile(50, of: fit.all.residuals.map(abs)) ?? 0
      return [SystemStyle(system).title] + cells
        + [Display.percent(fit.all.rSquared), Display.number(off)]
    }
    return [
      .heading(level: 4, text: "What sealing costs in \(run.name) consist of"),
      .table(
        Document.Grid(
          caption: "Ticks, by least squares over all cases of a system; in brackets the 95 % interval of the "
            + "launches' own fits, by signed ranks. Explained: part of the variance between cases. Off: "
            + "median distance of a case from the sum, ticks.",
          header: ["system"] + names + ["explained", "off"], rows: rows)),
    ]
  }

  /// What of it tells the formats apart.
  func sentence() -> [Document.Block] {
    guard let vpe = fits.first(where: { $0.system == "vpe" })?.fit,
      vpe.launches.count >= LaunchEstimate.launchesMin,
      let esp = fits.first(where: { $0.system == "esp-single" })?.fit
    else { return [] }
    let found = Self.parts.map(\.name).compactMap { name -> String? in
      guard let own = vpe.names.firstIndex(of: name), let its = esp.names.firstIndex(of: name),
        let ranks = SignedRank(
          zip(esp.launches, vpe.launches).map { $0.coefficients[its] - $1.coefficients[own] }),
        ranks.pDifferent <= Rules.level
      else { return nil }
      return "\(name) \(Display.interval(ranks.value, ranks.low, ranks.high))"
    }
    return [
      .paragraph(
        found.isEmpty
          ? "No part of what sealing costs consist of differs between the formats beyond the noise."
          : "Of what sealing costs consist of, ESP's part less VPE's, in ticks, where it is beyond the "
            + "launches' spread: "
            + found.joined(separator: "; ") + ".")
    ]
  }
}

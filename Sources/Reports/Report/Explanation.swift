import Cases
import Foundation
import Results
import Statistics

/// Explains the difference between ESP and VPE in a run: what header sizes predict, beside the measurement.
struct Explanation {
  let run: RunReading

  func blocks() -> [Document.Block] {
    let esp =
      [System.espSingle, .espPipelinePaper].first { system in
        run.cases.contains { $0.coordinates.isOf(system) }
      } ?? .espPipeline
    let isThroughput = run.figures.contains(where: \.isThroughput)
    let pairs = SystemPair.pairs(
      of: run, .vpe, esp, metric: isThroughput ? Metric.goodput : Metric.seal)
    // Modelled pairs are left out, as a model is itself a prediction. Pairs under attack are left out, as
    // header sizes do not predict an attack's cost.
    let honest = pairs.filter { pair in
      !RatioToBaseline.unattacked.hasAxis(pair.coordinates)
        || RatioToBaseline.unattacked.isBaseline(pair.coordinates)
    }
    let chosen = Self.ends(honest.filter { $0.basis != .model })
    guard !chosen.isEmpty else { return [] }
    let sentences = chosen.compactMap { isThroughput ? throughput($0, esp) : cost($0, esp) }
    return [
      .paragraph("What header sizes predict, and what was measured:"),
      .list(sentences), .paragraph(isThroughput ? Self.throughputReason(esp) : Self.costReason),
    ]
  }

  /// The pair with the smallest and the one with the largest frame; the details list all.
  private static func ends(_ pairs: [SystemPair]) -> [SystemPair] {
    let sorted = pairs.sorted { first, second in
      (first.coordinates.frameBytes, first.coordinates.threads, first.coordinates.extraHeadroomBytes)
        < (second.coordinates.frameBytes, second.coordinates.threads, second.coordinates.extraHeadroomBytes)
    }
    return sorted.count > 2 ? [sorted[0], sorted[sorted.count - 1]] : sorted
  }

  private func throughput(_ pair: SystemPair, _ esp: System) -> String? {
    let frame = pair.coordinates.frameBytes
    // Of a mix of frame sizes only the mean length is known, but padding depends on each length.
    guard pair.coordinates.axes[CaseCoordinates.frameMix] == nil,
      let own = HeaderSizes.outerFrame(System.vpe.rawValue, frameBytes: frame),
      let other = HeaderSizes.outerFrame(esp.rawValue, frameBytes: frame)
    else { return nil }
    let predicted = Double(other) / Double(own)
    let cycles = [("seal", Metric.seal), ("open", Metric.open)].compactMap { direction, metric in
      SystemPair.pairs(of: run, .vpe, esp, metric: metric)
        .first { $0.coordinates == pair.coordinates && $0.basis == pair.basis }
        .map { "\(direction) cycles \(Display.number($0.ratio.value))" }
    }
    return "`\(pair.caseName)`: outer frames are \(other) bytes for ESP and \(own) for VPE, so a link that "
      + "is full predicts VPE/ESP = \(Display.number(predicted)); measured \(Display.estimate(pair.ratio)) "
      + "(\(pair.basis.rawValue))"
      + (cycles.isEmpty ? "" : "; ratio of \(cycles.joined(separator: ", "))") + ". "
      + Self.share(predicted, pair.ratio)
  }

  /// A sentence on how much of the measured ratio the prediction explains.
  private static func share(_ predicted: Double, _ measured: LaunchEstimate) -> String {
    let (expected, found) = (log(predicted), log(measured.value))
    if let equal = measured.pValue(equalWithin: Rules.equalWithin), equal <= Rules.level {
      return "They are equal within \(Display.percent(Rules.equalWithin)): there is nothing to explain."
    }
    if let low = measured.low, let high = measured.high, low <= 1, high >= 1 {
      return "Not resolved: the interval includes 1 and differences worth explaining."
    }
    if expected * found <= 0 { return "Sizes explain nothing of it: the difference has the other sign." }
    let share = expected / found
    return share >= 1
      ? "Sizes alone predict at least as much." : String(format: "Sizes explain %.0f %% of it.", 100 * share)
  }

  private func cost(_ pair: SystemPair, _ esp: System) -> String? {
    let packet = pair.coordinates.packetBytes
    let own = HeaderSizes.ciphertext(System.vpe.rawValue, packetBytes: packet)
    let other = HeaderSizes.ciphertext(esp.rawValue, packetBytes: packet)
    let predicted = Double(own) / Double(other)
    let additional = SystemPair.pairs(of: run, .raw, .rawAAD, metric: Metric.seal).first {
      $0.coordinates.packetBytes == packet
        && $0.coordinates.extraHeadroomBytes == pair.coordinates.extraHeadroomBytes
        && $0.coordinates.aead == pair.coordinates.aead
    }
    let library =
      additional.map {
        "; the library alone, without and with ESP's additional data: \(Display.number($0.ratio.value))"
      } ?? ""
    return "`\(pair.coordinates.name)`: ESP encrypts \(other) bytes and VPE \(own), which predicts VPE/ESP = "
      + "\(Display.number(predicted)); measured \(Display.estimate(pair.ratio))\(library). "
      + Self.share(predicted, pair.ratio)
  }

  private static func throughputReason(_ esp: System) -> String {
    let hand =
      esp.isPipeline
      ? " ESP's pipeline also numbers packets in one thread, steers them in another, and hands each from "
        + "core to core; VPE's threads share nothing." : ""
    return
      "What sizes do not explain is work per packet: ESP authenticates additional data, puts a nonce "
      + "together from salt and IV, and writes a trailer behind the packet; VPE's first 12 bytes are the "
      + "nonce, there is no additional data and no trailer.\(hand) Links here are rings in memory unless the "
      + "case's name says otherwise, so no link is full and the prediction is a bound, not an expectation."
  }

  private static let costReason =
    "What sizes do not explain is the additional data that ESP authenticates (the library's own ratio), the "
    + "nonce that it puts together from salt and IV, and the trailer that it writes behind the packet."
}

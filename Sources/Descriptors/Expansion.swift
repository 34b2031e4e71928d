import Basics
import Cases
import Foundation

extension Descriptor {
  /// The combinations of the axes, system by system. An axis that does not apply to a system does not
  /// multiply the system's cases; an unsupported thread count makes no case.
  public var cases: [Case] {
    let points = systems.flatMap { system in combinations(system).map { (system, $0) } }
    let swept = Axis.allCases.filter { sweep[$0].count > ($0 == .sealThreads ? 0 : 1) }
    let told = Set(swept).union(
      Axis.allCases.filter { axis in
        axis == .packetBytes
          ? sweep.isByPacket
          : points.contains { ($0.1[axis] ?? axis.definition.standard) != axis.definition.standard }
      }
    ).subtracting([.aead, .frameBytes, .threads, .extraHeadroomBytes])
    return points.flatMap { system, values in
      let modes = system == .ipsecSecgw ? blackBox.modes.map(Optional.some) : [nil]
      return modes.map {
        Case(
          system, values, link: link, setup: measure.setup, peerMode: $0, named: Set(swept), told: told)
      }
    }
  }

  /// A sentence for each system without cases, because an axis has no value that the system supports.
  public var systemsWithoutCases: [String] {
    systems.compactMap { system -> String? in
      guard
        let axis = Axis.allCases.first(where: { values(of: $0, for: system)?.isEmpty ?? false })
      else { return nil }
      let range = system.threadCounts
      let wanted =
        axis == .aead
        ? system.ciphers.map(\.rawValue).joined(separator: ", ")
        : range.count == 1 ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
      return
        "\(system.rawValue) has no case in \(name): sweep.\(axis.rawValue) takes only \(wanted) there"
    }
  }

  /// The number of samples of all cases together.
  public var sampleCount: Int { cases.count * measure.samples }

  /// The cases whose names match `glob` (`*`, `?`, `[…]`), in order.
  ///
  /// - Throws: `DescriptorError` if no case matches; it names similar cases.
  public func cases(matching glob: String) throws(DescriptorError) -> [Case] {
    try cases(matching: [glob])
  }

  /// The cases whose names match one of `lists`, in their order. Each list is a glob, or several separated by
  /// commas. Without lists, all cases.
  /// - Throws: `DescriptorError` if a glob matches no case.
  public func cases(matching lists: [String]) throws(DescriptorError) -> [Case] {
    let all = cases
    if lists.isEmpty { return all }
    var wanted: Set<String> = []
    for part in lists.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
      let glob = CaseCoordinates.name(part.trimmingCharacters(in: .whitespaces))
      let matching = all.filter { fnmatch(glob, $0.name, 0) == 0 }
      if matching.isEmpty { throw noCase(like: glob, among: all) }
      wanted.formUnion(matching.map(\.name))
    }
    return all.filter { wanted.contains($0.name) }
  }

  private func noCase(like glob: String, among all: [Case]) -> DescriptorError {
    let names = all.map(\.name)
    let literal = String(glob.filter { !"*?[]".contains($0) }.prefix(Suggestion.longest))
    // Most globs end in a star, so only the beginning of each name is compared with them.
    let length = glob.contains("*") ? literal.count : .max
    let nearest = names.map {
      (name: $0, distance: Suggestion.distance(literal, String($0.prefix(length))))
    }
    .sorted { ($0.distance, $0.name) < ($1.distance, $1.name) }.prefix(3).map(\.name)
    let reason =
      "\(glob.told(quoted: true)) matches none of the \(names.count.counted("case")); the nearest are "
    return DescriptorError(
      file: file.relativePath,
      problems: [.init(path: "--only", reason: reason + nearest.joined(separator: ", "))])
  }

  /// The values of an axis for a system; nil if the axis does not apply to the system or the measured
  /// quantity, empty if the system supports none of the sweep's values.
  private func values(of axis: Axis, for system: System) -> [AxisValue]? {
    let definition = axis.definition
    let values = sweep[axis]
    guard definition.suits(system) else { return nil }
    switch axis {
    case .packetBytes: return nil
    case .aead: return values.filter { AEADAlgorithm(rawValue: $0.text).map(system.offers) ?? false }
    case .headerFields where values.isEmpty: return [.word(tunnel.headerFields.rawValue)]
    case .selectors where values.isEmpty: return [.flag(tunnel.hasSelectors)]
    case .outerVersion where values.isEmpty: return outerVersions.map { AxisValue.word($0.rawValue) }
    case .encapsulation where values.isEmpty: return carriers.map { AxisValue.word($0.rawValue) }
    case .windowSize where values.isEmpty: return [.integer(standardWindow(of: system))]
    // Gateways whose threads share an association have one case for all numbers of tunnels.
    case .tunnels where measure.what == .throughput && !system.hasTunnelTables && values.contains(1):
      return [1]
    case .threads where measure.setup == .dut: return [.integer(system.threadsAsDUT)]
    case .threads where measure.what == .throughput:
      return (sweep.threadsOf[system]?.map(AxisValue.integer) ?? values)
        .filter { $0.integer.map(system.threadCounts.contains) ?? false }
    default:
      let isMeasured = definition.condition.map { $0.quantities.contains(measure.what) } ?? true
      return isMeasured && !values.isEmpty ? values : nil
    }
  }

  /// All combinations of the axes' values for a system; later axes vary faster.
  private func combinations(_ system: System) -> [AxisValues] {
    var all = [AxisValues()]
    for axis in Axis.allCases {
      guard let values = values(of: axis, for: system) else { continue }
      all = all.flatMap { point in
        values.map { value in
          var point = point
          point[axis] = value
          return point
        }
      }
    }
    all.removeAll { $0.sealThreads ?? 0 >= $0.threads }
    if sweep.isByPacket {
      for index in all.indices { all[index][.packetBytes] = .integer(all[index].packetBytes) }
    }
    return all
  }

  /// The default replay window. If a system reorders packets in flight, its receiver must remember as many
  /// packets. The window does not depend on a case's number of threads, so that cases differ only in their
  /// threads, and one calibration suits all of them.
  private func standardWindow(of system: System) -> Int {
    guard system.reorders, measure.what == .throughput else { return Self.windowSize }
    let threadsMax = values(of: .threads, for: system)?.compactMap(\.integer).max() ?? 0
    let block = values(of: .numberBlock, for: system)?.compactMap(\.integer).max() ?? 0
    let sealThreads = values(of: .sealThreads, for: system)?.compactMap(\.integer).max()
    let lag = NumberBlocks.lag(threads: sealThreads ?? (threadsMax + 1) / 2, block: block)
    var size = Self.windowSize
    while size < traffic.framesInFlight(threads: threadsMax) + lag { size *= 2 }
    return size
  }

  /// The replay window in packets, if nothing requires a larger one.
  private static let windowSize = Axis.windowSize.definition.standard?.integer ?? 0
}

import Foundation

/// What the values of a descriptor must satisfy together, beyond the shape of each.
struct DescriptorRules {
  /// Most cases that a descriptor may expand to.
  static let casesMax = 100_000

  private let descriptor: Descriptor
  private let given: JSONObject
  private var problems: [DescriptorError.Problem] = []

  /// - Parameter given: the tree before it was normalised, to tell a list from a single value in a path.
  static func problems(in descriptor: Descriptor, given: JSONObject) -> [DescriptorError.Problem] {
    var rules = DescriptorRules(descriptor: descriptor, given: given)
    rules.checkSystems()
    rules.checkOperations()
    rules.checkThreads()
    rules.checkLink()
    rules.checkSize()
    return rules.problems
  }

  private init(descriptor: Descriptor, given: JSONObject) {
    (self.descriptor, self.given) = (descriptor, given)
  }

  private mutating func refuse(_ path: String, _ reason: String) {
    problems.append(.init(path: path, reason: reason))
  }

  private mutating func checkSystems() {
    let what = descriptor.measure.what
    let implemented = System.implemented(for: what).map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    for (index, system) in descriptor.systems.enumerated() where !system.quantities.contains(what) {
      let name = "\"\(system.rawValue)\""
      guard let other = system.quantities.first else {
        refuse(
          "systems[\(index)]",
          "\(name) is a system of the suite that this version does not run; it runs \(implemented)")
        continue
      }
      refuse(
        "systems[\(index)]",
        "\(name) runs with measure.what \"\(other.rawValue)\" alone; with \"\(what.rawValue)\" "
          + "this version runs \(implemented)")
    }
  }

  /// Each system must have something to measure.
  private mutating func checkOperations() {
    let operations = descriptor.measure.operations
    if operations.isEmpty || operations.contains(.seal) || operations.contains(.open) { return }
    for (index, system) in descriptor.systems.enumerated() where system == .raw || system == .rawAAD {
      refuse(
        "systems[\(index)]",
        "\"\(system.rawValue)\" is a bare call and has no stage; measure.operations needs \"seal\" or "
          + "\"open\" beside \(operations.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))")
    }
  }

  private mutating func checkThreads() {
    let what = descriptor.measure.what
    let systems = descriptor.systems.filter { $0.quantities.contains(what) }
    if what == .packetCost || systems.isEmpty { return }
    for (index, threads) in descriptor.sweep.threads.enumerated()
    where !systems.contains(where: { $0.threadCounts.contains(threads) }) {
      let counts = systems.map { system in
        let range = system.threadCounts
        let count =
          range.count == 1 ? "exactly \(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
        return "\(system.rawValue) has \(count)"
      }
      refuse(
        element("threads", index),
        "\(threads) threads are possible with none of the systems: \(counts.joined(separator: ", "))")
    }
  }

  /// Most threads of a gateway on ring links: net_ring has at most 16 queues each way.
  static let ringThreadsMax = 32

  private mutating func checkLink() {
    if descriptor.link == .ring {
      for (index, threads) in descriptor.sweep.threads.enumerated() where threads > Self.ringThreadsMax {
        refuse(
          element("threads", index),
          "\(threads) cannot be placed on link \"ring\", which has 16 queues each way; "
            + "allowed is up to \(Self.ringThreadsMax)")
      }
    }
    if descriptor.link == .veth {
      for (index, bytes) in descriptor.sweep.extraHeadroomBytes.enumerated() where bytes != 0 {
        refuse(
          element("extra_headroom_bytes", index),
          "\(bytes) is not possible with link \"veth\", whose device sets its own headroom; allowed is 0")
      }
      for (index, threads) in descriptor.sweep.threads.enumerated() where threads != 2 {
        refuse(
          element("threads", index),
          "\(threads) is not possible with link \"veth\", which has one queue for each direction so far; "
            + "allowed is 2")
      }
    }
    if descriptor.link == .ports, descriptor.ports == nil {
      refuse("ports", "is missing; link \"ports\" needs the DPDK device arguments of each role")
    }
    if descriptor.link != .ports, descriptor.ports != nil {
      refuse("ports", "is used by link \"ports\" alone; the link here is \"\(descriptor.link.rawValue)\"")
    }
    if descriptor.link != .ring, descriptor.fault != nil {
      refuse(
        "fault", "is possible with link \"ring\" alone; the link here is \"\(descriptor.link.rawValue)\"")
    }
  }

  private mutating func checkSize() {
    let sweep = descriptor.sweep
    let axes = [
      descriptor.systems.count, sweep.threads.count, sweep.frameBytes.count, sweep.extraHeadroomBytes.count,
      sweep.aeads.count, sweep.flows.count, sweep.windowSizes.count, sweep.esn.count,
    ]
    // Values are distinct and limited, so that the product stays below 10^17.
    let cases = axes.reduce(1, *)
    if cases > Self.casesMax {
      refuse("sweep", "has \(cases) combinations; allowed are up to \(Self.casesMax)")
    }
  }

  private func element(_ axis: String, _ index: Int) -> String {
    if case .object(let sweep)? = given["sweep"], case .array? = sweep[axis] {
      return "sweep.\(axis)[\(index)]"
    }
    return "sweep.\(axis)"
  }
}

import Foundation

extension Environment {
  /// A host of a testbed: its properties, and the CPUs that a role had on it. It contains no names of hosts
  /// or users.
  public struct Host: Codable, Sendable, Equatable {
    /// Its programs and libraries.
    public var software: Software
    /// Its processor, with the rate of its counter.
    public var cpu: CPU
    /// Its memory.
    public var memory: Memory
    /// Its operating system.
    public var system: System
    /// Its network controllers.
    public var networkDevices: [NetworkDevice]
    /// CPUs that the role's threads were put on, ascending.
    public var roleCpus: [Int]
    /// Whether another role has some of these as well, on the same machine.
    public var sharesCpus: Bool
    /// The largest IP packet that its links carry, as the inventory says.
    public var mtuBytes: Int?
    /// Rate of its links, 10^9 bits per second, as the inventory says.
    public var linkGbps: Double?

    /// A host by its reported properties, and those in the inventory.
    public init(
      _ found: Environment, roleCpus: [Int], sharesCpus: Bool, mtuBytes: Int?, linkGbps: Double?
    ) {
      (software, cpu, memory) = (found.software, found.cpu, found.memory)
      (system, networkDevices) = (found.system, found.networkDevices)
      (self.roleCpus, self.sharesCpus) = (roleCpus, sharesCpus)
      (self.mtuBytes, self.linkGbps) = (mtuBytes, linkGbps)
    }

    /// What differs so that figures do not compare, a phrase each, such as `cpu.governor powersave, before
    /// performance`: processor, programs and CPUs. The counter's rate is measured anew at each start.
    public func changes(since before: Host) -> [String] {
      let (own, its) = (compared, before.compared)
      return Set(own.keys).union(its.keys).sorted().compactMap { key in
        let (now, then) = (own[key] ?? "unknown", its[key] ?? "unknown")
        return now == then ? nil : "\(key) \(now), before \(then)"
      }
    }

    /// The compared properties as in `environment.json`: a text by its path.
    private var compared: [String: String] {
      struct Kept: Encodable {
        var cpu: CPU
        let software: Software
        let roleCpus: [Int]
      }
      var kept = Kept(cpu: cpu, software: software, roleCpus: roleCpus)
      kept.cpu.tscHz = nil
      let encoder = JSONEncoder()
      encoder.keyEncodingStrategy = .convertToSnakeCase
      guard let json = try? encoder.encode(kept), let tree = try? JSONSerialization.jsonObject(with: json)
      else { preconditionFailure("a host holds strings and finite numbers, which JSON can always express") }
      return Dictionary(uniqueKeysWithValues: Self.leaves(tree, at: []))
    }

    private static func leaves(_ value: Any, at path: [String]) -> [(String, String)] {
      if let object = value as? [String: Any] {
        return object.flatMap { leaves($0.value, at: path + [$0.key]) }
      }
      let text = (value as? [Any])?.map { "\($0)" }.joined(separator: " ") ?? "\(value)"
      return [(path.joined(separator: "."), text)]
    }
  }
}
